//! The loop that accepts connections of one address on one worker.

use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::UnixListener;
use tokio::sync::oneshot;

use super::closing;
use super::socket::{BoundAddress, duplicate, peer_address};
use super::tcp_queue::TcpQueue;
use crate::descriptors::{FAILURES, is_exhaustion};
use crate::rt::address::PeerAddress;
use crate::rt::stream::{Handle, Stream};

/// What an accept loop does with its connections.
pub trait Accepted: 'static {
    fn accepted(self: Rc<Self>, stream: Stream, local: PeerAddress, remote: PeerAddress);
    /// One readiness event gave so many connections.
    fn batch(&self, connections: u32);
    /// There is no descriptor for the next one. True when one was given back for it.
    fn make_room(&self) -> bool {
        false
    }
}

/// A listening socket registered with a worker's runtime.
#[derive(Debug)]
pub struct Acceptor {
    socket: Listening,
    /// That of every connection, where they have one in common.
    local: Option<PeerAddress>,
}

#[derive(Debug)]
enum Listening {
    Tcp(TcpQueue),
    Unix(UnixListener),
}

impl Acceptor {
    /// Registers a listening socket with the runtime of this thread.
    pub fn new(bound: &BoundAddress, worker: usize) -> io::Result<Self> {
        let handle = duplicate(bound.socket_of(worker))?;
        let socket = match &bound.local {
            PeerAddress::Ip(_) => Listening::Tcp(TcpQueue::new(handle.into())?),
            PeerAddress::Pipe(_) => Listening::Unix(UnixListener::from_std(handle.into())?),
        };
        Ok(Self { socket, local: bound.connection_local().cloned() })
    }

    fn poll_accept(
        &self,
        cx: &mut std::task::Context<'_>,
    ) -> Poll<io::Result<(Stream, PeerAddress)>> {
        match &self.socket {
            Listening::Tcp(queue) => {
                queue.poll_accept(cx).map_ok(|(stream, remote)| (stream, PeerAddress::Ip(remote)))
            }
            Listening::Unix(listener) => listener.poll_accept(cx).map_ok(|(stream, remote)| {
                let path = remote.as_pathname().map(|path| path.to_string_lossy().into_owned());
                (Stream::Unix(stream), PeerAddress::Pipe(path.unwrap_or_default().into()))
            }),
        }
    }

    /// Asks the kernel, whatever the runtime knows.
    fn accept_now(&self) -> io::Result<(Stream, PeerAddress)> {
        let (socket, remote) = self.socket().accept()?;
        socket.set_nonblocking(true)?;
        let handle = match &self.socket {
            Listening::Tcp(_) => Handle::Tcp(socket.into()),
            Listening::Unix(_) => Handle::Unix(socket.into()),
        };
        Ok((handle.register()?, peer_address(&remote)))
    }

    fn socket(&self) -> SockRef<'_> {
        match &self.socket {
            Listening::Tcp(queue) => SockRef::from(queue.socket()),
            Listening::Unix(listener) => SockRef::from(listener),
        }
    }

    fn hand_over(&self, target: &Rc<impl Accepted>, stream: Stream, remote: PeerAddress) {
        let local = match &self.local {
            Some(local) => local.clone(),
            None => stream.local_address(),
        };
        Rc::clone(target).accepted(stream, local, remote);
    }
}

/// Accepts until it is told to close, and then those who had got through by then.
pub async fn run_until(
    closed: oneshot::Receiver<()>,
    acceptor: Acceptor,
    batch: u32,
    target: Rc<impl Accepted>,
) {
    tokio::select! {
        // The socket listens no more: nobody is left.
        () = run(&acceptor, batch, &target) => return,
        // Told by its worker, which also tells it by its own end.
        _ = closed => {}
    }
    match acceptor.socket {
        Listening::Tcp(_) => {
            closing::begin_no_handshake(&acceptor.socket());
            tokio::select! {
                // As above.
                () = run(&acceptor, batch, &target) => return,
                // Handshakes that had begun have ended.
                () = tokio::time::sleep(closing::HANDSHAKES) => {}
            }
        }
        // There is no handshake, and those who wait can still be accepted.
        Listening::Unix(_) => closing::shut_down(&acceptor.socket()),
    }
    // Bounded by the backlog, for nobody joins it any more.
    loop {
        match acceptor.accept_now() {
            Ok((stream, remote)) => acceptor.hand_over(&target, stream, remote),
            Err(error) if closing::is_last(&error) => break,
            Err(_) => {}
        }
    }
    closing::shut_down(&acceptor.socket());
}

/// How long to wait when descriptors or memory have run out.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// Accepts until it is dropped or the socket listens no more. At most `batch` connections are taken
/// for one readiness event, so that a flood of them does not keep the worker from those it has.
pub async fn run(acceptor: &Acceptor, batch: u32, target: &Rc<impl Accepted>) {
    loop {
        let mut taken = 0;
        let outcome = poll_fn(|cx| {
            while taken < batch {
                match acceptor.poll_accept(cx) {
                    Poll::Ready(Ok((stream, remote))) => {
                        taken += 1;
                        acceptor.hand_over(target, stream, remote);
                    }
                    Poll::Ready(Err(error)) => match Failure::of(&error) {
                        Failure::Client => {}
                        // Bounded by what there is to be given back.
                        Failure::Exhausted if target.make_room() => {}
                        Failure::Exhausted => {
                            FAILURES.accept(&error);
                            return Poll::Ready(Some(Failure::Exhausted));
                        }
                        Failure::Closed => return Poll::Ready(Some(Failure::Closed)),
                    },
                    Poll::Pending if taken == 0 => return Poll::Pending,
                    Poll::Pending => break,
                }
            }
            Poll::Ready(None)
        })
        .await;
        if taken > 0 {
            target.batch(taken);
        }
        match outcome {
            Some(Failure::Closed) => return,
            Some(_) => tokio::time::sleep(EXHAUSTED_PAUSE).await,
            None if taken == batch => tokio::task::yield_now().await,
            None => {}
        }
    }
}

/// Why no connection was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    /// The client went away between its SYN and our accept.
    Client,
    /// No descriptors, or no memory for sockets.
    Exhausted,
    /// `EINVAL`: the socket was shut down.
    Closed,
}

impl Failure {
    fn of(error: &io::Error) -> Self {
        match error.raw_os_error() {
            _ if is_exhaustion(error) => Self::Exhausted,
            Some(22) => Self::Closed,
            _ => Self::Client,
        }
    }
}

#[cfg(test)]
mod tests;
