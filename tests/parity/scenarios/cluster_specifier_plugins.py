"""`cluster_specifier_plugin`, by name and inline: clusters that a matching tree leads to.

Trees that ask of the query, the connection or metadata are not here: Envoy 1.40 takes them and
crashes at the first request.
"""

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter, load
from tests.parity.scenario import Case, Group, Server, get, post

_TYPES = "type.googleapis.com"
_PLUGINS = f"{_TYPES}/envoy.extensions.router.cluster_specifiers.matcher.v3"
_HTTP = f"{_TYPES}/envoy.type.matcher.v3"
_NETWORK = f"{_TYPES}/envoy.extensions.matching.common_inputs.network.v3"
# Envoy knows it, and it is no plugin.
_NO_PLUGIN = f"{_TYPES}/envoy.extensions.filters.common.matcher.action.v3.SkipFilter"


def _typed(kind: str, fields: str = "") -> str:
    return f'{{name: ext, typed_config: {{"@type": {kind}, {fields}}}}}'


def _header(name: str = "x") -> str:
    return _typed(f"{_HTTP}.HttpRequestHeaderMatchInput", f'header_name: "{name}"')


def _to(name: str, more: str = "") -> str:
    return f"{{action: {_typed(f'{_PLUGINS}.ClusterAction', f'cluster: {name}')}{more}}}"


def _single(value: str, source: str = "", match: str = "value_match") -> str:
    return f"{{single_predicate: {{input: {source or _header()}, {match}: {value}}}}}"


def _tree(*matchers: tuple[str, str], otherwise: str = "") -> str:
    held = ", ".join(f"{{predicate: {when}, on_match: {then}}}" for when, then in matchers)
    more = f", on_no_match: {otherwise}" if otherwise else ""
    return f"{{matcher_list: {{matchers: [{held}]}}{more}}}"


def _plugin(tree: str, name: str = "p") -> str:
    typed = f'{{"@type": {_PLUGINS}.MatcherClusterSpecifier, cluster_matcher: {tree}}}'
    return f"{{extension: {{name: {name}, typed_config: {typed}}}}}"


def _optional(name: str) -> str:
    typed = f'{{"@type": {_NO_PLUGIN}}}'
    return f"{{extension: {{name: {name}, typed_config: {typed}}}, is_optional: true}}"


_A, _B = _single("{exact: a}"), _single("{exact: b}")
_INLINE = {
    "list": _tree((_A, _to("up")), (_B, _to("other"))),
    "otherwise": _tree((_A, _to("up")), otherwise=_to("other")),
    "unknown": _tree((_A, _to("nowhere"))),
    "empty": "{}",
    "map": (
        f"{{matcher_tree: {{input: {_header(':path')}, prefix_match_map: {{map: "
        f'{{"/map/a": {_to("up")}, "/map": {_to("other")}}}}}}}}}'
    ),
    "response": _tree(
        (
            _single(
                "{exact: a}", _typed(f"{_HTTP}.HttpResponseHeaderMatchInput", "header_name: x")
            ),
            _to("up"),
        ),
        otherwise=_to("other"),
    ),
    "state": _tree(
        (_single("{exact: a}", _typed(f"{_NETWORK}.FilterStateInput", "key: s")), _to("up")),
        otherwise=_to("other"),
    ),
    "written": _tree(
        (_single("{exact: a}", _header("x-written")), _to("up")), otherwise=_to("other")
    ),
    "removed": _tree(
        (_single("{exact: a}", _header("x-removed")), _to("up")), otherwise=_to("other")
    ),
}


def _inline(name: str, tree: str) -> str:
    return (
        f"{{match: {{prefix: /{name}}}, name: {name}, "
        f"route: {{inline_cluster_specifier_plugin: {_plugin(tree)}}}}}"
    )


_ROUTES = ", ".join(_inline(name, tree) for name, tree in _INLINE.items())
_MORE = f"""
- {{match: {{prefix: /named}}, route: {{cluster_specifier_plugin: one}}}}
- {{match: {{prefix: /twice}}, route: {{cluster_specifier_plugin: two}}}}
- {{match: {{prefix: /optional}}, route: {{cluster_specifier_plugin: no-plugin}}}}
- match: {{prefix: /no-inline}}
  route: {{inline_cluster_specifier_plugin: {_optional("x")}}}
- match: {{prefix: /not-found}}
  route:
    cluster_not_found_response_code: NOT_FOUND
    inline_cluster_specifier_plugin: {_plugin(_tree((_A, _to("nowhere"))))}
- match: {{prefix: /rewritten}}
  route:
    inline_cluster_specifier_plugin: {_plugin(_tree((_A, _to("up")), otherwise=_to("other")))}
    prefix_rewrite: /new
    host_rewrite_literal: new.test
  request_headers_to_add: [{{header: {{key: x, value: b}}}}]
  request_headers_to_remove: [x]
- {{match: {{prefix: /by-header}}, route: {{cluster_header: x-cluster}}}}
- match: {{prefix: /by-weight}}
  route:
    weighted_clusters:
      header_name: x-removed
      clusters: [{{name: up, weight: 1}}, {{name: other, weight: 1}}]
- {{match: {{prefix: /}}, direct_response: {{status: 204}}}}
"""
_NAMED = [
    load(_plugin(_tree((_A, _to("up")), otherwise=_to("other")), "one")),
    load(_plugin(_tree((_A, _to("up"))), "two")),
    load(_plugin(_tree((_A, _to("other"))), "two")),
    load(_optional("no-plugin")),
]
_STATE = """{on_request_headers: [{object_key: s, factory_key: envoy.string, skip_if_empty: true,
    format_string: {text_format_source: {inline_string: "%REQ(s)%"}, omit_empty_values: true}}]}"""
_MUTATES = """{mutations: {request_mutations: [
    {append: {header: {key: x-written, value: a}}}, {remove: x-removed},
    {append: {header: {key: x-cluster, value: other},
              append_action: OVERWRITE_IF_EXISTS_OR_ADD}}]}}"""
_FILTERS = [
    http_filter("state", "set_filter_state.v3.Config", _STATE),
    http_filter("mutation", "header_mutation.v3.HeaderMutation", _MUTATES),
]


def _listener() -> Node:
    node = filtered("http", _FILTERS)
    config = node["filter_chains"][0]["filters"][0]["typed_config"]["route_config"]
    config["cluster_specifier_plugins"] = _NAMED
    routes = [*load(f"[{_ROUTES}]"), *load(_MORE)]
    config["virtual_hosts"] = [{"name": "all", "domains": ["*"], "routes": routes}]
    return node


_STATS = [
    "http.http.no_cluster",
    "http.http.no_route",
    "http.http.rq_total",
    "cluster.up.upstream_rq_200",
    "cluster.other.upstream_rq_200",
]


def _case(name: str, path: str, *lines: str) -> Case:
    return Case(name, [get(path, *lines)], stats=_STATS)


GROUP = Group(
    bootstrap([_listener()], [cluster(), cluster("other")]),
    [
        _case("first", "/list", "x: a"),
        _case("second", "/list", "x: b"),
        _case("none", "/list", "x: c"),
        _case("otherwise", "/otherwise", "x: c"),
        _case("unknown_cluster", "/unknown", "x: a"),
        _case("unknown_cluster_code", "/not-found", "x: a"),
        _case("none_with_a_code", "/not-found"),
        _case("empty_tree", "/empty"),
        _case("map", "/map/a"),
        _case("map_shorter", "/map/b"),
        _case("a_response_is_not_there", "/response", "x: a"),
        _case("state", "/state", "s: a"),
        _case("no_state", "/state"),
        _case("a_header_that_a_filter_wrote", "/written"),
        _case("a_header_that_a_filter_removed", "/removed", "x-removed: a"),
        _case("a_cluster_header_that_a_filter_changed", "/by-header", "x-cluster: up"),
        _case("a_cluster_header_that_a_filter_wrote", "/by-header"),
        _case("a_random_value_that_a_filter_removed", "/by-weight", "x-removed: 1"),
        _case("named", "/named", "x: a"),
        _case("named_otherwise", "/named", "x: c"),
        _case("named_twice", "/twice", "x: a"),
        _case("optional_goes_on", "/optional", "x: a"),
        _case("optional_inline_goes_on", "/no-inline", "x: a"),
        _case("rewritten", "/rewritten/x", "x: a"),
        _case("rewritten_otherwise", "/rewritten/x"),
        Case("post", [post("/list", b"body", "x: b")], stats=_STATS),
    ],
    upstreams={"up": Server(), "other": Server()},
)
