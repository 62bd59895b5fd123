//! A request's head that is not whole is held back from the library, which then is not in the
//! middle of a header block when the client lets too much time pass. The stream is opened by a
//! head that this end makes up, and so can be answered as any other. What comes of the client's
//! own head later reaches the library as late trailers of that stream: it reads them, as header
//! compression asks, and ignores them.

use bytes::{Buf, BytesMut};
use tokio::io::ReadBuf;

use super::frame;

/// Why a head was made up, and on which stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MadeUp {
    /// The client's did not end in time.
    Late(u32),
    /// The client's is beyond the limit already.
    TooLong(u32),
}

impl MadeUp {
    pub(super) fn stream(self) -> u32 {
        match self {
            Self::Late(stream) | Self::TooLong(stream) => stream,
        }
    }
}

/// What was read and judged, and has not reached the library.
#[derive(Debug, Default)]
pub(super) struct HeldHead {
    held: BytesMut,
    /// Goes to the library before anything else.
    released: BytesMut,
    /// A head was made up. Nothing but that reaches the library until its stream was accepted.
    gated: bool,
}

impl HeldHead {
    /// How many bytes wait.
    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    /// Holds back the last `unfinished` bytes of what was read from `start` on, and gives what was
    /// held before in front of the rest.
    pub(super) fn sift(&mut self, buffer: &mut ReadBuf<'_>, start: usize, unfinished: usize) {
        let end = buffer.filled().len();
        let from = end.saturating_sub(unfinished).max(start);
        if !self.held.is_empty() && from > start {
            self.released.unsplit(self.held.split());
            self.released.extend_from_slice(&buffer.filled()[start..from]);
            self.held.extend_from_slice(&buffer.filled()[from..]);
            buffer.set_filled(start);
            self.pour(buffer);
            return;
        }
        self.held.extend_from_slice(&buffer.filled()[from..]);
        buffer.set_filled(from);
    }

    /// Lets the library have a head that is made up.
    pub(super) fn answer(&mut self, stream: u32) {
        self.released.extend_from_slice(&frame::bare_head(stream));
        self.gated = true;
    }

    /// Lets the library have what is held, too; true when there was a head that was made up.
    pub(super) fn open_gate(&mut self) -> bool {
        self.released.unsplit(self.held.split());
        std::mem::take(&mut self.gated)
    }

    pub(super) fn is_gated(&self) -> bool {
        self.gated
    }

    /// Hands out what was released; true when there was any.
    pub(super) fn pour(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let count = self.released.len().min(buffer.remaining());
        buffer.put_slice(&self.released[..count]);
        self.released.advance(count);
        if count > 0 && self.released.is_empty() && self.held.is_empty() {
            (self.held, self.released) = Default::default();
        }
        count > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What reaches the library of reads of which so many bytes are unfinished.
    fn passed(reads: &[(&[u8], usize)], room: usize) -> Vec<u8> {
        let mut held = HeldHead::default();
        let mut passed = Vec::new();
        for (read, unfinished) in reads {
            let mut space = vec![0; room];
            let mut buffer = ReadBuf::new(&mut space);
            buffer.put_slice(b"old");
            buffer.put_slice(read);
            held.sift(&mut buffer, 3, *unfinished);
            passed.extend_from_slice(&buffer.filled()[3..]);
            loop {
                let mut space = [0; 2];
                let mut buffer = ReadBuf::new(&mut space);
                if !held.pour(&mut buffer) {
                    break;
                }
                passed.extend_from_slice(buffer.filled());
            }
            passed.push(b'|');
        }
        passed
    }

    #[test]
    fn what_is_unfinished_waits_and_comes_first() {
        let reads: &[(&[u8], usize)] =
            &[(b"abc", 0), (b"defg", 3), (b"hi", 2), (b"jkl", 1), (b"m", 0)];
        for room in [7, 8, 64] {
            assert_eq!(passed(reads, room), b"abc|d||efghijk|lm|", "{room}");
        }
    }

    #[test]
    fn an_answered_head_comes_behind_the_one_that_is_made_up() {
        let mut held = HeldHead::default();
        let mut space = [0; 64];
        let mut buffer = ReadBuf::new(&mut space);
        buffer.put_slice(b"part");
        held.sift(&mut buffer, 0, 4);
        assert_eq!((buffer.filled().len(), held.len()), (0, 4));
        held.answer(7);
        assert!(held.is_gated() && held.pour(&mut buffer) && !held.pour(&mut buffer));
        assert_eq!(buffer.filled(), [0, 0, 3, 1, 4, 0, 0, 0, 7, 0x82, 0x86, 0x84]);
        assert!(held.open_gate() && !held.is_gated() && held.pour(&mut buffer));
        assert!(buffer.filled().ends_with(b"part"));
    }
}
