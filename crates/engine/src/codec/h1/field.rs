//! What the header fields of one head say about its framing and its connection, gathered while
//! they are copied.

use crate::http::head::Head;
use crate::http::header_name::HeaderId;

use super::framing::parse_content_length;

/// A `content-length` as found.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum ContentLength {
    #[default]
    Absent,
    Valid(u64),
    Invalid,
    /// More than one field, whether they agree or not.
    Repeated,
}

/// A `transfer-encoding` as found.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum TransferEncoding {
    #[default]
    Absent,
    Chunked,
    /// Any other coding, any list, any repetition.
    Other,
}

/// Facts of one head.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Facts {
    pub content_length: ContentLength,
    pub transfer_encoding: TransferEncoding,
    /// `connection` holds `close`.
    pub close: bool,
    /// `connection` or `proxy-connection` holds `keep-alive`.
    pub keep_alive: bool,
    /// `connection` holds `upgrade`.
    pub connection_upgrade: bool,
    /// `connection` holds a token that names another header.
    pub nominates: bool,
    /// An `upgrade` field is there.
    pub upgrade: bool,
    /// `expect: 100-continue`.
    pub expect_continue: bool,
    seen: u128,
}

impl Facts {
    /// Copies a field to the head and notes what it says. Repetitions of a field that Envoy
    /// keeps in one place are joined by commas.
    pub(super) fn add(&mut self, head: &mut Head, name: &[u8], value: &[u8], keep_case: bool) {
        let Some(id) = head.push_received(name, value, keep_case) else {
            return;
        };
        let bit = 1u128 << (id as u8);
        if self.seen & bit != 0 && is_joined(id) {
            head.join_last(b",");
        }
        self.seen |= bit;
        match id {
            HeaderId::ContentLength => self.note_content_length(value),
            HeaderId::TransferEncoding => self.note_transfer_encoding(value),
            HeaderId::Connection => self.note_connection(value),
            HeaderId::ProxyConnection => {
                self.keep_alive |= has_token(value, b"keep-alive");
            }
            HeaderId::Upgrade => self.upgrade = true,
            HeaderId::Expect => {
                self.expect_continue |= value.eq_ignore_ascii_case(b"100-continue");
            }
            _ => {}
        }
    }

    /// True when the head asks to leave HTTP.
    pub(super) fn is_upgrade(&self) -> bool {
        self.upgrade && self.connection_upgrade
    }

    fn note_content_length(&mut self, value: &[u8]) {
        self.content_length = match (self.content_length, parse_content_length(value)) {
            (ContentLength::Absent, Some(length)) => ContentLength::Valid(length),
            (ContentLength::Absent, None) => ContentLength::Invalid,
            _ => ContentLength::Repeated,
        };
    }

    fn note_transfer_encoding(&mut self, value: &[u8]) {
        let alone = self.transfer_encoding == TransferEncoding::Absent;
        self.transfer_encoding = if alone && value.eq_ignore_ascii_case(b"chunked") {
            TransferEncoding::Chunked
        } else {
            TransferEncoding::Other
        };
    }

    fn note_connection(&mut self, value: &[u8]) {
        for token in tokens(value) {
            if token.eq_ignore_ascii_case(b"close") {
                self.close = true;
            } else if token.eq_ignore_ascii_case(b"keep-alive") {
                self.keep_alive = true;
            } else if token.eq_ignore_ascii_case(b"upgrade") {
                self.connection_upgrade = true;
            } else {
                self.nominates = true;
            }
        }
    }
}

/// The trimmed, non-empty members of a comma-separated list.
pub(super) fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|token| !token.is_empty())
}

/// True if a comma-separated list has the member, in any case.
pub(super) fn has_token(value: &[u8], wanted: &[u8]) -> bool {
    tokens(value).any(|token| token.eq_ignore_ascii_case(wanted))
}

/// Headers of which Envoy's map holds one entry.
fn is_joined(id: HeaderId) -> bool {
    matches!(id, HeaderId::Connection | HeaderId::Upgrade | HeaderId::Te)
}
