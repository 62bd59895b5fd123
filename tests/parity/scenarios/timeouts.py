"""Every timer that a request, a connection or a pool can run into."""

from tests.parity.config import Node, bootstrap, cluster, http, http_protocol, merged
from tests.parity.scenario import Case, Group, Server, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import (
    Answered,
    Ended,
    Heads,
    Messages,
    Open,
    Reading,
    Send,
    Settle,
    Until,
)

_NEVER = Reply(when="never")
_HALF = Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
_UNFINISHED = request("POST / HTTP/1.1", "Host: a.test", "Content-Length: 9", body=b"half")


def _route(name: str, action: str, hcm: str = "{}") -> Node:
    return http(
        name, routes=f"[{{match: {{prefix: /}}, route: {{{action}}}}}]", hcm=hcm, plain=True
    )


_UP = "cluster: up"
_LARGE = response(body=b"x" * (16 << 20))
_EXPLICIT = "explicit_http_config: {http_protocol_options: {}}"
_COMMON = "common_http_protocol_options: "
_LISTENERS = [
    http(
        "expected",
        routes="[{match: {prefix: /none}, route: {cluster: up, timeout: 0s}},"
        " {match: {prefix: /}, route: {cluster: up, timeout: 1.5s}}]",
    ),
    _route("timeout", f"{_UP}, timeout: 0.1s"),
    merged(
        _route("large", "cluster: large, timeout: 1s"),
        {"per_connection_buffer_limit_bytes": 64 << 20},
    ),
    _route("route_idle", f"{_UP}, idle_timeout: 0.1s"),
    _route("stream_idle", _UP, "stream_idle_timeout: 0.1s"),
    _route("request", _UP, "request_timeout: 0.1s"),
    _route("headers", _UP, "request_headers_timeout: 0.1s"),
    _route("stream", f"{_UP}, max_stream_duration: {{max_stream_duration: 0.1s}}"),
    _route("streams", _UP, _COMMON + "{max_stream_duration: 0.1s}"),
    _route("grpc", f"{_UP}, timeout: 0s, max_stream_duration: {{grpc_timeout_header_max: 5s}}"),
    _route("idle", _UP, _COMMON + "{idle_timeout: 0.1s}\ndrain_timeout: 0.001s"),
    _route("duration", _UP, _COMMON + "{max_connection_duration: 0.1s}\ndrain_timeout: 0.001s"),
    _route("counted", _UP, _COMMON + "{max_requests_per_connection: 2}"),
    _route("at_once", _UP, "delayed_close_timeout: 0s"),
    _route("connect", "cluster: silent"),
    _route("pool", "cluster: pool"),
    _route("once", "cluster: once"),
    _route(
        "internal",
        _UP,
        "internal_address_config: {cidr_ranges: [{address_prefix: 127.0.0.1, prefix_len: 32}]}\n"
        "use_remote_address: true",
    ),
]
_CLUSTERS = [
    cluster(),
    cluster("large", "per_connection_buffer_limit_bytes: 67108864", to=["up"]),
    cluster("silent", "connect_timeout: 0.1s"),
    merged(
        cluster("pool", to=["up"]),
        http_protocol(f"{{common_http_protocol_options: {{idle_timeout: 0.1s}}, {_EXPLICIT}}}"),
    ),
    merged(
        cluster("once", to=["up"]),
        http_protocol(
            f"{{common_http_protocol_options: {{max_requests_per_connection: 1}}, {_EXPLICIT}}}"
        ),
    ),
]

_REQUESTS = [
    Case(
        "the_upstream_is_told", [get(), Messages(1), get("/none"), Messages(2)], listener="expected"
    ),
    Case(
        "no_response_in_time",
        [get(), Messages(1)],
        [_NEVER],
        [
            "cluster.up.upstream_rq_timeout",
            "cluster.up.upstream_rq_504",
            "cluster.up.upstream_rq_5xx",
            "cluster.up.upstream_cx_destroy_local_with_active_rq",
            "http.timeout.downstream_rq_5xx",
            "http.timeout.downstream_rq_timeout",
        ],
        listener="timeout",
    ),
    Case("half_a_response_in_time", [get(), Ended()], [_HALF], listener="timeout"),
    Case(
        "the_timeout_begins_after_the_request",
        [_UNFINISHED, Heads(1, "up"), Settle(), b"12345", Messages(1)],
        [_NEVER],
        listener="timeout",
    ),
    Case(
        "no_response_while_idle",
        [get(), Messages(1)],
        [_NEVER],
        ["http.route_idle.downstream_rq_idle_timeout"],
        listener="route_idle",
    ),
    Case("half_a_request_then_idle", [_UNFINISHED, Answered()], [_NEVER], listener="stream_idle"),
    Case("half_a_response_then_idle", [get(), Ended()], [_HALF], listener="stream_idle"),
    Case(
        "no_response_while_idle_by_default",
        [get(), Messages(1)],
        [_NEVER],
        ["http.stream_idle.downstream_rq_idle_timeout"],
        listener="stream_idle",
    ),
    Case(
        "the_request_takes_too_long",
        [_UNFINISHED, Answered()],
        [_NEVER],
        ["http.request.downstream_rq_timeout", "http.request.downstream_rq_4xx"],
        listener="request",
    ),
    Case("the_request_was_in_time", [post("/", b"x"), Messages(1)], listener="request"),
    Case(
        "the_headers_take_too_long",
        [b"GET / HTTP/1.1\r\nHost: a.t", Answered()],
        [],
        ["http.headers.downstream_rq_header_timeout"],
        listener="headers",
    ),
    Case(
        "the_headers_outlast_the_request",
        [b"GET / HTTP/1.1\r\nHost: a.t", Answered()],
        [],
        ["http.request.downstream_rq_timeout", "http.request.downstream_rq_header_timeout"],
        listener="request",
    ),
    Case(
        "the_headers_outlast_an_idle_stream",
        [b"GET / HTTP/1.1\r\nHost: a.t", Answered()],
        [],
        ["http.stream_idle.downstream_rq_idle_timeout"],
        listener="stream_idle",
    ),
    Case(
        "the_headers_outlast_streams",
        [b"GET / HTTP/1.1\r\nHost: a.t", Answered()],
        [],
        ["http.streams.downstream_rq_max_duration_reached"],
        listener="streams",
    ),
    Case(
        "a_response_is_read_after_the_timeout",
        [
            *(get(), Messages(1, "up"), Reading(False), Send(_LARGE, "up")),
            *(Until("cluster.large.upstream_rq_active", 0), Open("d", listener="expected")),
            *(Send(get(), "d"), Messages(1, "d"), Reading(True), Messages(1)),
        ],
        [_NEVER, _NEVER],
        ["cluster.large.upstream_rq_timeout", "http.large.downstream_rq_rx_reset"],
        listener="large",
    ),
    Case(
        "a_stream_lasts_too_long",
        [get(), Messages(1)],
        [_NEVER],
        ["http.stream.downstream_rq_max_duration_reached"],
        listener="stream",
    ),
    Case(
        "a_stream_with_half_a_response_lasts_too_long", [get(), Ended()], [_HALF], listener="stream"
    ),
    Case(
        "streams_last_too_long",
        [get(), Messages(1)],
        [_NEVER],
        ["http.streams.downstream_rq_max_duration_reached"],
        listener="streams",
    ),
    Case(
        "grpc_timeout_of_the_client",
        [
            get("/", "grpc-timeout: 100m", "content-type: application/grpc", method="POST"),
            Answered(),
        ],
        [_NEVER],
        listener="grpc",
    ),
    Case(
        "timeout_of_an_internal_client",
        [get("/", "x-envoy-upstream-rq-timeout-ms: 100"), Messages(1)],
        [_NEVER],
        listener="internal",
    ),
    Case(
        "timeout_with_another_answer",
        [
            get(
                "/",
                "x-envoy-upstream-rq-timeout-ms: 100",
                "x-envoy-upstream-rq-timeout-alt-response: 1",
            ),
            Messages(1),
        ],
        [_NEVER],
        listener="internal",
    ),
    Case(
        "timeout_that_is_no_number",
        [get("/", "x-envoy-upstream-rq-timeout-ms: soon"), Messages(1)],
        listener="internal",
    ),
]
_CONNECTIONS = [
    Case(
        "an_idle_connection",
        [Open(), Ended()],
        [],
        ["http.idle.downstream_cx_idle_timeout"],
        listener="idle",
    ),
    Case(
        "idle_after_a_request",
        [get(), Messages(1), Ended()],
        [],
        ["http.idle.downstream_cx_idle_timeout"],
        listener="idle",
    ),
    Case(
        "a_connection_lasts_too_long",
        [Open(), Ended()],
        [],
        ["http.duration.downstream_cx_max_duration_reached"],
        listener="duration",
    ),
    Case(
        "a_connection_lasts_too_long_with_a_request",
        [
            *(
                get(),
                Messages(1, "up"),
                Until("http.duration.downstream_cx_max_duration_reached", 1),
            ),
            *(Settle(), Send(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "up"), Ended()),
        ],
        [_NEVER],
        listener="duration",
    ),
    Case(
        "so_many_requests_a_connection",
        [get("/1"), Messages(1), get("/2"), Ended()],
        [],
        ["http.counted.downstream_cx_max_requests_reached"],
        listener="counted",
    ),
    Case("closed_at_once", [b"nonsense\r\n\r\n", Ended()], listener="at_once"),
    Case(
        "connecting_takes_too_long",
        [get(), Messages(1)],
        [],
        [
            "cluster.silent.upstream_cx_connect_timeout",
            "cluster.silent.upstream_cx_connect_fail",
            "cluster.silent.upstream_cx_total",
            "cluster.silent.upstream_rq_total",
            "cluster.silent.upstream_rq_503",
            "cluster.silent.upstream_rq_pending_failure_eject",
        ],
        listener="connect",
    ),
    Case(
        "an_idle_connection_of_the_pool",
        [get(), Messages(1), Ended("up")],
        [],
        ["cluster.pool.upstream_cx_idle_timeout"],
        listener="pool",
    ),
    Case(
        "one_request_for_each_connection_of_the_pool",
        [get("/1"), Messages(1), Ended("up.0"), get("/2"), Messages(2)],
        [],
        [
            "cluster.once.upstream_cx_max_requests",
            "cluster.once.upstream_cx_total",
        ],
        listener="once",
    ),
]

CASES = [*_REQUESTS, *_CONNECTIONS]
GROUP = Group(
    bootstrap(_LISTENERS, _CLUSTERS),
    CASES,
    upstreams={"up": Server(), "silent": Server("silent")},
    listener="timeout",
)
