//! What a response counts under its cluster, the upstream's or our own (Envoy's `CodeStats`).

use std::time::Duration;

use crate::codec::ResetReason;
use crate::observe::stats::groups::cluster::ClusterResponseStats;
use crate::observe::stats::groups::route::RouteStats;
use crate::upstream::UpstreamCluster;

/// Where a response counts.
#[derive(Debug, Clone, Copy)]
pub struct Charging<'a> {
    pub cluster: &'a UpstreamCluster,
    /// The same once more, under a name that the request gave.
    pub alternative: Option<&'a ClusterResponseStats>,
    /// The request came from inside.
    pub internal: bool,
    pub canary: bool,
    /// The plain counters tell neither code nor class.
    pub suppressed: bool,
    pub route: [Option<&'a RouteStats>; 2],
}

impl Charging<'_> {
    /// Counts a status.
    pub fn status(&self, status: u16) {
        for stats in self.stats() {
            if self.suppressed {
                stats.codes.completed();
            } else {
                stats.codes.inc(status);
            }
            if self.internal {
                stats.internal_codes.inc(status);
            } else {
                stats.external_codes.inc(status);
            }
            if self.canary {
                stats.canary_codes.inc(status);
            }
        }
        for stats in self.route.into_iter().flatten() {
            stats.codes.inc(status);
        }
    }

    /// Counts how long a response took since the request's end.
    pub fn time(&self, took: Duration) {
        for stats in self.stats() {
            stats.upstream_rq_time.record_ms(took);
            if self.internal {
                stats.internal_upstream_rq_time.record_ms(took);
            } else {
                stats.external_upstream_rq_time.record_ms(took);
            }
            if self.canary {
                stats.canary_upstream_rq_time.record_ms(took);
            }
        }
        for stats in self.route.into_iter().flatten() {
            stats.upstream_rq_time.record_ms(took);
        }
    }

    fn stats(&self) -> impl Iterator<Item = &ClusterResponseStats> {
        std::iter::once(&*self.cluster.responses).chain(self.alternative)
    }
}

/// Counts a stream that the upstream, or something wrong on it, has ended.
pub fn count_reset(cluster: &UpstreamCluster, http2: bool, reason: ResetReason) {
    let traffic = &cluster.traffic;
    match reason {
        // A stream that was refused was no request, as Envoy counts.
        ResetReason::RemoteReset => traffic.upstream_rq_rx_reset.inc(),
        // Envoy counts the streams of a connection that ends as if they had never had one.
        ResetReason::ConnectionTermination if http2 => {
            traffic.upstream_rq_pending_failure_eject.inc();
        }
        ResetReason::ProtocolError => {
            // An HTTP/2 connection outlives it, or tells of its own end.
            if http2 {
                traffic.upstream_rq_tx_reset.inc();
            } else {
                traffic.upstream_cx_protocol_error.inc();
            }
        }
        _ => {}
    }
}
