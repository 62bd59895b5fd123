//! The I/O of an HTTP/1 connection: one input buffer, one output queue, and the counts of both.
//!
//! Buffers are there only while there is something in them, so an idle connection holds none.
//! Small pieces are gathered into one write; large ones are written from where they lie.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::AsyncWrite;
use tokio_util::io::poll_read_buf;

use crate::observe::stats::traffic::ByteMeter;
use crate::rt::buffers::{self, READ_SIZE};
use crate::rt::stream::Stream;

/// A body piece up to this size is copied behind the head so that both go in one write.
const COPY_LIMIT: usize = 8 * 1024;
/// Output above this is written before more is asked for.
pub const WRITE_AHEAD: usize = 64 * 1024;
/// A read takes more and more while reads come back full, up to this.
const LARGEST_READ: usize = 128 * 1024;
/// At most so many slices go into one vectored write.
const MAX_SLICES: usize = 16;

/// A byte stream with its buffers.
#[derive(Debug)]
pub struct Wire {
    stream: Stream,
    /// Read and not yet taken.
    pub input: BytesMut,
    /// The peer has sent its last byte.
    pub input_ended: bool,
    /// What the next read takes, if it is more than usual.
    read_size: usize,
    pub received: u64,
    pub sent: u64,
    queue: VecDeque<Bytes>,
    /// The end of the output, still growing.
    tail: Vec<u8>,
    /// Bytes of the tail that have been written.
    tail_written: usize,
    queued: usize,
    meter: ByteMeter,
}

impl Wire {
    /// A stream and what has already been read from it.
    pub fn new(stream: Stream, input: BytesMut, mut meter: ByteMeter) -> Self {
        let received = input.len() as u64;
        meter.read(input.len(), input.len());
        Self {
            stream,
            input,
            input_ended: false,
            read_size: READ_SIZE,
            received,
            sent: 0,
            queue: VecDeque::new(),
            tail: Vec::new(),
            tail_written: 0,
            queued: 0,
            meter,
        }
    }

    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Gives the stream and what was read of it back, for a protocol that is not HTTP.
    pub fn into_parts(self) -> (Stream, BytesMut) {
        (self.stream, self.input)
    }

    /// Reads once; 0 means that the peer has sent its last byte.
    pub fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.room() <= self.read_size - READ_SIZE {
            if self.input.is_empty() {
                // Wait without a buffer: most of a connection's life is waiting.
                ready!(self.stream.poll_read_ready(cx))?;
                self.input = match self.read_size {
                    READ_SIZE => buffers::take_input(),
                    size => BytesMut::with_capacity(size),
                };
            } else {
                self.input.reserve(self.read_size);
            }
        }
        let room = self.room();
        let polled = poll_read_buf(Pin::new(&mut self.stream), cx, &mut self.input);
        if polled.is_pending() {
            self.release_input();
        }
        let count = ready!(polled)?;
        self.received += count as u64;
        self.meter.read(count, count);
        self.input_ended |= count == 0;
        self.learn(count, room);
        Poll::Ready(Ok(count))
    }

    /// What fits into the buffer that is there.
    fn room(&self) -> usize {
        self.input.capacity() - self.input.len()
    }

    /// Large bodies are read in large pieces.
    fn learn(&mut self, count: usize, room: usize) {
        if count == room {
            self.read_size = (self.read_size * 2).min(LARGEST_READ);
        } else if count < READ_SIZE {
            self.read_size = READ_SIZE;
        }
    }

    /// Drops the buffers of a connection that waits for its next message.
    pub fn rest(&mut self) {
        self.read_size = READ_SIZE;
        self.release_input();
        if self.queued() == 0 && self.tail.capacity() > 0 {
            buffers::give_output(std::mem::take(&mut self.tail));
        }
    }

    /// Takes what has been read up to `count` as read; gives the buffer back when that was all.
    pub fn consume(&mut self, count: usize) {
        self.input.advance(count);
        self.release_input();
    }

    fn release_input(&mut self) {
        if self.input.is_empty() && self.input.capacity() > 0 {
            buffers::give_input(std::mem::take(&mut self.input));
        }
    }

    /// Where more output is written to.
    pub fn output(&mut self) -> &mut Vec<u8> {
        if self.tail.capacity() == 0 {
            self.tail = buffers::take_output();
        }
        &mut self.tail
    }

    /// Bytes that wait to be written.
    pub fn queued(&self) -> usize {
        self.queued + self.tail.len() - self.tail_written
    }

    /// Queues body bytes.
    pub fn push(&mut self, data: Bytes) {
        if data.len() <= COPY_LIMIT {
            self.output().extend_from_slice(&data);
            return;
        }
        if !self.tail.is_empty() {
            let mut head = Bytes::from(std::mem::take(&mut self.tail));
            head.advance(std::mem::take(&mut self.tail_written));
            self.queued += head.len();
            self.queue.push_back(head);
        }
        self.queued += data.len();
        self.queue.push_back(data);
    }

    /// Writes until nothing waits.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = self.poll_write_all(cx);
        self.meter.waits(self.queued());
        polled
    }

    fn poll_write_all(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.queued() > 0 {
            let written = ready!(self.poll_write_once(cx))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent += written as u64;
            self.meter.written(written);
            self.advance(written);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write_once(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let stream = Pin::new(&mut self.stream);
        if self.queue.is_empty() {
            return stream.poll_write(cx, &self.tail[self.tail_written..]);
        }
        let mut slices = [IoSlice::new(&[]); MAX_SLICES];
        let mut count = 0;
        for piece in
            self.queue.iter().map(|piece| &piece[..]).chain([&self.tail[self.tail_written..]])
        {
            if count == MAX_SLICES {
                break;
            }
            slices[count] = IoSlice::new(piece);
            count += 1;
        }
        stream.poll_write_vectored(cx, &slices[..count])
    }

    fn advance(&mut self, mut written: usize) {
        while let Some(front) = self.queue.front_mut() {
            if written < front.len() {
                front.advance(written);
                self.queued -= written;
                return;
            }
            written -= front.len();
            self.queued -= front.len();
            self.queue.pop_front();
        }
        self.tail_written += written;
        if self.tail_written == self.tail.len() {
            self.tail.clear();
            self.tail_written = 0;
        }
    }

    /// Tells the peer that nothing more comes.
    pub fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
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

    fn meter() -> ByteMeter {
        ByteMeter::new(Rc::new(Traffic::Http(Arc::default())))
    }

    #[tokio::test]
    async fn pieces_of_all_sizes_arrive_in_order() {
        let (ours, mut theirs) = UnixStream::pair().expect("a pair");
        let mut wire = Wire::new(Stream::Unix(ours), BytesMut::new(), meter());
        let mut expected = Vec::new();
        for (index, size) in [10, 9_000, 3, 100_000, 0, 8_192, 8_193].into_iter().enumerate() {
            let piece = vec![index as u8; size];
            expected.extend_from_slice(&piece);
            wire.push(piece.into());
        }
        assert_eq!(wire.queued(), expected.len());
        let reader = async move {
            let mut got = Vec::new();
            theirs.read_to_end(&mut got).await.expect("readable");
            got
        };
        let writer = async move {
            poll_fn(|cx| wire.poll_flush(cx)).await.expect("writable");
            wire.sent
        };
        let (got, sent) = tokio::join!(reader, writer);
        assert_eq!(got, expected);
        assert_eq!(sent, expected.len() as u64);
    }

    #[tokio::test]
    async fn reads_grow_while_they_come_back_full() {
        let (ours, mut theirs) = UnixStream::pair().expect("a pair");
        let mut wire = Wire::new(Stream::Unix(ours), BytesMut::new(), meter());
        let sender = tokio::spawn(async move {
            theirs.write_all(&vec![7; 8 * LARGEST_READ]).await.expect("writable");
            theirs
        });
        let mut largest = 0;
        while wire.received < 8 * LARGEST_READ as u64 {
            largest = largest.max(poll_fn(|cx| wire.poll_fill(cx)).await.expect("readable"));
            // The body takes it away, and the buffer with it.
            drop(wire.input.split().freeze());
        }
        assert!(largest > READ_SIZE && largest <= LARGEST_READ, "{largest}");
        wire.rest();
        let _theirs = sender.await.expect("sent");
        let waiting = poll_fn(|cx| Poll::Ready(wire.poll_fill(cx).is_pending())).await;
        assert!(waiting && wire.read_size == READ_SIZE && wire.input.capacity() == 0);
    }

    #[tokio::test]
    async fn a_waiting_connection_holds_no_buffer() {
        let (ours, theirs) = UnixStream::pair().expect("a pair");
        let mut wire = Wire::new(Stream::Unix(ours), BytesMut::new(), meter());
        let waiting = poll_fn(|cx| Poll::Ready(wire.poll_fill(cx).is_pending())).await;
        assert!(waiting);
        assert_eq!(wire.input.capacity(), 0);
        drop(theirs);
        let count = poll_fn(|cx| wire.poll_fill(cx)).await.expect("end of stream");
        assert_eq!((count, wire.input_ended), (0, true));
    }
}
