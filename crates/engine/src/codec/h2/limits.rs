//! What one side of a connection accepts beyond `Http2Options`: the connection manager's limits
//! downstream, the cluster's upstream.

use voyant_ir::protocol::HeadersWithUnderscores;

/// Limits on heads and buffers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadLimits {
    /// Names and values of one head together (`max_request_headers_kb`).
    pub max_header_bytes: usize,
    /// Entries of one head, pseudo-headers included (`max_headers_count`).
    pub max_header_count: usize,
    /// One name or one value (`max_header_field_size_kb`).
    pub max_field_bytes: usize,
    pub headers_with_underscores: HeadersWithUnderscores,
    /// Bytes that one stream may have waiting to be sent before its driver is made to wait.
    pub stream_buffer_limit_bytes: usize,
}

impl HeadLimits {
    /// The library answers a head beyond its own limit in a way that Envoy does not, so it is given
    /// a wider one: it only bounds memory, what is refused is judged by the limits above.
    pub(super) fn library_header_list_size(&self) -> u32 {
        const OVERHEAD: usize = 32;
        let wide = (self.max_header_bytes + OVERHEAD * self.max_header_count).saturating_mul(4);
        u32::try_from(wide).unwrap_or(u32::MAX)
    }

    /// A head that takes more bytes on the wire is beyond one of the limits: no encoder spends
    /// more on a field than its name, its value and this.
    pub(super) fn certainly_too_long(&self) -> usize {
        const PER_FIELD: usize = 16;
        self.max_header_bytes + PER_FIELD * self.max_header_count
    }
}
