//! The bytes of one TCP session, both ways, with half-closes passed on.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;

use super::backlog::Backlog;
use crate::observe::stats::traffic::ByteMeter;
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
    /// The client has nothing to say or to hear any more, the upstream has yet to take the rest.
    Unwritten,
    /// The upstream's connection broke.
    Upstream,
    /// The client's connection broke.
    Downstream,
    Idle,
    Retired,
    /// Its listener drains.
    Drained,
}

/// Bytes that were received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub to_upstream: u64,
    pub from_upstream: u64,
}

/// How often a side was not read any more, and again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pauses {
    pub paused: u64,
    pub resumed: u64,
}

/// One side's connection and where its bytes count.
#[derive(Debug)]
pub struct Side<'a> {
    pub stream: &'a mut Stream,
    pub meter: ByteMeter,
}

/// The two connections of a session.
#[derive(Debug)]
pub struct Session<'a> {
    downstream: Side<'a>,
    upstream: Side<'a>,
    up: Pump,
    down: Pump,
    upstream_closed: bool,
    flushed: bool,
}

/// One direction.
#[derive(Debug)]
struct Pump {
    buffer: Backlog,
    read_size: usize,
    limit: usize,
    ended: bool,
    shut: bool,
    /// More than the limit waits for the target, so the source is not read.
    paused: bool,
    pauses: Pauses,
    received: u64,
    sent: u64,
}

/// What broke a direction.
enum Broken {
    Source,
    Target,
}

impl<'a> Session<'a> {
    pub fn new(downstream: Side<'a>, upstream: Side<'a>, limit: usize) -> Self {
        let (up, down) = (Pump::new(limit), Pump::new(limit));
        Self { downstream, upstream, up, down, upstream_closed: false, flushed: false }
    }

    pub fn counts(&self) -> Counts {
        Counts { to_upstream: self.up.received, from_upstream: self.down.received }
    }

    /// How often the client and the upstream were not read for what the other had yet to take,
    /// since this was last asked.
    pub fn take_pauses(&mut self) -> [Pauses; 2] {
        [std::mem::take(&mut self.up.pauses), std::mem::take(&mut self.down.pauses)]
    }

    /// The upstream was the second to say that nothing more comes: it closed its connection.
    pub fn upstream_closed(&self) -> bool {
        self.upstream_closed
    }

    /// The client's last bytes came with its end, which was the end of all: Envoy writes them when
    /// the client is gone already.
    pub fn flushed(&self) -> bool {
        self.flushed
    }

    /// A connection that broke breaks the other, as in Envoy: a clean end would make what has
    /// arrived look complete.
    pub fn pass_on_reset(&self, end: End) {
        match end {
            End::Upstream => self.downstream.stream.reset_on_close(),
            End::Downstream => self.upstream.stream.reset_on_close(),
            End::Done | End::Unwritten | End::Idle | End::Retired | End::Drained => {}
        }
    }

    /// What the upstream has yet to take.
    pub fn into_unwritten(self) -> (Backlog, ByteMeter) {
        (self.up.buffer, self.upstream.meter)
    }

    /// Moves what there is; tells whether anything moved, and the end when it has come.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> (bool, Option<End>) {
        let before = self.progress();
        let received = self.up.received;
        let up = self.up.poll(cx, &mut self.downstream, &mut self.upstream);
        let ended = self.down.ended;
        let down = self.down.poll(cx, &mut self.upstream, &mut self.downstream);
        self.flushed = ended && self.up.shut && received < self.up.received;
        self.upstream_closed |= self.up.shut && !ended && self.down.ended;
        let moved = before != self.progress();
        let ended = match (up, down) {
            (Err(Broken::Source), _) | (_, Err(Broken::Target)) => Some(End::Downstream),
            (Err(Broken::Target), _) | (_, Err(Broken::Source)) => Some(End::Upstream),
            (Ok(()), Ok(())) if self.up.shut && self.down.shut => Some(End::Done),
            (Ok(()), Ok(())) if self.up.ended && self.down.shut => Some(End::Unwritten),
            (Ok(()), Ok(())) => None,
        };
        (moved, ended)
    }

    /// Writes what the client has yet to take, and nothing else any more.
    pub fn poll_last_bytes(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.down.write(cx, &mut self.downstream) {
            Ok(()) if !self.down.buffer.is_empty() => Poll::Pending,
            Ok(()) | Err(_) => Poll::Ready(()),
        }
    }

    fn progress(&self) -> ([u64; 4], [bool; 2]) {
        let bytes = [self.up.received, self.up.sent, self.down.received, self.down.sent];
        (bytes, [self.up.ended, self.down.ended])
    }
}

impl Pump {
    fn new(limit: usize) -> Self {
        Self {
            buffer: Backlog::default(),
            read_size: FIRST_READ,
            limit,
            ended: false,
            shut: false,
            paused: false,
            pauses: Pauses::default(),
            received: 0,
            sent: 0,
        }
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut Side<'_>,
        target: &mut Side<'_>,
    ) -> Result<(), Broken> {
        for _ in 0..MAX_ROUNDS {
            if !self.buffer.is_empty() {
                self.write(cx, target)?;
            }
            if self.ended {
                return if self.buffer.is_empty() { self.shut(cx, target) } else { Ok(()) };
            }
            if self.paused {
                return Ok(());
            }
            match self.read(cx, source) {
                Poll::Ready(Ok(0)) => self.ended = true,
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(_)) => return Err(Broken::Source),
                Poll::Pending => {
                    if self.buffer.is_empty() {
                        // Waiting connections hold no buffer.
                        self.buffer.release();
                    }
                    return Ok(());
                }
            }
        }
        cx.waker().wake_by_ref();
        Ok(())
    }

    fn read(&mut self, cx: &mut Context<'_>, source: &mut Side<'_>) -> Poll<io::Result<usize>> {
        if source.stream.poll_read_ready(cx)?.is_pending() {
            return Poll::Pending;
        }
        let count = ready!(self.buffer.poll_read(cx, source.stream, self.read_size))?;
        source.meter.read(count, count);
        self.received += count as u64;
        if count >= self.read_size {
            self.read_size = (self.read_size * 2).min(LARGEST_READ).min(self.limit.max(FIRST_READ));
        }
        // As with Envoy, it does not help that all of it might be written at once.
        if self.buffer.len() > self.limit && !self.paused {
            self.paused = true;
            self.pauses.paused += 1;
        }
        Poll::Ready(Ok(count))
    }

    /// Writes what the target takes. Who was paused goes on at half the limit.
    fn write(&mut self, cx: &mut Context<'_>, target: &mut Side<'_>) -> Result<(), Broken> {
        let before = self.buffer.len();
        let written = self.buffer.poll_write(cx, target.stream);
        let count = before - self.buffer.len();
        self.sent += count as u64;
        target.meter.written(count);
        target.meter.waits(self.buffer.len());
        if self.paused && self.buffer.len() <= self.limit / 2 {
            self.paused = false;
            self.pauses.resumed += 1;
        }
        match written {
            Poll::Ready(Err(_)) => Err(Broken::Target),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }

    fn shut(&mut self, cx: &mut Context<'_>, target: &mut Side<'_>) -> Result<(), Broken> {
        if self.shut {
            return Ok(());
        }
        match Pin::new(&mut *target.stream).poll_shutdown(cx) {
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
    use std::rc::Rc;
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixStream;

    use super::*;
    use crate::observe::stats::traffic::Traffic;

    fn side(stream: &mut Stream) -> Side<'_> {
        let traffic = Traffic::Tcp(Arc::default());
        Side { stream, meter: ByteMeter::new(Rc::new(traffic)) }
    }

    async fn run(mut client: Stream, mut server: Stream) -> (End, Counts, bool) {
        let (downstream, upstream) = (side(&mut client), side(&mut server));
        let mut session = Session::new(downstream, upstream, 1 << 20);
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

    /// Whether the last bytes of a client count as flushed after it has gone.
    async fn flushes(upstream_is_done: bool, said: &[u8]) -> bool {
        let (mut client, ours) = UnixStream::pair().expect("a pair");
        let (theirs, mut server) = UnixStream::pair().expect("a pair");
        let (mut ours, mut theirs) = (Stream::Unix(ours), Stream::Unix(theirs));
        let mut session = Session::new(side(&mut ours), side(&mut theirs), 1 << 20);
        if upstream_is_done {
            server.shutdown().await.expect("half-closed");
            poll_fn(|cx| match session.poll(cx) {
                _ if session.down.shut => Poll::Ready(()),
                (_, end) => {
                    assert_eq!(end, None);
                    Poll::Pending
                }
            })
            .await;
        }
        client.write_all(said).await.expect("writable");
        client.shutdown().await.expect("half-closed");
        let mut server = Some(server);
        poll_fn(|cx| match session.poll(cx) {
            (_, Some(_)) => Poll::Ready(()),
            _ => {
                if session.up.shut {
                    server.take();
                }
                Poll::Pending
            }
        })
        .await;
        session.flushed()
    }

    #[tokio::test]
    async fn last_bytes_that_come_with_the_end_of_all_are_flushed() {
        assert!(flushes(true, b"more").await);
        assert!(!flushes(true, b"").await);
        assert!(!flushes(false, b"more").await);
    }

    /// A pipe whose reader takes nothing until it is told to.
    #[tokio::test]
    async fn reading_stops_above_the_limit_and_goes_on_at_half_of_it() {
        const LIMIT: usize = 1 << 20;
        let (mut client, ours) = UnixStream::pair().expect("a pair");
        let (theirs, mut server) = UnixStream::pair().expect("a pair");
        let (mut ours, mut theirs) = (Stream::Unix(ours), Stream::Unix(theirs));
        let mut session = Session::new(side(&mut ours), side(&mut theirs), LIMIT);
        let sender = tokio::spawn(async move {
            client.write_all(&vec![7; 8 * LIMIT]).await.expect("writable");
            client
        });
        // Until it is paused, more and more comes.
        while !session.up.paused {
            poll_fn(|cx| {
                let _ = session.poll(cx);
                Poll::Ready(())
            })
            .await;
            tokio::task::yield_now().await;
        }
        let held = session.up.buffer.len();
        assert!(held > LIMIT && held <= LIMIT + LARGEST_READ, "{held}");
        assert_eq!(session.take_pauses()[0].resumed, 0);
        let reader = tokio::spawn(async move {
            let mut taken = Vec::new();
            let _ = server.read_to_end(&mut taken).await;
        });
        poll_fn(|cx| {
            let _ = session.up.write(cx, &mut session.upstream);
            let held = session.up.buffer.len();
            assert_eq!(session.up.paused, held > LIMIT / 2, "{held}");
            if session.up.paused { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        assert_eq!(session.take_pauses()[0], Pauses { paused: 0, resumed: 1 });
        sender.abort();
        reader.abort();
    }

    #[tokio::test]
    async fn a_client_that_is_done_does_not_wait_for_what_the_upstream_has_yet_to_take() {
        let (mut client, ours) = UnixStream::pair().expect("a pair");
        let (theirs, mut server) = UnixStream::pair().expect("a pair");
        server.shutdown().await.expect("half-closed");
        let (mut ours, mut theirs) = (Stream::Unix(ours), Stream::Unix(theirs));
        let mut session = Session::new(side(&mut ours), side(&mut theirs), 1 << 24);
        let client = tokio::spawn(async move {
            client.write_all(&vec![7; 4 << 20]).await.expect("writable");
            client.shutdown().await.expect("half-closed");
            let mut nothing = Vec::new();
            client.read_to_end(&mut nothing).await.expect("readable");
        });
        let end = poll_fn(|cx| match session.poll(cx) {
            (_, Some(end)) => Poll::Ready(end),
            _ => Poll::Pending,
        })
        .await;
        assert_eq!(end, End::Unwritten);
        assert_eq!(session.counts().to_upstream, 4 << 20);
        let (rest, _) = session.into_unwritten();
        assert!(!rest.is_empty());
        client.await.expect("the client is done");
    }
}
