"""`dynamic_metadata` and `filter_state` of a route's match, and routes that are found anew.

A route is found before the filters run. What they write counts once one of them, here
`set_filter_state` with `clear_route_cache`, has the route found anew.
"""

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter, load
from tests.parity.scenario import Case, Group, get, post

_TYPES = "type.googleapis.com"
_STATE = f"{_TYPES}/envoy.extensions.filters.http.set_filter_state.v3.Config"
_MUTATION = f"{_TYPES}/envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute"
_STATE_INPUT = f"{_TYPES}/envoy.extensions.matching.common_inputs.network.v3.FilterStateInput"
_ROUTE = f"{_TYPES}/envoy.config.route.v3.Route"


def _header_to_metadata() -> Node:
    rules = """request_rules: [
    {header: m, on_header_present: {metadata_namespace: ns, key: m}},
    {header: num, on_header_present: {metadata_namespace: ns, key: num, type: NUMBER}}]"""
    return http_filter("metadata", "header_to_metadata.v3.Config", f"{{{rules}}}")


def _set_state(clear: bool, name: str = "state") -> Node:
    objects = ", ".join(
        f"{{object_key: {key}, factory_key: {kind}, skip_if_empty: true, "
        "format_string: {text_format_source: {inline_string: "
        f'"%REQ({key})%"}}, omit_empty_values: true}}}}'
        for key, kind in (
            ("s", "envoy.string"),
            ("ip", "envoy.network.ip"),
        )
    )
    clears = str(clear).lower()
    fields = f"{{on_request_headers: [{objects}], clear_route_cache: {clears}}}"
    return http_filter(name, "set_filter_state.v3.Config", fields)


def _mutation(name: str = "mutation") -> Node:
    return http_filter(name, "header_mutation.v3.HeaderMutation", "{mutations: {}}")


def _metadata(condition: str, more: str = "", key: str = "m") -> str:
    return f"dynamic_metadata: [{{filter: ns, path: [{{key: {key}}}], value: {condition}{more}}}]"


def _state(condition: str, key: str = "s") -> str:
    return f"filter_state: [{{key: {key}, {condition}}}]"


_CONDITIONS = {
    "exact": _metadata("{string_match: {exact: a}}"),
    "number": _metadata("{double_match: {range: {start: 2, end: 5}}}", key="num"),
    "present": _metadata("{present_match: true}"),
    "absent": _metadata("{present_match: false}"),
    "not": _metadata("{string_match: {exact: a}}", ", invert: true"),
    "all": "dynamic_metadata: ["
    "{filter: ns, path: [{key: m}], value: {string_match: {prefix: a}}}, "
    "{filter: ns, path: [{key: num}], value: {double_match: {exact: 3}}}]",
    "deeper": "dynamic_metadata: "
    "[{filter: ns, path: [{key: m}, {key: x}], value: {present_match: true}}]",
    "state": _state("string_match: {exact: a}"),
    "address": _state("address_match: {ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}", "ip"),
    "no-address": _state(
        "address_match: {ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}], invert_match: true}",
        "ip",
    ),
    "text-as-address": _state(
        "address_match: {ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}"
    ),
    "both": f"{_metadata('{string_match: {exact: a}}')}, {_state('string_match: {exact: a}')}",
    "later": f"headers: [{{name: w, present_match: true}}], {_state('string_match: {exact: a}')}",
}


def _route(name: str, matches: str, more: str = "") -> str:
    """A route that tells its name to the upstream."""
    header = f"request_headers_to_add: [{{header: {{key: x-route, value: {name}}}}}]"
    return f"{{match: {{{matches}}}, name: {name}, route: {{cluster: up}}, {header}{more}}}"


def _mutates(value: str) -> str:
    """What the filter behind is told by a route."""
    added = f"{{append: {{header: {{key: x-mutated, value: {value}}}}}}}"
    mutations = f"mutations: {{request_mutations: [{added}]}}"
    return f', typed_per_filter_config: {{mutation: {{"@type": {_MUTATION}, {mutations}}}}}'


_ROUTES = load(
    "["
    + ", ".join(_route(name, f"prefix: /{name}/, {c}") for name, c in _CONDITIONS.items())
    + ", "
    + _route(
        "found",
        "prefix: /mutated, filter_state: [{key: s, string_match: {exact: a}}]",
        _mutates("new"),
    )
    + ", "
    + _route("first", "prefix: /mutated", _mutates("old"))
    + ", {match: {prefix: /answer, filter_state: [{key: s, string_match: {exact: a}}]}, "
    "direct_response: {status: 201}}"
    ", {match: {prefix: /none, filter_state: [{key: s, string_match: {exact: b}}]}, "
    "direct_response: {status: 201}}"
    ", {match: {prefix: /vanishes, dynamic_metadata: "
    "[{filter: ns, path: [{key: m}], value: {present_match: false}}]}, route: {cluster: up}}"
    ", {match: {prefix: /, headers: [{name: never, present_match: true}]}, "
    "direct_response: {status: 500}}"
    ", {match: {prefix: /else}, direct_response: {status: 202}}]"
)
_TREE = f"""
- name: tree
  domains: [tree.test]
  matcher:
    matcher_tree:
      input: {{name: i, typed_config: {{"@type": {_STATE_INPUT}, key: s}}}}
      exact_match_map:
        map:
          a:
            action:
              name: a
              typed_config:
                "@type": {_ROUTE}
                match: {{prefix: /}}
                route: {{cluster: up}}
                request_headers_to_add: [{{header: {{key: x-route, value: tree-a}}}}]
    on_no_match:
      action:
        name: a
        typed_config: {{"@type": {_ROUTE}, match: {{prefix: /}}, direct_response: {{status: 203}}}}
"""


def _listener(name: str, *filters: Node) -> Node:
    node = filtered(name, filters)
    config = node["filter_chains"][0]["filters"][0]["typed_config"]["route_config"]
    routes = [{"name": "all", "domains": ["*"], "routes": _ROUTES}]
    config["virtual_hosts"] = [*load(_TREE), *routes]
    return node


_STATS = ["http.clears.no_route", "http.clears.rq_total", "http.keeps.no_route"]


def _case(name: str, path: str, *lines: str, listener: str = "clears", host: str = "a") -> Case:
    return Case(name, [get(path, *lines, host=f"{host}.test")], listener=listener, stats=_STATS)


GROUP = Group(
    bootstrap(
        [
            _listener("clears", _header_to_metadata(), _set_state(True), _mutation()),
            _listener("keeps", _header_to_metadata(), _set_state(False), _mutation()),
            _listener("before", _mutation(), _header_to_metadata(), _set_state(True)),
            _listener("early", _set_state(True), _header_to_metadata()),
        ],
        [cluster()],
    ),
    [
        _case("metadata_exact", "/exact/", "m: a"),
        _case("metadata_of_another_value", "/exact/", "m: b"),
        _case("metadata_missing", "/exact/"),
        _case("metadata_number", "/number/", "num: 2"),
        _case("metadata_number_outside", "/number/", "num: 5"),
        _case("metadata_present", "/present/", "m: x"),
        _case("metadata_not_present", "/present/"),
        _case("metadata_absent", "/absent/"),
        _case("metadata_not_absent", "/absent/", "m: x"),
        _case("metadata_inverted", "/not/", "m: b"),
        _case("metadata_inverted_and_missing", "/not/"),
        _case("metadata_inverted_and_equal", "/not/", "m: a"),
        _case("metadata_all", "/all/", "m: ab", "num: 3"),
        _case("metadata_not_all", "/all/", "m: ab", "num: 4"),
        _case("metadata_deeper", "/deeper/", "m: a"),
        _case("state", "/state/", "s: a"),
        _case("state_of_another_value", "/state/", "s: b"),
        _case("state_missing", "/state/"),
        _case("state_address", "/address/", "ip: 10.1.2.3"),
        _case("state_address_outside", "/address/", "ip: 11.1.2.3"),
        _case("state_address_inverted", "/no-address/", "ip: 11.1.2.3"),
        _case("state_address_inverted_and_missing", "/no-address/"),
        _case("state_text_for_an_address", "/text-as-address/", "s: 10.1.2.3"),
        _case("both", "/both/", "m: a", "s: a"),
        _case("not_both", "/both/", "m: a", "s: b"),
        _case("with_a_header", "/later/", "s: a", "w: 1"),
        _case("without_the_header", "/later/", "s: a"),
        _case("not_cleared", "/exact/", "m: a", listener="keeps"),
        _case("not_cleared_state", "/state/", "s: a", listener="keeps"),
        _case("not_cleared_absent", "/absent/", "m: a", listener="keeps"),
        _case("cleared_too_early", "/exact/", "m: a", listener="early"),
        _case("filters_behind_see_the_new_route", "/mutated", "s: a"),
        _case("filters_behind_see_the_same_route", "/mutated", "s: b"),
        _case("filters_before_saw_the_old_route", "/mutated", "s: a", listener="before"),
        _case("filters_keep_the_route", "/mutated", "s: a", listener="keeps"),
        _case("a_direct_response", "/answer", "s: a"),
        _case("no_direct_response", "/answer", "s: b"),
        _case("a_route_that_vanishes", "/vanishes", "m: a"),
        _case("a_route_that_stays", "/vanishes"),
        _case("a_route_that_would_vanish", "/vanishes", "m: a", listener="keeps"),
        _case("a_tree", "/", "s: a", host="tree"),
        _case("a_tree_without_the_object", "/", host="tree"),
        _case("a_tree_that_is_not_asked_again", "/", "s: a", host="tree", listener="keeps"),
        Case("post", [post("/exact/", b"body", "m: a")], listener="clears"),
    ],
    listener="clears",
)
