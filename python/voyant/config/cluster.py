"""Clusters, with Envoy's defaults."""

from collections.abc import Iterable
from typing import NamedTuple

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.circuit_breaker import circuit_breakers
from voyant.config.descriptors import Proto
from voyant.config.dns import DNS_CLUSTER, old_discovery, typed_discovery
from voyant.config.dns_resolver import SYSTEM, Resolver
from voyant.config.endpoint import localities
from voyant.config.load_balancer import load_balancer, panic_threshold
from voyant.config.metadata import metadata
from voyant.config.scalar import duration_ms, enum_name, wrapped_bool, wrapped_int
from voyant.config.transport_socket import raw_buffer
from voyant.config.unpack import type_name, unpack
from voyant.config.upstream_connection import NO_BIND, Bind, bind, keepalive
from voyant.config.upstream_http import upstream_http

_NO_HEALTH_CHECKS = "there are no health checks yet"
_BY_POLICY = "lb_policy decides, and the policy that reads it is refused"
CLUSTER = Fields(
    "envoy.config.cluster.v3.Cluster",
    reads={
        "name",
        "alt_stat_name",
        "type",
        "cluster_type",
        "connect_timeout",
        "per_connection_buffer_limit_bytes",
        "lb_policy",
        "load_assignment",
        "max_requests_per_connection",
        "circuit_breakers",
        "upstream_http_protocol_options",
        "common_http_protocol_options",
        "http_protocol_options",
        "http2_protocol_options",
        "typed_extension_protocol_options",
        "dns_refresh_rate",
        "dns_jitter",
        "dns_failure_refresh_rate",
        "respect_dns_ttl",
        "dns_lookup_family",
        "dns_resolvers",
        "use_tcp_for_dns_lookups",
        "dns_resolution_config",
        "typed_dns_resolver_config",
        "wait_for_warm_on_init",
        "upstream_bind_config",
        "least_request_lb_config",
        "round_robin_lb_config",
        "common_lb_config",
        "transport_socket",
        "protocol_selection",
        "upstream_connection_options",
        "load_balancing_policy",
        "upstream_config",
        "metadata",
    },
    no_effect={
        "cleanup_interval": "only clusters of type ORIGINAL_DST read it, which are refused",
        "ring_hash_lb_config": _BY_POLICY,
        "maglev_lb_config": _BY_POLICY,
        "original_dst_lb_config": _BY_POLICY,
        "close_connections_on_host_health_failure": _NO_HEALTH_CHECKS,
        "ignore_health_on_host_removal": _NO_HEALTH_CHECKS,
        "lrs_report_endpoint_metrics": "only lrs_server reads it, which is refused",
    },
    unsupported={
        "eds_cluster_config",
        "transport_socket_matches",
        "transport_socket_matcher",
        "stats_matcher",
        "per_connection_buffer_high_watermark_timeout",
        "health_checks",
        "outlier_detection",
        "lb_subset_config",
        "filters",
        "lrs_server",
        "track_timeout_budgets",
        "track_cluster_stats",
        "preconnect_policy",
        "connection_pool_per_downstream_connection",
        "queuing_policies",
    },
)
CUSTOM_TYPE = Fields(
    "envoy.config.cluster.v3.Cluster.CustomClusterType", reads={"name", "typed_config"}
)

DEFAULT_CONNECT_TIMEOUT_MS = 5_000
DEFAULT_BUFFER_BYTES = 1 << 20
_STATIC = ir.DiscoveryStatic()
_NAMES = {
    "envoy.cluster.static": "STATIC",
    "envoy.cluster.strict_dns": "STRICT_DNS",
    "envoy.cluster.logical_dns": "LOGICAL_DNS",
    "envoy.cluster.dns": "STRICT_DNS",
}
_CONNECTION_POOLS = frozenset(
    {
        "envoy.extensions.upstreams.http.generic.v3.GenericConnectionPoolProto",
        "envoy.extensions.upstreams.tcp.generic.v3.GenericConnectionPoolProto",
    }
)


class Surroundings(NamedTuple):
    """What clusters take from the bootstrap around them."""

    resolver: Resolver = SYSTEM
    bind: Bind = NO_BIND


def clusters(messages: Iterable[Proto], at: At, around: Surroundings) -> list[ir.Cluster]:
    """The static clusters."""
    names: set[str] = set()
    found = []
    for i, message in enumerate(messages):
        there = at.item("clusters", i)
        if message.name in names:
            there.field("name").error(f"cluster manager: duplicate cluster '{message.name}'")
        names.add(message.name)
        found.append(cluster(message, there, around))
    return found


def cluster(message: Proto, at: At, around: Surroundings) -> ir.Cluster:
    """A cluster."""
    CLUSTER.check(message, at)
    if message.HasField("transport_socket"):
        raw_buffer(message.transport_socket, at.field("transport_socket"))
    if message.HasField("upstream_config"):
        _check_pool(message.upstream_config, at.field("upstream_config"))
    discovery = _discovery(message, at, around.resolver)
    # Of a type that was refused it is not known what it resolves or provides.
    known = discovery is not None
    names = not isinstance(discovery, ir.DiscoveryStatic)
    discovery = discovery or _STATIC
    source = bind(message, at, around.bind)
    buffer = wrapped_int(message, "per_connection_buffer_limit_bytes", DEFAULT_BUFFER_BYTES)
    return ir.Cluster(
        name=message.name,
        stat_name=(message.alt_stat_name or message.name).replace(":", "_"),
        discovery=discovery,
        localities=_localities(message, at, discovery, names=names),
        connect_timeout_ms=duration_ms(message, "connect_timeout", DEFAULT_CONNECT_TIMEOUT_MS),
        per_connection_buffer_limit_bytes=buffer,
        load_balancer=load_balancer(message, at, provides=not known),
        healthy_panic_threshold_percent=panic_threshold(message, at),
        circuit_breakers=circuit_breakers(message, at),
        http=upstream_http(message, at),
        tcp_keepalive=keepalive(message, at),
        socket_options=source.socket_options,
        source_address=source.source_address,
        metadata=metadata(message, at),
    )


def _localities(
    message: Proto, at: At, discovery: ir.Discovery, *, names: bool
) -> list[ir.LocalityEndpoints]:
    single = isinstance(discovery, ir.DiscoveryLogicalDns)
    there = at.field("load_assignment")
    groups = message.load_assignment.endpoints
    if single and (len(groups) != 1 or len(groups[0].lb_endpoints) != 1):
        there.error(
            "LOGICAL_DNS clusters must have a single locality_lb_endpoint and a single lb_endpoint"
        )
    return localities(message.load_assignment, there, names=names)


def _discovery(message: Proto, at: At, resolver: Resolver) -> ir.Discovery | None:
    if message.WhichOneof("cluster_discovery_type") == "cluster_type":
        found = _custom(message, at, resolver)
    else:
        found = _of_type(enum_name(message, "type"), message, at, at.field("type"), resolver)
    if found is not _STATIC and not wrapped_bool(message, "wait_for_warm_on_init", True):
        at.field("wait_for_warm_on_init").error("false is not supported yet", expected="true")
    return found


def _of_type(
    kind: str, message: Proto, at: At, there: At, resolver: Resolver
) -> ir.Discovery | None:
    if kind in ("STRICT_DNS", "LOGICAL_DNS"):
        return old_discovery(message, at, resolver, logical=kind == "LOGICAL_DNS")
    if kind != "STATIC":
        there.error(
            f"the cluster type {kind} is not supported yet",
            expected="STATIC, STRICT_DNS or LOGICAL_DNS",
        )
        return None
    return _STATIC


def _custom(message: Proto, at: At, resolver: Resolver) -> ir.Discovery | None:
    custom, there = message.cluster_type, at.field("cluster_type")
    CUSTOM_TYPE.check(custom, there)
    if not custom.HasField("typed_config"):
        kind = _NAMES.get(custom.name, custom.name)
        return _of_type(kind, message, at, there.field("name"), resolver)
    inner = there.field("typed_config")
    typed = unpack(custom.typed_config, inner)
    if typed is None:
        return None
    if typed.DESCRIPTOR.full_name == DNS_CLUSTER.full_name:
        return typed_discovery(typed, inner, resolver)
    name = type_name(custom.typed_config)
    inner.field("@type").error(
        f"the cluster type {custom.name!r} ({name}) is not supported yet",
        expected=DNS_CLUSTER.full_name,
    )
    return None


def _check_pool(extension: Proto, at: At) -> None:
    """Which connection pool is made; the generic one makes those that there are."""
    name = type_name(extension.typed_config)
    if name not in _CONNECTION_POOLS:
        at.error(f"the connection pool {extension.name!r} ({name}) is not supported yet")
