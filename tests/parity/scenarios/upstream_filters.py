"""HTTP filters between the router and a cluster's hosts."""

import json
from collections.abc import Sequence

from tests.parity.config import (
    Node,
    access_log,
    bootstrap,
    cluster,
    http,
    http_filter,
    http_protocol,
    load,
    text_format,
)
from tests.parity.http2 import H2Reply, fields
from tests.parity.scenario import Case, Group, Loose, Server, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Heads, Messages, Send, Settle, Step
from tests.parity.steps_h2 import Data, Headers, StreamDone

_LOG = (
    "%REQUEST_HEADER(:METHOD)% %REQUEST_HEADER(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% "
    "%RESPONSE_CODE_DETAILS% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% %UPSTREAM_CLUSTER% "
    "%UPSTREAM_REQUEST_ATTEMPT_COUNT% %REQ(X-FIRST)% %REQ(X-ORDER)% %RESP(X-ORDER)% "
    "%UPSTREAM_HOST% %UPSTREAM_WIRE_BYTES_SENT% %UPSTREAM_HEADER_BYTES_RECEIVED%\n"
)
_TYPE = "type.googleapis.com/envoy"
_FILTERS = f"{_TYPE}.extensions.filters.http"
_CODEC = http_filter("codec", "upstream_codec.v3.UpstreamCodec")
_BUFFER = http_filter("buffer", "buffer.v3.Buffer", "max_request_bytes: 8")
_RULES = (
    "{action: DENY, policies: {p: {permissions: [{header: {name: x-deny, present_match: true}}], "
    "principals: [{any: true}]}}}"
)
_RBAC = http_filter("rbac", "rbac.v3.RBAC", f"{{rules: {_RULES}, shadow_rules: {_RULES}}}")
_GZIP_TYPE = f"{_TYPE}.extensions.compression.gzip.compressor.v3.Gzip"
_GZIP = f'{{name: gz, typed_config: {{"@type": {_GZIP_TYPE}}}}}'
_COMPRESSOR = http_filter(
    "compressor",
    "compressor.v3.Compressor",
    f"{{compressor_library: {_GZIP}, response_direction_config: "
    "{common_config: {min_content_length: 2, content_type: [text/plain]}}}",
)
_SAID = (
    "%PROTOCOL%|%ROUTE_NAME%|%UPSTREAM_CLUSTER%|%UPSTREAM_HOST%|%RESPONSE_CODE%|"
    "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%|%REQ(:PATH)%|%RESPONSE_FLAGS%|%BYTES_RECEIVED%|"
    "%RESPONSE_CODE_DETAILS%|%UPSTREAM_REQUEST_ATTEMPT_COUNT%|%DYNAMIC_METADATA(of:filter)%|"
    "%UPSTREAM_PROTOCOL%"
)
_OFF = f'{{"@type": {_TYPE}.config.route.v3.FilterConfig, disabled: true}}'
_ON = f'{{"@type": {_TYPE}.config.route.v3.FilterConfig, config: {{}}}}'
_MORE = f'{{"@type": {_FILTERS}.buffer.v3.BufferPerRoute, buffer: {{max_request_bytes: 12}}}}'
_NO_RULES = f'{{"@type": {_FILTERS}.rbac.v3.RBACPerRoute}}'
_SKIP = f"""
matcher_tree:
  input:
    name: header
    typed_config:
      "@type": {_TYPE}.type.matcher.v3.HttpRequestHeaderMatchInput
      header_name: x-skip
  exact_match_map:
    map:
      "1":
        action:
          name: skip
          typed_config: {{"@type": {_FILTERS[:-5]}.common.matcher.action.v3.SkipFilter}}
"""


def _added(header: str, value: str) -> str:
    return f'{{append: {{header: {{key: {header}, value: "{value}"}}}}}}'


def _mutation(name: str, value: str, more: str = "{}", header: str = "x-order") -> Node:
    added = f"[{_added(header, value)}]"
    fields = f"mutations: {{request_mutations: {added}, response_mutations: {added}}}"
    return http_filter(name, "header_mutation.v3.HeaderMutation", fields, more)


def _per_route(value: str) -> str:
    added = f"[{_added('x-order', value)}]"
    return (
        f'{{"@type": {_FILTERS}.header_mutation.v3.HeaderMutationPerRoute, '
        f"mutations: {{request_mutations: {added}, response_mutations: {added}}}}}"
    )


def _with_matcher(name: str, inner: Node) -> Node:
    kind = f"{_TYPE}.extensions.common.matching.v3.ExtensionWithMatcher"
    config = {"@type": kind, "extension_config": inner, "xds_matcher": load(_SKIP)}
    return {"name": name, "typed_config": config}


def _up(name: str, filters: Sequence[Node], fields: str = "{}", to: str = "up") -> Node:
    version = "http2_protocol_options" if to == "h2" else "http_protocol_options"
    chain = json.dumps([*filters, _CODEC])
    options = f"{{explicit_http_config: {{{version}: {{}}}}, http_filters: {chain}}}"
    return cluster(name, fields, to=[to]) | http_protocol(options)


def _named(name: str, filters: Sequence[Node]) -> Node:
    node = _up(name, filters, "type: STRICT_DNS")
    node["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["hostname"] = "c.test"
    return node


_ORDER = """
  request_headers_to_add: [{header: {key: x-order, value: route}}]
  response_headers_to_add: [{header: {key: x-order, value: route}}]
"""


def _route(path: str, to: str, config: str = "", more: str = "") -> str:
    said = f"  typed_per_filter_config: {{{config}}}\n" if config else ""
    action = f"route: {{cluster: {to}{more}}}"
    return f"- name: to_{to}\n  match: {{prefix: {path}}}\n  {action}{_ORDER}{said}"


_ROUTES = "".join(
    [
        _route("/order", "order"),
        _route("/buffer", "buffer"),
        _route("/more", "buffer", f"buffer: {_MORE}"),
        _route("/off", "buffer", f"buffer: {_OFF}"),
        _route("/rbac", "rbac"),
        _route("/no_rules", "rbac", f"rbac: {_NO_RULES}"),
        _route("/no_rbac", "rbac", f"rbac: {_OFF}"),
        _route("/gzip", "gzip"),
        _route("/says", "says"),
        _route("/two_off", "order", f"second: {_OFF}"),
        _route("/per_route", "order", f"second: {_per_route('here')}"),
        _route("/asleep", "asleep"),
        _route("/awake", "asleep", f"asleep: {_ON}"),
        _route("/configured_awake", "asleep", f"asleep: {_per_route('woken')}"),
        _route("/refused", "refused"),
        _route("/h2_buffer", "h2_buffer"),
        _route("/h2", "h2"),
        _route("/host", "order", more=", host_rewrite_literal: b.test"),
        _route("/auto", "named", more=", auto_host_rewrite: true"),
        _route("/redirect", "order", more=", internal_redirect_policy: {}"),
        _route("/ws", "order", more=", upgrade_configs: [{upgrade_type: websocket}]"),
        _route("/timeout", "order", more=", timeout: 0.2s"),
        _route("/buffer_timeout", "buffer", more=", timeout: 0.2s"),
        _route("/matched", "matched"),
        _route("/nobody", "nobody"),
        "- {match: {prefix: /direct}, direct_response: {status: 200, body: {inline_string: hi}}}\n",
        "- {match: {prefix: /nowhere}, route: {cluster_header: x-cluster}}\n",
        _route("/plain", "plain"),
    ]
)
_BEFORE = [
    http_filter(
        "meta",
        "set_metadata.v3.Config",
        "metadata: [{metadata_namespace: of, value: {filter: downstream}}]",
    ),
    _mutation("downstream", "downstream"),
]


def _listener(
    name: str, of_router: Sequence[Node] = (), before: Sequence[Node] = tuple(_BEFORE)
) -> Node:
    fields = {"upstream_http_filters": [*of_router, _CODEC]} if of_router else {}
    router = http_filter("router", "router.v3.Router", json.dumps(fields))
    manager = {
        "http_filters": [*before, router],
        "generate_request_id": False,
        "access_log": access_log(f"$dir/{name}.log", text_format(_LOG)),
    }
    return http(name, routes=_ROUTES, hcm=json.dumps(manager))


_CLUSTERS = [
    cluster("plain", to=["up"]),
    _up("order", [_mutation("first", "first"), _mutation("second", "second")]),
    _up("buffer", [_mutation("first", "first"), _BUFFER]),
    _up("rbac", [_mutation("first", "first", header="x-first"), _RBAC, _mutation("last", "last")]),
    _up("gzip", [_COMPRESSOR]),
    _up("says", [_mutation("says", _SAID)]),
    _up("asleep", [_mutation("asleep", "asleep", "{disabled: true}")]),
    _up("refused", [_mutation("first", "first", header="x-first")], to="refused"),
    _up("h2_buffer", [_mutation("first", "first"), _BUFFER], to="h2"),
    _up("h2", [_mutation("first", "first")], to="h2"),
    _named("named", [_mutation("first", "%REQ(:AUTHORITY)%")]),
    _up("matched", [_with_matcher("a", _RBAC), _with_matcher("b", _mutation("in", "in"))]),
    _up("nobody", [_mutation("first", "first")]) | {"load_assignment": {"cluster_name": "nobody"}},
]


def _stats(name: str, manager: str = "http") -> list[str]:
    of_cluster = (
        "upstream_cx_total upstream_cx_destroy_local upstream_cx_destroy_with_active_rq "
        "upstream_rq_total upstream_rq_pending_total upstream_rq_completed upstream_rq_200 "
        "upstream_rq_403 upstream_rq_413 upstream_rq_503 upstream_rq_tx_reset "
        "upstream_rq_cancelled upstream_rq_active"
    )
    of_manager = (
        "downstream_rq_4xx downstream_rq_too_large downstream_rq_rx_reset downstream_rq_tx_reset "
        "downstream_rq_response_before_rq_complete rq_total"
    )
    return [f"cluster.{name}.{stat}" for stat in of_cluster.split()] + [
        f"http.{manager}.{stat}" for stat in of_manager.split()
    ]


_RBAC_STATS = [
    f"cluster.rbac.rbac.{stat}" for stat in ("allowed", "denied", "shadow_allowed", "shadow_denied")
]
_GZIP_STATS = [
    f"compressor.gz.gzip.{stat}"
    for stat in (
        "header_compressor_used",
        "response.compressed",
        "response.total_compressed_bytes",
        "response.total_uncompressed_bytes",
        "request.not_compressed",
    )
]
_BROUGHT: dict[str, list[Step]] = {
    "too_much_at_once": [Data(b"123456789", end=True)],
    "enough_at_once": [Data(b"12345678", end=True)],
    "too_much_with_the_last_piece": [Data(b"12345678"), Settle(), Data(b"9", end=True)],
    "too_much_before_the_end": [Data(b"123456789"), Settle(), Data(b"", end=True)],
}
_OVER_HTTP2 = [
    Case(
        f"over_http2_{name}",
        [Headers(fields("/buffer", method="POST")), *pieces, StreamDone()],
        stats=_stats("buffer"),
        protocol="h2",
        any_header_order="the HTTP/2 library keeps the values of one name together",
    )
    for name, pieces in _BROUGHT.items()
]
_OKAY = response("200 OK", "x-order: upstream")
_TEXT = response("200 OK", "content-type: text/plain", body=b"a" * 40)
_CHUNKED = "Transfer-Encoding: chunked"
_TRAILERS = b"2\r\nok\r\n0\r\nx-t: 1\r\n\r\n"
_H2 = [
    Loose(r" \d+ \d+$", "", "compressed heads have other lengths", "log"),
    Loose(
        r"^x-envoy-expected-rq-timeout-ms.*", "<dropped>", "HTTP/2 keeps fields of a name together"
    ),
]
_H2_REPLY = H2Reply([(":status", "200"), ("x-order", "upstream")])


def _half(path: str, length: int) -> bytes:
    head = (f"POST {path} HTTP/1.1", "Host: a.test", f"Content-Length: {length}")
    return request(*head, body=b"1234")


_CASES = [
    Case("order", [get("/order", "X-Order: client")], [_OKAY], stats=_stats("order")),
    Case("order_of_head", [get("/order", method="HEAD")], [response("200 OK", body=b"")]),
    Case("order_of_two", [get("/order"), Messages(1), get("/order")], [_OKAY, _OKAY]),
    Case("buffer_fits", [post("/buffer", b"12345678")], stats=_stats("buffer")),
    Case("buffer_too_large", [post("/buffer", b"123456789"), Answered()], stats=_stats("buffer")),
    Case(
        "buffer_too_large_on_a_kept_connection",
        [get("/buffer"), Messages(), post("/buffer", b"123456789"), Answered(2)],
        stats=_stats("buffer"),
    ),
    Case("buffer_in_pieces", [_half("/buffer", 8), Settle(), Send(b"5678"), Messages()]),
    Case(
        "buffer_of_chunks",
        [request("POST /buffer HTTP/1.1", "Host: a", _CHUNKED, body=_TRAILERS)],
    ),
    Case(
        "buffer_too_large_in_pieces",
        [_half("/buffer", 18), Settle(), Send(b"567890"), Answered()],
        stats=_stats("buffer"),
    ),
    Case("buffer_more_by_route", [post("/more", b"123456789")]),
    Case("buffer_off_by_route", [post("/off", b"123456789")]),
    Case(
        "buffer_too_large_for_http2",
        [post("/h2_buffer", b"123456789"), Answered()],
        stats=_stats("h2_buffer"),
        loose=_H2,
    ),
    Case(
        "buffer_too_large_on_a_kept_http2_connection",
        [get("/h2_buffer"), Messages(), post("/h2_buffer", b"123456789"), Answered(2)],
        stats=_stats("h2_buffer"),
        loose=_H2,
    ),
    Case("buffer_for_http2", [post("/h2_buffer", b"12345678")], loose=_H2),
    Case("rbac_denies", [get("/rbac", "X-Deny: 1")], stats=[*_stats("rbac"), *_RBAC_STATS]),
    Case(
        "rbac_denies_on_a_kept_connection",
        [get("/rbac"), Messages(), get("/rbac", "X-Deny: 1"), Messages(2), get("/rbac")],
        stats=[*_stats("rbac"), *_RBAC_STATS],
    ),
    Case("rbac_allows", [get("/rbac")], stats=_RBAC_STATS),
    Case(
        "rbac_denies_a_body", [post("/rbac", b"12", "X-Deny: 1"), Answered()], stats=_stats("rbac")
    ),
    Case("rbac_without_rules_by_route", [get("/no_rules", "X-Deny: 1")], stats=_RBAC_STATS),
    Case("rbac_off_by_route", [get("/no_rbac", "X-Deny: 1")], stats=_RBAC_STATS),
    Case("rbac_in_a_matcher", [get("/matched", "X-Deny: 1")], stats=_stats("matched")),
    Case("rbac_skipped_too_late", [get("/matched", "X-Deny: 1", "X-Skip: 1")]),
    Case("matched", [get("/matched")], [_OKAY]),
    Case("matched_to_be_skipped", [get("/matched", "X-Skip: 1")], [_OKAY]),
    Case(
        "gzip",
        [get("/gzip", "Accept-Encoding: gzip")],
        [_TEXT],
        stats=[f"cluster.gzip.{stat}" for stat in _GZIP_STATS],
    ),
    Case("says", [get("/says/path")], [_OKAY]),
    Case("says_twice", [get("/says/path"), Messages(1), get("/says/again")], [_OKAY, _OKAY]),
    Case("one_off_by_route", [get("/two_off")], [_OKAY]),
    Case("per_route", [get("/per_route")], [_OKAY]),
    Case("asleep", [get("/asleep")], [_OKAY]),
    Case("awake", [get("/awake")], [_OKAY]),
    Case("configured_awake", [get("/configured_awake")], [_OKAY]),
    Case("refused", [get("/refused")], stats=_stats("refused")),
    Case("no_host", [get("/nobody")], stats=_stats("nobody")),
    Case("http2_upstream", [get("/h2")], {"h2": [_H2_REPLY]}, loose=_H2),
    Case("host", [get("/host")]),
    Case("auto_host", [get("/auto"), Messages(1), get("/auto")]),
    Case(
        "redirect",
        [get("/redirect/a")],
        [response("302 Found", "location: http://a.test/order/b"), _OKAY],
    ),
    Case(
        "websocket",
        [get("/ws", "Connection: Upgrade", "Upgrade: websocket"), Heads(1)],
        [request("HTTP/1.1 101 Switching", "Upgrade: websocket", "Connection: Upgrade")],
    ),
    Case("timeout", [get("/timeout"), Messages()], [Reply(when="never")]),
    Case(
        "a_reset_of_the_upstream",
        [get("/order")],
        [Reply(b"", then="reset")],
        stats=_stats("order"),
    ),
    Case("direct", [get("/direct")]),
    Case("nowhere", [get("/nowhere")]),
    Case("of_the_router", [get("/plain", "X-Skip: 1")], [_OKAY], listener="router"),
    Case(
        "rbac_of_the_router",
        [get("/plain"), Messages(), get("/plain", "X-Deny: 1")],
        stats=[*_stats("plain", "router"), "http.router.rbac.denied", "http.router.rbac.allowed"],
        listener="router",
    ),
    Case(
        "gzip_of_the_router",
        [get("/plain", "Accept-Encoding: gzip")],
        [_TEXT],
        stats=[f"http.router{stat}" for stat in _GZIP_STATS],
        listener="router",
    ),
    Case("off_by_route_of_the_router", [get("/two_off")], [_OKAY], listener="router"),
    Case("of_the_cluster_in_place", [get("/order")], [_OKAY], listener="router"),
    Case("without", [get("/plain")], [_OKAY]),
    Case("without_any", [get("/plain")], [_OKAY], listener="bare"),
    Case("order_of_one_behind_a_bare_router", [post("/order", b"12")], [_OKAY], listener="bare"),
    Case("buffers_on_both_sides", [post("/buffer", b"1234567")], [_OKAY], listener="buffered"),
    Case(
        "too_large_for_the_inner_one",
        [post("/buffer", b"123456789"), Answered()],
        stats=_stats("buffer", "buffered"),
        listener="buffered",
    ),
    *_OVER_HTTP2,
    Case(
        "trailers",
        [get("/order")],
        [request("HTTP/1.1 200 OK", _CHUNKED, body=_TRAILERS)],
    ),
    Case(
        "chunked_both_ways",
        [request("POST /order HTTP/1.1", "Host: a.test", _CHUNKED, body=_TRAILERS)],
        [request("HTTP/1.1 200 OK", _CHUNKED, body=_TRAILERS)],
    ),
    Case("interim", [get("/order")], [b"HTTP/1.1 100 Continue\r\n\r\n" + _OKAY]),
]
_WIDE = http_filter("wide", "buffer.v3.Buffer", "max_request_bytes: 100")
GROUP = Group(
    bootstrap(
        [
            _listener("http"),
            _listener("router", [_mutation("second", "of_router"), _COMPRESSOR, _RBAC]),
            _listener("bare", before=()),
            _listener("buffered", before=[_WIDE]),
        ],
        _CLUSTERS,
    ),
    _CASES,
    upstreams={"up": Server(), "refused": Server("refused"), "h2": Server("h2")},
)
