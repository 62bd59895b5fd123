//! Counts the frames of one connection and says when a peer's behaviour is an attack (Envoy's
//! `protocol_constraints`). No I/O: it is shown the bytes that pass in both directions.
//!
//! The limits are those of `Http2ProtocolOptions`; what they are measured against (streams opened,
//! DATA frames sent) is counted here too.

use super::frame::{self, FrameStart, FrameWalker};
use super::reset_bucket::ResetBucket;
use crate::rt::clock::now;

/// Payload of the PING by which the `h2` crate times the second GOAWAY of a graceful shutdown.
pub(super) const SHUTDOWN_PING: [u8; 8] = [0x0b, 0x7b, 0xa2, 0xf0, 0x8b, 0x9b, 0xfe, 0x54];

const PROTOCOL_ERROR: u32 = 1;
/// The last stream that the first GOAWAY of a graceful shutdown names.
pub(super) const LAST_STREAM_OF_NOTICE: u32 = 0x7fff_ffff;

/// Limits on what a peer may make this end read or write.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameLimits {
    pub empty_payload: u32,
    pub priority_per_stream: u32,
    pub window_update_per_data: u32,
}

/// Answers to PING and SETTINGS that one batch of reads may ask for, whatever the configuration
/// says (nghttp2's `max_outbound_ack`, as Envoy sets it).
const ANSWERS_MAX: u32 = 10_000;

/// Why a connection is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Violation {
    EmptyFrames,
    PriorityFrames,
    WindowUpdateFrames,
    /// One batch asked for more answers than any configuration allows.
    Answers,
    OutboundControlFrames,
    OutboundFrames,
    /// Frames pile up for a peer that reads nothing.
    UnreadFrames,
    /// A message that breaks the rules of HTTP (bad header, wrong length).
    Messaging,
    KeepaliveTimeout,
    /// More premature resets than an honest client would send.
    PrematureResets,
    /// More resets than the bucket had tokens for; the last stream by then.
    ResetRate(u32),
    /// A name or value beyond the limit, on this stream.
    LongField(u32),
    /// Another frame came where the head of this stream was to be continued.
    Interrupted(u32),
}

/// What an outgoing frame asks of whoever writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outgoing {
    Pass,
    /// Not to be written.
    Drop,
    /// The ping of a graceful shutdown: not written, answered when the drain time is over.
    Withhold,
    /// The first SETTINGS of this end, so long without its header.
    Greeting(usize),
    /// The library gives the connection up for a header block that it could not read.
    UnreadableHead,
    /// A reset: the library's own answer to a malformed message, or this proxy's wish.
    Reset {
        stream: u32,
        code: u32,
    },
}

/// What was seen since the last time it was asked for.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Seen {
    pub resets_received: u32,
    pub resets_sent: u32,
    pub goaways_sent: u32,
    pub goaway_received: bool,
    /// The peer may have changed its limit of streams.
    pub settings_received: bool,
    pub any_frame: bool,
    /// Frames that wait to be written from now on, and those among them that answer the peer.
    pub frames_sent: u32,
    pub control_sent: u32,
}

/// The counts of one connection.
#[derive(Debug)]
pub(super) struct FrameLedger {
    limits: FrameLimits,
    inbound: FrameWalker,
    outbound: FrameWalker,
    /// Bytes of the client's preface that are still to come.
    preface_left: usize,
    is_server: bool,
    consecutive_empty: u32,
    priority: u64,
    window_updates: u64,
    opened_streams: u64,
    highest_stream: u32,
    /// The stream of the last DATA frame that was received.
    last_data: u32,
    /// The stream of the last HEADERS frame that did not open it.
    last_trailers: u32,
    /// The last HEADERS frame began a header block where one may stand.
    in_block: bool,
    /// That block opened its stream.
    block_opens: bool,
    /// The last header block is to be continued.
    block_open: bool,
    /// It was not.
    interrupted: bool,
    /// The last read held a part of such a block.
    block_in_read: bool,
    /// The last frame was a part of a request's head.
    in_head: bool,
    /// How many bytes at the end of the last read belong to what is not whole: a request's head,
    /// or the header of a frame.
    unfinished: usize,
    data_sent: u64,
    /// Answers that the current batch of reads has asked for.
    answers: u32,
    resets: Option<ResetBucket>,
    /// The last stream when the bucket had no token left.
    reset_excess: Option<u32>,
    greeted: bool,
    /// Where frames stand in the last read that the library is not to see, and how long they are.
    idle_frames: Vec<(usize, usize)>,
    /// The frame at fault was a part of a request's head.
    fault_in_head: bool,
    seen: Seen,
}

impl FrameLedger {
    /// The ledger of a connection in the server's role: the preface comes first, and only so many
    /// resets are taken.
    pub(super) fn server(limits: FrameLimits, resets: ResetBucket) -> Self {
        let ledger = Self::new(limits, true, super::preface::PREFACE.len(), 0);
        Self { resets: Some(resets), ..ledger }
    }

    /// The ledger of a connection in the client's role: it writes the preface.
    pub(super) fn client(limits: FrameLimits) -> Self {
        Self::new(limits, false, 0, super::preface::PREFACE.len())
    }

    fn new(limits: FrameLimits, is_server: bool, preface_in: usize, preface_out: usize) -> Self {
        let mut outbound = FrameWalker::default();
        outbound.skip_ahead(preface_out);
        Self {
            limits,
            inbound: FrameWalker::default(),
            outbound,
            preface_left: preface_in,
            is_server,
            consecutive_empty: 0,
            priority: 0,
            window_updates: 0,
            opened_streams: 0,
            highest_stream: 0,
            last_data: 0,
            last_trailers: 0,
            in_block: false,
            block_opens: false,
            block_open: false,
            interrupted: false,
            block_in_read: false,
            in_head: false,
            unfinished: 0,
            data_sent: 0,
            answers: 0,
            resets: None,
            reset_excess: None,
            greeted: false,
            idle_frames: Vec::new(),
            fault_in_head: false,
            seen: Seen::default(),
        }
    }

    /// What was seen since the last call.
    pub(super) fn take_seen(&mut self) -> Seen {
        std::mem::take(&mut self.seen)
    }

    /// All that was there to be read has been read. Whether a client has reset too much shows only
    /// then: what it sent besides is still served.
    pub(super) fn end_batch(&mut self) -> Option<Violation> {
        self.answers = 0;
        self.reset_excess.map(Violation::ResetRate)
    }

    /// True when a frame may be put before the next byte that is read.
    pub(super) fn inbound_at_boundary(&self) -> bool {
        self.preface_left == 0 && self.inbound.at_boundary() && !self.block_open
    }

    /// The stream whose opening head has begun and is not whole.
    pub(super) fn open_head(&self) -> Option<u32> {
        if self.head_is_open() {
            return Some(self.highest_stream);
        }
        let begun = self.inbound.begun().filter(|_| self.is_server)?;
        let opens = begun.stream % 2 == 1 && begun.stream > self.highest_stream;
        (begun.kind == frame::HEADERS && opens).then_some(begun.stream)
    }

    fn head_is_open(&self) -> bool {
        let in_payload = !self.inbound.at_boundary() && !self.inbound.in_start();
        self.in_head && (self.block_open || in_payload)
    }

    /// How many bytes at the end of the last read wait for what makes them whole. Of bodies and
    /// trailers only the header of a frame is waited for.
    pub(super) fn unfinished(&self) -> usize {
        self.unfinished
    }

    /// Reads what the peer sent. On a violation: how many bytes stand before the frame at fault.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<(), (usize, Violation)> {
        let mut at = self.preface_left.min(bytes.len());
        self.preface_left -= at;
        self.block_in_read = self.in_block && !self.inbound.at_boundary();
        let (mut head_from, mut start_from) = (0, at);
        while at < bytes.len() {
            let before = at;
            start_from = before;
            let (used, found) = self.inbound.advance(&bytes[at..]);
            at += used;
            if let Some(frame) = found {
                self.receive(frame).map_err(|violation| (before, violation))?;
                if frame.kind == frame::HEADERS && self.in_head {
                    head_from = before;
                }
                let length = frame::HEADER_LEN + frame.length as usize;
                // A frame that came in pieces has been seen in part already.
                let whole = at - before == length.min(frame::PEEKED_LEN);
                if self.is_idle(&frame) && whole && before + length <= bytes.len() {
                    self.idle_frames.push((before, length));
                }
            }
        }
        self.unfinished = match (self.head_is_open(), self.inbound.in_start()) {
            (true, _) => bytes.len() - head_from,
            (false, true) if self.is_server => bytes.len() - start_from,
            (false, _) => 0,
        };
        Ok(())
    }

    /// The last frame of the last read that lies in it whole, says nothing and was not asked for
    /// yet: where it begins and how long it is.
    pub(super) fn pop_idle_frame(&mut self) -> Option<(usize, usize)> {
        self.idle_frames.pop()
    }

    /// Frames over which the library would end a connection, and Envoy would not. Of empty DATA
    /// frames the library allows so many in a connection's whole life, where Envoy limits those in
    /// a row; a client that says GOAWAY may stay; priorities are without effect.
    fn is_idle(&self, frame: &FrameStart) -> bool {
        if self.interrupted {
            return false;
        }
        match frame.kind {
            frame::DATA => frame.is_idle_data(),
            frame::GOAWAY => self.is_server && frame.stream == 0 && frame.length >= 8,
            frame::PRIORITY => frame.stream != 0 && frame.length == 5,
            _ => false,
        }
    }

    /// True when the violation was found in the head of a request, which then nobody sees.
    pub(super) fn fault_is_unseen_head(&self) -> bool {
        self.fault_in_head && self.block_opens_stream()
    }

    /// A header block that is interrupted is an error of framing. The library tells of it unless
    /// the block is a request's head, which it has not seen.
    fn check_continued(&mut self, frame: FrameStart) -> Result<(), Violation> {
        self.interrupted |= self.block_open && frame.kind != frame::CONTINUATION;
        if self.interrupted && self.in_head {
            self.fault_in_head = true;
            return Err(Violation::Interrupted(self.highest_stream));
        }
        match frame.kind {
            frame::HEADERS | frame::CONTINUATION => {
                self.block_open = !frame.has(frame::FLAG_END_HEADERS);
            }
            _ => self.in_head = false,
        }
        Ok(())
    }

    fn receive_headers(&mut self, stream: u32) {
        let opens = stream > self.highest_stream;
        self.in_block = stream % 2 == 1 && (self.is_server || !opens);
        self.block_in_read |= self.in_block;
        self.block_opens = opens;
        self.in_head = self.in_block && opens && self.is_server;
        if !opens {
            self.last_trailers = stream;
        } else if self.is_server {
            self.note_stream(stream);
        }
    }

    fn receive(&mut self, frame: FrameStart) -> Result<(), Violation> {
        self.seen.any_frame = true;
        self.check_continued(frame)?;
        match frame.kind {
            frame::DATA | frame::HEADERS | frame::CONTINUATION => {
                match frame.kind {
                    frame::DATA => self.last_data = frame.stream,
                    frame::HEADERS => self.receive_headers(frame.stream),
                    _ => self.block_in_read |= self.in_block,
                }
                self.count_payload(frame)
            }
            frame::PRIORITY => {
                self.priority += 1;
                let allowed = u64::from(self.limits.priority_per_stream);
                within(self.priority, allowed * (1 + self.opened_streams))
                    .ok_or(Violation::PriorityFrames)
            }
            frame::WINDOW_UPDATE => {
                self.window_updates += 1;
                let allowed = u64::from(self.limits.window_update_per_data);
                within(
                    self.window_updates,
                    5 + 2 * (self.opened_streams + allowed * self.data_sent),
                )
                .ok_or(Violation::WindowUpdateFrames)
            }
            frame::RST_STREAM => {
                self.receive_reset();
                Ok(())
            }
            frame::SETTINGS => {
                self.seen.settings_received = true;
                self.count_answer(frame)
            }
            frame::PING => self.count_answer(frame),
            frame::GOAWAY => {
                self.seen.goaway_received = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn receive_reset(&mut self) {
        self.seen.resets_received += 1;
        let Some(bucket) = &mut self.resets else { return };
        if self.reset_excess.is_none() && !bucket.take(now()) {
            self.reset_excess = Some(self.highest_stream);
        }
    }

    fn count_answer(&mut self, frame: FrameStart) -> Result<(), Violation> {
        self.answers += u32::from(!frame.has(frame::FLAG_ACK));
        within(self.answers.into(), ANSWERS_MAX.into()).ok_or(Violation::Answers)
    }

    fn count_payload(&mut self, frame: FrameStart) -> Result<(), Violation> {
        if frame.unpadded_length() > 0 || frame.has(frame::FLAG_END_STREAM) {
            self.consecutive_empty = 0;
            return Ok(());
        }
        self.consecutive_empty += 1;
        self.fault_in_head = frame.kind != frame::DATA;
        within(u64::from(self.consecutive_empty), u64::from(self.limits.empty_payload))
            .ok_or(Violation::EmptyFrames)
    }

    fn note_stream(&mut self, stream: u32) {
        if stream > self.highest_stream {
            self.highest_stream = stream;
            self.opened_streams += 1;
        }
    }

    /// Reads what this end is about to write, up to and including the first frame that asks for
    /// more than to be passed on: where that frame begins, where it ends, and what it asks.
    pub(super) fn write(&mut self, bytes: &[u8]) -> (usize, usize, Outgoing) {
        let mut at = 0;
        while at < bytes.len() {
            let before = at;
            let (used, found) = self.outbound.advance(&bytes[at..]);
            at += used;
            if let Some(frame) = found {
                let outgoing = self.send(frame);
                if outgoing != Outgoing::Pass {
                    return (before, at, outgoing);
                }
            }
        }
        (at, at, Outgoing::Pass)
    }

    fn send(&mut self, frame: FrameStart) -> Outgoing {
        self.seen.frames_sent += 1;
        self.seen.control_sent += u32::from(frame.is_answer());
        match frame.kind {
            frame::DATA => self.data_sent += 1,
            frame::HEADERS if !self.is_server => self.note_stream(frame.stream),
            // An upstream is left without a word, as by Envoy.
            frame::GOAWAY if !self.is_server && frame.second_word() == 0 => {
                return Outgoing::Drop;
            }
            frame::GOAWAY => {
                let notice = frame.first_word() == LAST_STREAM_OF_NOTICE;
                self.seen.goaways_sent += u32::from(!notice && frame.second_word() == 0);
                // A name or value that HTTP does not allow is for the library an unreadable block;
                // for Envoy it is a malformed message. An error of framing that arrives together
                // with a block is taken for it, too.
                let unreadable = self.block_in_read && !self.interrupted;
                if frame.second_word() == PROTOCOL_ERROR && unreadable {
                    return Outgoing::UnreadableHead;
                }
            }
            frame::SETTINGS if !self.greeted => {
                self.greeted = true;
                return Outgoing::Greeting(frame.length as usize);
            }
            frame::PING if !frame.has(frame::FLAG_ACK) && *frame.peek() == SHUTDOWN_PING => {
                return Outgoing::Withhold;
            }
            frame::RST_STREAM => {
                self.seen.resets_sent += 1;
                return Outgoing::Reset { stream: frame.stream, code: frame.first_word() };
            }
            _ => {}
        }
        Outgoing::Pass
    }

    /// True when the last header block was the head of a request.
    pub(super) fn block_opens_stream(&self) -> bool {
        self.is_server && self.block_opens
    }

    /// The last stream that the client opened.
    pub(super) fn highest_stream(&self) -> u32 {
        self.highest_stream
    }

    /// Finds the frames in what is written, from the first byte on.
    pub(super) fn fresh_outbound(&self) -> FrameWalker {
        self.outbound.clone()
    }

    /// The library has reset a stream for what it received: true when it was a body of the wrong
    /// length, false when it was a malformed head or malformed trailers.
    pub(super) fn is_fault_of_body(&self, stream: u32) -> bool {
        // Later frames may hide which one it was; then the head is held innocent, as the
        // connection then outlives what Envoy might have ended it for.
        self.last_data == stream && !(self.is_server && self.last_trailers == stream)
    }
}

fn within(count: u64, limit: u64) -> Option<()> {
    (count <= limit).then_some(())
}

#[cfg(test)]
mod tests;
