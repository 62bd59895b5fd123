//! How a message's body is delimited (RFC 9112, 6).

/// How the end of a body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFraming {
    /// Nothing follows the head.
    None,
    Length(u64),
    Chunked,
    /// A response that the close of the connection ends.
    UntilClose,
    /// Bytes both ways after a CONNECT or upgrade; the connection is no longer HTTP.
    Upgraded,
}

impl BodyFraming {
    /// True when the message ends with its head.
    pub fn is_empty(self) -> bool {
        matches!(self, Self::None | Self::Length(0))
    }
}

/// Digits alone, and no more than a `u64` holds: no sign, no space, no list.
pub(super) fn parse_content_length(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0u64, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
}
