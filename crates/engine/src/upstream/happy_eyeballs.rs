//! Opens a connection to the first of a host's addresses that takes it (RFC 8305, as Envoy does
//! it): the next address is tried when the one before has failed or has not answered for a
//! while, and the first connection that stands wins.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::connect::{ConnectError, ConnectOptions};
use super::host::HostAddresses;
use crate::rt::address::PeerAddress;
use crate::rt::stream::Stream;
use crate::rt::timer::{Sleep, sleep};

/// Envoy's delay between attempts.
const NEXT_ATTEMPT_AFTER: Duration = Duration::from_millis(300);

type Opened = (Stream, PeerAddress);
type Attempt<'a> = Pin<Box<dyn Future<Output = Result<Opened, ConnectError>> + 'a>>;

/// A connection and the address where it ends, within the options' timeout over all attempts.
pub async fn connect(
    options: &ConnectOptions,
    addresses: &HostAddresses,
) -> Result<Opened, ConnectError> {
    if addresses.rest.is_empty() {
        let stream = options.connect(&addresses.first).await?;
        return Ok((stream, addresses.first.clone()));
    }
    let mut race = Race {
        options,
        waiting: addresses.rest.iter(),
        attempts: vec![attempt(options, &addresses.first)],
        next: Box::pin(sleep(NEXT_ATTEMPT_AFTER)),
    };
    let won = tokio::time::timeout(options.timeout, poll_fn(|cx| race.poll(cx)));
    won.await.unwrap_or(Err(ConnectError::Timeout))
}

/// Attempts that run beside each other.
struct Race<'a> {
    options: &'a ConnectOptions,
    waiting: std::slice::Iter<'a, PeerAddress>,
    attempts: Vec<Attempt<'a>>,
    next: Pin<Box<Sleep>>,
}

impl Race<'_> {
    /// The first success, or the last failure when nobody is left.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Opened, ConnectError>> {
        // Each round begins an attempt or ends here, so there are as many as addresses.
        loop {
            let mut failure = None;
            let mut at = 0;
            while let Some(attempt) = self.attempts.get_mut(at) {
                match attempt.as_mut().poll(cx) {
                    Poll::Ready(Ok(opened)) => return Poll::Ready(Ok(opened)),
                    Poll::Ready(Err(error)) => {
                        failure = Some(error);
                        drop(self.attempts.swap_remove(at));
                    }
                    Poll::Pending => at += 1,
                }
            }
            if failure.is_none() && self.next.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            match (self.waiting.next(), failure) {
                (Some(address), _) => {
                    self.attempts.push(attempt(self.options, address));
                    self.next = Box::pin(sleep(NEXT_ATTEMPT_AFTER));
                }
                (None, Some(error)) if self.attempts.is_empty() => return Poll::Ready(Err(error)),
                (None, _) => return Poll::Pending,
            }
        }
    }
}

fn attempt<'a>(options: &'a ConnectOptions, address: &'a PeerAddress) -> Attempt<'a> {
    Box::pin(async { Ok((options.connect(address).await?, address.clone())) })
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::upstream::fixtures::cluster;

    async fn connect_to(addresses: &[SocketAddr]) -> Result<SocketAddr, ConnectError> {
        let [first, rest @ ..] = addresses else { panic!("no addresses") };
        let rest = rest.iter().map(|address| PeerAddress::Ip(*address)).collect();
        let addresses = HostAddresses { first: PeerAddress::Ip(*first), rest };
        let options = ConnectOptions::new(&cluster("c", &[]));
        let (_stream, address) = connect(&options, &addresses).await?;
        let PeerAddress::Ip(address) = address else { panic!("{address:?}") };
        Ok(address)
    }

    fn listener() -> (std::net::TcpListener, SocketAddr) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("binds");
        let address = listener.local_addr().expect("bound");
        (listener, address)
    }

    fn refused() -> SocketAddr {
        listener().1
    }

    /// A listener whose queue is full: further connections are neither taken nor refused.
    async fn silent() -> (Vec<tokio::net::TcpStream>, tokio::net::TcpListener, SocketAddr) {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("binds");
        let listener = socket.listen(1).expect("listens");
        let address = listener.local_addr().expect("bound");
        let mut filling = vec![];
        while let Ok(Ok(stream)) = tokio::time::timeout(
            Duration::from_millis(100),
            tokio::net::TcpStream::connect(address),
        )
        .await
        {
            filling.push(stream);
            assert!(filling.len() < 10_000, "the queue has no end");
        }
        (filling, listener, address)
    }

    #[tokio::test]
    async fn a_refused_address_gives_way_to_the_next_at_once() {
        let (_listener, there) = listener();
        let reached = connect_to(&[refused(), refused(), there]).await.expect("the third takes it");
        assert_eq!(reached, there);
    }

    #[tokio::test]
    async fn a_silent_address_gives_way_after_a_while() {
        let (_filling, _full, silent) = silent().await;
        let (_listener, there) = listener();
        assert_eq!(connect_to(&[silent, there]).await.expect("the second takes it"), there);
    }

    #[tokio::test]
    async fn the_first_address_is_kept_while_it_works() {
        let ((_one, first), (_two, second)) = (listener(), listener());
        assert_eq!(connect_to(&[first, second]).await.expect("the first takes it"), first);
    }

    #[tokio::test]
    async fn when_all_refuse_the_last_refusal_is_told() {
        let error = connect_to(&[refused(), refused()]).await.expect_err("nobody takes it");
        assert!(matches!(error, ConnectError::Remote(_)), "{error:?}");
    }
}
