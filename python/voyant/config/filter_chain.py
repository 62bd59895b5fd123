"""Network filter chains."""

from msgspec import Struct, field

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.http_connection_manager import HCM, http_connection_manager
from voyant.config.metadata import metadata
from voyant.config.route import empty_route_configuration, route_configuration
from voyant.config.scoped_routes import scoped_tables
from voyant.config.tcp_proxy import TCP_PROXY, tcp_proxy
from voyant.config.transport_socket import raw_buffer
from voyant.config.unpack import type_name, unpack

FILTER_CHAIN = Fields(
    "envoy.config.listener.v3.FilterChain",
    reads={"filters", "name", "transport_socket", "filter_chain_match", "metadata"},
    no_effect={
        "transport_socket_connect_timeout": "plain connections have no handshake",
    },
    unsupported={"use_proxy_proto"},
)
FILTER_CHAIN_MATCH = Fields(
    "envoy.config.listener.v3.FilterChainMatch",
    reads=(),
    unsupported={
        "destination_port",
        "prefix_ranges",
        "address_suffix",
        "suffix_len",
        "direct_source_prefix_ranges",
        "source_type",
        "source_prefix_ranges",
        "source_ports",
        "server_names",
        "transport_protocol",
        "application_protocols",
    },
)
FILTER = Fields(
    "envoy.config.listener.v3.Filter",
    reads={"name", "typed_config"},
    unsupported={"config_discovery"},
)


class Chains(Struct):
    """What filter chains need to know, and the route tables that they leave."""

    clusters: frozenset[str]
    route_configurations: list[ir.RouteConfiguration] = field(default_factory=list)


def filter_chain(message: Proto, at: At, chains: Chains, identity: str) -> ir.FilterChain:
    """A filter chain; `identity` tells its route tables from those of others."""
    FILTER_CHAIN.check(message, at)
    FILTER_CHAIN_MATCH.check(message.filter_chain_match, at.field("filter_chain_match"))
    if message.HasField("transport_socket"):
        raw_buffer(message.transport_socket, at.field("transport_socket"))
    filters: list[ir.NetworkFilter] = []
    last = len(message.filters) - 1
    for i, each in enumerate(message.filters):
        there = at.item("filters", i)
        found = _network_filter(each, there, chains, f"{identity}/{i}")
        if found is None:
            continue
        if i != last:
            there.error(f"the terminal filter {each.name!r} must be the last of the filter chain")
        filters.append(found)
    return ir.FilterChain(name=message.name, filters=filters, metadata=metadata(message, at))


def _network_filter(
    message: Proto, at: At, chains: Chains, identity: str
) -> ir.NetworkFilter | None:
    FILTER.check(message, at)
    there = at.field("typed_config")
    if not message.HasField("typed_config"):
        if not message.HasField("config_discovery"):
            at.error(
                "Didn't find a registered network filter implementation for name: "
                f"{message.name!r}",
                hint="typed_config names the filter's type",
            )
        return None
    typed = unpack(message.typed_config, there)
    if typed is None:
        return None
    kind = typed.DESCRIPTOR.full_name
    if kind == TCP_PROXY.full_name:
        return tcp_proxy(typed, there)
    if kind == HCM.full_name:
        chains.route_configurations.append(_routes(typed, there, chains, identity))
        chains.route_configurations += scoped_tables(typed, there, identity, chains.clusters)
        return http_connection_manager(typed, there, identity)
    there.field("@type").error(
        f"the network filter {message.name!r} ({type_name(message.typed_config)}) "
        "is not supported yet"
    )
    return None


def _routes(typed: Proto, at: At, chains: Chains, identity: str) -> ir.RouteConfiguration:
    if typed.WhichOneof("route_specifier") != "route_config":
        # Other sources of routes are reported by the audit.
        return empty_route_configuration(identity)
    there = at.field("route_config")
    return route_configuration(
        typed.route_config, there, identity=identity, clusters=chains.clusters
    )
