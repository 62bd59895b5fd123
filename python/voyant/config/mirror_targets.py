"""What copies of requests cannot do yet, and is refused where they are asked for."""

from collections.abc import Iterator, Sequence

from voyant import ir
from voyant.config.at import At


def check_mirrors(
    clusters: Sequence[ir.Cluster],
    listeners: Sequence[ir.Listener],
    tables: Sequence[ir.RouteConfiguration],
    at: At,
) -> None:
    """Copies pass no filters before upstreams, and have no lines in the router's logs."""
    mirrored = {table.id: frozenset(_mirrored(table)) for table in tables}
    named = frozenset[str]().union(*mirrored.values())
    for i, cluster in enumerate(clusters):
        # A header may name any of them.
        if cluster.http.filters and (cluster.name in named or "" in named):
            at.item("clusters", i).error(
                "mirroring of requests to a cluster with http_filters is not supported yet"
            )
    for i, listener in enumerate(listeners):
        wanting = {
            field
            for field, table in _wanting_routers(listener)
            if mirrored.get(table, frozenset[str]())
        }
        for field in sorted(wanting):
            at.item("listeners", i).error(
                f"mirroring of requests by a router with {field} is not supported yet"
            )


def _mirrored(table: ir.RouteConfiguration) -> Iterator[str]:
    """The clusters that get copies; empty for one that a header names."""
    for host in table.virtual_hosts:
        for route in host.routes:
            if isinstance(route.action, ir.RouteActionForward):
                yield from (mirror.cluster for mirror in route.action.mirrors)


def _wanting_routers(listener: ir.Listener) -> Iterator[tuple[str, str]]:
    """What routers have that copies want to know of, and the tables of their routes."""
    for chain in listener.filter_chains:
        for each in chain.filters:
            if isinstance(each, ir.NetworkFilterHttpConnectionManager) and each.http_filters:
                router = each.http_filters[-1].kind
                if not isinstance(router, ir.HttpFilterKindRouter):
                    continue
                scopes = each.scoped_routes.scopes if each.scoped_routes else []
                tables = [each.route_configuration, *(s.route_configuration for s in scopes)]
                if router.upstream_logs:
                    yield from (("upstream_log", table) for table in tables)
                if router.upstream_filters:
                    yield from (("upstream_http_filters", table) for table in tables)
