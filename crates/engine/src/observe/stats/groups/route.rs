//! What routes with a `stat_prefix` and virtual clusters count
//! (`vhost.<name>.route.<stat_prefix>.*`, `vhost.<name>.vcluster.<name>.*`).

crate::stats_group! {
    /// Requests of one route or of one kind, by the worker that carries them.
    pub struct RouteStats {
        upstream_rq_retry: Counter,
        upstream_rq_retry_backoff_exponential: Counter,
        upstream_rq_retry_backoff_ratelimited: Counter,
        upstream_rq_retry_limit_exceeded: Counter,
        upstream_rq_retry_overflow: Counter,
        upstream_rq_retry_success: Counter,
        upstream_rq_timeout: Counter,
        upstream_rq_total: Counter,
        codes: ResponseCodes("upstream_rq"),
        upstream_rq_time: LazyHistogram,
    }
}
