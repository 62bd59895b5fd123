"""Filters that are disabled in the chain, and what each level of a route makes of them."""

# ruff: noqa: E501 - YAML of one line each is easier to compare.

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, get, post, response
from tests.parity.steps import Messages, Step

_URL = "type.googleapis.com"
_FILTERS = f"{_URL}/envoy.extensions.filters.http"
_ON = "{default_value: {numerator: 100}}"
_OFF = "{disabled: true}"
_ADD = "request_mutations: [{append: {header: {key: %s, value: '1'}}}]"


def _disabled(name: str, kind: str, fields: str = "{}") -> Node:
    return http_filter(name, kind, fields, _OFF)


_CHAIN = [
    _disabled("buffer", "buffer.v3.Buffer", "{max_request_bytes: 4}"),
    _disabled(
        "fault", "fault.v3.HTTPFault", "{abort: {http_status: 418, percentage: {numerator: 100}}}"
    ),
    _disabled(
        "mutation", "header_mutation.v3.HeaderMutation", f"{{mutations: {{{_ADD % 'own'}}}}}"
    ),
    _disabled("rbac", "rbac.v3.RBAC", "{rules: {policies: {}}}"),
    _disabled(
        "limit",
        "local_ratelimit.v3.LocalRateLimit",
        f"{{stat_prefix: l, token_bucket: {{max_tokens: 1, fill_interval: 100000s}}, filter_enabled: {_ON}, filter_enforced: {_ON}}}",
    ),
    _disabled("csrf", "csrf.v3.CsrfPolicy", f"{{filter_enabled: {_ON}}}"),
    _disabled(
        "metadata", "set_metadata.v3.Config", "{metadata: [{metadata_namespace: m, value: {k: v}}]}"
    ),
    _disabled(
        "state",
        "set_filter_state.v3.Config",
        "{on_request_headers: [{object_key: s, factory_key: envoy.string, format_string: {text_format_source: {inline_string: own}}}]}",
    ),
    _disabled(
        "tags",
        "ip_tagging.v3.IPTagging",
        "{ip_tags: [{ip_tag_name: here, ip_list: [{address_prefix: 127.0.0.0, prefix_len: 8}]}]}",
    ),
    _disabled(
        "health",
        "health_check.v3.HealthCheck",
        "{pass_through_mode: false, headers: [{name: ':path', string_match: {prefix: /enabled/health}}]}",
    ),
    _disabled("stats", "grpc_stats.v3.FilterConfig", "{emit_filter_state: true}"),
]
_ENABLES = f'{{"@type": {_URL}/envoy.config.route.v3.FilterConfig, config: {{}}}}'
_DISABLES = f'{{"@type": {_URL}/envoy.config.route.v3.FilterConfig, disabled: true}}'
_SEES = "request_headers_to_add: [{header: {key: seen, value: '%DYNAMIC_METADATA(m:k)% %FILTER_STATE(s:PLAIN)%'}}]"
_OWN = {
    "buffer": "buffer.v3.BufferPerRoute, buffer: {max_request_bytes: 8}",
    "fault": "fault.v3.HTTPFault, abort: {http_status: 419, percentage: {numerator: 100}}",
    "mutation": f"header_mutation.v3.HeaderMutationPerRoute, mutations: {{{_ADD % 'route'}}}",
    "rbac": "rbac.v3.RBACPerRoute, rbac: {rules: {policies: {}}}",
    "limit": f"local_ratelimit.v3.LocalRateLimit, stat_prefix: r, token_bucket: {{max_tokens: 1, fill_interval: 100000s}}, filter_enabled: {_ON}, filter_enforced: {_ON}",
    "csrf": f"csrf.v3.CsrfPolicy, filter_enabled: {_ON}",
    "state": "set_filter_state.v3.Config, on_request_headers: [{object_key: s, factory_key: envoy.string, format_string: {text_format_source: {inline_string: route}}}]",
}
_NAMES = [node["name"] for node in _CHAIN]


def _route(path: str, typed: str, more: str = "") -> str:
    return f"{{match: {{prefix: {path}}}, route: {{cluster: up}}, {_SEES}, typed_per_filter_config: {{{typed}}}{more}}}"


_ROUTES = ", ".join(
    [
        *(_route(f"/enabled/{name}", f"{name}: {_ENABLES}") for name in _NAMES),
        *(
            _route(f"/own/{name}", f'{name}: {{"@type": {_FILTERS}.{own}}}')
            for name, own in _OWN.items()
        ),
        *(_route(f"/disabled/{name}", f"{name}: {_DISABLES}") for name in _NAMES),
        f"{{match: {{prefix: /}}, route: {{cluster: up}}, {_SEES}}}",
    ]
)
_HOSTS = ", ".join(f"{name}: {_ENABLES}" for name in ("mutation", "metadata", "state"))


def _asks(path: str, *then: Step | bytes) -> Case:
    name = path.strip("/").replace("/", "_") or "plain"
    asked = post(path, b"12345", "origin: http://b.test")
    return Case(name, [asked, *then], [response("200 OK")])


def _enabled(name: str) -> Case:
    """There is one token for two requests."""
    path = f"/enabled/{name}"
    return _asks(path, Messages(1), get(path)) if name == "limit" else _asks(path)


_LISTENER = filtered("http", _CHAIN, f"[{_ROUTES}]")
_ABOVE = filtered("above", _CHAIN, f"[{_ROUTES}]", f"{{typed_per_filter_config: {{{_HOSTS}}}}}")
GROUP = Group(
    bootstrap([_LISTENER, _ABOVE], [cluster()]),
    [
        _asks("/"),
        *(_enabled(name) for name in _NAMES),
        *(_asks(f"/own/{name}") for name in _OWN),
        *(_asks(f"/disabled/{name}") for name in ("buffer", "mutation", "rbac")),
        Case("enabled_above", [get("/")], listener="above"),
        Case("enabled_above_and_disabled_again", [get("/disabled/mutation")], listener="above"),
        Case("enabled_above_with_a_route_s_own", [get("/own/state")], listener="above"),
    ],
)
