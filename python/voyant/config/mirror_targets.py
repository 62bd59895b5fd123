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
    """Copies pass no filters of their clusters, and have no lines in the router's logs."""
    mirrored = {table.id: frozenset(_mirrored(table)) for table in tables}
    named = frozenset[str]().union(*mirrored.values())
    for i, cluster in enumerate(clusters):
        # A header may name any of them.
        if cluster.http.filters and (cluster.name in named or "" in named):
            at.item("clusters", i).error(
                "mirroring of requests to a cluster with http_filters is not supported yet"
            )
    for i, listener in enumerate(listeners):
        if any(mirrored[table] for table in _logged(listener) if table in mirrored):
            at.item("listeners", i).error(
                "mirroring of requests by a router with upstream_log is not supported yet"
            )


def _mirrored(table: ir.RouteConfiguration) -> Iterator[str]:
    """The clusters that get copies; empty for one that a header names."""
    for host in table.virtual_hosts:
        for route in host.routes:
            if isinstance(route.action, ir.RouteActionForward):
                yield from (mirror.cluster for mirror in route.action.mirrors)


def _logged(listener: ir.Listener) -> Iterator[str]:
    """The tables of routers with logs of their own."""
    for chain in listener.filter_chains:
        for each in chain.filters:
            if isinstance(each, ir.NetworkFilterHttpConnectionManager) and each.http_filters:
                router = each.http_filters[-1].kind
                if isinstance(router, ir.HttpFilterKindRouter) and router.upstream_logs:
                    yield each.route_configuration
                    scoped = each.scoped_routes
                    yield from (
                        (scope.route_configuration for scope in scoped.scopes) if scoped else ()
                    )
