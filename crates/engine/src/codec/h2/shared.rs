//! What the parts of one connection share: its task, the transport below it and its streams, all
//! on one thread.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::task::{Context, Waker};

use bytes::BytesMut;
use h2::{Reason, SendStream};

use super::chunk::Chunk;
use super::error::INVALID_HEADER;
use super::held_head::MadeUp;
use super::ledger::Violation;
use super::premature::PrematureResets;
use super::stats::Http2Stats;
use crate::observe::stats::traffic::ByteMeter;
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
    /// Messages of which the library has let go before all was framed, while their streams live.
    pub cut_messages: Cell<u32>,
    /// Frames that were handed to the socket's buffer and not yet written.
    pub outbound_frames: Cell<u32>,
    pub max_outbound_frames: u32,
    pub goaway_received: Cell<bool>,
    /// Bytes read from and written to the wire since somebody took note of them.
    pub wire_received: Cell<u64>,
    pub wire_sent: Cell<u64>,
    pub last_read_size: Cell<usize>,
    pub unwritten: Cell<usize>,
    /// Grows with each read that held frames.
    pub activity: Cell<u64>,
    pub streams_active: Cell<u32>,
    /// The peer has sent all that it will.
    pub read_to_end: Cell<bool>,
    /// It ended with streams on it.
    pub ended_active: Cell<bool>,
    /// When the peer was last heard of; kept only where pings depend on it.
    pub last_read: Cell<Instant>,
    /// The peer's settings may allow more or fewer streams than before.
    pub room_changed: Cell<bool>,
    pub stream_buffer_limit: usize,
    /// Header values are copied here and shared out, so that a head costs one allocation at most.
    pub arena: RefCell<BytesMut>,
    premature: RefCell<PrematureResets>,
    /// The peer has reset streams since the last batch of them was accepted.
    pub resets_in_batch: Cell<bool>,
    expected_resets: RefCell<Vec<u32>>,
    /// Streams of this server whose response has not been handed over to its end.
    pub unanswered: Cell<u32>,
    /// Streams of this server whose handle lives.
    live: RefCell<Vec<u32>>,
    /// A request was refused before it was seen: nobody else can tell of it.
    pub unseen_request: Cell<bool>,
    /// What is said of the malformed message that ended the connection.
    pub malformed_details: Cell<&'static str>,
    /// The last stream whose head this end made up.
    pub made_up: Cell<Option<MadeUp>>,
    /// Streams to be reset when what they have sent is written.
    resets: RefCell<Vec<(SendStream<Chunk>, Reason)>>,
    ended: Cell<bool>,
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
            cut_messages: Cell::new(0),
            outbound_frames: Cell::new(0),
            max_outbound_frames,
            goaway_received: Cell::new(false),
            wire_received: Cell::new(0),
            wire_sent: Cell::new(0),
            last_read_size: Cell::new(0),
            unwritten: Cell::new(0),
            activity: Cell::new(0),
            streams_active: Cell::new(0),
            read_to_end: Cell::new(false),
            ended_active: Cell::new(false),
            last_read: Cell::new(now()),
            room_changed: Cell::new(false),
            stream_buffer_limit,
            arena: RefCell::default(),
            premature: RefCell::default(),
            resets_in_batch: Cell::new(false),
            expected_resets: RefCell::default(),
            unanswered: Cell::new(0),
            live: RefCell::default(),
            unseen_request: Cell::new(false),
            malformed_details: Cell::new(INVALID_HEADER),
            made_up: Cell::new(None),
            resets: RefCell::default(),
            ended: Cell::new(false),
            task: RefCell::default(),
        }
    }

    /// So much was read from the wire.
    pub(super) fn note_read(&self, count: usize) {
        if count > 0 {
            self.wire_received.set(self.wire_received.get() + count as u64);
            self.last_read_size.set(count);
        }
    }

    /// Tells what has passed since the last time, and what is held.
    pub(super) fn report_bytes(&self, meter: &mut ByteMeter) {
        if self.wire_received.get() > 0 {
            meter.read(self.wire_received.take() as usize, self.last_read_size.get());
        }
        if self.wire_sent.get() > 0 {
            meter.written(self.wire_sent.take() as usize);
        }
        meter.waits(self.unwritten.get());
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
            Violation::OutboundFrames | Violation::UnreadFrames => stats.outbound_flood.inc(),
            Violation::KeepaliveTimeout => stats.keepalive_timeout.inc(),
            Violation::Messaging
            | Violation::Answers
            | Violation::PrematureResets
            | Violation::ResetRate(_)
            | Violation::LongField(_)
            | Violation::Interrupted(_) => {}
        }
        self.wake_task();
    }

    /// Has the connection's task look again.
    pub(super) fn wake_task(&self) {
        if let Some(task) = self.task.borrow_mut().take() {
            task.wake();
        }
    }

    /// What waits for the peer's window is no flood; what waits for a peer that reads nothing is.
    pub(super) fn check_outbound(&self) {
        let waiting = self.outbound_frames.get() + self.outbound_chunks.get();
        if self.write_blocked.get() && waiting > self.max_outbound_frames {
            self.condemn(Violation::UnreadFrames);
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

    /// Resets a stream when the connection's task has written what may be written before.
    pub(super) fn reset_later(&self, stream: SendStream<Chunk>, code: Reason) {
        // Nobody would take them from the list any more, which the streams themselves keep alive.
        if self.ended.get() {
            return;
        }
        self.resets.borrow_mut().push((stream, code));
        self.wake_task();
    }

    /// The connection is over.
    pub(super) fn end(&self) {
        self.ended.set(true);
        self.reset_now();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.get()
    }

    /// Resets what was to be reset; true if there was anything.
    pub(super) fn reset_now(&self) -> bool {
        let resets = std::mem::take(&mut *self.resets.borrow_mut());
        let any = !resets.is_empty();
        for (mut stream, code) in resets {
            stream.send_reset(code);
        }
        any
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

    /// True while a server's response is not framed to its end.
    pub(super) fn has_requests(&self) -> bool {
        let framed = self.outbound_chunks.get() == 0 && self.cut_messages.get() == 0;
        self.streams_active.get() > 0 && !(framed && self.unanswered.get() == 0)
    }

    /// A server's stream was accepted.
    pub(super) fn stream_accepted(&self, stream: u32) {
        self.unanswered.set(self.unanswered.get() + 1);
        self.live.borrow_mut().push(stream);
        self.stream_opened();
    }

    /// Notes the end of a client's stream, which may be one reset too many.
    pub(super) fn note_end(&self, premature: bool) {
        if self.premature.borrow_mut().stream_closed(premature) {
            self.condemn(Violation::PrematureResets);
        }
    }

    /// A server's stream is done.
    pub(super) fn stream_done(&self, stream: u32) {
        let mut live = self.live.borrow_mut();
        if let Some(at) = live.iter().rposition(|id| *id == stream) {
            live.swap_remove(at);
        }
        self.stream_closed();
    }

    /// True while the stream's handle lives.
    pub(super) fn is_live(&self, stream: u32) -> bool {
        self.live.borrow().contains(&stream)
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
