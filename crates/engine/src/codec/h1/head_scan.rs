//! Where the search for the end of a head stopped, so that a head that comes byte by byte is
//! read once and parsed at most twice, and the limit on its size applies before it is whole.

use memchr::memchr_iter;

/// Limits of a head, as the connection manager or cluster configures them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseLimits {
    /// Bytes of the head on the wire, start line and line ends included.
    pub max_bytes: usize,
    /// Headers.
    pub max_count: usize,
}

/// Progress in one head; reset it when the head was consumed.
#[derive(Debug, Default, Clone, Copy)]
pub struct HeadScan {
    scanned: usize,
}

/// What is known of a head's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadEnd {
    /// Nothing was searched yet: an attempt to parse is as cheap.
    Unknown,
    Missing,
    /// Offset behind the empty line.
    At(usize),
}

impl HeadScan {
    /// Searches what was not searched before, except on the first call.
    pub(super) fn advance(&mut self, input: &[u8]) -> HeadEnd {
        if self.scanned == 0 {
            return HeadEnd::Unknown;
        }
        self.search(input)
    }

    /// Searches what was not searched before.
    pub(super) fn search(&mut self, input: &[u8]) -> HeadEnd {
        let start = self.scanned.saturating_sub(2).min(input.len());
        match find_head_end(input, start) {
            Some(end) => HeadEnd::At(end),
            None => {
                self.scanned = input.len();
                HeadEnd::Missing
            }
        }
    }

    /// Nothing of the next head has been seen.
    pub(super) fn reset(&mut self) {
        self.scanned = 0;
    }
}

/// The offset behind the first empty line whose preceding line ends at or after `start`.
pub(super) fn find_head_end(input: &[u8], start: usize) -> Option<usize> {
    for at in memchr_iter(b'\n', &input[start..]) {
        let rest = &input[start + at + 1..];
        match rest {
            [b'\n', ..] => return Some(start + at + 2),
            [b'\r', b'\n', ..] => return Some(start + at + 3),
            _ => {}
        }
    }
    None
}
