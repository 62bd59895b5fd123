"""A loaded bootstrap into the snapshot that the engine starts from."""

from voyant import ir
from voyant.config.admin import admin
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.cluster import Surroundings, clusters
from voyant.config.descriptors import Proto
from voyant.config.dns_resolver import bootstrap_resolver
from voyant.config.listener import listeners
from voyant.config.load import Loaded, without_collection
from voyant.config.node import node
from voyant.config.options import Options
from voyant.config.protocol_options import TYPED_EXTENSION
from voyant.config.runtime import final_values, runtime_layers
from voyant.config.server import Taken, server
from voyant.config.stats import stats
from voyant.config.unpack import type_name, unpack
from voyant.config.upstream_connection import NO_BIND, bind
from voyant.config.watchdog import check_watchdogs

_NO_CONTROL_PLANE = "only a control plane is told, and there is none yet"
BOOTSTRAP = Fields(
    "envoy.config.bootstrap.v3.Bootstrap",
    reads={
        "node",
        "static_resources",
        "dynamic_resources",
        "cluster_manager",
        "stats_config",
        "stats_flush_interval",
        "layered_runtime",
        "admin",
        "header_prefix",
        "stats_server_version_override",
        "use_tcp_for_dns_lookups",
        "dns_resolution_config",
        "typed_dns_resolver_config",
        "default_socket_interface",
        "default_regex_engine",
        "application_log_config",
        "watchdog",
        "watchdogs",
    },
    no_effect={
        "node_context_params": _NO_CONTROL_PLANE,
        "deferred_stat_options": "statistics that were never used cost next to nothing",
        "enable_dispatcher_stats": "there are no dispatchers to be counted",
        "inline_headers": "headers need not be known before they come",
        "perf_tracing_file_path": "only special builds read it, of Envoy, too",
        "grpc_async_client_manager_config": "there are no gRPC clients yet",
        "memory_allocator_manager": "the allocator gives memory back by itself",
        "enable_worker_cpu_affinity": "the kernel chooses the CPU of a worker",
    },
    unsupported={
        "hds_config",
        "flags_path",
        "stats_sinks",
        "stats_flush_on_admin",
        "stats_eviction_interval",
        "tracing",
        "overload_manager",
        "bootstrap_extensions",
        "fatal_actions",
        "config_sources",
        "default_config_source",
        "certificate_provider_instances",
        "xds_delegate_extension",
        "xds_config_tracker_extension",
        "listener_manager",
    },
)
DYNAMIC_RESOURCES = Fields(
    "envoy.config.bootstrap.v3.Bootstrap.DynamicResources",
    reads=set(),
    unsupported={
        "lds_config",
        "lds_resources_locator",
        "cds_config",
        "cds_resources_locator",
        "ads_config",
    },
)
STATIC_RESOURCES = Fields(
    "envoy.config.bootstrap.v3.Bootstrap.StaticResources",
    reads={"listeners", "clusters"},
    unsupported={"secrets"},
)
CLUSTER_MANAGER = Fields(
    "envoy.config.bootstrap.v3.ClusterManager",
    reads={"local_cluster_name", "upstream_bind_config"},
    no_effect={
        "outlier_detection": "there is no outlier detection yet, so its log would be empty",
        "enable_deferred_cluster_creation": "a cluster costs little before its first use",
    },
    unsupported={"load_stats_config"},
)
APPLICATION_LOG = Fields(
    "envoy.config.bootstrap.v3.Bootstrap.ApplicationLogConfig", reads={"log_format"}
)
LOG_FORMAT = Fields(
    "envoy.config.bootstrap.v3.Bootstrap.ApplicationLogConfig.LogFormat",
    reads={"text_format"},
    unsupported={"json_format"},
)
GOOGLE_RE2 = "envoy.extensions.regex_engines.v3.GoogleRE2"
DEFAULT_SOCKET_INTERFACE = "envoy.extensions.network.socket_interface.default_socket_interface"


def translate(loaded: Loaded, options: Options) -> ir.Snapshot:
    """The whole of a bootstrap; raises all that is wrong with it."""
    with without_collection():
        snapshot = _snapshot(loaded.message, loaded.at, options)
        loaded.report.check()
        return snapshot


def application_log_format(bootstrap: Proto) -> str:
    """The format of the process's own log lines; empty: what the command line says."""
    text: str = bootstrap.application_log_config.log_format.text_format
    return text


def _snapshot(message: Proto, at: At, options: Options) -> ir.Snapshot:
    BOOTSTRAP.check(message, at)
    _check_extensions(message, at)
    _check_application_log(message, at, options)
    check_watchdogs(message, at)
    this = node(message, at, options)
    runtime = runtime_layers(message, at, this.cluster)
    statistics = stats(message, at, options)
    # Envoy has none before, which shows in the limits of regular expressions.
    at.report.runtime = final_values(runtime.found)
    DYNAMIC_RESOURCES.check(message.dynamic_resources, at.field("dynamic_resources"))
    resources, there = message.static_resources, at.field("static_resources")
    STATIC_RESOURCES.check(resources, there)
    found = clusters(resources.clusters, there, _surroundings(message, at))
    names = frozenset(cluster.name for cluster in found)
    _check_local_cluster(message, at, found)
    listening, tables = listeners(resources.listeners, there, names)
    return ir.Snapshot(
        node=this,
        listeners=listening,
        clusters=found,
        route_configurations=tables,
        admin=admin(message, at, options),
        runtime=runtime.found,
        stats=statistics,
        server=server(message, this, options, Taken(at.report.deprecations.uses, runtime.unread)),
    )


def _surroundings(message: Proto, at: At) -> Surroundings:
    manager, there = message.cluster_manager, at.field("cluster_manager")
    CLUSTER_MANAGER.check(manager, there)
    return Surroundings(
        resolver=bootstrap_resolver(message, at),
        bind=bind(manager, there, NO_BIND),
    )


def _check_local_cluster(message: Proto, at: At, found: list[ir.Cluster]) -> None:
    name = message.cluster_manager.local_cluster_name
    if not name:
        return
    at.report.local_cluster = name
    there = at.field("cluster_manager").field("local_cluster_name")
    cluster = next((cluster for cluster in found if cluster.name == name), None)
    if cluster is None:
        if all(cluster.name for cluster in found):
            there.error(f"local cluster '{name}' must be defined")
        return
    groups = cluster.localities
    if any(group.priority for group in groups):
        there.error(f"Unexpected non-zero priority for local cluster '{name}'.")
    # Of one locality, it changes nothing of how other clusters are balanced.
    if len({(group.region, group.zone, group.sub_zone) for group in groups}) > 1:
        there.error("zone-aware routing is not supported yet", expected="a cluster in one zone")


def _check_extensions(message: Proto, at: At) -> None:
    """Reports what is not the one thing that there is."""
    interface = message.default_socket_interface
    if interface not in ("", DEFAULT_SOCKET_INTERFACE):
        at.field("default_socket_interface").error(
            f"the socket interface {interface!r} is not supported yet",
            expected=DEFAULT_SOCKET_INTERFACE,
        )
    if message.HasField("default_regex_engine"):
        engine, there = message.default_regex_engine, at.field("default_regex_engine")
        TYPED_EXTENSION.check(engine, there)
        name = type_name(engine.typed_config)
        if name != GOOGLE_RE2:
            there.error(f"the regex engine {engine.name!r} ({name}) is not supported yet")
        unpack(engine.typed_config, there.field("typed_config"))


def _check_application_log(message: Proto, at: At, options: Options) -> None:
    config, there = message.application_log_config, at.field("application_log_config")
    APPLICATION_LOG.check(config, there)
    LOG_FORMAT.check(config.log_format, there.field("log_format"))
    if config.HasField("log_format") and options.log_format is not None:
        there.field("log_format").error(
            "only one of ApplicationLogConfig.log_format or CLI option --log-format can be "
            "specified"
        )
