"""Who answers for names: a resolver's configuration, typed or in one of the older fields."""

from typing import NamedTuple

from voyant import ir
from voyant.config.address import address
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.protocol_options import TYPED_EXTENSION
from voyant.config.scalar import wrapped_int
from voyant.config.unpack import type_name, unpack

RESOLUTION_CONFIG = Fields(
    "envoy.config.core.v3.DnsResolutionConfig", reads={"resolvers", "dns_resolver_options"}
)
RESOLVER_OPTIONS = Fields(
    "envoy.config.core.v3.DnsResolverOptions",
    reads={"use_tcp_for_dns_lookups", "no_default_search_domain"},
)
_SOCKET_EACH = "each query has a socket of its own"
CARES = Fields(
    "envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig",
    reads={"resolvers", "dns_resolver_options", "query_timeout_seconds", "query_tries"},
    no_effect={
        "udp_max_queries": _SOCKET_EACH,
        "max_udp_channel_duration": _SOCKET_EACH,
        "reinit_channel_on_timeout": _SOCKET_EACH,
    },
    unsupported={
        "use_resolvers_as_fallback",
        "filter_unroutable_families",
        "rotate_nameservers",
        "edns0_max_payload_size",
        "qcache_max_ttl",
    },
)

DEFAULT_QUERY_TIMEOUT_S = 5
DEFAULT_QUERY_TRIES = 4


class Resolver(NamedTuple):
    """Whom to ask, and how."""

    resolvers: list[ir.Address]
    use_tcp: bool = False
    no_default_search_domain: bool = False
    query_timeout_ms: int = DEFAULT_QUERY_TIMEOUT_S * 1000
    query_tries: int = DEFAULT_QUERY_TRIES


SYSTEM = Resolver([])


def bootstrap_resolver(bootstrap: Proto, at: At) -> Resolver:
    """The resolver of clusters that have none of their own."""
    if _is_typed(bootstrap):
        return _typed(bootstrap, at)
    if bootstrap.HasField("dns_resolution_config"):
        return _resolution(bootstrap.dns_resolution_config, at.field("dns_resolution_config"))
    return SYSTEM._replace(use_tcp=bootstrap.use_tcp_for_dns_lookups)


def cluster_resolver(cluster: Proto, at: At, otherwise: Resolver) -> Resolver:
    """A cluster's own resolver. Without addresses, older fields make none."""
    if _is_typed(cluster):
        return _typed(cluster, at)
    if cluster.HasField("dns_resolution_config"):
        return _resolution(cluster.dns_resolution_config, at.field("dns_resolution_config"))
    if cluster.dns_resolvers:
        own = _addresses(cluster.dns_resolvers, at, "dns_resolvers")
        return SYSTEM._replace(resolvers=own, use_tcp=cluster.use_tcp_for_dns_lookups)
    return otherwise


def typed_resolver(holder: Proto, at: At, otherwise: Resolver) -> Resolver:
    """The resolver of a message that has only `typed_dns_resolver_config`."""
    return _typed(holder, at) if _is_typed(holder) else otherwise


def _is_typed(holder: Proto) -> bool:
    config = holder.typed_dns_resolver_config
    return bool(holder.HasField("typed_dns_resolver_config") and config.typed_config.type_url)


def _typed(holder: Proto, at: At) -> Resolver:
    extension, there = holder.typed_dns_resolver_config, at.field("typed_dns_resolver_config")
    TYPED_EXTENSION.check(extension, there)
    there = there.field("typed_config")
    typed = unpack(extension.typed_config, there)
    if typed is None:
        return SYSTEM
    if typed.DESCRIPTOR.full_name != CARES.full_name:
        there.field("@type").error(
            f"the DNS resolver {extension.name!r} ({type_name(extension.typed_config)}) "
            "is not supported yet",
            expected=CARES.full_name,
        )
        return SYSTEM
    CARES.check(typed, there)
    found = _resolution_of(typed, there)
    timeout_s = wrapped_int(typed, "query_timeout_seconds", DEFAULT_QUERY_TIMEOUT_S)
    return found._replace(
        query_timeout_ms=timeout_s * 1000,
        query_tries=wrapped_int(typed, "query_tries", DEFAULT_QUERY_TRIES),
    )


def _resolution(config: Proto, at: At) -> Resolver:
    RESOLUTION_CONFIG.check(config, at)
    return _resolution_of(config, at)


def _resolution_of(config: Proto, at: At) -> Resolver:
    options = config.dns_resolver_options
    RESOLVER_OPTIONS.check(options, at.field("dns_resolver_options"))
    return Resolver(
        _addresses(config.resolvers, at, "resolvers"),
        use_tcp=options.use_tcp_for_dns_lookups,
        no_default_search_domain=options.no_default_search_domain,
    )


def _addresses(messages: list[Proto], at: At, name: str) -> list[ir.Address]:
    found = []
    for i, message in enumerate(messages):
        there = at.item(name, i)
        if message.WhichOneof("address") == "pipe":
            there.error(f"DNS resolver '{message.pipe.path}' is not an IP address")
            continue
        # A name server is asked by datagrams first, whichever protocol is named, as by Envoy.
        one = address(message, there, datagrams=True)
        if one is not None:
            found.append(one)
    return found
