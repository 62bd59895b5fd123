//! A TCP socket that listens, and the connections that wait in it.
//!
//! An `accept` that finds nothing costs as much as one that does: the kernel makes the new socket
//! and its file first. So the kernel is asked how many connections wait, and no more are accepted
//! than that; who comes meanwhile makes the socket ready anew.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

use socket2::Socket;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::TcpStream;

use crate::rt::stream::Stream;

/// See the module.
#[derive(Debug)]
pub struct TcpQueue {
    socket: AsyncFd<Socket>,
    /// Connections that are known to wait.
    waiting: Cell<u32>,
}

impl TcpQueue {
    /// Registers a listening socket with the runtime of this thread.
    // Deprecated for types that may name a descriptor of somebody else: a `Socket` owns its own.
    #[allow(deprecated)]
    pub fn new(socket: Socket) -> io::Result<Self> {
        let socket = AsyncFd::with_interest(socket, Interest::READABLE)?;
        Ok(Self { socket, waiting: Cell::new(0) })
    }

    pub fn socket(&self) -> &Socket {
        self.socket.get_ref()
    }

    /// The next connection and its peer's address.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Stream, SocketAddr)>> {
        loop {
            while self.waiting.get() == 0 {
                let mut ready = ready!(self.socket.poll_read_ready(cx))?;
                ready.clear_ready();
                // `accept` says best what is wrong with a socket that listens no more.
                let waiting = voyant_sockopt::acceptable(self.socket.get_ref())?.unwrap_or(1);
                self.waiting.set(waiting);
            }
            match self.accept() {
                Ok(accepted) => {
                    self.waiting.set(self.waiting.get() - 1);
                    return Poll::Ready(Ok(accepted));
                }
                // Another worker shares the socket and was first.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.waiting.set(0),
                // What cannot be accepted now still waits; what has gone is found to be by then.
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    fn accept(&self) -> io::Result<(Stream, SocketAddr)> {
        let flags = libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
        let (socket, remote) = self.socket.get_ref().accept4(flags)?;
        // The kernel answers with the family of the listening socket.
        let remote = remote.as_socket().ok_or(io::ErrorKind::InvalidData)?;
        Ok((Stream::Tcp(TcpStream::from_std(socket.into())?), remote))
    }
}
