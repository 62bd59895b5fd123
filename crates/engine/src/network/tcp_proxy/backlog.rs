//! Bytes that wait for one side of a session, in pieces: what waits is never copied to grow.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::AsyncWrite;
use tokio_util::io::poll_read_buf;

use crate::rt::stream::Stream;

/// A piece with less room is not read into any more.
const ROOM: usize = 4 * 1024;

/// Bytes in order. Most of the time it is one piece, which is written as soon as it is read.
#[derive(Debug, Default)]
pub struct Backlog {
    first: BytesMut,
    behind: VecDeque<BytesMut>,
    len: usize,
}

impl Backlog {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Lets go of the memory that an empty backlog has.
    pub fn release(&mut self) {
        debug_assert!(self.is_empty());
        *self = Self::default();
    }

    /// Reads what there is, up to a size if there is no room left from the last read.
    pub fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut Stream,
        size: usize,
    ) -> Poll<io::Result<usize>> {
        let piece = self.room(size);
        let count = ready!(poll_read_buf(Pin::new(source), cx, piece))?;
        self.len += count;
        Poll::Ready(Ok(count))
    }

    fn room(&mut self, size: usize) -> &mut BytesMut {
        if self.is_empty() {
            self.first.reserve(size);
            return &mut self.first;
        }
        let has_room = |piece: &BytesMut| piece.capacity() - piece.len() >= ROOM;
        if self.behind.is_empty() && has_room(&self.first) {
            return &mut self.first;
        }
        if !self.behind.back().is_some_and(has_room) {
            self.behind.push_back(BytesMut::with_capacity(size));
        }
        // One was put there if there was none.
        self.behind.back_mut().unwrap_or(&mut self.first)
    }

    /// Writes until nothing is left.
    pub fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        target: &mut Stream,
    ) -> Poll<io::Result<()>> {
        while !self.is_empty() {
            if self.first.is_empty()
                && let Some(next) = self.behind.pop_front()
            {
                self.first = next;
            }
            match ready!(Pin::new(&mut *target).poll_write(cx, &self.first))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => {
                    self.first.advance(written);
                    self.len -= written;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixStream;

    use super::*;

    #[tokio::test]
    async fn what_was_read_in_pieces_is_written_in_order() {
        let (mut client, source) = UnixStream::pair().expect("a pair");
        let (target, mut server) = UnixStream::pair().expect("a pair");
        let (mut source, mut target) = (Stream::Unix(source), Stream::Unix(target));
        let mut backlog = Backlog::default();
        let sent: Vec<u8> = (0..100_000u32).map(|n| (n % 251) as u8).collect();
        for part in sent.chunks(777) {
            client.write_all(part).await.expect("writable");
            let mut read = 0;
            while read < part.len() {
                read += poll_fn(|cx| backlog.poll_read(cx, &mut source, 5000)).await.expect("read");
            }
        }
        assert_eq!(backlog.len(), sent.len());
        // A piece is filled but for its end, so there are not many more than there must be.
        assert!(backlog.behind.len() < sent.len() / (5000 - ROOM), "{}", backlog.behind.len());
        poll_fn(|cx| backlog.poll_write(cx, &mut target)).await.expect("written");
        assert!(backlog.is_empty());
        let mut received = vec![0; sent.len()];
        server.read_exact(&mut received).await.expect("it comes");
        assert!(received == sent);
    }
}
