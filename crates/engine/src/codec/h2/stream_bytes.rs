//! Bytes of one stream's frames.

use std::task::Poll;

use crate::codec::{Piece, StreamReset};
use crate::head::Head;

/// Every frame begins with so many bytes (RFC 9113, 4.1).
const FRAME_HEAD: u64 = 9;

/// What was received and sent on a stream.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct StreamBytes {
    pub received: u64,
    pub sent: u64,
    /// Names and values of heads and trailers, without compression.
    pub headers_received: u64,
    pub headers_sent: u64,
}

impl StreamBytes {
    pub fn note_sent_head(&mut self, head: &Head) {
        let bytes = head.byte_size() as u64;
        self.headers_sent += bytes;
        self.sent += FRAME_HEAD + bytes;
    }

    /// An interim head is part of the headers alone.
    pub fn note_sent_interim(&mut self, head: &Head) {
        self.headers_sent += head.byte_size() as u64;
    }

    pub fn note_received_head(&mut self, head: &Head, fields: u64) {
        self.headers_received += fields;
        self.received += FRAME_HEAD + head.byte_size() as u64;
    }

    /// Names and values of heads and trailers: received, sent.
    pub fn headers(&self) -> (u64, u64) {
        (self.headers_received, self.headers_sent)
    }

    pub fn of_data(len: usize) -> u64 {
        FRAME_HEAD + len as u64
    }

    pub fn note_received(&mut self, polled: &Poll<Result<Piece, StreamReset>>) {
        self.received += match polled {
            Poll::Ready(Ok(Piece::Data(data))) => Self::of_data(data.len()),
            Poll::Ready(Ok(Piece::Trailers(trailers))) => {
                let bytes = trailers.byte_size() as u64;
                self.headers_received += bytes;
                FRAME_HEAD + bytes
            }
            _ => 0,
        };
    }
}
