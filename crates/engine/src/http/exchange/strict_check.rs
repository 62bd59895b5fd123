//! The router's `strict_check_headers`: headers by which a request asks something of the router,
//! and whose value must then be understood. Otherwise the request is answered 400.

use crate::failure::Failure;
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};

/// Conditions that `x-envoy-retry-on` may name.
const RETRY_ON: [&[u8]; 11] = [
    b"5xx",
    b"gateway-error",
    b"connect-failure",
    b"envoy-ratelimited",
    b"retriable-4xx",
    b"refused-stream",
    b"retriable-status-codes",
    b"retriable-headers",
    b"reset",
    b"http3-post-connect-failure",
    b"reset-before-request",
];
/// Conditions that `x-envoy-retry-grpc-on` may name.
const RETRY_GRPC_ON: [&[u8]; 5] =
    [b"cancelled", b"deadline-exceeded", b"resource-exhausted", b"unavailable", b"internal"];

/// The first of the headers whose value is not understood.
pub(super) fn check(headers: &[HeaderKey], request: &Head) -> Result<(), Failure> {
    for key in headers {
        let Some(value) = request.get_key(key) else { continue };
        if !is_understood(key, value) {
            let value = String::from_utf8_lossy(value).into_owned();
            return Err(Failure::StrictCheck { header: key.as_str().to_owned(), value });
        }
    }
    Ok(())
}

fn is_understood(key: &HeaderKey, value: &[u8]) -> bool {
    match key {
        HeaderKey::Known(HeaderId::XEnvoyRetryOn) => are_all_of(value, &RETRY_ON),
        HeaderKey::Known(HeaderId::XEnvoyRetryGrpcOn) => are_all_of(value, &RETRY_GRPC_ON),
        // The others are times and counts; no more than these may be configured.
        _ => std::str::from_utf8(value).is_ok_and(|text| text.parse::<u64>().is_ok()),
    }
}

fn are_all_of(value: &[u8], known: &[&[u8]]) -> bool {
    let words = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    words.filter(|word| !word.is_empty()).all(|word| known.contains(&word))
}
