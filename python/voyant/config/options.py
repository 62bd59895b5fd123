"""What the command line says beside the configuration, with Envoy's defaults."""

from typing import Literal

from msgspec import Struct

from voyant import ir

DEFAULT_LOG_FORMAT = "[%Y-%m-%d %T.%e][%t][%l][%n] [%g:%#] %v"
Mode = Literal["serve", "validate", "init_only"]


class Options(Struct, frozen=True, kw_only=True):
    """The flags of `envoy`, by their names."""

    concurrency: int = 1
    config_path: str = ""
    config_yaml: str = ""
    mode: Mode = "serve"
    admin_address_path: str = ""
    local_address_ip_version: Literal["v4", "v6"] = "v4"
    service_cluster: str = ""
    service_node: str = ""
    service_zone: str = ""
    log_level: str = "info"
    component_log_level: str = ""
    log_format: str | None = None
    log_format_escaped: bool = False
    log_path: str = ""
    log_stacktrace_single_entry: bool = False
    enable_fine_grain_logging: bool = False
    file_flush_interval_msec: int = 10_000
    file_flush_min_size_kb: int = 64
    drain_time_s: int = 600
    drain_strategy: ir.DrainStrategy = "gradual"
    parent_shutdown_time_s: int = 900
    allow_unknown_static_fields: bool = False
    reject_unknown_dynamic_fields: bool = False
    ignore_unknown_dynamic_fields: bool = False
    skip_deprecated_logs: bool = False
    stats_tag: tuple[tuple[str, str], ...] = ()
    cpuset_threads: bool = False
    disable_hot_restart: bool = False
    base_id: int = 0
    use_dynamic_base_id: bool = False
    base_id_path: str = ""
    restart_epoch: int = 0
    skip_hot_restart_on_no_parent: bool = False
    skip_hot_restart_parent_stats: bool = False
    socket_path: str = "@envoy_domain_socket"
    socket_mode: str = "600"
    disable_extensions: tuple[str, ...] = ()
    enable_mutex_tracing: bool = False
    enable_core_dump: bool = False
