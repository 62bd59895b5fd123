//! Headers between two hops: what `connection` nominates goes no further (RFC 9110, 7.6.1), `te`
//! is reduced to `trailers`, and upgrades that nobody here speaks are forgotten.

use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::string_matcher::StringMatcher;

use super::error::RequestError;
use super::field::{Facts, has_token, tokens};

/// Envoy refuses a `connection` with so many members.
const MAX_CONNECTION_TOKENS: usize = 10;

/// Envoy refuses to remove a longer `te`.
const MAX_NOMINATED_TE: usize = 256;

/// Headers that a client may not have removed: they say who asked for what.
const NOT_NOMINATED: &[&[u8]] = &[b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"];

/// Removes upgrades to HTTP/2, which is not offered this way, and those that are configured to
/// be ignored. False when no upgrade is left.
pub(super) fn keep_upgrades(head: &mut Head, ignored: &[StringMatcher]) -> bool {
    let value = head.get(HeaderId::Upgrade).unwrap_or_default();
    let is_ignored = |token: &[u8]| ignored.iter().any(|matcher| matcher.matches(token));
    if value.eq_ignore_ascii_case(b"h2c") {
        head.remove(HeaderId::Upgrade);
        head.remove(HeaderId::Http2Settings);
        return false;
    }
    if ignored.is_empty() || !tokens(value).any(is_ignored) {
        return true;
    }
    let kept: Vec<&[u8]> = tokens(value).filter(|token| !is_ignored(token)).collect();
    if kept.is_empty() {
        head.remove(HeaderId::Upgrade);
        return false;
    }
    let kept = kept.join(&b',');
    head.set(HeaderId::Upgrade, &kept);
    true
}

/// Removes what `connection` nominates, or refuses what it may not.
pub(super) fn remove_nominated(head: &mut Head, facts: &Facts) -> Result<(), RequestError> {
    if facts.connection_tokens >= MAX_CONNECTION_TOKENS {
        return Err(RequestError::ConnectionHeaderRejected);
    }
    if !facts.nominates {
        return Ok(());
    }
    let te = head.get(HeaderId::Te).unwrap_or_default();
    let value = head.get(HeaderId::Connection).unwrap_or_default();
    let mut nominated = Vec::new();
    for token in tokens(value) {
        let token = token.to_ascii_lowercase();
        let refused = token[0] == b':' || NOT_NOMINATED.contains(&&token[..]);
        if refused || (token == b"te" && te.len() >= MAX_NOMINATED_TE) {
            return Err(RequestError::ConnectionHeaderRejected);
        }
        // What is not text names no header; `te` with a value has rules of its own.
        match String::from_utf8(token) {
            Ok(name) if matches!(&name[..], "connection" | "upgrade") => {}
            Ok(name) if name == "te" && !te.is_empty() => {}
            Ok(name) => nominated.push(name),
            Err(_) => {}
        }
    }
    for name in nominated {
        match HeaderKey::new(&name) {
            HeaderKey::Known(HeaderId::Host) => head.remove(HeaderId::Authority),
            key => head.remove_key(&key),
        };
    }
    Ok(())
}

/// Only `te: trailers` means anything to the next hop.
pub(super) fn reduce_te(head: &mut Head) {
    let value = head.get(HeaderId::Te).unwrap_or_default();
    if value.is_empty() || value == b"trailers" {
        return;
    }
    if has_token(value, b"trailers") {
        head.set(HeaderId::Te, b"trailers");
    } else {
        head.remove(HeaderId::Te);
    }
}
