//! What the TCP proxy counts.

crate::stats_group! {
    /// `tcp.<stat_prefix>`.
    pub struct TcpProxyStats {
        downstream_cx_drain_close: Counter,
        downstream_cx_no_route: Counter,
        downstream_cx_overload_close: Counter,
        downstream_cx_rx_bytes_total: Counter,
        downstream_cx_total: Counter,
        downstream_cx_tx_bytes_total: Counter,
        downstream_flow_control_paused_reading_total: Counter,
        downstream_flow_control_resumed_reading_total: Counter,
        early_data_received_count_total: Counter,
        idle_timeout: Counter,
        max_downstream_connection_duration: Counter,
        route_delayed_total: Counter,
        upstream_flush_total: Counter,
        downstream_cx_rx_bytes_buffered: Gauge,
        downstream_cx_tx_bytes_buffered: Gauge,
        upstream_flush_active: Gauge,
    }
}
