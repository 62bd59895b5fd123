"""Descriptors of the local rate limit filter that inputs of matchers make, hits that count
backwards, items of lists in metadata, and the share of a local cluster."""

# ruff: noqa: E501 - YAML of one line each is easier to compare.

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, get
from tests.parity.steps import Messages, Step

_KIND = "local_ratelimit.v3.LocalRateLimit"
_TYPED = f'"@type": type.googleapis.com/envoy.extensions.filters.http.{_KIND}'
_URL = "type.googleapis.com"
_ON = "{default_value: {numerator: 100}}"
_ENABLED = (
    f"filter_enabled: {_ON}, filter_enforced: {_ON}, enable_x_ratelimit_headers: DRAFT_VERSION_03"
)
_COMMON = "envoy.extensions.matching.common_inputs"


def _bucket(tokens: int) -> str:
    return f"token_bucket: {{max_tokens: {tokens}, fill_interval: 100000s}}"


def _route(
    path: str, action: str, value: str, more: str = "", of_route: str = "", key: str = "k"
) -> str:
    limit = f"rate_limits: [{{actions: [{action}]{more}}}]"
    descriptor = f"descriptors: [{{entries: [{{key: {key}, value: '{value}'}}], {_bucket(7)}}}]"
    typed = f"{{{_TYPED}, stat_prefix: {path.strip('/')}, {_bucket(50)}, {_ENABLED}, {descriptor}, {limit}}}"
    return f"{{match: {{path: {path}}}, route: {{cluster: up}}{of_route}, typed_per_filter_config: {{limit: {typed}}}}}"


def _input(kind: str, fields: str = "") -> str:
    return f'{{extension: {{name: k, typed_config: {{"@type": {_URL}/{kind}, {fields}}}}}}}'


_MATCHER = "envoy.type.matcher.v3"
_GENERIC = "{generic_key: {descriptor_key: k, descriptor_value: v}}"


def _metadata(path: str) -> str:
    return f"{{metadata: {{descriptor_key: k, source: ROUTE_ENTRY, metadata_key: {{key: m, path: [{path}]}}}}}}"


_VALUES = "metadata: {filter_metadata: {m: {a: [x, {b: yy}, [z]], s: t}}}"
_ROUTES = [
    _route("/header", _input(f"{_MATCHER}.HttpRequestHeaderMatchInput", "header_name: x"), "a"),
    _route("/query", _input(f"{_MATCHER}.HttpRequestQueryParamMatchInput", "query_param: q"), "a"),
    _route("/answer", _input(f"{_MATCHER}.HttpResponseHeaderMatchInput", "header_name: x"), "a"),
    _route("/source", _input(f"{_COMMON}.network.v3.SourceIPInput"), "127.0.0.1"),
    _route("/trailer", _input(f"{_MATCHER}.HttpRequestTrailerMatchInput", "header_name: x"), "a"),
    _route(
        "/variable",
        _input(f"{_COMMON}.environment_variable.v3.Config", "name: LANG_OF_NOBODY"),
        "C",
    ),
    _route("/empty", _input(f"{_MATCHER}.HttpRequestHeaderMatchInput", "header_name: x"), ""),
    _route(
        "/backwards", _GENERIC, "v", ", hits_addend: {number: 2, is_negative_hits: true}", key="k"
    ),
    _route(
        "/formatted", _GENERIC, "v", ", hits_addend: {format: '%REQ(n)%', is_negative_hits: true}"
    ),
    _route(
        "/beside",
        f"{_GENERIC}, " + _input(f"{_MATCHER}.HttpRequestHeaderMatchInput", "header_name: x"),
        "v",
    ),
    _route(
        "/after",
        _GENERIC,
        "v",
        f", hits_addend: {{number: 3}}}}, {{actions: [{_GENERIC}], hits_addend: {{format: '%REQ(n)%', is_negative_hits: true}}",
    ),
    _route(
        "/before",
        _GENERIC,
        "v",
        f", hits_addend: {{format: '%REQ(n)%', is_negative_hits: true}}}}, {{actions: [{_GENERIC}], hits_addend: {{number: 6}}",
    ),
    _route(
        "/done",
        _GENERIC,
        "v",
        f", hits_addend: {{number: 3}}}}, {{actions: [{_GENERIC}], hits_addend: {{number: 2, is_negative_hits: true}}, apply_on_stream_done: true",
    ),
    _route(
        "/path",
        _input(f"{_MATCHER}.HttpRequestHeaderMatchInput", "header_name: ':path'"),
        "/path?a",
    ),
    _route("/port", _input(f"{_COMMON}.network.v3.DestinationIPInput"), "127.0.0.1"),
    _route("/state", _input(f"{_COMMON}.network.v3.FilterStateInput", "key: s"), "a"),
    _route(
        "/dynamic",
        _input(f"{_COMMON}.network.v3.DynamicMetadataInput", "filter: f, path: [{key: k}]"),
        "a",
    ),
    _route("/item", _metadata("{key: a}, {index: 0}"), "x", of_route=f", {_VALUES}"),
    _route("/deeper", _metadata("{key: a}, {index: 1}, {key: b}"), "yy", of_route=f", {_VALUES}"),
    _route("/nested", _metadata("{key: a}, {index: 2}, {index: 0}"), "z", of_route=f", {_VALUES}"),
    _route("/behind", _metadata("{key: a}, {index: 3}"), "", of_route=f", {_VALUES}"),
    _route("/text", _metadata("{key: s}, {index: 0}"), "t", of_route=f", {_VALUES}"),
    _route("/list", _metadata("{key: a}, {key: b}"), "yy", of_route=f", {_VALUES}"),
    _route("/first", _metadata("{index: 0}"), "x", of_route=f", {_VALUES}"),
]
_LIMIT: Node = http_filter("limit", _KIND, f"{{stat_prefix: all, {_bucket(99)}}}")
_STATE = http_filter(
    "state",
    "set_filter_state.v3.Config",
    "{on_request_headers: [{object_key: s, factory_key: envoy.string, format_string: {text_format_source: {inline_string: '%REQ(s)%'}}}]}",
)
_META = http_filter(
    "meta",
    "header_to_metadata.v3.Config",
    "{request_rules: [{header: s, on_header_present: {metadata_namespace: f, key: k}}]}",
)
_BY_ROUTES = ", ".join(
    f"{{match: {{path: /{name}}}, route: {{cluster: up, rate_limits: [{{actions: [{_GENERIC}], hits_addend: {hits}}}]}}}}"
    for name, hits in (
        ("neither", "{}"),
        ("both", "{number: 3, format: '%REQ(n)%'}"),
        ("zero", "{number: 0}"),
        ("five", "{number: 5}"),
        ("text", "{format: '%REQ(n)%'}"),
        ("less", "{number: 5, is_negative_hits: true}"),
    )
)
_BY_ROUTE: Node = http_filter(
    "limit",
    _KIND,
    f"{{stat_prefix: all, {_bucket(99)}, {_ENABLED}, descriptors: [{{entries: [{{key: k, value: v}}], {_bucket(20)}}}]}}",
)


def _case(name: str, *requests: bytes, listener: str = "") -> Case:
    """Those that share a bucket are one case, so that each case stands alone."""
    steps: list[bytes | Step] = []
    for number, request in enumerate(requests, 1):
        steps += [request, Messages(number)]
    return Case(name, steps, listener=listener)


GROUP = Group(
    bootstrap(
        [
            filtered("routes", [_BY_ROUTE], f"[{_BY_ROUTES}]"),
            filtered("http", [_STATE, _META, _LIMIT], f"[{', '.join(_ROUTES)}]"),
        ],
        [cluster()],
    ),
    [
        _case("of_a_header", get("/header", "x: a"), get("/header", "x: b"), get("/header")),
        _case("of_two_headers", get("/header", "x: a", "x: b")),
        _case("of_a_parameter", get("/query?q=a"), get("/query")),
        _case("of_a_response", get("/answer", "x: a")),
        _case("of_the_source", get("/source")),
        _case("of_a_trailer", get("/trailer", "x: a")),
        _case("of_the_environment", get("/variable")),
        _case("of_an_empty_header", get("/empty", "x:")),
        _case("backwards", get("/backwards"), get("/backwards")),
        _case("backwards_by_a_format", get("/formatted", "n: 3")),
        _case("beside_a_header", get("/beside", "x: a"), get("/beside"), get("/beside", "x:")),
        _case(
            "backwards_after",
            *(get("/after", f"n: {hits}") for hits in ("2", "x", "20", "0")),
        ),
        _case("backwards_before", get("/before", "n: 2"), get("/before", "n: 2")),
        _case(
            "hits_of_a_route",
            *(get(f"/{path}", "n: 2") for path in ("neither", "both", "five")),
            get("/text", "n: 3"),
            get("/less", "n: 3"),
            get("/zero", "n: 2"),
            listener="routes",
        ),
        _case("backwards_when_done", get("/done"), get("/done")),
        _case("of_the_path", get("/path?a")),
        _case("of_the_address", get("/port")),
        _case("of_filter_state", get("/state", "s: a")),
        _case("of_dynamic_metadata", get("/dynamic", "s: a")),
        _case("of_an_item", get("/item")),
        _case("of_what_is_in_an_item", get("/deeper")),
        _case("of_an_item_of_an_item", get("/nested")),
        _case("of_an_item_behind_the_last", get("/behind")),
        _case("of_an_item_of_text", get("/text")),
        _case("of_a_key_of_a_list", get("/list")),
        _case("of_an_item_of_all", get("/first")),
    ],
)
