"""Route configurations: tables of virtual hosts."""

from dataclasses import replace

from voyant import ir
from voyant.config import xds_matcher_input as inputs
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.cluster_specifier_plugin import cluster_specifier_plugins
from voyant.config.descriptors import Proto
from voyant.config.errors import nearest
from voyant.config.filter_overrides import filter_overrides
from voyant.config.filters.cors import older_policy
from voyant.config.header_mutation import NONE, header_mutations
from voyant.config.matcher import header_matcher
from voyant.config.metadata import metadata
from voyant.config.rate_limit import rate_limits
from voyant.config.request_mirror import request_mirror_policies
from voyant.config.route_action import (
    DEFAULT_MAX_BODY_BYTES,
    CheckCluster,
    RouteScope,
    direct_response,
    forward,
    redirect,
)
from voyant.config.route_match import route_match, uri_template
from voyant.config.scalar import enum_name, wrapped_bool, wrapped_int
from voyant.config.xds_matcher import Use, xds_matcher

_MUTATIONS = frozenset(
    {
        "request_headers_to_add",
        "request_headers_to_remove",
        "response_headers_to_add",
        "response_headers_to_remove",
    }
)
ROUTE_CONFIGURATION = Fields(
    "envoy.config.route.v3.RouteConfiguration",
    reads=_MUTATIONS
    | {
        "name",
        "virtual_hosts",
        "internal_only_headers",
        "most_specific_header_mutations_wins",
        "validate_clusters",
        "max_direct_response_body_size_bytes",
        "ignore_port_in_host_matching",
        "request_mirror_policies",
        "vhost_header",
        "ignore_path_parameters_in_path_matching",
        "typed_per_filter_config",
        "cluster_specifier_plugins",
    },
    no_effect={"metadata": "no format and no filter reads it, here as in Envoy"},
    unsupported={
        "vhds",
        "route_specifiers",
    },
)
VIRTUAL_HOST = Fields(
    "envoy.config.route.v3.VirtualHost",
    reads=_MUTATIONS
    | {
        "name",
        "domains",
        "routes",
        "include_request_attempt_count",
        "include_attempt_count_in_response",
        "request_mirror_policies",
        "require_tls",
        "virtual_clusters",
        "per_request_buffer_limit_bytes",
        "request_body_buffer_limit",
        "typed_per_filter_config",
        "metadata",
        "rate_limits",
        "cors",
        "matcher",
    },
    unsupported={
        "retry_policy",
        "retry_policy_typed_config",
        "hedge_policy",
        "include_is_timeout_retry_header",
        "route_specifiers",
    },
)
VIRTUAL_CLUSTER = Fields("envoy.config.route.v3.VirtualCluster", reads={"name", "headers"})
_REQUIRE_TLS: dict[str, ir.TlsRequirement] = {
    "NONE": "none",
    "EXTERNAL_ONLY": "external_only",
    "ALL": "all",
}
ROUTE = Fields(
    "envoy.config.route.v3.Route",
    reads=_MUTATIONS
    | {
        "name",
        "match",
        "route",
        "redirect",
        "direct_response",
        "non_forwarding_action",
        "filter_action",
        "stat_prefix",
        "per_request_buffer_limit_bytes",
        "request_body_buffer_limit",
        "typed_per_filter_config",
        "metadata",
    },
    no_effect={
        "decorator": "it names spans, and there is no tracing yet",
        "tracing": "there is no tracing yet, and it is not asked for without a provider",
    },
    unsupported={
        "route_specifiers",
    },
)
ROUTE_LIST = Fields("envoy.config.route.v3.RouteList", reads={"routes"})
_TREE_INPUTS = frozenset({inputs.REQUEST_HEADER.full_name, inputs.FILTER_STATE.full_name})
"""What Envoy lets the tree of a virtual host ask about, beside the environment."""
NON_FORWARDING = Fields("envoy.config.route.v3.NonForwardingAction", reads=())
FILTER_ACTION = Fields(
    "envoy.config.route.v3.FilterAction",
    reads=(),
    no_effect={"action": "no filter asks for it"},
)


def route_configuration(
    message: Proto, at: At, *, identity: str, clusters: frozenset[str]
) -> ir.RouteConfiguration:
    """A static route table; `clusters` are the names that routes may use."""
    ROUTE_CONFIGURATION.check(message, at)
    max_body = wrapped_int(message, "max_direct_response_body_size_bytes", DEFAULT_MAX_BODY_BYTES)
    validated = wrapped_bool(message, "validate_clusters", True)

    # A cluster whose name was misspelt has none, which was said: it may be the one that is meant.
    validated = validated and "" not in clusters

    def check(kind: str) -> CheckCluster:
        def of_kind(name: str, there: At) -> None:
            if validated and name not in clusters:
                there.error(f"route: unknown {kind} {name!r}", hint=nearest(name, clusters))

        return of_kind

    named: list[tuple[str, At]] = []
    scope = RouteScope(
        check_cluster=check("cluster"),
        check_shadow=check("shadow cluster"),
        max_body_bytes=max_body,
        mirrors=request_mirror_policies(message, at, _noting(named)),
        unchecked=named,
        plugins=cluster_specifier_plugins(message, at),
    )
    _check_domains(message, at)
    hosts = message.virtual_hosts
    return ir.RouteConfiguration(
        id=identity,
        name=message.name,
        virtual_hosts=[
            _virtual_host(host, at.item("virtual_hosts", i), scope) for i, host in enumerate(hosts)
        ],
        internal_only_headers=[name.lower() for name in message.internal_only_headers],
        request_headers=header_mutations(message, at, "request"),
        response_headers=header_mutations(message, at, "response"),
        most_specific_header_mutations_wins=message.most_specific_header_mutations_wins,
        ignore_port_in_host_matching=message.ignore_port_in_host_matching,
        filters=filter_overrides(message, at),
        vhost_header=message.vhost_header.lower(),
        ignore_path_parameters_in_path_matching=message.ignore_path_parameters_in_path_matching,
    )


def _check_domains(message: Proto, at: At) -> None:
    seen: dict[str, str] = {}
    for i, host in enumerate(message.virtual_hosts):
        for j, domain in enumerate(host.domains):
            there = at.item("virtual_hosts", i).item("domains", j)
            lower = domain.lower()
            if lower in seen and lower == "*":
                there.error(f"Only a single wildcard domain is permitted in route {message.name}")
            elif lower in seen:
                there.error(
                    f"Only unique values for domains are permitted. Duplicate entry of domain "
                    f"{lower} in route {message.name}",
                    hint=f"the virtual host {seen[lower]!r} has it already",
                )
            seen.setdefault(lower, host.name)


def _virtual_host(message: Proto, at: At, table: RouteScope) -> ir.VirtualHost:
    VIRTUAL_HOST.check(message, at)
    named: list[tuple[str, At]] = []
    mirrors = request_mirror_policies(message, at, _noting(named))
    scope = replace(
        table,
        mirrors=mirrors or table.mirrors,
        unchecked=named if mirrors else table.unchecked,
        body_buffer_limit_bytes=_body_limit(message, None),
    )
    routes, matcher = _routes(message, at, scope), None
    if message.HasField("matcher"):
        if message.routes:
            at.field("matcher").error("cannot set both matcher and routes on virtual host")
        routes, matcher = _tree(message.matcher, at.field("matcher"), scope)
    return ir.VirtualHost(
        name=message.name,
        domains=[domain.lower() for domain in message.domains],
        routes=routes,
        request_headers=header_mutations(message, at, "request"),
        response_headers=header_mutations(message, at, "response"),
        include_request_attempt_count=message.include_request_attempt_count,
        include_attempt_count_in_response=message.include_attempt_count_in_response,
        filters=filter_overrides(message, at),
        metadata=metadata(message, at),
        require_tls=_REQUIRE_TLS[enum_name(message, "require_tls")],
        virtual_clusters=[
            _virtual_cluster(each, at.item("virtual_clusters", i))
            for i, each in enumerate(message.virtual_clusters)
        ],
        cors=older_policy(message, at),
        rate_limits=rate_limits(message, at),
        matcher=matcher,
    )


def _routes(message: Proto, at: At, scope: RouteScope) -> list[ir.Route]:
    """The routes of a field `routes`, but for those that never match."""
    found = (_route(route, at.item("routes", i), scope) for i, route in enumerate(message.routes))
    return [route for route in found if route is not None]


def _tree(message: Proto, at: At, table: RouteScope) -> tuple[list[ir.Route], ir.RouteTree]:
    """The routes of all actions of a tree, and the tree."""
    # Envoy takes clusters here that are not there, whatever `validate_clusters` says.
    scope = replace(table, check_cluster=_any_cluster, check_shadow=_any_cluster, unchecked=[])
    routes: list[ir.Route] = []
    lengths: list[int] = []

    def action(typed: Proto, there: At) -> int | None:
        if typed.DESCRIPTOR.full_name == ROUTE.full_name:
            route = _route(typed, there, scope)
            found = [] if route is None else [route]
        elif typed.DESCRIPTOR.full_name == ROUTE_LIST.full_name:
            ROUTE_LIST.check(typed, there)
            found = _routes(typed, there, scope)
        else:
            return None
        routes.extend(found)
        lengths.append(len(found))
        return len(lengths) - 1

    use = Use(tree="route match tree", inputs=_TREE_INPUTS, refusal=_no_input, action=action)
    matcher = xds_matcher(message, at, use)
    return routes, ir.RouteTree(matcher=matcher, lengths=lengths)


def _noting(named: list[tuple[str, At]]) -> CheckCluster:
    def note(name: str, there: At) -> None:
        named.append((name, there))

    return note


def _any_cluster(_name: str, _at: At) -> None:
    pass


def _no_input(url: str) -> str:
    return f"Route table can only match on request headers, saw {url}"


def _virtual_cluster(message: Proto, at: At) -> ir.VirtualCluster:
    VIRTUAL_CLUSTER.check(message, at)
    if not message.headers:
        at.error("virtual clusters must define 'headers'")
    headers = [header_matcher(m, at.item("headers", i)) for i, m in enumerate(message.headers)]
    return ir.VirtualCluster(name=message.name, headers=headers)


def _route(message: Proto, at: At, scope: RouteScope) -> ir.Route | None:
    """A route; None for one that never matches."""
    ROUTE.check(message, at)
    if not message.route.request_mirror_policies:
        scope.inherit_mirrors()
    action = _action(message, at, scope)
    if action is None:
        return None
    return ir.Route(
        name=message.name,
        stat_prefix=message.stat_prefix,
        match=route_match(message.match, at.field("match")),
        action=action,
        request_headers=header_mutations(message, at, "request"),
        response_headers=header_mutations(message, at, "response"),
        filters=filter_overrides(message, at),
        metadata=metadata(message, at),
    )


def _action(message: Proto, at: At, scope: RouteScope) -> ir.RouteAction | None:
    kind = message.WhichOneof("action")
    if kind == "redirect":
        by_template = message.match.WhichOneof("path_specifier") == "path_match_policy"
        return redirect(message.redirect, at.field(kind), by_template=by_template)
    if kind == "direct_response":
        return direct_response(message.direct_response, at.field(kind), scope.max_body_bytes)
    if kind == "route":
        template = uri_template(message.match, at.field("match"))
        limit = _body_limit(message, scope.body_buffer_limit_bytes)
        if template is not None or limit != scope.body_buffer_limit_bytes:
            scope = replace(scope, template=template, body_buffer_limit_bytes=limit)
        return forward(message.route, at.field(kind), scope)
    if kind == "non_forwarding_action":
        NON_FORWARDING.check(message.non_forwarding_action, at.field(kind))
    if kind == "filter_action":
        # What was to act is not asked: there is no cluster, as in Envoy.
        FILTER_ACTION.check(message.filter_action, at.field(kind))
    return ir.RouteActionNonForwarding()


def _body_limit(message: Proto, otherwise: int | None) -> int | None:
    """The newer field counts where both are set."""
    for field in ("request_body_buffer_limit", "per_request_buffer_limit_bytes"):
        if message.HasField(field):
            return wrapped_int(message, field, 0)
    return otherwise


def empty_route_configuration(identity: str) -> ir.RouteConfiguration:
    """A table without routes, for what was refused."""
    return ir.RouteConfiguration(
        id=identity,
        name="",
        virtual_hosts=[],
        internal_only_headers=[],
        request_headers=NONE,
        response_headers=NONE,
        most_specific_header_mutations_wins=False,
        ignore_port_in_host_matching=False,
        filters=[],
        vhost_header="",
        ignore_path_parameters_in_path_matching=False,
    )
