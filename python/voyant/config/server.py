"""Settings of the process, and what `/server_info` shows of them."""

import json
from typing import NamedTuple

from voyant import ir
from voyant.config.descriptors import Proto
from voyant.config.load.tree import Tree
from voyant.config.local_address import local_address
from voyant.config.node import shown
from voyant.config.options import DEFAULT_LOG_FORMAT, Options
from voyant.config.watchdog import watchdogs
from voyant.version import VERSION

DEFAULT_HEADER_PREFIX = "x-envoy"


class Taken(NamedTuple):
    """With what the configuration was taken."""

    deprecated_features: int
    runtime_unread: bool


def server(bootstrap: Proto, node: ir.Node, options: Options, taken: Taken) -> ir.Server:
    """From the command line and the bootstrap's own fields."""
    override = bootstrap.HasField("stats_server_version_override")
    return ir.Server(
        concurrency=max(options.concurrency, 1),
        drain_time_ms=options.drain_time_s * 1000,
        drain_strategy=options.drain_strategy,
        file_flush_interval_ms=options.file_flush_interval_msec,
        file_flush_min_size_bytes=options.file_flush_min_size_kb * 1024,
        deprecated_features_used=taken.deprecated_features,
        runtime_unread=taken.runtime_unread,
        header_prefix=bootstrap.header_prefix.lower() or DEFAULT_HEADER_PREFIX,
        version=VERSION,
        command_line_options_json=json.dumps(_command_line(options)),
        node_json=json.dumps(shown(node, bootstrap.node)),
        stats_server_version_override=(
            bootstrap.stats_server_version_override.value if override else None
        ),
        watchdogs=watchdogs(bootstrap),
        local_ip=local_address(options.local_address_ip_version),
    )


def _command_line(options: Options) -> Tree:
    """The flags, as Envoy's message `CommandLineOptions` prints them."""
    mode = {"serve": "Serve", "validate": "Validate", "init_only": "InitOnly"}[options.mode]
    return {
        "base_id": str(options.base_id),
        "use_dynamic_base_id": options.use_dynamic_base_id,
        "skip_hot_restart_on_no_parent": options.skip_hot_restart_on_no_parent,
        "skip_hot_restart_parent_stats": options.skip_hot_restart_parent_stats,
        "base_id_path": options.base_id_path,
        "concurrency": options.concurrency,
        "config_path": options.config_path,
        "config_yaml": options.config_yaml,
        "allow_unknown_static_fields": options.allow_unknown_static_fields,
        "reject_unknown_dynamic_fields": options.reject_unknown_dynamic_fields,
        "ignore_unknown_dynamic_fields": options.ignore_unknown_dynamic_fields,
        "skip_deprecated_logs": options.skip_deprecated_logs,
        "admin_address_path": options.admin_address_path,
        "local_address_ip_version": options.local_address_ip_version,
        "log_level": options.log_level,
        "component_log_level": options.component_log_level,
        "log_format": options.log_format or DEFAULT_LOG_FORMAT,
        "log_format_escaped": options.log_format_escaped,
        "log_path": options.log_path,
        "service_cluster": options.service_cluster,
        "service_node": options.service_node,
        "service_zone": options.service_zone,
        "file_flush_interval": _seconds(options.file_flush_interval_msec),
        # Envoy shows 0, whatever it is.
        "file_flush_min_size": 0,
        "drain_time": f"{options.drain_time_s}s",
        "drain_strategy": options.drain_strategy.title(),
        "parent_shutdown_time": f"{options.parent_shutdown_time_s}s",
        "mode": mode,
        "disable_hot_restart": options.disable_hot_restart,
        "enable_mutex_tracing": options.enable_mutex_tracing,
        "restart_epoch": options.restart_epoch,
        "cpuset_threads": options.cpuset_threads,
        "disabled_extensions": list(options.disable_extensions),
        "enable_fine_grain_logging": options.enable_fine_grain_logging,
        "log_stacktrace_single_entry": options.log_stacktrace_single_entry,
        "socket_path": options.socket_path,
        "socket_mode": _socket_mode(options),
        "enable_core_dump": options.enable_core_dump,
        "stats_tag": [f"{name}:{value}" for name, value in options.stats_tag],
    }


def _socket_mode(options: Options) -> int:
    """As Envoy shows it: sockets that are no files have none."""
    return 0 if options.socket_path.startswith("@") else int(options.socket_mode, 8)


def _seconds(milliseconds: int) -> str:
    """A duration as protobuf's JSON has it."""
    whole, part = divmod(milliseconds, 1000)
    return f"{whole}.{part:03}s" if part else f"{whole}s"
