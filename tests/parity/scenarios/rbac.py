"""The RBAC filter: rules and trees, enforced and in the shadow, and what routes have instead."""

# ruff: noqa: E501 - YAML of one line each is easier to compare.

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, get

_PER_ROUTE = "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBACPerRoute"
_ACTION = "type.googleapis.com/envoy.config.rbac.v3.Action"
_INPUTS = "type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3"
_HEADER = (
    '{name: i, typed_config: {"@type": '
    "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x}}"
)
_ANY = "principals: [{any: true}]"


def _rbac(fields: str, name: str = "rbac") -> Node:
    return http_filter(name, "rbac.v3.RBAC", f"{{{fields}}}")


def _policies(**policies: str) -> str:
    return (
        f"policies: {{{', '.join(f'{name}: {{{policy}}}' for name, policy in policies.items())}}}"
    )


def _on(**permissions: str) -> str:
    """Policies that ask for a permission each, by the header x."""
    return _policies(**{name: f"permissions: [{p}], {_ANY}" for name, p in permissions.items()})


def _is(value: str) -> str:
    return f"{{header: {{name: x, string_match: {{exact: {value}}}}}}}"


def _action(name: str, action: str) -> str:
    config = f'{{"@type": {_ACTION}, name: {name}, action: {action}}}'
    return f"{{action: {{name: a, typed_config: {config}}}}}"


def _tree(**actions: str) -> str:
    entries = ", ".join(f"{key}: {_action(f'policy {key}', to)}" for key, to in actions.items())
    return f"matcher_tree: {{input: {_HEADER}, exact_match_map: {{map: {{{entries}}}}}}}"


_METADATA = "{metadata: {filter: envoy.filters.http.rbac, path: [{key: %s}], value: {string_match: {exact: %s}}}}"
_PERMISSIONS = _on(
    a_path="{url_path: {path: {exact: /path}}}",
    b_not="{and_rules: {rules: [{not_rule: {destination_port: 1}}, {url_path: {path: {prefix: /not}}}]}}",
    c_or="{or_rules: {rules: [{url_path: {path: {exact: /or1}}}, {url_path: {path: {exact: /or2}}}]}}",
    d_range="{and_rules: {rules: [{destination_port_range: {start: 1, end: 65536}}, {url_path: {path: {exact: /range}}}]}}",
    e_ip="{and_rules: {rules: [{destination_ip: {address_prefix: 127.0.0.0, prefix_len: 8}}, {url_path: {path: {exact: /ip}}}]}}",
    f_name='{and_rules: {rules: [{requested_server_name: {exact: ""}}, {url_path: {path: {exact: /name}}}]}}',
    g_template='{uri_template: {name: t, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "/t/{a}/end"}}}',
    h_route="{sourced_metadata: {metadata_source: ROUTE, metadata_matcher: {filter: ns, path: [{key: k}], value: {double_match: {exact: 1}}}}}",
)
_PRINCIPALS = _policies(
    a_direct="permissions: [{url_path: {path: {exact: /direct}}}], "
    "principals: [{direct_remote_ip: {address_prefix: 127.0.0.1, prefix_len: 32}}]",
    b_remote="permissions: [{url_path: {path: {exact: /remote}}}], "
    "principals: [{remote_ip: {address_prefix: 9.0.0.0, prefix_len: 8}}]",
    c_source="permissions: [{url_path: {path: {exact: /source}}}], "
    "principals: [{source_ip: {address_prefix: 9.0.0.0, prefix_len: 8}}]",
    d_authenticated="permissions: [{url_path: {path: {exact: /tls}}}], principals: [{authenticated: {}}]",
    e_not="permissions: [{url_path: {path: {exact: /nobody}}}], principals: [{not_id: {authenticated: {}}}]",
    f_and="permissions: [{any: true}], "
    "principals: [{and_ids: {ids: [{header: {name: x, string_match: {exact: a}}}, {url_path: {path: {exact: /and}}}]}}]",
    g_or="permissions: [{url_path: {path: {exact: /or}}}], "
    "principals: [{or_ids: {ids: [{authenticated: {}}, {any: true}]}}]",
)
_TOLD = _on(
    a_shadow=_METADATA % ("shadow_engine_result", "denied"),
    b_policy=_METADATA % ("shadow_effective_policy_id", "logs"),
    c_enforced=_METADATA % ("prefix_enforced_engine_result", "allowed"),
)
_ROUTES = ", ".join(
    [
        f'{{match: {{prefix: /off}}, route: {{cluster: up}}, typed_per_filter_config: {{rbac: {{"@type": {_PER_ROUTE}}}}}}}',
        f'{{match: {{prefix: /own}}, route: {{cluster: up}}, typed_per_filter_config: {{rbac: {{"@type": {_PER_ROUTE}, '
        f"rbac: {{rules: {{action: DENY, {_on(own=_is('a'))}}}, track_per_rule_stats: true}}}}}}}}",
        "{match: {prefix: /md}, route: {cluster: up}, metadata: {filter_metadata: {ns: {k: 1}}}}",
        "{match: {prefix: /}, route: {cluster: up}}",
    ]
)
_STATS = [
    f"http.on.rbac.{name}" for name in ("allowed", "denied", "shadow_allowed", "shadow_denied")
]


def _on_listener(name: str, *filters: Node) -> Node:
    return filtered(name, list(filters), f"[{_ROUTES}]")


def _trusting(listener: Node) -> Node:
    """With clients that the last hop tells of."""
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    manager |= {"use_remote_address": True, "xff_num_trusted_hops": 1}
    return listener


def _stats(name: str, *names: str) -> list[str]:
    return [f"http.{name}.rbac.{each}" for each in names]


GROUP = Group(
    bootstrap(
        [
            _on_listener("on", _rbac(f"rules: {{{_on(p=_is('a'))}}}")),
            _on_listener("deny", _rbac(f"rules: {{action: DENY, {_PERMISSIONS}}}")),
            _trusting(_on_listener("who", _rbac(f"rules: {{action: DENY, {_PRINCIPALS}}}"))),
            _on_listener(
                "tree",
                _rbac(
                    f"matcher: {{{_tree(a='ALLOW', d='DENY', l='LOG')}}}, track_per_rule_stats: true"
                ),
            ),
            _on_listener(
                "shadow",
                _rbac(f"shadow_rules: {{action: DENY, {_on(denies=_is('d'), logs=_is('l'))}}}"),
                _rbac(f"rules: {{action: DENY, {_TOLD}}}", "after"),
            ),
            _on_listener(
                "prefixes",
                _rbac(
                    f"rules: {{{_on(p=_is('a'))}}}, rules_stat_prefix: prefix_, "
                    f"shadow_rules: {{action: DENY, {_on(p=_is('a'))}}}, "
                    "shadow_rules_stat_prefix: other., track_per_rule_stats: true"
                ),
                _rbac(f"rules: {{action: DENY, {_TOLD}}}", "after"),
            ),
            _on_listener("log", _rbac(f"rules: {{action: LOG, {_on(p=_is('a'))}}}")),
            _on_listener("nothing", _rbac("")),
            _on_listener("none", _rbac("rules: {}")),
        ],
        [cluster()],
    ),
    [
        Case("a_policy_allows", [get("/", "x: a")], stats=_STATS),
        Case("no_policy_allows", [get("/", "x: b")], stats=_STATS),
        Case("a_route_checks_nothing", [get("/off", "x: b")], stats=_STATS),
        Case(
            "a_route_has_its_own",
            [get("/own", "x: a"), get("/own", "x: b")],
            stats=[*_STATS, "http.on.rbac.policy.own.denied"],
        ),
        Case("grpc_is_told_so", [get("/", "content-type: application/grpc")]),
        *(
            Case(f"permission_{path.replace('/', '_')}", [get(f"/{path}")], listener="deny")
            for path in (
                "path",
                "path?query",
                "path/more",
                "not",
                "or2",
                "range",
                "ip",
                "name",
                "t/a/end",
                "t/a/b/end",
                "md",
            )
        ),
        *(
            Case(
                f"principal_{path}",
                [get(f"/{path}", "x: a", "x-forwarded-for: 9.1.1.1")],
                listener="who",
            )
            for path in ("direct", "remote", "source", "tls", "nobody", "and", "or")
        ),
        Case("another_client", [get("/remote", "x-forwarded-for: 8.1.1.1")], listener="who"),
        *(
            Case(
                f"tree_{value}",
                [get("/", f"x: {value}")],
                listener="tree",
                stats=_stats(
                    "tree",
                    "allowed",
                    "denied",
                    "policy.policy a.allowed",
                    "policy.policy d.denied",
                    "policy.policy l.allowed",
                ),
            )
            for value in ("a", "d", "l", "z")
        ),
        *(
            Case(
                f"shadow_{value}",
                [get("/", f"x: {value}")],
                listener="shadow",
                stats=_stats("shadow", "shadow_allowed", "shadow_denied", "allowed", "denied"),
            )
            for value in ("d", "l", "z")
        ),
        *(
            Case(
                f"prefixes_{value}",
                [get("/", f"x: {value}")],
                listener="prefixes",
                stats=_stats(
                    "prefixes",
                    "prefix_.allowed",
                    "prefix_.denied",
                    "prefix_.policy.p.allowed",
                    "other.shadow_allowed",
                    "other.shadow_denied",
                    "other.policy.p.shadow_denied",
                ),
            )
            for value in ("a", "b")
        ),
        Case(
            "log_allows_all",
            [get("/", "x: a"), get()],
            listener="log",
            stats=_stats("log", "allowed"),
        ),
        Case("nothing_allows_all", [get()], listener="nothing", stats=_stats("nothing", "allowed")),
        Case("no_policy_at_all", [get()], listener="none", stats=_stats("none", "denied")),
        Case("no_route", [get("/", host="b.test")], listener="deny"),
    ],
    listener="on",
)
