//! What the header fields of one head say about its framing and its connection, gathered while
//! they are copied.

use crate::head::Head;
use crate::head::header_name::HeaderId;

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

// Facts hold a bit for each.
const _: () = assert!(HeaderId::COUNT <= 128);

/// Facts of one head.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Facts {
    pub content_length: ContentLength,
    pub transfer_encoding: TransferEncoding,
    /// `connection` or `proxy-connection` holds `close`.
    pub close: bool,
    /// `connection` holds `keep-alive`.
    pub keep_alive: bool,
    /// `connection` holds `upgrade`.
    pub connection_upgrade: bool,
    /// `connection` holds a token that names another header.
    pub nominates: bool,
    pub connection_tokens: usize,
    /// An `upgrade` field is there.
    pub upgrade: bool,
    /// An `expect` field is there.
    pub expect: bool,
    /// A `te` field is there.
    pub te: bool,
    /// How many `host` fields are there.
    pub hosts: u32,
    /// A bit for each header that was seen.
    seen: u128,
}

impl Facts {
    /// Copies a field to the head and notes what it says. `transfer-encoding` is not copied:
    /// the framing says it, and no one may pass it on.
    #[inline]
    pub(super) fn add(
        &mut self,
        head: &mut Head,
        is_joined: impl Fn(HeaderId) -> bool,
        id: HeaderId,
        field: &httparse::Header<'_>,
    ) {
        let (name, value) = (field.name.as_bytes(), field.value);
        if id == HeaderId::TransferEncoding {
            head.note_spelling(id, name);
            return self.note_transfer_encoding(value);
        }
        head.push_received_as(Some(id), name, value);
        let bit = 1 << (id as u8);
        if self.seen & bit != 0 && is_joined(id) {
            head.join_last(b",");
        }
        self.seen |= bit;
        match id {
            HeaderId::ContentLength => self.note_content_length(value),
            HeaderId::Connection => self.note_connection(value),
            HeaderId::ProxyConnection => self.close |= has_token(value, b"close"),
            HeaderId::Upgrade => self.upgrade = true,
            HeaderId::Expect => self.expect = true,
            HeaderId::Te => self.te = true,
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
        if value == b"keep-alive" {
            self.connection_tokens += 1;
            self.keep_alive = true;
            return;
        }
        for token in tokens(value) {
            self.connection_tokens += 1;
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
