//! What stands between the library and the socket. It shows all bytes to the [`FrameLedger`],
//! gathers what is written so that one batch of frames is one system call, serves bytes that were
//! read before, and times the second GOAWAY of a graceful shutdown.
//!
//! The library owns one end ([`Wire`]); the connection keeps the other to flush it when the
//! library has nothing more to say.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use voyant_ir::protocol::Http2Options;

use super::error::Role;
use super::frame::{self, FrameWalker};
use super::ledger::{FrameLedger, Outgoing, SHUTDOWN_PING, Violation};
use super::shared::Shared;
use crate::rt::clock::now;

/// Bytes gathered before the library is made to wait.
const GATHER_MAX: usize = 64 * 1024;
/// An empty buffer larger than this is given back.
const KEEP_MAX: usize = 16 * 1024;

/// Reads of one turn while lingering.
const LINGER_READS: usize = 16;

const PROTOCOL_ERROR: u32 = 1;
const REFUSED_STREAM: u32 = 7;

/// The socket and what is known of the bytes that pass.
#[derive(Debug)]
pub(super) struct Transport<S> {
    stream: S,
    /// Read before this connection existed, or put in by [`Transport::release_shutdown`].
    ahead: BytesMut,
    out: Vec<u8>,
    /// How much of `out` is written.
    written: usize,
    /// How much of `out` was there at the last flush.
    sealed: usize,
    ledger: FrameLedger,
    shared: Rc<Shared>,
    /// A malformed message costs its stream instead of the connection.
    stream_errors: bool,
    /// Streams that the library reset with `PROTOCOL_ERROR`.
    suspects: Vec<u32>,
    /// A PING of the library's graceful shutdown was withheld.
    withheld: bool,
    release: bool,
    /// Answers to the peer among the frames that wait to be written.
    outbound_control: u32,
    /// Finds the frames in what was written of `out`.
    unwritten: FrameWalker,
    reported: (u32, u32),
    track_reads: bool,
    lingering: bool,
}

/// The library's end.
#[derive(Debug)]
pub(super) struct Wire<S>(Rc<RefCell<Transport<S>>>);

impl<S> Wire<S> {
    pub(super) fn new(transport: &Rc<RefCell<Transport<S>>>) -> Self {
        Self(Rc::clone(transport))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Transport<S> {
    /// Starts on a connected stream of which `ahead` was read already.
    pub(super) fn new(
        stream: S,
        ahead: BytesMut,
        ledger: FrameLedger,
        shared: Rc<Shared>,
        options: &Http2Options,
    ) -> Rc<RefCell<Self>> {
        let unwritten = ledger.fresh_outbound();
        Rc::new(RefCell::new(Self {
            stream,
            ahead,
            out: Vec::new(),
            written: 0,
            sealed: 0,
            ledger,
            shared,
            stream_errors: options.stream_error_on_invalid_http_message,
            suspects: Vec::new(),
            withheld: false,
            release: false,
            outbound_control: 0,
            unwritten,
            reported: (0, 0),
            track_reads: options.keepalive.is_some(),
            lingering: false,
        }))
    }

    /// Lets the library send its second GOAWAY: its withheld ping is answered at the next read.
    pub(super) fn release_shutdown(&mut self) {
        self.release = true;
    }

    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(violation) = self.shared.violation() {
            return Poll::Ready(Err(error_of(violation)));
        }
        if self.release && self.withheld && self.ledger.inbound_at_boundary() {
            (self.release, self.withheld) = (false, false);
            buffer.put_slice(&[0, 0, SHUTDOWN_PING.len() as u8, frame::PING, frame::FLAG_ACK]);
            buffer.put_slice(&[0; 4]);
            buffer.put_slice(&SHUTDOWN_PING);
            return Poll::Ready(Ok(()));
        }
        let start = buffer.filled().len();
        if self.ahead.is_empty() {
            ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        } else {
            let count = self.ahead.len().min(buffer.remaining());
            buffer.put_slice(&self.ahead[..count]);
            self.ahead.advance(count);
        }
        let judged = self.ledger.read(&buffer.filled()[start..]);
        self.note_seen();
        if let Err((before, violation)) = judged {
            self.shared.condemn(violation);
            buffer.set_filled(start + before);
            // What came before the frame at fault is still served, as by Envoy; the error is
            // the answer to the next read.
            if before == 0 {
                return Poll::Ready(Err(error_of(violation)));
            }
        }
        Poll::Ready(Ok(()))
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
            shared.stats.rx_reset.add(u64::from(seen.resets_received));
        }
        if seen.resets_sent > 0 {
            shared.stats.tx_reset.add(u64::from(seen.resets_sent));
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
            shared.outbound_frames.set(shared.outbound_frames.get() + seen.frames_sent);
            self.outbound_control += seen.control_sent;
            self.check_outbound();
        }
    }

    fn check_outbound(&self) {
        let limit = self.ledger.limits().outbound_control;
        if self.shared.write_blocked.get() && self.outbound_control > limit {
            self.shared.condemn(Violation::OutboundControlFrames);
        }
        self.shared.check_outbound();
    }

    /// Tells apart what was written of the buffer and what waits on.
    fn note_written(&mut self) {
        let mut at = 0;
        while at < self.written {
            let (used, found) = self.unwritten.advance(&self.out[at..self.written]);
            at += used;
            if let Some(frame) = found {
                let frames = &self.shared.outbound_frames;
                frames.set(frames.get().saturating_sub(1));
                self.outbound_control -= u32::from(frame.is_answer());
            }
        }
        self.out.drain(..self.written);
        self.written = 0;
        self.sealed = self.out.len();
    }

    fn gather(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (begin, end, outgoing) = self.ledger.write(bytes);
            self.out.extend_from_slice(&bytes[..begin]);
            match outgoing {
                Outgoing::Pass => {}
                Outgoing::Withhold => self.withheld = true,
                Outgoing::UnreadableHead => self.leave_unreadable(),
                Outgoing::Reset { stream, code } => {
                    self.note_reset(stream, code);
                    self.out.extend_from_slice(&bytes[begin..end]);
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
            PROTOCOL_ERROR => self.suspects.push(stream),
            _ => {}
        }
    }

    fn leave_unreadable(&mut self) {
        self.shared.stats.rx_messaging_error.inc();
        self.shared.unseen_request.set(self.ledger.block_opens_stream());
        self.shared.condemn(Violation::Messaging);
    }

    /// Judges the resets that the library wanted since the last time. Which of them were for
    /// malformed heads shows only when all streams that were received well have been accepted.
    pub(super) fn judge_suspects(&mut self, role: Role) {
        for stream in std::mem::take(&mut self.suspects) {
            let seen = role == Role::Client || self.shared.is_live(stream);
            if seen && self.ledger.is_fault_of_body(stream) {
                continue;
            }
            self.malformed(!seen);
        }
    }

    /// A request was found malformed before anyone else saw it.
    pub(super) fn refuse_malformed(&mut self) {
        self.malformed(true);
    }

    fn malformed(&mut self, unseen: bool) {
        self.shared.stats.rx_messaging_error.inc();
        if !self.stream_errors {
            self.shared.unseen_request.set(unseen);
            self.shared.condemn(Violation::Messaging);
        }
    }

    /// Forgets what was gathered since the last flush: a connection that ends by a violation ends
    /// without another frame.
    pub(super) fn discard_unsealed(&mut self) {
        self.out.truncate(self.sealed.max(self.written));
    }

    /// Writes what was gathered.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.written < self.out.len() {
            let stream = Pin::new(&mut self.stream);
            match stream.poll_write(cx, &self.out[self.written..]) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => self.written += count,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.note_written();
                    self.shared.write_blocked.set(true);
                    self.report_outbound();
                    return Poll::Pending;
                }
            }
        }
        if self.written > 0 {
            (self.written, self.sealed) = (0, 0);
            self.out.clear();
            self.shared.write_blocked.set(false);
            self.shared.outbound_frames.set(0);
            self.outbound_control = 0;
            self.unwritten = FrameWalker::default();
            self.report_outbound();
            if self.out.capacity() > KEEP_MAX {
                self.out = Vec::new();
            }
        }
        Pin::new(&mut self.stream).poll_flush(cx)
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

    fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.out.len() - self.written < GATHER_MAX {
            return Poll::Ready(Ok(()));
        }
        self.poll_flush(cx)
    }
}

impl<S> Transport<S> {
    fn report_outbound(&mut self) {
        let frames = self.shared.outbound_frames.get();
        if (frames, self.outbound_control) != self.reported {
            let stats = &self.shared.stats;
            let (old_frames, old_control) = self.reported;
            stats.outbound_frames_active.add(i64::from(frames) - i64::from(old_frames));
            let change = i64::from(self.outbound_control) - i64::from(old_control);
            stats.outbound_control_frames_active.add(change);
            self.reported = (frames, self.outbound_control);
        }
    }
}

impl<S> Drop for Transport<S> {
    fn drop(&mut self) {
        self.shared.outbound_frames.set(0);
        self.outbound_control = 0;
        self.report_outbound();
    }
}

fn error_of(violation: Violation) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{violation:?}"))
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.0.borrow_mut().poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut transport = self.0.borrow_mut();
        ready!(transport.poll_room(cx))?;
        transport.gather(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut transport = self.0.borrow_mut();
        ready!(transport.poll_room(cx))?;
        let mut count = 0;
        for slice in slices {
            transport.gather(slice);
            count += slice.len();
        }
        Poll::Ready(Ok(count))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// The library flushes after every larger frame; the connection does it once a batch.
    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut transport = self.0.borrow_mut();
        if transport.shared.violation().is_some() {
            transport.discard_unsealed();
        }
        ready!(transport.poll_flush(cx))?;
        Pin::new(&mut transport.stream).poll_shutdown(cx)
    }
}
