"""HTTP/2 to the upstream, from HTTP/1 and HTTP/2 clients: bridging, resets, GOAWAY, pools."""

from tests.parity.config import bootstrap, cluster, http, http_protocol, merged
from tests.parity.http2 import H2Reply, fields, status
from tests.parity.scenario import Case, Group, Server, get, post, request
from tests.parity.steps import Answered, Finish, Messages, Send, Settle
from tests.parity.steps_h2 import (
    Data,
    GoAway,
    Headers,
    Raw,
    Rst,
    StreamDone,
    StreamHead,
)

_GET = Headers(fields(), end=True)
_HOLD = H2Reply(when="never")
_OK = H2Reply()
_CHUNKED = "Transfer-Encoding: chunked"
_H2 = "explicit_http_config: {http2_protocol_options: {%s}}"
_TRAILERS = "http_protocol_options: {enable_trailers: true}"
_BIG = b"x" * 60_000


def _to(name: str, hcm: str = "{}") -> dict[str, object]:
    return http(
        name, routes=f"[{{match: {{prefix: /}}, route: {{cluster: {name}}}}}]", hcm=hcm, plain=True
    )


_CONFIG = bootstrap(
    [
        http("full"),
        _to("up"),
        http("trailers", hcm=_TRAILERS, plain=True),
        _to("limited"),
        _to("once"),
        _to("downstream"),
        _to("one_stream"),
        http(
            "quick",
            routes="[{match: {prefix: /}, route: {cluster: up, timeout: 0.1s}}]",
            plain=True,
        ),
    ],
    [
        cluster("up", h2=True),
        cluster("limited", to=["limited"], h2=True),
        merged(
            cluster("once", to=["up"]),
            http_protocol(
                "{common_http_protocol_options: {max_requests_per_connection: 1}, " + _H2 % "" + "}"
            ),
        ),
        merged(cluster("one_stream", to=["up"]), http_protocol(_H2 % "max_concurrent_streams: 1")),
        merged(
            cluster("downstream", to=["h1"]),
            http_protocol(
                "use_downstream_protocol_config: "
                "{http_protocol_options: {}, http2_protocol_options: {}}"
            ),
        ),
    ],
)


def _h2(name: str, *steps: object, replies: object = (), **more: object) -> Case:
    return Case(name, steps, replies, protocol="h2", **more)  # type: ignore[arg-type]


_FROM_HTTP1 = [
    Case(
        "h1_get",
        [get("/a?b=c", "User-Agent: parity", "X-One: 1")],
        listener="full",
        stats=[
            "cluster.up.upstream_cx_http2_total",
            "cluster.up.upstream_rq_total",
            "cluster.up.upstream_rq_200",
        ],
    ),
    Case(
        "h1_head",
        [get(method="HEAD"), Answered()],
        [H2Reply(status(200, ("content-length", "9")), b"")],
    ),
    Case("h1_post", [post("/", b"hello")]),
    Case(
        "h1_chunked",
        [request("POST / HTTP/1.1", "Host: a.test", _CHUNKED, body=b"5\r\nhello\r\n0\r\n\r\n")],
    ),
    Case("h1_post_without_a_body", [get(method="POST")]),
    Case(
        "h1_request_trailers",
        [
            request(
                "POST / HTTP/1.1",
                "Host: a.test",
                _CHUNKED,
                body=b"2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n",
            )
        ],
        listener="trailers",
    ),
    Case(
        "h1_response_trailers",
        [get("/", "TE: trailers")],
        [H2Reply(status(), b"hi", (("x-sum", "1"),))],
        listener="trailers",
    ),
    Case("h1_response_trailers_dropped", [get()], [H2Reply(status(), b"hi", (("x-sum", "1"),))]),
    Case("h1_response_without_a_length", [get()], [H2Reply(status(), b"hello")]),
    Case("h1_response_without_a_body", [get()], [H2Reply(status(), b"")]),
    Case("h1_no_content", [get()], [H2Reply(status(204), b"")]),
    Case(
        "h1_hop_by_hop_headers",
        [
            get(
                "/",
                "Connection: x-hop",
                "X-Hop: 1",
                "Keep-Alive: 5",
                "TE: gzip",
                "Upgrade: x",
                "Cookie: a=1",
                "Cookie: b=2",
            )
        ],
    ),
    Case(
        "h1_two_clients_share_a_connection",
        [
            *(get("/1"), StreamHead(1, "up"), Send(get("/2"), "d"), StreamHead(3, "up")),
            *(
                Headers(status(), end=True, stream=3, on="up"),
                Messages(1, "d"),
                Headers(status(), end=True, on="up"),
                Messages(1),
            ),
        ],
        [_HOLD, _HOLD],
        stats=["cluster.up.upstream_cx_total", "cluster.up.upstream_rq_total"],
    ),
    Case(
        "h1_closes",
        [get(), StreamHead(1, "up"), Finish("close"), StreamDone(1, "up")],
        [_HOLD],
        stats=["cluster.up.http2.tx_reset"],
    ),
    Case("h1_timeout", [get(), Messages(1), StreamDone(1, "up")], [_HOLD], listener="quick"),
    Case(
        "h1_and_a_reset_after_the_head",
        [get(), Answered()],
        [H2Reply(status(), b"half", reset=2, end=False)],
    ),
]

_FROM_HTTP2 = [
    _h2("get", Headers(fields("/a", ("x-one", "1")), end=True)),
    _h2("post", Headers(fields(method="POST")), Data(b"hello", end=True)),
    _h2(
        "request_trailers",
        Headers(fields(method="POST")),
        Data(b"hi"),
        Headers((("x-sum", "1"),), end=True),
    ),
    _h2("response_trailers", _GET, replies=[H2Reply(status(), b"hi", (("x-sum", "1"),))]),
    _h2("trailers_without_a_body", _GET, replies=[H2Reply(status(), b"", (("x-sum", "1"),))]),
    _h2("cookies_are_joined", Headers(fields("/", ("cookie", "a=1"), ("cookie", "b=2")), end=True)),
    _h2(
        "both_directions_at_once",
        *(
            Headers(fields(method="POST")),
            Data(b"1"),
            StreamHead(1, "up"),
            Headers(status(), on="up"),
            StreamHead(),
        ),
        *(
            Data(b"one", on="up"),
            Settle(),
            Data(b"2", end=True),
            StreamDone(1, "up"),
            Data(b"two", end=True, on="up"),
            StreamDone(),
        ),
        replies=[_HOLD],
    ),
    _h2(
        "client_resets",
        _GET,
        StreamHead(1, "up"),
        Rst(),
        StreamDone(1, "up"),
        replies=[_HOLD],
        stats=[
            "cluster.up.upstream_rq_cancelled",
            "cluster.up.upstream_rq_tx_reset",
            "cluster.up.http2.tx_reset",
        ],
    ),
    _h2(
        "response_ends_while_the_request_goes_on",
        Headers(fields(method="POST")),
        Data(b"half"),
        StreamDone(),
        replies=[H2Reply(when="head")],
    ),
    _h2("a_big_request", Headers(fields(method="POST")), Data(_BIG, end=True), StreamDone()),
    _h2("a_big_response", _GET, StreamDone(), replies=[H2Reply(status(), _BIG)]),
    _h2(
        "interim",
        _GET,
        StreamHead(1, "up"),
        Headers(status(100), on="up"),
        Headers(status(103, ("link", "x")), on="up"),
        Headers(status(), end=True, on="up"),
        StreamDone(),
        replies=[_HOLD],
    ),
    _h2(
        "ten_streams",
        *(Headers(fields(f"/{n}"), end=True, stream=n) for n in range(1, 20, 2)),
        *(StreamDone(n) for n in range(1, 20, 2)),
        stats=["cluster.up.upstream_cx_total", "cluster.up.upstream_rq_total"],
    ),
    Case(
        "downstream_protocol_http1",
        [get()],
        listener="downstream",
        stats=["cluster.downstream.upstream_cx_http1_total"],
    ),
]

_RESETS = [
    _h2(
        f"reset_{name}",
        _GET,
        StreamDone(),
        replies=[H2Reply((), b"", reset=code)],
        stats=[
            "cluster.up.upstream_rq_rx_reset",
            "cluster.up.http2.rx_reset",
            "cluster.up.upstream_rq_5xx",
        ],
    )
    for name, code in (
        ("no_error", 0),
        ("protocol_error", 1),
        ("internal_error", 2),
        ("refused", 7),
        ("cancel", 8),
        ("calm", 11),
        ("http11_required", 13),
    )
] + [
    _h2(
        f"reset_after_the_head_{name}",
        _GET,
        StreamDone(),
        replies=[H2Reply(status(), b"half", reset=code, end=False)],
    )
    for name, code in (("no_error", 0), ("protocol_error", 1), ("cancel", 8))
]

_ENDED = [
    f"cluster.up.upstream_cx_{name}"
    for name in (
        "close_notify",
        "destroy",
        "destroy_local",
        "destroy_remote",
        "destroy_local_with_active_rq",
        "destroy_remote_with_active_rq",
    )
]
_CONNECTIONS = [
    Case(
        "goaway_after_the_response",
        [get("/1"), Messages(1), Settle(), get("/2"), Messages(2)],
        [H2Reply(goaway=0)],
        stats=["cluster.up.upstream_cx_total", "cluster.up.upstream_cx_close_notify"],
    ),
    Case(
        "goaway_while_idle",
        [get("/1"), Messages(1), GoAway(1, on="up"), Settle()],
        stats=_ENDED,
    ),
    Case(
        "goaway_then_the_last_stream",
        [
            get(),
            StreamHead(1, "up"),
            GoAway(1, on="up"),
            Settle(),
            Headers(status(), end=True, on="up"),
            Messages(1),
            Settle(),
        ],
        [_HOLD],
        stats=_ENDED,
    ),
    Case(
        "goaway_then_close_while_waiting",
        [
            get(),
            StreamHead(1, "up"),
            GoAway(1, on="up"),
            Settle(),
            Finish("close", "up"),
            Messages(1),
        ],
        [_HOLD],
        stats=_ENDED,
    ),
    Case(
        "goaway_that_ends_the_last_stream",
        [get(), StreamHead(1, "up"), GoAway(0, on="up"), Messages(1), Settle()],
        [_HOLD],
        stats=_ENDED,
    ),
    Case(
        "goaway_while_waiting",
        [
            get(),
            StreamHead(1, "up"),
            GoAway(1, on="up"),
            Settle(),
            Headers(status(), end=True, on="up"),
            Messages(1),
        ],
        [_HOLD],
    ),
    Case(
        "goaway_that_refuses_the_stream",
        [
            get(),
            StreamHead(1, "up"),
            GoAway(0, on="up"),
            Messages(1),
        ],
        [_HOLD],
    ),
    Case(
        "closes_while_waiting",
        [get(), StreamHead(1, "up"), Finish("close", "up"), Messages(1)],
        [_HOLD],
    ),
    Case(
        "answers_in_http1",
        [
            get(),
            StreamHead(1, "up"),
            Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "up"),
            Messages(1),
        ],
        [_HOLD],
        stats=["cluster.up.upstream_cx_protocol_error"],
    ),
    Case(
        "one_request_a_connection",
        [get("/1"), Messages(1), get("/2"), Messages(2)],
        listener="once",
        stats=["cluster.once.upstream_cx_total", "cluster.once.upstream_cx_max_requests"],
    ),
    Case(
        "one_stream_a_connection",
        [
            get("/1"),
            StreamHead(1, "up.0"),
            Send(get("/2"), "d"),
            StreamHead(1, "up.1"),
            Headers(status(), end=True, on="up.0"),
            Messages(1),
            Headers(status(), end=True, on="up.1"),
            Messages(1, "d"),
        ],
        [_HOLD, _HOLD],
        listener="one_stream",
        stats=["cluster.one_stream.upstream_cx_total"],
    ),
    Case(
        "one_stream_a_connection_says_the_upstream",
        [
            get("/0"),
            *(
                Messages(1),
                get("/1"),
                StreamHead(3, "limited.0"),
                Send(get("/2"), "d"),
                StreamHead(1, "limited.1"),
            ),
            *(
                Headers(status(), end=True, stream=3, on="limited.0"),
                Messages(2),
                Headers(status(), end=True, on="limited.1"),
                Messages(1, "d"),
            ),
        ],
        {"limited": [_OK, _HOLD, _HOLD]},
        listener="limited",
        stats=["cluster.limited.upstream_cx_total"],
    ),
    Case(
        "a_response_with_a_capital",
        [get(), Answered()],
        [H2Reply((*status(), ("X-One", "1")), b"")],
    ),
    Case("a_response_without_a_status", [get(), Answered()], [H2Reply((("x-one", "1"),), b"")]),
    Case(
        "a_response_shorter_than_its_length",
        [get(), Answered()],
        [H2Reply(status(200, ("content-length", "9")), b"half")],
    ),
    Case(
        "a_response_longer_than_its_length",
        [get(), Answered()],
        [H2Reply(status(200, ("content-length", "2")), b"hello")],
    ),
    Case(
        "a_response_with_connection",
        [get(), Answered()],
        [H2Reply(status(200, ("connection", "close")), b"")],
    ),
    Case("a_head_with_a_body", [get(method="HEAD"), Answered()], [H2Reply(status(), b"hello")]),
]

CASES = [*_FROM_HTTP1, *_FROM_HTTP2, *_RESETS, *_CONNECTIONS]
GROUP = Group(
    _CONFIG,
    CASES,
    upstreams={"up": Server("h2"), "limited": Server("h2", {3: 1}), "h1": Server()},
    listener="up",
)
