//! What a format is evaluated on.

pub use voyant_ir::access_log::AccessLogType;

use crate::head::Head;
use crate::http::stream_info::StreamInfo;
use crate::rt::clock::Instant;

/// One stream at one moment.
#[derive(Debug, Clone, Copy)]
pub struct FormatContext<'a> {
    /// Empty for a TCP session.
    pub request: &'a Head,
    pub response: Option<&'a Head>,
    pub trailers: Option<&'a Head>,
    pub info: &'a StreamInfo,
    pub now: Instant,
    pub log_type: AccessLogType,
    /// The body that the proxy's own response would have; else empty.
    pub local_reply_body: &'a [u8],
}
