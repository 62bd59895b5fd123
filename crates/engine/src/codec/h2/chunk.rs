//! A piece of a body on its way through the library, which gives its bytes back to the count of
//! its stream as they are framed. So a stream knows how much it has buffered without asking the
//! library, and the driver waits when that is too much.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes};

use super::shared::Shared;

/// Chunks that one stream may have waiting, however small they are.
const CHUNKS_MAX: u32 = 1024;

/// What one stream has buffered for sending.
#[derive(Debug)]
pub(super) struct SendMeter {
    bytes: Cell<usize>,
    chunks: Cell<u32>,
    waiting: RefCell<Option<Waker>>,
    /// The library has let go of bytes that it did not frame.
    lost: Cell<bool>,
    shared: Rc<Shared>,
}

impl SendMeter {
    pub(super) fn new(shared: Rc<Shared>) -> Rc<Self> {
        Rc::new(Self {
            bytes: Cell::new(0),
            chunks: Cell::new(0),
            waiting: RefCell::default(),
            lost: Cell::new(false),
            shared,
        })
    }

    /// Takes a chunk into account.
    pub(super) fn chunk(self: &Rc<Self>, bytes: Bytes) -> Chunk {
        self.bytes.set(self.bytes.get() + bytes.len());
        self.chunks.set(self.chunks.get() + 1);
        let shared = &self.shared;
        shared.stats.pending_send_bytes.add(bytes.len().cast_signed() as i64);
        shared.outbound_chunks.set(shared.outbound_chunks.get() + 1);
        shared.check_outbound();
        Chunk { bytes, meter: Rc::clone(self) }
    }

    /// Ready while less is buffered than the limit.
    pub(super) fn poll_below(&self, cx: &Context<'_>, limit: usize) -> Poll<()> {
        if self.bytes.get() < limit.max(1) && self.chunks.get() < CHUNKS_MAX {
            return Poll::Ready(());
        }
        *self.waiting.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Not all will reach the peer: the stream was reset, or its connection has ended.
    pub(super) fn has_lost(&self) -> bool {
        self.lost.get()
    }

    fn lose(&self) {
        if !self.lost.replace(true) {
            self.shared.cut_messages.set(self.shared.cut_messages.get() + 1);
        }
    }

    fn framed(&self, bytes: usize) {
        self.bytes.set(self.bytes.get() - bytes);
        self.shared.stats.pending_send_bytes.add(-(bytes.cast_signed() as i64));
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = self.waiting.borrow_mut().take() {
            waker.wake();
        }
    }
}

impl Drop for SendMeter {
    fn drop(&mut self) {
        if self.lost.get() {
            self.shared.cut_messages.set(self.shared.cut_messages.get() - 1);
        }
    }
}

/// Bytes with their account.
#[derive(Debug)]
pub(super) struct Chunk {
    bytes: Bytes,
    meter: Rc<SendMeter>,
}

impl Buf for Chunk {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        self.meter.framed(count);
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        let shared = &self.meter.shared;
        shared.outbound_chunks.set(shared.outbound_chunks.get() - 1);
        self.meter.chunks.set(self.meter.chunks.get() - 1);
        if !self.bytes.is_empty() {
            self.meter.lose();
        }
        self.meter.framed(self.bytes.len());
    }
}
