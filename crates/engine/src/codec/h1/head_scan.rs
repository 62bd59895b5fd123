//! Where the search for the end of a head stopped, so that a head that comes byte by byte is
//! searched once and parsed at most twice, and the limit on its size applies before it is whole.

use memchr::{memchr, memchr_iter};

use crate::codec::Protocol;

/// Limits of a head, as the connection manager or cluster configures them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseLimits {
    /// Bytes of the head on the wire, start line and line ends included.
    pub max_bytes: usize,
    /// Headers.
    pub max_count: usize,
}

/// Progress in one head. It belongs to the connection and resets itself when a head is done.
#[derive(Debug, Clone, Copy)]
pub struct HeadScan {
    scanned: usize,
    start_line_seen: bool,
    pub(super) reply_version: Protocol,
    /// Of a head that was refused, or of whose fields not all are in it as they are; else 0.
    pub(super) header_bytes: u64,
    /// The head was refused before all of it was taken.
    pub(super) partial: bool,
    /// Headers that were dropped for their names before the head was refused.
    pub(super) dropped: u32,
}

impl Default for HeadScan {
    fn default() -> Self {
        Self {
            scanned: 0,
            start_line_seen: false,
            reply_version: Protocol::Http11,
            header_bytes: 0,
            partial: false,
            dropped: 0,
        }
    }
}

/// What is known of a head's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadEnd {
    /// Nothing was searched yet: an attempt to parse costs no more.
    Unknown,
    Missing,
    /// The end is missing, and the start line has just become whole.
    StartLine,
    /// Offset behind the empty line.
    At(usize),
}

impl HeadScan {
    /// The version of the answer to a head that was refused.
    pub fn reply_version(&self) -> Protocol {
        self.reply_version
    }

    /// Searches what was not searched before, except on the first call.
    pub(super) fn advance(&mut self, input: &[u8]) -> HeadEnd {
        if self.scanned == 0 {
            return HeadEnd::Unknown;
        }
        self.search(input)
    }

    /// Searches what was not searched before.
    pub(super) fn search(&mut self, input: &[u8]) -> HeadEnd {
        let before = self.scanned.min(input.len());
        if let Some(end) = find_head_end(input, before.saturating_sub(2)) {
            return HeadEnd::At(end);
        }
        self.scanned = input.len();
        if !self.start_line_seen && memchr(b'\n', &input[before..]).is_some() {
            self.start_line_seen = true;
            return HeadEnd::StartLine;
        }
        HeadEnd::Missing
    }

    /// Nothing of the next head has been seen.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
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
