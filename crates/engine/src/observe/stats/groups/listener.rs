//! What listeners count.

crate::stats_group! {
    /// `listener.<address>`.
    pub struct ListenerStats {
        downstream_cx_destroy: Counter,
        downstream_cx_overflow: Counter,
        downstream_cx_overload_reject: Counter,
        downstream_cx_total: Counter,
        downstream_cx_transport_socket_connect_timeout: Counter,
        downstream_global_cx_overflow: Counter,
        downstream_listener_filter_error: Counter,
        downstream_listener_filter_remote_close: Counter,
        downstream_pre_cx_timeout: Counter,
        no_filter_chain_match: Counter,
        downstream_cx_active: Gauge,
        downstream_pre_cx_active: Gauge,
        connections_accepted_per_socket_event: Histogram,
        downstream_cx_length_ms: Histogram,
    }
}

crate::stats_group! {
    /// `listener.<address>` of a listener whose filters could come from discovery: any but that
    /// of the admin interface.
    pub struct ListenerExtensionStats {
        extension_config_missing: Counter,
        network_extension_config_missing: Counter,
    }
}

crate::stats_group! {
    /// `listener.<address>.worker_<index>`.
    pub struct ListenerWorkerStats {
        downstream_cx_total: Counter,
        downstream_cx_active: Gauge,
    }
}

crate::stats_group! {
    /// `listener_manager`.
    pub struct ListenerManagerStats {
        listener_added: Counter,
        listener_create_failure: Counter,
        listener_create_success: Counter,
        listener_in_place_updated: Counter,
        listener_modified: Counter,
        listener_removed: Counter,
        listener_stopped: Counter,
        total_filter_chains_draining: Gauge,
        total_listeners_active: Gauge,
        total_listeners_draining: Gauge,
        total_listeners_warming: Gauge,
        workers_pinned: Gauge,
        workers_started: Gauge,
    }
}
