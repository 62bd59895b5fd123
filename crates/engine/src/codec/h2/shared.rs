//! What the parts of one connection share: its task, the transport below it and its streams, all
//! on one thread.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::task::{Context, Waker};

use bytes::BytesMut;

use super::ledger::Violation;
use super::premature::PrematureResets;
use super::stats::Http2Stats;
use crate::rt::clock::{Instant, now};

/// Entries of the list of resets that this proxy asked for; streams that were already closed
/// leave theirs behind.
const EXPECTED_RESETS_MAX: usize = 128;

/// State of one connection.
#[derive(Debug)]
pub(super) struct Shared {
    pub stats: Arc<Http2Stats>,
    /// Why the connection is being ended, once it is.
    violation: Cell<Option<Violation>>,
    /// The socket took no more when it was last written to.
    pub write_blocked: Cell<bool>,
    /// Chunks of bodies that were handed to the library and not yet written.
    pub outbound_chunks: Cell<u32>,
    pub max_outbound_frames: u32,
    pub goaway_received: Cell<bool>,
    /// Grows with each read that held frames.
    pub activity: Cell<u64>,
    pub streams_active: Cell<u32>,
    /// When the peer was last heard of; kept only where pings depend on it.
    pub last_read: Cell<Instant>,
    /// The peer's settings may allow more or fewer streams than before.
    pub room_changed: Cell<bool>,
    pub stream_buffer_limit: usize,
    /// Header values are copied here and shared out, so that a head costs one allocation at most.
    pub arena: RefCell<BytesMut>,
    pub premature: RefCell<PrematureResets>,
    expected_resets: RefCell<Vec<u32>>,
    task: RefCell<Option<Waker>>,
}

impl Shared {
    pub(super) fn new(
        stats: Arc<Http2Stats>,
        max_outbound_frames: u32,
        stream_buffer_limit: usize,
    ) -> Self {
        Self {
            stats,
            violation: Cell::new(None),
            write_blocked: Cell::new(false),
            outbound_chunks: Cell::new(0),
            max_outbound_frames,
            goaway_received: Cell::new(false),
            activity: Cell::new(0),
            streams_active: Cell::new(0),
            last_read: Cell::new(now()),
            room_changed: Cell::new(false),
            stream_buffer_limit,
            arena: RefCell::default(),
            premature: RefCell::default(),
            expected_resets: RefCell::default(),
            task: RefCell::default(),
        }
    }

    /// Why the connection is being ended.
    pub(super) fn violation(&self) -> Option<Violation> {
        self.violation.get()
    }

    /// Ends the connection; the first reason stands and is counted.
    pub(super) fn condemn(&self, violation: Violation) {
        if self.violation.get().is_some() {
            return;
        }
        self.violation.set(Some(violation));
        let stats = &self.stats;
        match violation {
            Violation::EmptyFrames => stats.inbound_empty_frames_flood.inc(),
            Violation::PriorityFrames => stats.inbound_priority_frames_flood.inc(),
            Violation::WindowUpdateFrames => stats.inbound_window_update_frames_flood.inc(),
            Violation::OutboundControlFrames => stats.outbound_control_flood.inc(),
            Violation::OutboundFrames => stats.outbound_flood.inc(),
            Violation::KeepaliveTimeout => stats.keepalive_timeout.inc(),
            Violation::Messaging | Violation::PrematureResets => {}
        }
        self.wake_task();
    }

    /// Has the connection's task look again.
    pub(super) fn wake_task(&self) {
        if let Some(task) = self.task.borrow_mut().take() {
            task.wake();
        }
    }

    /// Remembers the connection's task, which is woken when a stream condemns the connection.
    pub(super) fn register(&self, cx: &Context<'_>) {
        let mut task = self.task.borrow_mut();
        match &*task {
            Some(waker) if waker.will_wake(cx.waker()) => {}
            _ => *task = Some(cx.waker().clone()),
        }
    }

    /// The next reset of this stream is meant, whatever its code.
    pub(super) fn expect_reset(&self, stream: u32) {
        let mut expected = self.expected_resets.borrow_mut();
        if expected.len() == EXPECTED_RESETS_MAX {
            expected.remove(0);
        }
        expected.push(stream);
    }

    /// True once for each expected reset.
    pub(super) fn was_expected(&self, stream: u32) -> bool {
        let mut expected = self.expected_resets.borrow_mut();
        let at = expected.iter().position(|id| *id == stream);
        at.map(|at| expected.swap_remove(at)).is_some()
    }

    pub(super) fn stream_opened(&self) {
        self.streams_active.set(self.streams_active.get() + 1);
        self.stats.streams_active.inc();
    }

    pub(super) fn stream_closed(&self) {
        self.streams_active.set(self.streams_active.get() - 1);
        self.stats.streams_active.dec();
    }
}
