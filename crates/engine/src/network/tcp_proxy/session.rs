//! The bytes of one TCP session, both ways, with half-closes passed on.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, BytesMut};
use tokio::io::AsyncWrite;
use tokio_util::io::poll_read_buf;

use crate::rt::stream::Stream;

/// A read takes so much at first, and more while reads come back full.
const FIRST_READ: usize = 16 * 1024;
const LARGEST_READ: usize = 256 * 1024;
/// One poll moves at most so many buffers a direction, so that a fast pair of peers does not
/// keep the worker from others.
const MAX_ROUNDS: u32 = 32;

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Both sides have said all they had.
    Done,
    /// The upstream's connection broke.
    Upstream,
    /// The client's connection broke.
    Downstream,
    Idle,
    Retired,
}

/// Bytes that were moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub to_upstream: u64,
    pub from_upstream: u64,
}

/// Sides that are not read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Paused {
    pub downstream: bool,
    pub upstream: bool,
}

/// The two connections of a session.
#[derive(Debug)]
pub struct Session<'a> {
    downstream: &'a mut Stream,
    upstream: &'a mut Stream,
    up: Pump,
    down: Pump,
    upstream_closed: bool,
}

/// One direction.
#[derive(Debug)]
struct Pump {
    buffer: BytesMut,
    read_size: usize,
    limit: usize,
    ended: bool,
    shut: bool,
    /// The target takes no more at the moment, so the source is not read.
    paused: bool,
    moved: u64,
}

/// What broke a direction.
enum Broken {
    Source,
    Target,
}

impl<'a> Session<'a> {
    pub fn new(downstream: &'a mut Stream, upstream: &'a mut Stream, limit: usize) -> Self {
        let (up, down) = (Pump::new(limit), Pump::new(limit));
        Self { downstream, upstream, up, down, upstream_closed: false }
    }

    pub fn counts(&self) -> Counts {
        Counts { to_upstream: self.up.moved, from_upstream: self.down.moved }
    }

    /// Who is not read because the other takes no more at the moment.
    pub fn paused(&self) -> Paused {
        Paused { downstream: self.up.paused, upstream: self.down.paused }
    }

    /// The upstream was the second to say that nothing more comes: it closed its connection.
    pub fn upstream_closed(&self) -> bool {
        self.upstream_closed
    }

    /// A connection that broke breaks the other, as in Envoy: a clean end would make what has
    /// arrived look complete.
    pub fn pass_on_reset(&self, end: End) {
        match end {
            End::Upstream => self.downstream.reset_on_close(),
            End::Downstream => self.upstream.reset_on_close(),
            End::Done | End::Idle | End::Retired => {}
        }
    }

    /// Moves what there is; tells whether anything moved, and the end when it has come.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> (bool, Option<End>) {
        let before = self.counts();
        let up = self.up.poll(cx, self.downstream, self.upstream);
        let ended = self.down.ended;
        let down = self.down.poll(cx, self.upstream, self.downstream);
        self.upstream_closed |= self.up.shut && !ended && self.down.ended;
        let moved = before != self.counts();
        let ended = match (up, down) {
            (Err(Broken::Source), _) | (_, Err(Broken::Target)) => Some(End::Downstream),
            (Err(Broken::Target), _) | (_, Err(Broken::Source)) => Some(End::Upstream),
            (Ok(()), Ok(())) if self.up.shut && self.down.shut => Some(End::Done),
            (Ok(()), Ok(())) => None,
        };
        (moved, ended)
    }
}

impl Pump {
    fn new(limit: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            read_size: FIRST_READ.min(limit.max(1)),
            limit: limit.max(1),
            ended: false,
            shut: false,
            paused: false,
            moved: 0,
        }
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut Stream,
        target: &mut Stream,
    ) -> Result<(), Broken> {
        for _ in 0..MAX_ROUNDS {
            if !self.buffer.is_empty() {
                let written = self.write(cx, target);
                self.paused = written.is_pending();
                match written {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(_)) => return Err(Broken::Target),
                    Poll::Pending => return Ok(()),
                }
            }
            if self.ended {
                return self.shut(cx, target);
            }
            match self.read(cx, source) {
                Poll::Ready(Ok(0)) => self.ended = true,
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(_)) => return Err(Broken::Source),
                Poll::Pending => {
                    // Waiting connections hold no buffer.
                    self.buffer = BytesMut::new();
                    return Ok(());
                }
            }
        }
        cx.waker().wake_by_ref();
        Ok(())
    }

    fn read(&mut self, cx: &mut Context<'_>, source: &mut Stream) -> Poll<io::Result<usize>> {
        if source.poll_read_ready(cx)?.is_pending() {
            return Poll::Pending;
        }
        self.buffer.reserve(self.read_size);
        let polled = poll_read_buf(Pin::new(source), cx, &mut self.buffer);
        if let Poll::Ready(Ok(count)) = polled
            && count >= self.read_size
        {
            self.read_size = (self.read_size * 2).min(LARGEST_READ).min(self.limit);
        }
        polled
    }

    fn write(&mut self, cx: &mut Context<'_>, target: &mut Stream) -> Poll<io::Result<()>> {
        while !self.buffer.is_empty() {
            match Pin::new(&mut *target).poll_write(cx, &self.buffer) {
                Poll::Ready(Ok(0)) => {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                Poll::Ready(Ok(written)) => {
                    self.moved += written as u64;
                    self.buffer.advance(written);
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok(()))
    }

    fn shut(&mut self, cx: &mut Context<'_>, target: &mut Stream) -> Result<(), Broken> {
        if self.shut {
            return Ok(());
        }
        match Pin::new(target).poll_shutdown(cx) {
            Poll::Ready(Ok(())) => self.shut = true,
            Poll::Ready(Err(_)) => return Err(Broken::Target),
            Poll::Pending => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixStream;

    use super::*;

    async fn run(mut client: Stream, mut server: Stream) -> (End, Counts, bool) {
        let mut session = Session::new(&mut client, &mut server, 1 << 20);
        let end = poll_fn(|cx| match session.poll(cx) {
            (_, Some(end)) => Poll::Ready(end),
            _ => Poll::Pending,
        })
        .await;
        (end, session.counts(), session.upstream_closed())
    }

    #[tokio::test]
    async fn a_half_close_is_passed_on_and_the_answer_still_comes() {
        let (mut client, ours) = UnixStream::pair().expect("a pair");
        let (theirs, mut server) = UnixStream::pair().expect("a pair");
        let proxy = run(Stream::Unix(ours), Stream::Unix(theirs));
        let client = async move {
            client.write_all(&vec![7; 300_000]).await.expect("writable");
            client.shutdown().await.expect("half-closed");
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.expect("readable");
            answer
        };
        let server = async move {
            let mut asked = Vec::new();
            server.read_to_end(&mut asked).await.expect("readable");
            server.write_all(format!("got {}", asked.len()).as_bytes()).await.expect("writable");
        };
        let ((end, counts, upstream_closed), answer, ()) = tokio::join!(proxy, client, server);
        assert_eq!(answer, "got 300000");
        assert_eq!((end, upstream_closed), (End::Done, true));
        assert_eq!(counts, Counts { to_upstream: 300_000, from_upstream: 10 });
    }
}
