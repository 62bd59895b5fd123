"""TCP through tunnels: `tunneling_config` of the TCP proxy over HTTP/1 and HTTP/2."""

from tests.parity.config import Node, bootstrap, cluster, tcp
from tests.parity.http2 import H2Reply, status
from tests.parity.scenario import Case, Group, Server, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Bytes, Ended, Finish, Heads, Open, Send, Settle
from tests.parity.steps_h2 import Data, Headers, Rst, StreamData, StreamDone, StreamHead

_EXTENSIONS = "type.googleapis.com/envoy.extensions"
_HEADERS = (
    "headers_to_add: [{header: {key: x-a, value: b}}, "
    "{header: {key: x-from, value: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'}}, "
    "{header: {key: x-a, value: c}}, "
    "{header: {key: user-agent, value: d}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}]"
)
_LOG = (
    "%RESPONSE_FLAGS% %RESPONSE_CODE% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% %UPSTREAM_CLUSTER%"
    " %UPSTREAM_TRANSPORT_FAILURE_REASON% %CONNECTION_TERMINATION_DETAILS%"
    " %UPSTREAM_REQUEST_ATTEMPT_COUNT%"
)


def _listener(name: str, to: str, tunnel: str, more: str = "") -> Node:
    log = (
        'access_log: [{name: log, typed_config: {"@type": '
        f"{_EXTENSIONS}.access_loggers.file.v3.FileAccessLog, path: $dir/{name}.log, "
        f'log_format: {{text_format_source: {{inline_string: "{_LOG}\\n"}}}}}}}}]'
    )
    return tcp(name, proxy=f"{{cluster: {to}, {log}, tunneling_config: {{{tunnel}}}{more}}}")


_HOST = "hostname: 'host.test:443'"
_LISTENERS = [
    _listener("h1", "h1", _HOST),
    _listener("h1_headers", "h1", f"hostname: '%DYNAMIC_METADATA(a:b)%.test:80', {_HEADERS}"),
    _listener("h1_post", "h1", f"{_HOST}, use_post: true"),
    _listener("h1_post_path", "h1", f"{_HOST}, use_post: true, post_path: '/tunnel'"),
    _listener("h2", "h2", _HOST),
    _listener("h2_headers", "h2", f"{_HOST}, {_HEADERS}"),
    _listener("h2_post", "h2", f"{_HOST}, use_post: true, post_path: '/tunnel'"),
    _listener("twice", "h1", _HOST, ", max_connect_attempts: 2"),
    _listener("gone", "gone", _HOST),
    _listener("idle", "h2", _HOST, ", idle_timeout: 0.1s"),
    _listener("missing", "nowhere", _HOST),
    _listener(
        "propagating",
        "h1",
        f"{_HOST}, propagate_response_headers: true, propagate_response_trailers: true",
    ),
]
_CONFIG = bootstrap(
    _LISTENERS, [cluster("h1"), cluster("h2", h2=True), cluster("gone", to=["refused"])]
)
_YES = Reply(b"HTTP/1.1 200 OK\r\nx-b: c\r\n\r\n", when="head")
_HELD = H2Reply(when="never")


def _stats(listener: str, upstream: str) -> list[str]:
    tcp_stats = (
        *("downstream_cx_total", "downstream_cx_no_route", "downstream_cx_rx_bytes_total"),
        *("downstream_cx_tx_bytes_total", "idle_timeout"),
    )
    up_stats = (
        *("cx_total", "cx_http1_total", "cx_http2_total", "cx_connect_attempts_exceeded"),
        *("rq_total", "rq_active", "rq_2xx", "rq_completed", "rq_rx_reset", "rq_tx_reset"),
        *("cx_tx_bytes_total", "cx_rx_bytes_total", "cx_destroy_local", "cx_destroy_remote"),
        *("rq_pending_failure_eject", "cx_connect_fail"),
    )
    tunnel_stats = (*("upstream_flush_total", "upstream_flush_active"),)
    return [
        *(f"tcp.{listener}.{name}" for name in (*tcp_stats, *tunnel_stats)),
        *(f"cluster.{upstream}.upstream_{name}" for name in up_stats),
    ]


_HTTP1 = [
    Case(
        "http1",
        [
            *(Open(), Heads(1, "h1"), b"hello", Settle(), Send(b"world", "h1"), Bytes(5)),
            *(Finish("close"), Ended("h1")),
        ],
        {"h1": [_YES]},
        stats=_stats("h1", "h1"),
    ),
    Case(
        "http1_early_bytes_wait",
        [
            *(b"early", Heads(1, "h1"), Settle(), Send(_YES.data, "h1"), Settle()),
            *(Finish("close"), Ended("h1")),
        ],
        {"h1": [Reply(when="never")]},
    ),
    Case(
        "http1_upstream_closes",
        [Open(), Heads(1, "h1"), Send(b"bye", "h1"), Finish("close", "h1"), Ended()],
        {"h1": [_YES]},
        stats=_stats("h1", "h1"),
    ),
    Case(
        "http1_client_half_closes",
        [b"bye", Heads(1, "h1"), Settle(), Finish("shut"), Ended("h1"), Ended()],
        {"h1": [_YES]},
        stats=_stats("h1", "h1"),
    ),
    Case(
        "http1_is_refused",
        [b"hello", Ended()],
        {"h1": [Reply(response("403 Forbidden", body=b"no"), when="head")]},
        stats=_stats("h1", "h1"),
    ),
    Case(
        "http1_is_refused_twice",
        [b"hello", Ended()],
        {"h1": [Reply(response("503 Service Unavailable"), when="head")] * 2},
        listener="twice",
        stats=_stats("twice", "h1"),
    ),
    Case(
        "http1_second_attempt",
        [b"hello", Heads(1, "h1.1"), Settle()],
        {"h1": [Reply(response("503 Service Unavailable"), when="head"), _YES]},
        listener="twice",
    ),
    Case(
        "http1_headers", [Open(), Heads(1, "h1"), Settle()], {"h1": [_YES]}, listener="h1_headers"
    ),
    Case(
        "http1_post",
        [
            *(b"hello", Heads(1, "h1"), Settle(), Send(b"5\r\nworld\r\n", "h1"), Bytes(5)),
            *(Finish("shut"), Ended()),
        ],
        {"h1": [Reply(request("HTTP/1.1 200 OK", "transfer-encoding: chunked"), when="head")]},
        listener="h1_post",
        # What the upstream sends to a tunnel that is closing is counted or not.
        stats=[name for name in _stats("h1_post", "h1") if "upstream_cx_rx_bytes" not in name],
    ),
    Case(
        "http1_post_path",
        [b"hello", Heads(1, "h1"), Settle()],
        {"h1": [_YES]},
        listener="h1_post_path",
    ),
    Case("nobody_listens", [b"hello", Ended()], listener="gone", stats=_stats("gone", "gone")),
    Case("no_such_cluster", [b"hello", Ended()], listener="missing"),
    Case(
        "propagating",
        [b"hello", Heads(1, "h1"), Settle()],
        {"h1": [_YES]},
        listener="propagating",
    ),
]
_HTTP2 = [
    Case(
        "http2",
        [
            *(Open(), StreamHead(1, "h2"), Headers(status(), on="h2"), b"hello"),
            *(StreamData(5, 1, "h2"), Data(b"world", on="h2"), Bytes(5), Finish("shut")),
            *(StreamDone(1, "h2"), Data(b"!", end=True, on="h2"), Ended()),
        ],
        {"h2": [_HELD]},
        listener="h2",
        stats=_stats("h2", "h2"),
    ),
    Case(
        "http2_upstream_ends_first",
        [
            *(Open(), StreamHead(1, "h2"), Headers(status(), on="h2"), b"hello"),
            *(StreamData(5, 1, "h2"), Data(b"bye", end=True, on="h2"), Ended(), b"more"),
            *(StreamData(9, 1, "h2"), Finish("shut"), StreamDone(1, "h2")),
        ],
        {"h2": [_HELD]},
        listener="h2",
        stats=_stats("h2", "h2"),
    ),
    Case(
        "http2_is_reset",
        [
            *(b"hello", StreamHead(1, "h2"), Headers(status(), on="h2"), StreamData(5, 1, "h2")),
            *(Rst(on="h2"), Ended()),
        ],
        {"h2": [_HELD]},
        listener="h2",
        stats=_stats("h2", "h2"),
    ),
    Case(
        "http2_client_resets",
        [
            *(b"hello", StreamHead(1, "h2"), Headers(status(), on="h2"), StreamData(5, 1, "h2")),
            *(Finish("reset"), StreamDone(1, "h2")),
        ],
        {"h2": [_HELD]},
        listener="h2",
        stats=_stats("h2", "h2"),
    ),
    Case(
        "http2_is_refused",
        [b"hello", StreamHead(1, "h2"), Headers(status(503), True, on="h2"), Ended()],
        {"h2": [_HELD]},
        listener="h2",
        stats=_stats("h2", "h2"),
    ),
    Case(
        "http2_headers",
        [b"hello", StreamHead(1, "h2"), Headers(status(), on="h2"), StreamData(5, 1, "h2")],
        {"h2": [_HELD]},
        listener="h2_headers",
        any_header_order="the HTTP/2 library keeps the values of one name together",
    ),
    Case(
        "http2_post",
        [
            *(b"hello", StreamHead(1, "h2"), Headers(status(), on="h2"), StreamData(5, 1, "h2")),
            *(Finish("shut"), StreamDone(1, "h2"), Data(b"world", end=True, on="h2"), Ended()),
        ],
        {"h2": [_HELD]},
        listener="h2_post",
        stats=_stats("h2_post", "h2"),
    ),
    Case(
        "http2_idle",
        [Open(), StreamHead(1, "h2"), Headers(status(), on="h2"), Ended(), StreamDone(1, "h2")],
        {"h2": [_HELD]},
        listener="idle",
        stats=_stats("idle", "h2"),
    ),
]

GROUP = Group(
    _CONFIG,
    [*_HTTP1, *_HTTP2],
    upstreams={"h1": Server(), "h2": Server("h2"), "refused": Server("refused")},
    listener="h1",
    protocol="tcp",
)
