"""TCP proxy."""

from voyant import ir
from voyant.config.access_log import access_logs
from voyant.config.access_log_options import tcp_log_options
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.metadata import NO_SUBSETS
from voyant.config.protocol_options import HOUR_MS, jitter_ms
from voyant.config.scalar import duration_ms, milliseconds, wrapped_bool, wrapped_int
from voyant.config.tunneling import tunneling

TCP_PROXY = Fields(
    "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
    reads={
        "stat_prefix",
        "cluster",
        "weighted_clusters",
        "idle_timeout",
        "access_log",
        "max_connect_attempts",
        "max_downstream_connection_duration",
        "max_downstream_connection_duration_jitter_percentage",
        "access_log_flush_interval",
        "flush_access_log_on_connected",
        "access_log_options",
        "backoff_options",
        "tunneling_config",
        "check_drain_close",
    },
    no_effect={
        "downstream_idle_timeout": "Envoy reads it not either",
        "upstream_idle_timeout": "Envoy reads it not either",
        "metadata_match": NO_SUBSETS,
    },
    unsupported={
        "on_demand",
        "hash_policy",
        "proxy_protocol_tlvs",
        "proxy_protocol_tlv_merge_policy",
        "upstream_connect_mode",
        "max_early_data_bytes",
    },
)
BACKOFF = Fields(
    "envoy.config.core.v3.BackoffStrategy",
    reads={"base_interval", "max_interval"},
    where="attempts of the TCP proxy",
)
_BACKOFF_STEPS = 10
"""How often the base interval may be doubled where nothing else is said."""
WEIGHTED = Fields(
    "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster", reads={"clusters"}
)
CLUSTER_WEIGHT = Fields(
    "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight",
    reads={"name", "weight"},
    no_effect={"metadata_match": NO_SUBSETS},
)


def tcp_proxy(message: Proto, at: At) -> ir.NetworkFilterTcpProxy:
    """A TCP proxy. A cluster that does not exist closes each connection, as in Envoy."""
    TCP_PROXY.check(message, at)
    longest = duration_ms(message, "max_downstream_connection_duration", 0)
    jitter = "max_downstream_connection_duration_jitter_percentage"
    return ir.NetworkFilterTcpProxy(
        stat_prefix=message.stat_prefix,
        clusters=_clusters(message, at),
        idle_timeout_ms=duration_ms(message, "idle_timeout", HOUR_MS),
        max_connect_attempts=wrapped_int(message, "max_connect_attempts", 1),
        max_downstream_connection_duration_ms=longest,
        max_downstream_connection_duration_jitter_ms=jitter_ms(message, jitter, longest, at),
        access_logs=access_logs(message.access_log, at),
        access_log_options=tcp_log_options(message, at),
        backoff=_backoff(message, at),
        check_drain_close=wrapped_bool(message, "check_drain_close", False),
        tunneling=tunneling(message, at),
    )


def _backoff(message: Proto, at: At) -> ir.ConnectBackoff | None:
    if not message.HasField("backoff_options"):
        return None
    options, there = message.backoff_options, at.field("backoff_options")
    BACKOFF.check(options, there)
    base = milliseconds(options.base_interval)
    longest = duration_ms(options, "max_interval", _BACKOFF_STEPS * base)
    if longest < base:
        there.field("max_interval").error(
            "max_backoff_interval must be greater or equal to base_backoff_interval"
        )
    return ir.ConnectBackoff(base_interval_ms=base, max_interval_ms=longest)


def _clusters(message: Proto, at: At) -> list[ir.TcpWeightedCluster]:
    if message.WhichOneof("cluster_specifier") != "weighted_clusters":
        return [ir.TcpWeightedCluster(cluster=message.cluster, weight=1)]
    weighted, there = message.weighted_clusters, at.field("weighted_clusters")
    WEIGHTED.check(weighted, there)
    clusters = []
    for i, each in enumerate(weighted.clusters):
        CLUSTER_WEIGHT.check(each, there.item("clusters", i))
        clusters.append(ir.TcpWeightedCluster(cluster=each.name, weight=each.weight))
    return clusters
