//! What the DNS resolver counts, from the first cluster on that needs one.

crate::stats_group! {
    /// `dns.cares`: Envoy's name for it, after its library.
    pub struct DnsStats {
        get_addr_failure: Counter,
        not_found: Counter,
        reinits: Counter,
        resolve_total: Counter,
        timeouts: Counter,
        pending_resolutions: Gauge,
    }
}
