//! What is counted under `cluster.<name>`. A cluster that carries nothing declares its groups and
//! has no shard of them, but for the one of its configuration.

crate::stats_group! {
    /// Connections and requests, by the worker that carries them.
    pub struct ClusterTrafficStats {
        bind_errors: Counter,
        retry_or_shadow_abandoned: Counter,
        upstream_cx_close_notify: Counter,
        upstream_cx_connect_attempts_exceeded: Counter,
        upstream_cx_connect_fail: Counter,
        upstream_cx_connect_timeout: Counter,
        upstream_cx_connect_with_0_rtt: Counter,
        upstream_cx_destroy: Counter,
        upstream_cx_destroy_local: Counter,
        upstream_cx_destroy_local_with_active_rq: Counter,
        upstream_cx_destroy_remote: Counter,
        upstream_cx_destroy_remote_with_active_rq: Counter,
        upstream_cx_destroy_with_active_rq: Counter,
        upstream_cx_http1_total: Counter,
        upstream_cx_http2_total: Counter,
        upstream_cx_http3_total: Counter,
        upstream_cx_idle_timeout: Counter,
        upstream_cx_max_duration_reached: Counter,
        upstream_cx_max_requests: Counter,
        upstream_cx_none_healthy: Counter,
        upstream_cx_overflow: Counter,
        upstream_cx_pool_overflow: Counter,
        upstream_cx_preconnect_skipped: Counter,
        upstream_cx_protocol_error: Counter,
        upstream_cx_rx_bytes_total: Counter,
        upstream_cx_total: Counter,
        upstream_cx_tx_bytes_total: Counter,
        upstream_flow_control_backed_up_total: Counter,
        upstream_flow_control_drained_total: Counter,
        upstream_flow_control_paused_reading_total: Counter,
        upstream_flow_control_resumed_reading_total: Counter,
        upstream_http3_broken: Counter,
        upstream_internal_redirect_failed_total: Counter,
        upstream_internal_redirect_succeeded_total: Counter,
        upstream_rq_0rtt: Counter,
        upstream_rq_active_overflow: Counter,
        upstream_rq_cancelled: Counter,
        upstream_rq_maintenance_mode: Counter,
        upstream_rq_max_duration_reached: Counter,
        upstream_rq_pending_failure_eject: Counter,
        upstream_rq_pending_overflow: Counter,
        upstream_rq_pending_total: Counter,
        upstream_rq_per_try_idle_timeout: Counter,
        upstream_rq_per_try_timeout: Counter,
        upstream_rq_retry: Counter,
        upstream_rq_retry_backoff_exponential: Counter,
        upstream_rq_retry_backoff_ratelimited: Counter,
        upstream_rq_retry_limit_exceeded: Counter,
        upstream_rq_retry_overflow: Counter,
        upstream_rq_retry_success: Counter,
        upstream_rq_rx_reset: Counter,
        upstream_rq_rx_reset_no_error: Counter,
        upstream_rq_timeout: Counter,
        upstream_rq_total: Counter,
        upstream_rq_tx_reset: Counter,
        upstream_cx_active: Gauge,
        upstream_cx_rx_bytes_buffered: Gauge,
        upstream_cx_tx_bytes_buffered: Gauge,
        upstream_queue_overloaded: Gauge,
        upstream_rq_active: Gauge,
        upstream_rq_pending_active: Gauge,
        upstream_cx_connect_ms: Histogram,
        upstream_cx_length_ms: Histogram,
        upstream_rq_per_cx: Histogram,
    }
}

crate::stats_group! {
    /// Responses, by the worker that carries them: under the cluster, and under each name that
    /// requests ask for.
    pub struct ClusterResponseStats {
        codes: EagerResponseCodes("upstream_rq"),
        external_codes: ResponseCodes("external.upstream_rq"),
        internal_codes: ResponseCodes("internal.upstream_rq"),
        canary_codes: ResponseCodes("canary.upstream_rq"),
        upstream_rq_time: LazyHistogram,
        external_upstream_rq_time: LazyHistogram("external.upstream_rq_time"),
        internal_upstream_rq_time: LazyHistogram("internal.upstream_rq_time"),
        canary_upstream_rq_time: LazyHistogram("canary.upstream_rq_time"),
    }
}

crate::stats_group! {
    /// Hosts and updates, by whoever keeps the host list.
    pub struct ClusterConfigStats {
        assignment_stale: Counter,
        assignment_timeout_received: Counter,
        assignment_use_cached: Counter,
        membership_change: Counter,
        update_attempt: Counter,
        update_empty: Counter,
        update_failure: Counter,
        update_no_rebuild: Counter,
        update_success: Counter,
        default_total_match_count: Counter("default.total_match_count"),
        max_host_weight: Gauge,
        membership_degraded: Gauge,
        membership_excluded: Gauge,
        membership_healthy: Gauge,
        membership_total: Gauge,
        version: Gauge,
        warming_state: Gauge,
    }
}

crate::stats_group! {
    /// Decisions of the load balancer.
    pub struct ClusterLbStats {
        lb_healthy_panic: Counter,
        lb_local_cluster_not_ok: Counter,
        lb_recalculate_zone_structures: Counter,
        lb_subsets_created: Counter,
        lb_subsets_fallback: Counter,
        lb_subsets_fallback_panic: Counter,
        lb_subsets_removed: Counter,
        lb_subsets_selected: Counter,
        lb_zone_cluster_too_small: Counter,
        lb_zone_no_capacity_left: Counter,
        lb_zone_routing_all_directly: Counter,
        lb_zone_routing_cross_zone: Counter,
        lb_zone_routing_sampled: Counter,
        original_dst_host_invalid: Counter,
        lb_subsets_active: Gauge,
    }
}

crate::stats_group! {
    /// Circuit breakers: 1 while open.
    pub struct ClusterBreakerStats {
        default_cx_open: Gauge("circuit_breakers.default.cx_open"),
        default_cx_pool_open: Gauge("circuit_breakers.default.cx_pool_open"),
        default_rq_open: Gauge("circuit_breakers.default.rq_open"),
        default_rq_pending_open: Gauge("circuit_breakers.default.rq_pending_open"),
        default_rq_retry_open: Gauge("circuit_breakers.default.rq_retry_open"),
        high_cx_open: Gauge("circuit_breakers.high.cx_open"),
        high_cx_pool_open: Gauge("circuit_breakers.high.cx_pool_open"),
        high_rq_open: Gauge("circuit_breakers.high.rq_open"),
        high_rq_pending_open: Gauge("circuit_breakers.high.rq_pending_open"),
        high_rq_retry_open: Gauge("circuit_breakers.high.rq_retry_open"),
    }
}

crate::stats_group! {
    /// What circuit breakers would still let pass of default priority, where `track_remaining` asks.
    pub struct ClusterDefaultRemainingStats {
        remaining_cx: Gauge("circuit_breakers.default.remaining_cx"),
        remaining_cx_pools: Gauge("circuit_breakers.default.remaining_cx_pools"),
        remaining_pending: Gauge("circuit_breakers.default.remaining_pending"),
        remaining_retries: Gauge("circuit_breakers.default.remaining_retries"),
        remaining_rq: Gauge("circuit_breakers.default.remaining_rq"),
    }
}

crate::stats_group! {
    /// What circuit breakers would still let pass of high priority, where `track_remaining` asks.
    pub struct ClusterHighRemainingStats {
        remaining_cx: Gauge("circuit_breakers.high.remaining_cx"),
        remaining_cx_pools: Gauge("circuit_breakers.high.remaining_cx_pools"),
        remaining_pending: Gauge("circuit_breakers.high.remaining_pending"),
        remaining_retries: Gauge("circuit_breakers.high.remaining_retries"),
        remaining_rq: Gauge("circuit_breakers.high.remaining_rq"),
    }
}
