"""Clusters whose hosts come from names: how often they are looked up, and by whom."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.dns_resolver import Resolver, cluster_resolver, typed_resolver
from voyant.config.scalar import duration_ms, enum_name, milliseconds

REFRESH_RATE = Fields(
    "envoy.config.cluster.v3.Cluster.RefreshRate", reads={"base_interval", "max_interval"}
)
DNS_CLUSTER = Fields(
    "envoy.extensions.clusters.dns.v3.DnsCluster",
    reads={
        "dns_refresh_rate",
        "dns_failure_refresh_rate",
        "respect_dns_ttl",
        "dns_jitter",
        "typed_dns_resolver_config",
        "dns_lookup_family",
        "all_addresses_in_single_endpoint",
        "dns_min_refresh_rate",
    },
)
TYPED_REFRESH_RATE = Fields(
    "envoy.extensions.clusters.dns.v3.DnsCluster.RefreshRate",
    reads={"base_interval", "max_interval"},
)

DEFAULT_REFRESH_MS = 5_000
_FAMILIES: dict[str, ir.DnsLookupFamily] = {
    "UNSPECIFIED": "auto",
    "AUTO": "auto",
    "V4_ONLY": "v4_only",
    "V6_ONLY": "v6_only",
    "V4_PREFERRED": "v4_preferred",
    "ALL": "all",
}


def old_discovery(cluster: Proto, at: At, otherwise: Resolver, *, logical: bool) -> ir.Discovery:
    """Of a cluster of type STRICT_DNS or LOGICAL_DNS."""
    rate, there = cluster.dns_failure_refresh_rate, at.field("dns_failure_refresh_rate")
    REFRESH_RATE.check(rate, there)
    return _discovery(cluster, at, cluster_resolver(cluster, at, otherwise), single=logical)


def typed_discovery(message: Proto, at: At, otherwise: Resolver) -> ir.Discovery:
    """Of a cluster of the type `envoy.clusters.dns`."""
    DNS_CLUSTER.check(message, at)
    rate, there = message.dns_failure_refresh_rate, at.field("dns_failure_refresh_rate")
    TYPED_REFRESH_RATE.check(rate, there)
    resolver = typed_resolver(message, at, otherwise)
    single = message.all_addresses_in_single_endpoint
    least_ms = duration_ms(message, "dns_min_refresh_rate", 0)
    return _discovery(message, at, resolver, single=single, least_ms=least_ms)


def _discovery(
    message: Proto, at: At, resolver: Resolver, *, single: bool, least_ms: int = 0
) -> ir.Discovery:
    """From the fields that a cluster and the typed message have in common."""
    refresh_ms = duration_ms(message, "dns_refresh_rate", DEFAULT_REFRESH_MS)
    base_ms, max_ms = _failure_rate(message, at, refresh_ms)
    make = ir.DiscoveryLogicalDns if single else ir.DiscoveryStrictDns
    return make(
        refresh_rate_ms=refresh_ms,
        respect_ttl=message.respect_dns_ttl,
        min_refresh_rate_ms=least_ms,
        jitter_ms=duration_ms(message, "dns_jitter", 0),
        failure_refresh_base_ms=base_ms,
        failure_refresh_max_ms=max_ms,
        lookup_family=_FAMILIES[enum_name(message, "dns_lookup_family")],
        resolvers=resolver.resolvers,
        use_tcp=resolver.use_tcp,
        no_default_search_domain=resolver.no_default_search_domain,
        query_timeout_ms=resolver.query_timeout_ms,
        query_tries=resolver.query_tries,
        all_addresses_in_single_endpoint=single,
    )


def _failure_rate(message: Proto, at: At, refresh_ms: int) -> tuple[int, int]:
    """The base and the upper bound of what is waited after a failure."""
    if not message.HasField("dns_failure_refresh_rate"):
        return refresh_ms, 0
    rate = message.dns_failure_refresh_rate
    base_ms = milliseconds(rate.base_interval)
    max_ms = duration_ms(rate, "max_interval", base_ms * 10)
    if max_ms < base_ms:
        at.field("dns_failure_refresh_rate").field("max_interval").error(
            "dns_failure_refresh_rate must have max_interval greater than or equal to the "
            "base_interval"
        )
    return base_ms, max_ms
