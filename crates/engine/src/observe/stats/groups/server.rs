//! What the process as a whole counts.

crate::stats_group! {
    /// `server`.
    pub struct ServerStats {
        debug_assertion_failures: Counter,
        dropped_stat_flushes: Counter,
        dynamic_unknown_fields: Counter,
        envoy_bug_failures: Counter,
        envoy_notifications: Counter,
        static_unknown_fields: Counter,
        wip_protos: Counter,
        concurrency: Gauge,
        days_until_first_cert_expiring: Gauge,
        hot_restart_epoch: Gauge,
        live: Gauge,
        memory_allocated: Gauge,
        memory_heap_size: Gauge,
        memory_physical_size: Gauge,
        parent_connections: Gauge,
        seconds_until_first_ocsp_response_expiring: Gauge,
        state: Gauge,
        total_connections: Gauge,
        uptime: Gauge,
        version: Gauge,
        initialization_time_ms: Histogram,
    }
}

crate::stats_group! {
    /// `server.compilation_settings`.
    pub struct CompilationSettingsStats {
        fips_mode: Gauge,
    }
}

crate::stats_group! {
    /// `cluster_manager`.
    pub struct ClusterManagerStats {
        cluster_added: Counter,
        cluster_modified: Counter,
        cluster_removed: Counter,
        cluster_updated: Counter,
        cluster_updated_via_merge: Counter,
        update_merge_cancelled: Counter,
        update_out_of_merge_window: Counter,
        active_clusters: Gauge,
        warming_clusters: Gauge,
    }
}

crate::stats_group! {
    /// `thread_local_cluster_manager.worker_<index>` and `.main_thread`.
    pub struct ThreadLocalClusterManagerStats {
        clusters_inflated: Gauge,
    }
}

crate::stats_group! {
    /// `runtime`.
    pub struct RuntimeStats {
        deprecated_feature_use: Counter,
        load_error: Counter,
        load_success: Counter,
        override_dir_exists: Counter,
        override_dir_not_exists: Counter,
        admin_overrides_active: Gauge,
        deprecated_feature_seen_since_process_start: Gauge,
        num_keys: Gauge,
        num_layers: Gauge,
    }
}

crate::stats_group! {
    /// `filesystem`: log files.
    pub struct FilesystemStats {
        flushed_by_timer: Counter,
        reopen_failed: Counter,
        write_buffered: Counter,
        write_completed: Counter,
        write_failed: Counter,
        write_total_buffered: Gauge,
    }
}

crate::stats_group! {
    /// `access_logs.file`: lines that were not written, because writing failed or because too many
    /// waited for the disk.
    pub struct FileAccessLogStats {
        logs_dropped: Counter,
    }
}

crate::stats_group! {
    /// `main_thread`, `workers`, and `server.<thread>`: threads that did not come round.
    pub struct WatchdogStats {
        watchdog_mega_miss: Counter,
        watchdog_miss: Counter,
    }
}
