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
}

impl StreamBytes {
    pub fn of_head(head: &Head) -> u64 {
        FRAME_HEAD + head.byte_size() as u64
    }

    pub fn of_data(len: usize) -> u64 {
        FRAME_HEAD + len as u64
    }

    pub fn note_received(&mut self, polled: &Poll<Result<Piece, StreamReset>>) {
        self.received += match polled {
            Poll::Ready(Ok(Piece::Data(data))) => Self::of_data(data.len()),
            Poll::Ready(Ok(Piece::Trailers(trailers))) => Self::of_head(trailers),
            _ => 0,
        };
    }
}
