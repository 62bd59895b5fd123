"""Tunnels of the TCP proxy: answers that open none, retries, limits, timers, request ids and what
the log knows."""

from tests.parity.config import Node, bootstrap, cluster, tcp
from tests.parity.http2 import H2Reply, status
from tests.parity.scenario import Case, Group, Server, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import (
    Bytes,
    Ended,
    Finish,
    Heads,
    Open,
    Send,
    Settle,
)
from tests.parity.steps_h2 import Data, GoAway, Headers, Rst, StreamData, StreamDone, StreamHead

_EXTENSIONS = "type.googleapis.com/envoy.extensions"
_LOG = (
    "%ACCESS_LOG_TYPE% %PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% "
    "rx=%BYTES_RECEIVED% tx=%BYTES_SENT% %UPSTREAM_CLUSTER% %UPSTREAM_HOST% %UPSTREAM_PROTOCOL% "
    "%UPSTREAM_TRANSPORT_FAILURE_REASON% %CONNECTION_TERMINATION_DETAILS% "
    "%UPSTREAM_REQUEST_ATTEMPT_COUNT% %UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT% "
    "%REQ(:AUTHORITY)% %REQ(X-REQUEST-ID)% %RESP(X-B)%"
)
_BYTES = (
    "down=%DOWNSTREAM_WIRE_BYTES_RECEIVED%/%DOWNSTREAM_WIRE_BYTES_SENT% "
    "up=%UPSTREAM_WIRE_BYTES_SENT%/%UPSTREAM_WIRE_BYTES_RECEIVED% "
    "heads=%UPSTREAM_HEADER_BYTES_SENT%/%UPSTREAM_HEADER_BYTES_RECEIVED%"
)
_STATE = (
    "%FILTER_STATE(envoy.tcp_proxy.propagate_response_headers)% "
    "%FILTER_STATE(envoy.tcp_proxy.propagate_response_headers:PLAIN)% "
    "%FILTER_STATE(envoy.tcp_proxy.propagate_response_headers:FIELD:x-b)% "
    "%FILTER_STATE(envoy.tcp_proxy.propagate_response_trailers)%"
)
_IDS = (
    "%DYNAMIC_METADATA(envoy.filters.network.tcp_proxy:tunnel_request_id)% "
    "%DYNAMIC_METADATA(envoy.filters.network.tcp_proxy:my_id)% "
    "%DYNAMIC_METADATA(envoy.filters.network.tcp_proxy)%"
)
_UUID = (
    f'request_id_extension: {{typed_config: {{"@type": {_EXTENSIONS}'
    ".request_id.uuid.v3.UuidRequestIdConfig}}"
)
_HOST = "hostname: 'host.test:443'"


def _listener(name: str, to: str, tunnel: str = _HOST, more: str = "", line: str = _LOG) -> Node:
    log = (
        'access_log: [{name: log, typed_config: {"@type": '
        f"{_EXTENSIONS}.access_loggers.file.v3.FileAccessLog, path: $dir/{name}.log, "
        f'log_format: {{text_format_source: {{inline_string: "{line}\\n"}}}}}}}}]'
    )
    return tcp(name, proxy=f"{{cluster: {to}, {log}, tunneling_config: {{{tunnel}}}{more}}}")


_TWICE = ", max_connect_attempts: 2"
_POST = f"{_HOST}, use_post: true"
_LISTENERS = [
    _listener("h1", "h1"),
    _listener("h1_bytes", "h1", line=_BYTES),
    _listener("h1_twice", "h1", _HOST, _TWICE),
    _listener(
        "h1_backoff",
        "h1",
        _HOST,
        _TWICE + ", backoff_options: {base_interval: 0.01s, max_interval: 0.02s}",
    ),
    _listener("h1_post", "h1", _POST),
    _listener("h1_idle", "h1", _HOST, ", idle_timeout: 0.1s"),
    _listener("h1_duration", "h1", _HOST, ", max_downstream_connection_duration: 0.1s"),
    _listener(
        "h1_logs",
        "h1",
        _HOST,
        ", access_log_options: "
        "{flush_access_log_on_start: true, flush_access_log_on_connected: true}",
    ),
    _listener(
        "h1_saved",
        "h1",
        f"{_HOST}, propagate_response_headers: true, propagate_response_trailers: true",
        line=_STATE,
    ),
    _listener("h1_id", "h1", f"{_HOST}, {_UUID}", line=_IDS),
    _listener(
        "h1_my_id",
        "h1",
        f"{_HOST}, {_UUID}, request_id_header: x-my-id, request_id_metadata_key: my_id",
        line=_IDS,
    ),
    _listener(
        "h1_id_replaced",
        "h1",
        f"{_HOST}, {_UUID}, headers_to_add: "
        "[{header: {key: x-request-id, value: mine}, append_action: OVERWRITE_IF_EXISTS_OR_ADD},"
        " {header: {key: x-of, value: '%REQ(X-REQUEST-ID)% %REQ(:METHOD)% %REQ(:AUTHORITY)%'}},"
        " {header: {key: x-meta, value:"
        " '%DYNAMIC_METADATA(envoy.filters.network.tcp_proxy:tunnel_request_id)%'}}]",
        line=_IDS,
    ),
    _listener("h1_empty_host", "h1", "hostname: '%DYNAMIC_METADATA(a:b)%'"),
    _listener("h1_plain_host", "h1", "hostname: '%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%'"),
    _listener(
        "h1_appended_host", "h1", f"{_POST}, headers_to_add: [{{header: {{key: te, value: x}}}}]"
    ),
    _listener("one", "one"),
    _listener("none", "none"),
    _listener("full", "full"),
    _listener("down", "down"),
    _listener("gone_twice", "gone", _HOST, _TWICE),
    _listener("empty", "empty"),
    _listener("h2", "h2"),
    _listener("h2_twice", "h2", _HOST, _TWICE),
    _listener("h2_post", "h2", _POST),
    _listener("h2_id", "h2", f"{_HOST}, {_UUID}", line=_IDS),
    _listener("h2_idle", "h2", _HOST, ", idle_timeout: 0.1s"),
    _listener("h2_duration", "h2", _HOST, ", max_downstream_connection_duration: 0.1s"),
    _listener(
        "h2_saved",
        "h2",
        f"{_POST}, propagate_response_headers: true, propagate_response_trailers: true",
        line=_STATE,
    ),
]


def _limited(name: str, limit: str) -> Node:
    return cluster(name, f"circuit_breakers: {{thresholds: [{{{limit}}}]}}", to=["h1"])


_CONFIG = bootstrap(
    _LISTENERS,
    [
        cluster("h1"),
        cluster("h2", h2=True),
        _limited("one", "max_connections: 1"),
        _limited("none", "max_pending_requests: 0"),
        _limited("full", "max_connections: 0"),
        _limited("down", "max_requests: 0"),
        cluster("gone", to=["refused"]),
        cluster("empty", "load_assignment: {cluster_name: empty, endpoints: []}"),
    ],
)
_YES = Reply(b"HTTP/1.1 200 OK\r\nx-b: c\r\n\r\n", when="head")
_NEVER = Reply(when="never")
_HELD = H2Reply(when="never")


def _stats(listener: str, upstream: str) -> list[str]:
    tcp_stats = ("downstream_cx_rx_bytes_total", "downstream_cx_tx_bytes_total", "idle_timeout")
    up_stats = (
        *("cx_total", "cx_connect_attempts_exceeded", "cx_connect_fail", "cx_overflow"),
        *("rq_total", "rq_active", "rq_rx_reset", "rq_tx_reset", "rq_pending_total"),
        *("rq_pending_overflow", "rq_pending_failure_eject", "rq_cancelled", "rq_retry"),
        *("cx_destroy_local", "cx_destroy_remote", "cx_destroy_local_with_active_rq"),
        *("cx_destroy_remote_with_active_rq", "cx_protocol_error", "cx_none_healthy"),
        *("cx_close_notify", "cx_pool_overflow"),
    )
    return [
        *(f"tcp.{listener}.{name}" for name in tcp_stats),
        *(f"cluster.{upstream}.upstream_{name}" for name in up_stats),
    ]


_ANSWERED = [
    Case(
        f"http1_{name}",
        [b"hello", Heads(1, "h1"), Settle()],
        {"h1": [Reply(answer, when="head")]},
        stats=_stats("h1", "h1"),
    )
    for name, answer in (
        ("created", b"HTTP/1.1 201 Created\r\n\r\n"),
        ("no_content", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("with_a_length", response("200 OK", body=b"abc")),
        ("in_chunks", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"),
        ("and_bytes", b"HTTP/1.1 200 OK\r\n\r\nfirst"),
        ("after_continue", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
        ("closing", b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"),
        ("of_http10", b"HTTP/1.0 200 OK\r\n\r\n"),
    )
]
_REFUSED = [
    Case(
        f"http1_{name}",
        [b"hello", Ended()],
        {"h1": [Reply(answer, when="head", then=then)]},  # type: ignore[arg-type]
        stats=_stats("h1", "h1"),
    )
    for name, answer, then in (
        ("redirected", response("302 Found", "location: /x"), None),
        ("switched", b"HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n", None),
        ("unavailable", response("503 Service Unavailable", body=b"no"), None),
        ("unauthorized", response("407 Proxy Authentication Required", body=b"no"), None),
        ("garbage", b"garbage\r\n\r\n", None),
        ("closed", b"", "close"),
        ("reset", b"", "reset"),
        ("half_a_head", b"HTTP/1.1 200 OK\r\nx-b", "close"),
    )
]
_HTTP1 = [
    Case(
        "http1_bytes",
        [
            *(Open(), Heads(1, "h1"), b"hello", Settle(), Send(b"world!", "h1"), Bytes(6)),
            *(Finish("close"), Ended("h1")),
        ],
        {"h1": [_YES]},
        listener="h1_bytes",
    ),
    Case(
        "http1_log_lines",
        [b"hello", Heads(1, "h1"), Settle(), Finish("close"), Ended("h1")],
        {"h1": [_YES]},
        listener="h1_logs",
    ),
    Case(
        "http1_log_lines_of_a_refusal",
        [b"hello", Ended()],
        {"h1": [Reply(response("403 No"), when="head")]},
        listener="h1_logs",
    ),
    Case(
        "http1_client_leaves_early",
        [
            *(b"early", Heads(1, "h1"), Settle(), Finish("close"), Settle()),
            *(Send(_YES.data, "h1"), Ended("h1")),
        ],
        {"h1": [_NEVER]},
        stats=_stats("h1", "h1"),
    ),
    Case(
        "http1_client_resets_early",
        [
            *(b"early", Heads(1, "h1"), Settle(), Finish("reset"), Settle()),
            *(Send(_YES.data, "h1"), Ended("h1")),
        ],
        {"h1": [_NEVER]},
        stats=_stats("h1", "h1"),
    ),
    Case(
        "http1_client_half_closes_early",
        [b"early", Finish("shut"), Heads(1, "h1"), Settle(), Send(_YES.data, "h1"), Settle()],
        {"h1": [_NEVER]},
        stats=_stats("h1", "h1"),
    ),
    Case(
        "http1_client_resets",
        [b"hello", Heads(1, "h1"), Settle(), Finish("reset"), Ended("h1")],
        {"h1": [_YES]},
        stats=_stats("h1", "h1"),
    ),
    Case(
        "http1_upstream_resets",
        [b"hello", Heads(1, "h1"), Settle(), Finish("reset", "h1"), Ended()],
        {"h1": [_YES]},
        stats=_stats("h1", "h1"),
    ),
    Case(
        "http1_upstream_half_closes",
        [b"hello", Heads(1, "h1"), Settle(), Send(b"bye", "h1"), Finish("shut", "h1"), Ended()],
        {"h1": [_YES]},
        stats=_stats("h1", "h1"),
    ),
    Case(
        "http1_much_both_ways",
        [
            *(Open(), Heads(1, "h1"), b"x" * 300_000, Settle()),
            *(Send(b"y" * 300_000, "h1"), Bytes(300_000), Finish("close"), Ended("h1")),
        ],
        {"h1": [_YES]},
        stats=[
            *_stats("h1", "h1"),
            "cluster.h1.upstream_cx_tx_bytes_total",
            "cluster.h1.upstream_cx_rx_bytes_total",
        ],
    ),
    Case(
        "http1_idle",
        [Open(), Heads(1, "h1"), Ended(), Ended("h1")],
        {"h1": [_YES]},
        listener="h1_idle",
        stats=_stats("h1_idle", "h1"),
    ),
    Case(
        "http1_idle_before_the_answer",
        [Open(), Heads(1, "h1"), Settle()],
        {"h1": [_NEVER]},
        listener="h1_idle",
        stats=_stats("h1_idle", "h1"),
    ),
    Case(
        "http1_duration",
        [Open(), Heads(1, "h1"), Ended(), Ended("h1")],
        {"h1": [_YES]},
        listener="h1_duration",
        stats=[*_stats("h1_duration", "h1"), "tcp.h1_duration.max_downstream_connection_duration"],
    ),
    Case(
        "http1_duration_before_the_answer",
        [Open(), Heads(1, "h1"), Ended(), Ended("h1")],
        {"h1": [_NEVER]},
        listener="h1_duration",
        stats=[*_stats("h1_duration", "h1"), "tcp.h1_duration.max_downstream_connection_duration"],
    ),
    Case(
        "http1_saved",
        [b"hello", Heads(1, "h1"), Settle(), Finish("close"), Ended("h1")],
        {"h1": [_YES]},
        listener="h1_saved",
    ),
    Case(
        "http1_saved_of_a_refusal",
        [b"hello", Ended()],
        {"h1": [Reply(response("403 No", "x-b: c"), when="head")]},
        listener="h1_saved",
    ),
    Case("http1_id", [b"hello", Heads(1, "h1"), Settle()], {"h1": [_YES]}, listener="h1_id"),
    Case("http1_my_id", [b"hello", Heads(1, "h1"), Settle()], {"h1": [_YES]}, listener="h1_my_id"),
    Case(
        "http1_id_replaced",
        [b"hello", Heads(1, "h1"), Settle()],
        {"h1": [_YES]},
        listener="h1_id_replaced",
    ),
    Case("http1_empty_host", [b"hello", Settle()], {"h1": [_YES]}, listener="h1_empty_host"),
    Case(
        "http1_plain_host",
        [b"hello", Heads(1, "h1"), Settle()],
        {"h1": [_YES]},
        listener="h1_plain_host",
    ),
    Case(
        "http1_te",
        [b"hello", Heads(1, "h1"), Settle()],
        {"h1": [_YES]},
        listener="h1_appended_host",
    ),
]
_POSTS = [
    Case(
        f"post_{name}",
        [b"hello", Heads(1, "h1"), *steps],
        {"h1": [Reply(answer, when="head")]},
        listener="h1_post",
        stats=_stats("h1_post", "h1"),
    )
    for name, answer, steps in (
        ("no_content", b"HTTP/1.1 204 No Content\r\n\r\n", [Settle()]),
        (
            "client_half_closes",
            request("HTTP/1.1 200 OK", "transfer-encoding: chunked", body=b"3\r\nabc\r\n"),
            [Bytes(3), Finish("shut"), Ended("h1"), Ended()],
        ),
        (
            "client_leaves",
            request("HTTP/1.1 200 OK", "transfer-encoding: chunked", body=b"3\r\nabc\r\n"),
            [Bytes(3), Finish("close"), Ended("h1")],
        ),
        (
            "upstream_leaves",
            request("HTTP/1.1 200 OK", "transfer-encoding: chunked", body=b"3\r\nabc\r\n"),
            [Bytes(3), Finish("close", "h1"), Ended()],
        ),
        (
            "breaks",
            request("HTTP/1.1 200 OK", "transfer-encoding: chunked", body=b"3\r\nabc\r\n"),
            [Bytes(3), Send(b"nonsense\r\n", "h1"), Ended()],
        ),
        ("refused", response("403 No", body=b"abc"), [Ended()]),
    )
]
_SAVED = [
    Case(
        "http2_saved",
        [
            *(b"hello", StreamHead(1, "h2"), Headers((*status(), ("x-b", "c")), on="h2")),
            *(Data(b"abc", on="h2"), Headers((("x-t", "u"),), True, on="h2"), Ended()),
            *(Finish("shut"), StreamDone(1, "h2")),
        ],
        {"h2": [_HELD]},
        listener="h2_saved",
    ),
]
_RETRIES = [
    *(
        Case(
            f"{listener}_{name}",
            [b"hello", *steps],
            {"h1": [Reply(answer, when="head", then=then), _YES]},  # type: ignore[arg-type]
            listener=listener,
            stats=_stats(listener, "h1"),
        )
        for listener in ("h1_twice", "h1_backoff")
        for name, answer, then, steps in (
            ("after_403", response("403 No"), None, [Heads(1, "h1.1"), Settle()]),
            ("after_a_close", b"", "close", [Heads(1, "h1.1"), Settle()]),
            ("after_garbage", b"garbage\r\n\r\n", None, [Heads(1, "h1.1"), Settle()]),
        )
    ),
    Case(
        "gone_twice", [b"hello", Ended()], listener="gone_twice", stats=_stats("gone_twice", "gone")
    ),
    Case("no_host", [b"hello", Ended()], listener="empty", stats=_stats("empty", "empty")),
    Case(
        "one_connection",
        [
            *(b"hello", Heads(1, "h1"), Settle(), Open("d"), Send(b"x", "d"), Settle()),
            *(Finish("close"), Settle()),
        ],
        {"h1": [_YES, _YES]},
        listener="one",
        stats=_stats("one", "one"),
    ),
    Case(
        "no_pending",
        [b"hello", Settle()],
        {"h1": [_YES]},
        listener="none",
        stats=_stats("none", "none"),
    ),
    Case(
        "no_connections",
        [b"hello", Settle()],
        {"h1": [_YES]},
        listener="full",
        stats=_stats("full", "full"),
    ),
    Case(
        "no_requests",
        [b"hello", Settle()],
        {"h1": [_YES]},
        listener="down",
        stats=_stats("down", "down"),
    ),
]


def _h2(name: str, steps: list[object], listener: str = "h2", without: str = "-") -> Case:
    return Case(
        f"http2_{name}",
        [b"hello", StreamHead(1, "h2"), *steps],  # type: ignore[list-item]
        {"h2": [_HELD, _HELD]},
        listener=listener,
        stats=[name for name in _stats(listener, "h2") if without not in name],
    )


_OPENED = Headers((*status(), ("x-b", "c")), on="h2")
_HTTP2 = [
    _h2("created", [Headers(status(201), on="h2"), Settle()]),
    _h2("interim", [Headers(status(103), on="h2"), Settle(), _OPENED, StreamData(5, 1, "h2")]),
    _h2("answer_ends", [Headers(status(), True, on="h2"), Settle(), b"more", Settle()]),
    _h2(
        "answer_ends_and_client",
        [Headers(status(), True, on="h2"), Settle(), Finish("shut"), Settle()],
    ),
    _h2("redirected", [Headers(status(302), on="h2"), Ended()]),
    _h2("reset_before_the_answer", [Rst(on="h2"), Ended()]),
    _h2("refused_stream", [Rst(7, on="h2"), Ended()]),
    # Who closes a connection that has no stream any more is another matter.
    _h2("goaway_before_the_answer", [GoAway(0, on="h2"), Ended()], without="cx_destroy"),
    _h2("closed_before_the_answer", [Finish("close", "h2"), Ended()]),
    _h2("closed", [_OPENED, StreamData(5, 1, "h2"), Finish("close", "h2"), Ended()]),
    _h2(
        "goaway", [_OPENED, StreamData(5, 1, "h2"), GoAway(1, on="h2"), Settle(), b"more", Settle()]
    ),
    _h2(
        "trailers",
        [_OPENED, StreamData(5, 1, "h2"), Headers((("x-t", "u"),), True, on="h2"), Settle()],
    ),
    _h2("reset_without_error", [_OPENED, StreamData(5, 1, "h2"), Rst(0, on="h2"), Ended()]),
    _h2("client_leaves", [_OPENED, StreamData(5, 1, "h2"), Finish("close"), StreamDone(1, "h2")]),
    _h2("client_leaves_early", [Finish("close"), Settle(), _OPENED, StreamDone(1, "h2")]),
    _h2("client_resets_early", [Finish("reset"), Settle(), _OPENED, StreamDone(1, "h2")]),
    _h2("refused_stream_later", [_OPENED, StreamData(5, 1, "h2"), Rst(7, on="h2"), Ended()]),
    _h2(
        "client_half_closes_early",
        [Finish("shut"), Settle(), _OPENED, StreamData(5, 1, "h2"), StreamDone(1, "h2")],
    ),
    _h2("duration", [_OPENED, Ended(), StreamDone(1, "h2")], "h2_duration"),
    _h2("idle_before_the_answer", [Settle()], "h2_idle"),
    _h2(
        "second_attempt",
        [
            Headers(status(503), True, on="h2"),
            StreamHead(3, "h2"),
            Headers(status(), stream=3, on="h2"),
            StreamData(5, 3, "h2"),
        ],
        "h2_twice",
    ),
    _h2(
        "second_attempt_after_a_reset",
        [
            Rst(on="h2"),
            StreamHead(3, "h2"),
            Headers(status(), stream=3, on="h2"),
            StreamData(5, 3, "h2"),
        ],
        "h2_twice",
    ),
    _h2(
        "refused_twice",
        [
            Headers(status(503), True, on="h2"),
            StreamHead(3, "h2"),
            Headers(status(403), True, stream=3, on="h2"),
            Ended(),
        ],
        "h2_twice",
    ),
    _h2(
        "post_upstream_ends_first",
        [
            _OPENED,
            StreamData(5, 1, "h2"),
            Data(b"bye", end=True, on="h2"),
            Ended(),
            b"more",
            StreamData(9, 1, "h2"),
            Finish("shut"),
            StreamDone(1, "h2"),
        ],
        "h2_post",
    ),
    _h2("id", [_OPENED, StreamData(5, 1, "h2")], "h2_id"),
    _h2(
        "two_clients",
        [
            _OPENED,
            *(
                StreamData(5, 1, "h2"),
                Open("d"),
                StreamHead(3, "h2"),
                Headers(status(), stream=3, on="h2"),
            ),
            *(Send(b"hi", "d"), StreamData(2, 3, "h2"), Finish("close"), StreamDone(1, "h2")),
            *(Data(b"yes", stream=3, on="h2"), Bytes(3, "d"), Rst(stream=3, on="h2"), Ended("d")),
        ],
    ),
    _h2(
        "much_both_ways",
        [
            _OPENED,
            *(Send(b"x" * 300_000), StreamData(300_005, 1, "h2")),
            *(Data(b"y" * 10_000, on="h2"), Bytes(10_000), Finish("close"), StreamDone(1, "h2")),
        ],
    ),
]

GROUP = Group(
    _CONFIG,
    [*_ANSWERED, *_REFUSED, *_HTTP1, *_POSTS, *_SAVED, *_RETRIES, *_HTTP2],
    upstreams={"h1": Server(), "h2": Server("h2"), "refused": Server("refused")},
    listener="h1",
    protocol="tcp",
)
