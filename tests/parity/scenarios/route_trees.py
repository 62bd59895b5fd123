"""`VirtualHost.matcher`: routes and lists of routes that a matching tree leads to."""

from tests.parity.config import Node, bootstrap, cluster, http, load
from tests.parity.scenario import Case, Group, get, post

_TYPES = "type.googleapis.com"
_ROUTE = f'"@type": {_TYPES}/envoy.config.route.v3.Route'
_LIST = f'"@type": {_TYPES}/envoy.config.route.v3.RouteList'
_STATE = f"{_TYPES}/envoy.extensions.matching.common_inputs.network.v3.FilterStateInput"
_VARIABLE = f"{_TYPES}/envoy.extensions.matching.common_inputs.environment_variable.v3.Config"


def _header(name: str = "x") -> str:
    kind = f"{_TYPES}/envoy.type.matcher.v3.HttpRequestHeaderMatchInput"
    return f'{{name: i, typed_config: {{"@type": {kind}, header_name: "{name}"}}}}'


def _fields(name: str, more: str = "", matches: str = "prefix: /") -> str:
    """A route that tells its name to the upstream."""
    return (
        f"name: {name}, match: {{{matches}}}, route: {{cluster: up}}, "
        f"request_headers_to_add: [{{header: {{key: x-route, value: {name}}}}}]{more}"
    )


def _route(name: str, more: str = "", matches: str = "prefix: /") -> str:
    typed = f"{_ROUTE}, {_fields(name, more, matches)}"
    return f"{{action: {{name: a, typed_config: {{{typed}}}}}}}"


def _routes(*each: str) -> str:
    held = ", ".join(f"{{{one}}}" for one in each)
    return f"{{action: {{name: a, typed_config: {{{_LIST}, routes: [{held}]}}}}}}"


def _single(value: str, source: str = "") -> str:
    return f"{{single_predicate: {{input: {source or _header()}, value_match: {value}}}}}"


def _tree(*matchers: tuple[str, str], otherwise: str = "") -> str:
    held = ", ".join(f"{{predicate: {when}, on_match: {then}}}" for when, then in matchers)
    more = f", on_no_match: {otherwise}" if otherwise else ""
    return f"{{matcher_list: {{matchers: [{held}]}}{more}}}"


def _map(kind: str, source: str, otherwise: str = "", **entries: str) -> str:
    held = ", ".join(f'"{key}": {to}' for key, to in entries.items())
    more = f", on_no_match: {otherwise}" if otherwise else ""
    return f"{{matcher_tree: {{input: {source}, {kind}: {{map: {{{held}}}}}}}{more}}}"


def _inner(tree: str) -> str:
    return f"{{matcher: {tree}}}"


_A, _B = _single("{exact: a}"), _single("{exact: b}")
_TREES = {
    "first": _tree((_A, _route("a")), (_B, _route("b"))),
    "otherwise": _tree((_A, _route("a")), otherwise=_route("else")),
    # A route that does not match ends the search.
    "strict": _tree(
        (_A, _route("a", matches="prefix: /a")),
        (_single("{prefix: a}"), _route("b")),
        otherwise=_route("else"),
    ),
    "list": _tree(
        (
            _A,
            _routes(
                _fields("one", matches="path: /one"),
                _fields("two", matches="prefix: /two, headers: [{name: w, present_match: true}]"),
                _fields("three", matches="prefix: /two"),
                _fields("four", matches="safe_regex: {regex: '/f[a-z]+'}"),
            ),
        ),
        (_single("{prefix: a}"), _route("b")),
    ),
    "no-routes": _tree((_A, _routes()), otherwise=_route("else")),
    "nested": _tree(
        (_A, _inner(_tree((_single("{exact: z}", _header("w")), _route("az"))))),
        (_single("{prefix: a}"), _route("a")),
        otherwise=_inner(_tree((_B, _route("b")))),
    ),
    "map": _map("exact_match_map", _header(":path"), _route("else"), **{"/a": _route("a")}),
    "prefixes": _map(
        "prefix_match_map",
        _header(":path"),
        **{
            "/a": _route("a"),
            "/a/b": _inner(_tree((_A, _route("ab")))),
            "/c": _route("c", matches="path: /c"),
        },
    ),
    "authority": _map(
        "prefix_match_map", _header(":authority"), _route("else"), authority=_route("a")
    ),
    "unknown-cluster": _tree(
        (
            _A,
            f"{{action: {{name: a, typed_config: {{{_ROUTE}, match: {{prefix: /}}, "
            "route: {cluster: nowhere}}}}",
        ),
    ),
    "redirect": _tree(
        (
            _A,
            f"{{action: {{name: a, typed_config: {{{_ROUTE}, match: {{prefix: /}}, "
            "redirect: {host_redirect: b.test}}}}",
        ),
        (
            _B,
            f"{{action: {{name: a, typed_config: {{{_ROUTE}, match: {{prefix: /}}, "
            "direct_response: {status: 201, body: {inline_string: b}}}}}",
        ),
    ),
    "rewrite": _tree(
        (
            _A,
            f"{{action: {{name: a, typed_config: {{{_ROUTE}, match: {{prefix: /old}}, "
            "route: {cluster: up, prefix_rewrite: /new}}}}",
        ),
    ),
    "state": _map(
        "exact_match_map",
        f'{{name: i, typed_config: {{"@type": {_STATE}, key: k}}}}',
        _route("else"),
        v=_route("v"),
    ),
    "variable": _tree(
        (
            _single(
                "{prefix: a}",
                f'{{name: i, typed_config: {{"@type": {_VARIABLE}, name: VOYANT_IS_NOT_SET}}}}',
            ),
            _route("a"),
        ),
        otherwise=_route("else"),
    ),
    "empty": "{}",
}
_MORE = {
    "counted": (
        _tree((_A, _route("a", ", stat_prefix: sp"))),
        "virtual_clusters: [{name: vc, headers: [{name: x, present_match: true}]}]",
    ),
    "headers": (
        _tree((_A, _route("a"))),
        "request_headers_to_add: [{header: {key: x-host, value: h}}]",
    ),
    "secure": (_tree((_A, _route("a"))), "require_tls: ALL"),
}


def _host(name: str, tree: str, more: str = "{}") -> Node:
    return {"name": name, "domains": [f"{name}.test"], "matcher": load(tree), **load(more)}


_HOSTS = [_host(name, tree) for name, tree in _TREES.items()]
_HOSTS += [_host(name, tree, f"{{{more}}}") for name, (tree, more) in _MORE.items()]
_HOSTS += [{"name": "list-of-old", "domains": ["*"], "routes": load(f"[{{{_fields('old')}}}]")}]
_STATS = [
    "http.http.no_route",
    "http.http.no_cluster",
    "http.http.rq_total",
    "vhost.counted.vcluster.vc.upstream_rq_200",
    "vhost.counted.vcluster.other.upstream_rq_200",
    "vhost.counted.route.sp.upstream_rq_200",
]


def _case(name: str, host: str, *lines: str, path: str = "/") -> Case:
    return Case(name, [get(path, *lines, host=f"{host}.test")], stats=_STATS)


def _listener() -> Node:
    return http(route_config=f"{{virtual_hosts: {_HOSTS}}}")


GROUP = Group(
    bootstrap([_listener()], [cluster()]),
    [
        _case("first_of_a_list", "first", "x: a"),
        _case("second_of_a_list", "first", "x: b"),
        _case("none_of_a_list", "first", "x: c"),
        _case("without_the_header", "first"),
        _case("a_header_twice", "first", "x: a", "x: b"),
        _case("otherwise", "otherwise", "x: c"),
        _case("not_otherwise", "otherwise", "x: a"),
        _case("a_route_that_matches", "strict", "x: a", path="/a"),
        _case("a_route_that_does_not_match", "strict", "x: a", path="/b"),
        _case("the_next_route", "strict", "x: ab", path="/b"),
        _case("list_first", "list", "x: a", path="/one?q"),
        _case("list_second", "list", "x: a", "w: 1", path="/two/x"),
        _case("list_third", "list", "x: a", path="/two/x"),
        _case("list_regex", "list", "x: a", path="/four"),
        _case("list_without_a_match", "list", "x: a", path="/none"),
        _case("list_is_passed_by", "list", "x: ab", path="/none"),
        _case("no_routes", "no-routes", "x: a"),
        _case("no_routes_otherwise", "no-routes", "x: b"),
        _case("nested", "nested", "x: a", "w: z"),
        _case("nested_without_a_match", "nested", "x: a"),
        _case("nested_passed_by", "nested", "x: ab"),
        _case("nested_otherwise", "nested", "x: b"),
        _case("nested_otherwise_without_a_match", "nested", "x: c"),
        _case("map", "map", path="/a"),
        _case("map_has_the_query", "map", path="/a?q"),
        _case("prefix_longest", "prefixes", "x: a", path="/a/b/c"),
        _case("prefix_longest_leads_nowhere", "prefixes", path="/a/b/c"),
        _case("prefix_shorter", "prefixes", path="/ab"),
        _case("prefix_whose_route_does_not_match", "prefixes", path="/c/d"),
        _case("prefix_none", "prefixes", path="/b"),
        _case("pseudo_header", "authority"),
        _case("unknown_cluster", "unknown-cluster", "x: a"),
        _case("redirect", "redirect", "x: a"),
        _case("direct_response", "redirect", "x: b"),
        _case("rewrite", "rewrite", "x: a", path="/old/x"),
        _case("no_filter_state", "state"),
        _case("no_variable", "variable"),
        _case("empty_tree", "empty"),
        _case("another_host_has_a_list", "nobody"),
        _case("statistics", "counted", "x: a"),
        _case("statistics_without_a_route", "counted", "x: b"),
        _case("headers_of_the_host", "headers", "x: a"),
        _case("requires_tls", "secure", "x: a"),
        _case("requires_tls_without_a_route", "secure", "x: b"),
        Case("post", [post("/", b"body", "x: a", host="first.test")]),
    ],
)
