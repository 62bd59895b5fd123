"""Upgrades over HTTP/1: websocket and others, who allows them, tunnels and how they end."""

from tests.parity.config import Node, bootstrap, cluster, http
from tests.parity.scenario import Case, Group, Server, get, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Bytes, Ended, Finish, Heads, Messages, Note, Send, Settle, Until

_BUFFER = "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer"
_ROUTER = (
    '{name: router, typed_config: {"@type": '
    "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}"
)
_TINY = f'{{name: buffer, typed_config: {{"@type": {_BUFFER}, max_request_bytes: 4}}}}'
_WS = "upgrade_configs: [{upgrade_type: websocket}]"
_ROUTES = """
- {match: {prefix: /off}, route: {cluster: up, upgrade_configs: [
    {upgrade_type: WebSocket, enabled: false}]}}
- {match: {prefix: /on}, route: {cluster: up, upgrade_configs: [
    {upgrade_type: websocket}, {upgrade_type: Other}, {upgrade_type: none, enabled: false}]}}
- {match: {prefix: /idle}, route: {cluster: up, idle_timeout: 0.1s}}
- {match: {prefix: /quick}, route: {cluster: up, timeout: 0.1s}}
- {match: {prefix: /short}, route: {cluster: up, max_stream_duration: {max_stream_duration: 0.1s}}}
- {match: {prefix: /direct}, direct_response: {status: 200, body: {inline_string: hi}}}
- {match: {prefix: /new}, redirect: {path_redirect: /there}}
- {match: {prefix: /gone}, route: {cluster: refused}}
- {match: {prefix: /}, route: {cluster: up}}
"""


def _listener(name: str, hcm: str, **more: str) -> Node:
    return http(name, routes=_ROUTES, hcm="{" + hcm + "}", **more)  # type: ignore[arg-type]


_CONFIG = bootstrap(
    [
        _listener("ws", _WS),
        _listener("none", ""),
        _listener("disabled", "upgrade_configs: [{upgrade_type: websocket, enabled: false}]"),
        _listener("continue", _WS + ", proxy_100_continue: true"),
        _listener(
            "filtered",
            f"http_filters: [{_TINY}, {_ROUTER}], upgrade_configs: ["
            f"{{upgrade_type: websocket, filters: [{_ROUTER}]}}, {{upgrade_type: other}}]",
        ),
        _listener("none_filtered", f"http_filters: [{_TINY}, {_ROUTER}]"),
        _listener(
            "filtered_off",
            f"http_filters: [{_TINY}, {_ROUTER}], upgrade_configs: ["
            f"{{upgrade_type: websocket, enabled: false, filters: [{_ROUTER}]}}, "
            f"{{upgrade_type: other, filters: [{_TINY}, {_ROUTER}]}}]",
        ),
        _listener(
            "ignoring",
            _WS + ", http_protocol_options: {ignore_http_11_upgrade: [{exact: websocket}]}",
        ),
        _listener("via", _WS + ", via: proxy, always_set_request_id_in_response: true"),
    ],
    [cluster(), cluster("refused")],
)
_UPGRADE = ("Connection: Upgrade", "Upgrade: websocket")
_SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
_OK = Reply(_SWITCH, when="head")
_CX = [
    "http.%s.downstream_cx_upgrades_total",
    "http.%s.downstream_cx_upgrades_active",
    "http.%s.downstream_rq_ws_on_non_ws_route",
    "http.%s.downstream_rq_1xx",
    "http.%s.downstream_rq_completed",
    "http.%s.downstream_rq_active",
    "http.%s.downstream_rq_rx_reset",
    "http.%s.downstream_rq_tx_reset",
    "http.%s.downstream_rq_response_before_rq_complete",
    "http.%s.downstream_cx_destroy_remote_active_rq",
    "http.%s.downstream_cx_destroy_local_active_rq",
    "http.%s.downstream_rq_idle_timeout",
]
_UP = [
    "cluster.up.upstream_rq_total",
    "cluster.up.upstream_rq_active",
    "cluster.up.upstream_rq_1xx",
    "cluster.up.upstream_rq_completed",
    "cluster.up.upstream_rq_rx_reset",
    "cluster.up.upstream_rq_timeout",
    "cluster.up.upstream_cx_destroy_local",
    "cluster.up.upstream_cx_destroy_remote",
    "cluster.up.upstream_cx_protocol_error",
]


def _stats(listener: str = "ws") -> list[str]:
    return [*(name % listener for name in _CX), *_UP]


def _opened(path: str = "/", *more: str) -> list[bytes | Heads]:
    """A request for a websocket, and its answer."""
    return [get(path, *_UPGRADE, *more), Heads(1)]


_TUNNELS = [
    Case(
        "bytes_both_ways",
        [
            *(*_opened(), b"hello", Heads(1, "up"), Send(b"world", "up"), Settle()),
            *(Note(["http.ws.downstream_cx_upgrades_active"]), Finish("close"), Ended("up")),
        ],
        [_OK],
        stats=_stats(),
    ),
    Case(
        "upstream_closes",
        [*_opened(), b"hello", Settle(), Send(b"bye", "up"), Finish("close", "up"), Ended()],
        [_OK],
        stats=_stats(),
    ),
    Case("upstream_resets", [*_opened(), Finish("reset", "up"), Ended()], [_OK], stats=_stats()),
    Case("client_resets", [*_opened(), Finish("reset"), Ended("up")], [_OK], stats=_stats()),
    Case(
        "client_half_closes",
        [*_opened(), b"hello", Settle(), Finish("shut"), Ended("up"), Ended()],
        [_OK],
        stats=_stats(),
    ),
    Case(
        "upstream_half_closes",
        [*_opened(), b"hello", Settle(), Finish("shut", "up"), Ended()],
        [_OK],
        stats=_stats(),
    ),
    Case(
        "early_bytes_wait_for_the_answer",
        [
            *(get("/", *_UPGRADE) + b"early", Heads(1, "up"), Settle(), Send(_SWITCH, "up")),
            *(Heads(1), Settle()),
        ],
        [Reply(when="never")],
    ),
    Case(
        "bytes_behind_the_answer",
        [get("/", *_UPGRADE), Heads(1), Settle()],
        [Reply(_SWITCH + b"first", when="head")],
    ),
    Case("idle", [*_opened("/idle"), Ended()], [_OK], stats=_stats()),
    Case(
        "as_long_as_it_may_last",
        [*_opened("/short"), Ended()],
        [_OK],
        stats=[*_stats(), "http.ws.downstream_rq_max_duration_reached"],
    ),
    Case(
        "the_timeout_ends_with_the_answer",
        [*_opened("/quick"), Until("http.ws.downstream_rq_1xx", 1), b"hi", Settle()],
        [_OK],
    ),
    Case(
        "no_answer_in_time",
        [get("/quick", *_UPGRADE), Messages(1), Ended()],
        [Reply(when="never")],
        stats=_stats(),
    ),
    Case(
        "much_both_ways",
        [
            *(*_opened(), b"x" * 300, Settle(), Send(b"y" * 300_000, "up")),
            *(Bytes(300_000), Settle()),
        ],
        [_OK],
    ),
    Case(
        "length_in_the_request",
        [get("/", *_UPGRADE, "Content-Length: 5"), Heads(1), b"12345678", Settle()],
        [_OK],
    ),
    Case(
        "chunked_request",
        [get("/", *_UPGRADE, "Transfer-Encoding: chunked"), Heads(1), b"3\r\nabc\r\n", Settle()],
        [_OK],
    ),
]
_ANSWERS = [
    Case(
        "answer_is_not_found",
        [get("/", *_UPGRADE), Messages(1)],
        [Reply(response("404 Not Found", body=b"missing"), when="head")],
        stats=_stats(),
    ),
    Case(
        "answer_is_unavailable_in_chunks",
        [get("/", *_UPGRADE), Messages(1)],
        [
            Reply(
                request(
                    "HTTP/1.1 503 Service Unavailable",
                    "transfer-encoding: chunked",
                    body=b"3\r\nabc\r\n0\r\n\r\n",
                ),
                when="head",
            )
        ],
    ),
    Case(
        "answer_is_ok",
        [get("/", *_UPGRADE), Messages(1)],
        [Reply(response("200 OK", "x-a: b", body=b"dropped"), when="head")],
        stats=_stats(),
    ),
    Case(
        "answer_is_a_redirect",
        [get("/", *_UPGRADE), Messages(1)],
        [Reply(response("302 Found", "location: /x", body=b"dropped"), when="head")],
    ),
    Case(
        "answer_of_another_upgrade_is_ok",
        [get("/on", "Connection: upgrade", "Upgrade: other"), Heads(1), Settle()],
        [Reply(response("200 OK", body=b"kept"), when="head")],
        stats=_stats(),
    ),
    Case(
        "answer_is_switching_without_headers",
        [get("/", *_UPGRADE), Heads(1), Settle(), Send(b"data", "up"), Settle()],
        [Reply(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", when="head")],
        stats=_stats(),
    ),
    Case(
        "switching_where_nobody_asked",
        [get("/"), Heads(1), Settle()],
        [Reply(_SWITCH, when="head")],
        stats=_stats(),
    ),
    Case(
        "continue_comes_first",
        [*_opened("/", "Expect: 100-continue"), Heads(2), b"x", Settle()],
        [Reply(b"HTTP/1.1 100 Continue\r\n\r\n" + _SWITCH, when="head")],
    ),
    Case(
        "continue_is_passed_on",
        [*_opened("/", "Expect: 100-continue"), Heads(2), b"x", Settle()],
        [Reply(b"HTTP/1.1 100 Continue\r\n\r\n" + _SWITCH, when="head")],
        listener="continue",
    ),
    Case("nobody_listens", [get("/gone", *_UPGRADE), Messages(1), Ended()], stats=_stats()),
    Case("a_direct_response", [get("/direct", *_UPGRADE), Messages(1), Ended()], stats=_stats()),
    Case("a_redirect", [get("/new", *_UPGRADE), Messages(1), Ended()], stats=_stats()),
    Case(
        "upstream_closes_without_an_answer",
        [get("/", *_UPGRADE), Messages(1)],
        [Reply(when="head", then="close")],
        stats=_stats(),
    ),
]
_ALLOWED = [
    Case("refused", [get("/", *_UPGRADE), Messages(1), Ended()], listener="none"),
    Case("a_route_allows", [*_opened("/on"), b"x"], [_OK], listener="none", stats=_stats("none")),
    Case(
        "a_route_allows_in_any_case",
        [get("/on", "Connection: upgrade", "Upgrade: OTHER"), Heads(1), b"x", Settle()],
        [
            Reply(
                b"HTTP/1.1 101 Switching\r\nconnection: Upgrade\r\nupgrade: Other\r\n\r\n",
                when="head",
            )
        ],
        listener="none",
        stats=_stats("none"),
    ),
    Case(
        "a_route_forbids",
        [get("/off", *_UPGRADE), Messages(1), Ended()],
        stats=_stats(),
    ),
    Case("of_another_kind", [get("/", "Connection: upgrade", "Upgrade: other"), Ended()]),
    Case("a_list_is_another_kind", [get("/", "Connection: upgrade", "Upgrade: websocket, h2c")]),
    Case(
        "disabled",
        [get("/", *_UPGRADE), Messages(1), Ended()],
        listener="disabled",
        stats=_stats("disabled"),
    ),
    Case("disabled_but_for_a_route", [*_opened("/on"), b"x"], [_OK], listener="disabled"),
    Case("ignored", [get("/", *_UPGRADE), Messages(1)], listener="ignoring"),
    Case("in_any_case", [get("/", "connection: UPGRADE", "upgrade: WEBSOCKET"), Heads(1)], [_OK]),
    Case(
        "connection_says_more",
        [
            get("/", "Connection: keep-alive, Upgrade, x-hop", "Upgrade: websocket", "x-hop: 1"),
            Heads(1),
        ],
        [_OK],
    ),
    Case("headers_that_are_added", [*_opened(), b"x", Settle()], [_OK], listener="via"),
    Case("filters_of_its_own", [*_opened(), b"123456", Settle()], [_OK], listener="filtered"),
    Case(
        "filters_of_its_own_by_a_route",
        [*_opened("/on"), b"123456", Settle()],
        [_OK],
        listener="filtered_off",
        stats=_stats("filtered_off"),
    ),
    Case(
        "filters_of_its_own_are_off",
        [get("/", *_UPGRADE), Messages(1), Ended()],
        listener="filtered_off",
        stats=_stats("filtered_off"),
    ),
    Case(
        "a_route_forbids_what_has_filters",
        [get("/off", *_UPGRADE), Messages(1), Ended()],
        listener="filtered",
        stats=_stats("filtered"),
    ),
    Case(
        "filters_of_another",
        [get("/", "Connection: upgrade", "Upgrade: other") + b"123456", Messages(1), Ended()],
        listener="filtered_off",
    ),
    Case(
        "filters_of_all_by_a_route",
        [get("/on", *_UPGRADE) + b"123456", Heads(1), Settle()],
        [_OK],
        listener="none_filtered",
    ),
    Case(
        "filters_of_all",
        [get("/", "Connection: upgrade", "Upgrade: other") + b"123456", Messages(1), Ended()],
        listener="filtered",
        stats=_stats("filtered"),
    ),
]

GROUP = Group(
    _CONFIG,
    [*_TUNNELS, *_ANSWERS, *_ALLOWED],
    upstreams={"up": Server(), "refused": Server("refused")},
    listener="ws",
)
