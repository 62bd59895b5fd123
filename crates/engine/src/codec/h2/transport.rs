//! What stands between the library and the socket. It shows all bytes to the [`FrameLedger`],
//! serves bytes that were read before, and times the second GOAWAY of a graceful shutdown.
//!
//! The library owns one end (`Wire`); the connection keeps the other to flush it when the library
//! has nothing more to say.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::coop::has_budget_remaining;
use voyant_ir::protocol::{Http2Options, Http2Setting};

use super::error::Role;
use super::frame;
use super::held_head::{HeldHead, MadeUp};
use super::ledger::{FrameLedger, LAST_STREAM_OF_NOTICE, Outgoing, SHUTDOWN_PING, Violation};
use super::limits::HeadLimits;
use super::outbox::Outbox;
use super::settings;
use super::shared::Shared;
use crate::rt::clock::now;

/// Bytes of a batch after which it is over though there may be more to read (what Envoy reads at
/// once).
const BATCH_MAX: usize = 1024 * 1024;

/// Reads of one turn while lingering.
const LINGER_READS: usize = 16;

const PROTOCOL_ERROR: u32 = 1;
const REFUSED_STREAM: u32 = 7;

/// The socket and what is known of the bytes that pass.
#[derive(Debug)]
pub(super) struct Transport<S> {
    stream: S,
    /// Read before this connection existed.
    ahead: BytesMut,
    held: HeldHead,
    /// More of a head that is not whole is never held.
    held_max: usize,
    out: Outbox,
    ledger: FrameLedger,
    shared: Rc<Shared>,
    /// A malformed message costs its stream instead of the connection.
    stream_errors: bool,
    /// Streams that the library reset with `PROTOCOL_ERROR`.
    suspects: Vec<u32>,
    /// Resets of theirs that are not counted yet.
    unjudged: u32,
    refused: u32,
    /// A PING of the library's graceful shutdown was withheld.
    withheld: bool,
    release: bool,
    track_reads: bool,
    lingering: bool,
    custom_settings: Vec<Http2Setting>,
    /// Bytes of the current batch of reads.
    batch_read: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Transport<S> {
    /// Starts on a connected stream of which `ahead` was read already.
    pub(super) fn new(
        stream: S,
        ahead: BytesMut,
        ledger: FrameLedger,
        shared: Rc<Shared>,
        options: &Http2Options,
        limits: &HeadLimits,
    ) -> Rc<RefCell<Self>> {
        shared.note_read(ahead.len());
        let out = Outbox::new(
            ledger.fresh_outbound(),
            options.max_outbound_control_frames,
            Rc::clone(&shared),
        );
        Rc::new(RefCell::new(Self {
            stream,
            ahead,
            held: HeldHead::default(),
            held_max: limits.certainly_too_long(),
            out,
            ledger,
            shared,
            stream_errors: options.stream_error_on_invalid_http_message,
            suspects: Vec::new(),
            unjudged: 0,
            refused: 0,
            withheld: false,
            release: false,
            track_reads: options.keepalive.is_some(),
            lingering: false,
            custom_settings: options.custom_settings.clone(),
            batch_read: 0,
        }))
    }

    /// Lets the library send its second GOAWAY: its withheld ping is answered at the next read.
    pub(super) fn release_shutdown(&mut self) {
        self.release = true;
    }

    /// The library has not been let yet.
    pub(super) fn shutdown_is_due(&self) -> bool {
        self.release && self.withheld
    }

    /// Says what the library says in a graceful shutdown, which it cannot say before the client
    /// has said who it is.
    pub(super) fn say_goodbye(&mut self) {
        for last in [LAST_STREAM_OF_NOTICE, 0] {
            self.gather(&frame::goaway(last, 0));
        }
    }

    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Streams that came before the violation are still accepted; the connection's task then
        // ends it.
        if self.shared.violation().is_some() {
            return Poll::Pending;
        }
        if self.held.pour(buffer) {
            return Poll::Ready(Ok(()));
        }
        // Whoever accepts the stream asks again.
        if self.held.is_gated() {
            return Poll::Pending;
        }
        if self.shutdown_is_due() && self.at_boundary() {
            (self.release, self.withheld) = (false, false);
            answer_shutdown_ping(buffer);
            return Poll::Ready(Ok(()));
        }
        let start = buffer.filled().len();
        // Turns again only when all that was read was dropped, which takes bytes from the peer.
        loop {
            ready!(self.poll_fill(cx, buffer))?;
            let read = buffer.filled().len() - start;
            if read == 0 {
                self.shared.read_to_end.set(true);
                return Poll::Ready(Ok(()));
            }
            self.batch_read += read;
            self.judge(buffer, start);
            if buffer.filled().len() > start {
                return Poll::Ready(Ok(()));
            }
            if self.shared.violation().is_some() {
                return Poll::Pending;
            }
        }
    }

    fn poll_fill(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
            self.shared.note_read(buffer.filled().len() - before);
            return Poll::Ready(Ok(()));
        }
        let count = self.ahead.len().min(buffer.remaining());
        buffer.put_slice(&self.ahead[..count]);
        self.ahead.advance(count);
        Poll::Ready(Ok(()))
    }

    /// Shows the ledger what was read. What came before a frame at fault is still served, as by
    /// Envoy.
    fn judge(&mut self, buffer: &mut ReadBuf<'_>, start: usize) {
        let judged = self.ledger.read(&buffer.filled()[start..]);
        self.note_seen();
        if let Err((before, violation)) = judged {
            let unseen = self.ledger.fault_is_unseen_head() && !self.head_is_answered();
            self.shared.unseen_request.set(unseen);
            self.shared.condemn(violation);
            buffer.set_filled(start + before);
            return self.drop_idle_frames(buffer, start);
        }
        self.drop_idle_frames(buffer, start);
        let unfinished = if self.head_is_answered() { 0 } else { self.ledger.unfinished() };
        if unfinished > 0 || self.held.len() > 0 {
            self.held.sift(buffer, start, unfinished);
            self.limit_held(buffer);
        }
    }

    /// The head that is not whole was given up; what comes of it is of no interest.
    fn head_is_answered(&self) -> bool {
        let made_up = self.shared.made_up.get().map(MadeUp::stream);
        made_up.is_some() && made_up == self.ledger.open_head()
    }

    fn limit_held(&mut self, buffer: &mut ReadBuf<'_>) {
        if self.held.len() > self.held_max
            && let Some(stream) = self.ledger.open_head()
        {
            self.shared.made_up.set(Some(MadeUp::TooLong(stream)));
            self.held.answer(stream);
            self.held.pour(buffer);
        }
    }

    /// The stream of a request whose head has begun, is not whole, and was not given up.
    pub(super) fn unfinished_head(&self) -> Option<u32> {
        self.ledger.open_head().filter(|_| !self.head_is_answered())
    }

    /// Gives up a head that is not whole: its stream opens with one that is made up.
    pub(super) fn give_head_up(&mut self) {
        if let Some(stream) = self.unfinished_head() {
            self.shared.made_up.set(Some(MadeUp::Late(stream)));
            self.held.answer(stream);
        }
    }

    /// The stream of a head that was made up is known to the library; true when there was one.
    pub(super) fn open_gate(&mut self) -> bool {
        self.held.is_gated() && self.held.open_gate()
    }

    /// True when a frame may be put before what is read next.
    fn at_boundary(&self) -> bool {
        self.held.len() > 0 || self.ledger.inbound_at_boundary()
    }

    fn drop_idle_frames(&mut self, buffer: &mut ReadBuf<'_>, start: usize) {
        while let Some((at, length)) = self.ledger.pop_idle_frame() {
            let (from, end) = (start + at + length, buffer.filled().len());
            if from <= end {
                buffer.filled_mut().copy_within(from..end, start + at);
                buffer.set_filled(end - length);
            }
        }
    }

    fn note_seen(&mut self) {
        let seen = self.ledger.take_seen();
        let shared = &self.shared;
        if seen.any_frame {
            shared.activity.set(shared.activity.get() + 1);
            if self.track_reads {
                shared.last_read.set(now());
            }
        }
        if seen.resets_received > 0 {
            shared.resets_in_batch.set(true);
            shared.stats.rx_reset.add(u64::from(seen.resets_received));
        }
        // What ends the connection resets no stream.
        if seen.resets_sent > 0 && shared.violation() != Some(Violation::Messaging) {
            // Those of suspects count when they are judged.
            let unjudged = std::mem::take(&mut self.unjudged);
            shared.stats.tx_reset.add(u64::from(seen.resets_sent.saturating_sub(unjudged)));
        }
        if seen.goaways_sent > 0 {
            shared.stats.goaway_sent.add(u64::from(seen.goaways_sent));
        }
        if seen.goaway_received {
            shared.goaway_received.set(true);
        }
        if seen.settings_received {
            shared.room_changed.set(true);
        }
        if seen.frames_sent > 0 {
            self.out.count(seen.frames_sent, seen.control_sent);
        }
    }

    /// Ready when the library may write.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.out.poll_room(cx, &mut self.stream)
    }

    /// Takes whole frames from the library.
    pub(super) fn gather(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (begin, mut end, outgoing) = self.ledger.write(bytes);
            self.out.push(&bytes[..begin]);
            match outgoing {
                Outgoing::Pass | Outgoing::Drop => {}
                Outgoing::Withhold => {
                    self.withheld = true;
                    // It is late: the library has looked for the answer already.
                    if self.release {
                        self.shared.wake_task();
                    }
                }
                Outgoing::Greeting(length) => {
                    let whole = begin + frame::HEADER_LEN + length;
                    let payload = &bytes[begin + frame::HEADER_LEN..whole];
                    self.out.push(&settings::greeting(&self.custom_settings, payload));
                    self.ledger.write(&bytes[end..whole]);
                    end = whole;
                }
                Outgoing::UnreadableHead => {
                    let made_up = self.shared.made_up.get().map(MadeUp::stream);
                    let unseen = self.ledger.block_opens_stream()
                        && made_up != Some(self.ledger.highest_stream());
                    self.shared.stats.rx_messaging_error.inc();
                    self.shared.unseen_request.set(unseen);
                    self.shared.condemn(Violation::Messaging);
                }
                Outgoing::Reset { stream, code } => {
                    self.note_reset(stream, code);
                    self.out.push(&bytes[begin..end]);
                }
            }
            bytes = &bytes[end..];
        }
        self.note_seen();
    }

    fn note_reset(&mut self, stream: u32, code: u32) {
        if self.shared.was_expected(stream) {
            return;
        }
        match code {
            REFUSED_STREAM => self.shared.stats.stream_refused_errors.inc(),
            PROTOCOL_ERROR => {
                self.suspects.push(stream);
                self.unjudged += 1;
            }
            _ => {}
        }
    }

    /// Judges the resets that the library wanted since the last time. Which of them were for
    /// malformed heads shows only when all streams that were received well have been accepted.
    pub(super) fn judge_suspects(&mut self, role: Role) {
        for stream in std::mem::take(&mut self.suspects) {
            let seen = role == Role::Client || self.shared.is_live(stream);
            if !(seen && self.ledger.is_fault_of_body(stream)) {
                self.malformed(!seen);
            }
            // What ends the connection resets no stream.
            if self.shared.violation() != Some(Violation::Messaging) {
                self.shared.stats.tx_reset.inc();
            }
        }
    }

    /// A message was found malformed; `unseen` when it is a request that nobody else saw.
    pub(super) fn malformed(&mut self, unseen: bool) {
        self.shared.stats.rx_messaging_error.inc();
        if !self.stream_errors {
            self.shared.unseen_request.set(unseen);
            self.shared.condemn(Violation::Messaging);
        } else if unseen {
            self.refused += 1;
        }
    }

    /// True once for each request whose stream the library reset before anyone saw it.
    pub(super) fn take_refused(&mut self) -> bool {
        let any = self.refused > 0;
        self.refused -= u32::from(any);
        any
    }

    /// The library has nothing more to do: judges what the peer's bytes amounted to once all that
    /// was there has been read and answered. True when that is so.
    pub(super) fn judge_batch(&mut self) -> bool {
        // Otherwise it only gave way to other tasks.
        if !has_budget_remaining() && self.batch_read < BATCH_MAX {
            return false;
        }
        match self.ledger.end_batch() {
            Some(violation) => self.shared.condemn(violation),
            None => self.out.judge(),
        }
        true
    }

    /// What is read from now on, and written in answer to it, counts anew.
    pub(super) fn begin_batch(&mut self) {
        self.batch_read = 0;
        self.out.begin_batch();
    }

    /// Forgets what was gathered since the last flush, and says the last word where there is one.
    pub(super) fn give_up(&mut self) {
        self.discard_unsealed();
        if let Some((last, code)) = self.shared.violation().and_then(Violation::goodbye) {
            self.out.push(&frame::goaway(last, code));
        }
    }

    /// Forgets what was gathered since the last flush.
    pub(super) fn discard_unsealed(&mut self) {
        self.out.discard_unsealed();
    }

    /// Writes what was gathered.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.out.poll_flush(cx, &mut self.stream)
    }

    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.shared.violation().is_some() {
            self.discard_unsealed();
        }
        ready!(self.poll_flush(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    /// Writes what is left, closes this direction and discards what still comes.
    pub(super) fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.lingering {
            let flushed = ready!(self.poll_flush(cx));
            if flushed.is_err() || ready!(Pin::new(&mut self.stream).poll_shutdown(cx)).is_err() {
                return Poll::Ready(());
            }
            self.lingering = true;
        }
        let mut discarded = [0; 4096];
        // Bounded so that a client that never stops sending does not hold the worker.
        for _ in 0..LINGER_READS {
            let mut buffer = ReadBuf::new(&mut discarded);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                Ok(()) | Err(_) => return Poll::Ready(()),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

fn answer_shutdown_ping(buffer: &mut ReadBuf<'_>) {
    buffer.put_slice(&[0, 0, SHUTDOWN_PING.len() as u8, frame::PING, frame::FLAG_ACK]);
    buffer.put_slice(&[0; 4]);
    buffer.put_slice(&SHUTDOWN_PING);
}
