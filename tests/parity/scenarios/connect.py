"""CONNECT over HTTP/1: forwarded to another proxy, or ended here and carried on as TCP."""

from tests.parity.config import Node, bootstrap, cluster, http
from tests.parity.scenario import Case, Group, Loose, Server, get, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Bytes, Ended, Finish, Heads, Messages, Send, Settle

_CONNECT = "upgrade_configs: [{upgrade_type: CONNECT}]"
_V1 = "proxy_protocol_config: {version: V1}"
_V2 = "proxy_protocol_config: {version: V2}"


def _ended(path: str, to: str, config: str = "") -> str:
    upgrade = f"upgrade_configs: [{{upgrade_type: CONNECT, connect_config: {{{config}}}}}]"
    return f"{{match: {path}, route: {{cluster: {to}, {upgrade}}}}}"


def _listener(name: str, routes: str, hcm: str = _CONNECT) -> Node:
    return http(name, routes=f"[{routes}]", hcm="{" + hcm + "}")


_ANY = "{connect_matcher: {}}"
_CONFIG = bootstrap(
    [
        _listener("forward", "{match: {connect_matcher: {}}, route: {cluster: up}}"),
        _listener(
            "by_route",
            "{match: {connect_matcher: {}, headers: [{name: x-no, present_match: true}]},"
            " route: {cluster: up}},"
            "{match: {connect_matcher: {}}, route: {cluster: up, upgrade_configs: "
            "[{upgrade_type: CONNECT}]}}",
            "",
        ),
        _listener("unmatched", "{match: {prefix: /}, route: {cluster: up}}"),
        _listener("ended", _ended(_ANY, "tcp")),
        _listener("ended_v1", _ended(_ANY, "tcp", _V1)),
        _listener("ended_v2", _ended(_ANY, "tcp", _V2)),
        _listener("refused", _ended(_ANY, "refused")),
        _listener(
            "post",
            _ended("{prefix: /post}", "tcp", "allow_post: true")
            + ","
            + _ended("{prefix: /}", "up"),
        ),
        _listener("direct", "{match: {connect_matcher: {}}, direct_response: {status: 200}}"),
        _listener(
            "idle",
            "{match: {connect_matcher: {}}, route: {cluster: tcp, idle_timeout: 0.1s, "
            "upgrade_configs: [{upgrade_type: CONNECT, connect_config: {}}]}}",
        ),
        _listener(
            "rejecting",
            "{match: {connect_matcher: {}}, route: {cluster: up}}",
            _CONNECT
            + ', http_filters: [{name: router, typed_config: {"@type": '
            + "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router, "
            + "reject_connect_request_early_data: true}}]",
        ),
    ],
    [cluster(), cluster("tcp"), cluster("refused")],
)
_ASK = get("a.test:443", method="CONNECT")
_YES = b"HTTP/1.1 200 OK\r\n\r\n"
_OK = Reply(_YES, when="head")


def _stats(listener: str, upstream: str) -> list[str]:
    http_stats = (
        *("cx_upgrades_total", "cx_upgrades_active", "rq_ws_on_non_ws_route", "rq_2xx"),
        *("rq_rx_reset", "rq_active", "cx_destroy_remote_active_rq", "rq_idle_timeout"),
    )
    up_stats = (
        *("rq_total", "rq_active", "rq_2xx", "rq_completed", "cx_total", "cx_tx_bytes_total"),
        *("cx_rx_bytes_total", "cx_destroy_local", "cx_destroy_remote"),
        *("cx_destroy_local_with_active_rq", "cx_destroy_remote_with_active_rq"),
        *("cx_http1_total", "cx_connect_fail"),
    )
    return [
        *(f"http.{listener}.downstream_{name}" for name in http_stats),
        *(f"cluster.{upstream}.upstream_{name}" for name in up_stats),
    ]


_FORWARDED = [
    Case(
        "forwarded",
        [
            *(_ASK, Heads(1), b"hello", Settle(), Send(b"world", "up"), Settle()),
            *(Finish("close"), Ended("up")),
        ],
        [_OK],
        stats=_stats("forward", "up"),
    ),
    Case(
        "early_bytes_wait",
        [_ASK + b"early", Heads(1, "up"), Settle(), Send(_YES, "up"), Heads(1), Settle()],
        [Reply(when="never")],
    ),
    Case(
        "upstream_says_created",
        [_ASK + b"early", Heads(1), Settle()],
        [Reply(b"HTTP/1.1 201 Created\r\n\r\n", when="head")],
    ),
    Case(
        "upstream_says_no",
        [_ASK + b"early", Messages(1)],
        [Reply(response("403 Forbidden", body=b"no"), when="head")],
        stats=_stats("forward", "up"),
    ),
    Case(
        "upstream_says_yes_with_a_length",
        [_ASK, Heads(1), b"x", Settle()],
        [Reply(response("200 OK", body=b"abc"), when="head")],
    ),
    Case(
        "upstream_says_yes_in_chunks",
        [_ASK, Heads(1), Settle()],
        [Reply(request("HTTP/1.1 200 OK", "transfer-encoding: chunked"), when="head")],
    ),
    Case(
        "upstream_closes",
        [_ASK, Heads(1), Send(b"bye", "up"), Finish("close", "up"), Ended()],
        [_OK],
        stats=_stats("forward", "up"),
    ),
    Case(
        "client_half_closes",
        [_ASK, Heads(1), b"bye", Finish("shut"), Ended("up"), Ended()],
        [_OK],
        stats=_stats("forward", "up")[:-10],
    ),
    Case("a_route_allows", [_ASK, Heads(1), b"x", Settle()], [_OK], listener="by_route"),
    Case(
        "a_route_does_not_allow",
        [get("a.test:443", "x-no: 1", method="CONNECT"), Messages(1), Ended()],
        listener="by_route",
        stats=_stats("by_route", "up"),
    ),
    Case("only_of_connect", [get("/"), Messages(1)]),
    Case("no_route", [_ASK, Messages(1), Ended()], listener="unmatched"),
    Case("a_direct_response", [_ASK, Heads(1), Settle()], listener="direct"),
    Case("without_a_port", [get("a.test", method="CONNECT"), Messages(1), Ended()]),
    Case(
        "a_length_of_none",
        [get("a.test:443", "content-length: 0", method="CONNECT"), Heads(1)],
        [_OK],
    ),
    Case(
        "an_upgrade_at_once",
        [get("a.test:443", "connection: upgrade", "upgrade: websocket", method="CONNECT")],
    ),
]
_ENDED = [
    Case(
        "ended_here",
        [
            *(_ASK, Heads(1), b"hello", Bytes(5, "tcp"), Send(b"world", "tcp"), Settle()),
            *(Finish("close"), Ended("tcp")),
        ],
        listener="ended",
        stats=_stats("ended", "tcp"),
    ),
    Case(
        "early_bytes_reach_the_upstream",
        [_ASK + b"hello", Heads(1), Bytes(5, "tcp"), Settle()],
        listener="ended",
    ),
    Case(
        "tcp_upstream_closes",
        [
            _ASK,
            Heads(1),
            b"x",
            Bytes(1, "tcp"),
            Send(b"bye", "tcp"),
            Finish("close", "tcp"),
            Ended(),
        ],
        listener="ended",
        stats=_stats("ended", "tcp"),
    ),
    Case(
        "tcp_upstream_half_closes",
        [
            _ASK,
            Heads(1),
            b"x",
            Bytes(1, "tcp"),
            Send(b"bye", "tcp"),
            Finish("shut", "tcp"),
            Ended(),
        ],
        listener="ended",
        stats=_stats("ended", "tcp"),
    ),
    Case(
        "tcp_upstream_resets",
        [_ASK, Heads(1), b"x", Bytes(1, "tcp"), Finish("reset", "tcp"), Ended()],
        listener="ended",
        stats=_stats("ended", "tcp"),
    ),
    Case(
        "tcp_client_half_closes",
        [_ASK, Heads(1), b"x", Bytes(1, "tcp"), Finish("shut"), Ended("tcp"), Ended()],
        listener="ended",
        stats=_stats("ended", "tcp"),
    ),
    Case(
        "proxy_protocol_in_text",
        [_ASK, Heads(1), b"hello", Settle()],
        listener="ended_v1",
        loose=[
            Loose(
                r"(?<=0.0.1 )\d+ (\d+|<ended_v1>)",
                "<ports>",
                "the client's port is its kernel's choice",
            )
        ],
    ),
    Case(
        "proxy_protocol_in_bytes",
        [_ASK, Heads(1), b"hello", Settle()],
        loose=[Loose(r"(?s)x01.{1,16}hello", "<ports>", "ports are the kernel's choice")],
        listener="ended_v2",
    ),
    Case(
        "tcp_upstream_refuses",
        [_ASK, Messages(1), Ended()],
        listener="refused",
        stats=_stats("refused", "refused"),
    ),
    Case(
        "post",
        [
            request("POST /post HTTP/1.1", "Host: a.test", "Content-Length: 5", body=b"hello"),
            Heads(1),
            Bytes(5, "tcp"),
            Ended("tcp"),
            Send(b"world", "tcp"),
            Finish("close", "tcp"),
            Messages(1),
        ],
        listener="post",
        stats=_stats("post", "tcp"),
    ),
    Case(
        "post_in_chunks",
        [
            request(
                "POST /post HTTP/1.1",
                "Host: a.test",
                "Transfer-Encoding: chunked",
                body=b"5\r\nhello\r\n",
            ),
            Heads(1),
            Bytes(5, "tcp"),
            Send(b"world", "tcp"),
            Settle(),
            b"0\r\n\r\n",
            Ended("tcp"),
            Finish("close", "tcp"),
            Messages(1),
        ],
        listener="post",
        stats=_stats("post", "tcp"),
    ),
    Case("post_not_allowed", [get("/", method="POST"), Messages(1)], listener="post"),
    Case(
        "idle",
        [_ASK, Heads(1), Ended()],
        listener="idle",
        stats=_stats("idle", "tcp"),
    ),
    Case(
        "early_bytes_are_refused",
        [_ASK + b"hello", Settle()],
        listener="rejecting",
        stats=_stats("rejecting", "up")[:8],
    ),
]

GROUP = Group(
    _CONFIG,
    [*_FORWARDED, *_ENDED],
    upstreams={"up": Server(), "tcp": Server("tcp"), "refused": Server("refused")},
    listener="forward",
)
