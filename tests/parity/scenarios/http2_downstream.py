"""HTTP/2 from the client, HTTP/1 to the upstream: requests, responses, resets, flow control."""

from tests.parity.config import bootstrap, cluster, http, http_protocol, merged
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, get, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Ended, Finish, Messages, Open, Send, Settle, Until
from tests.parity.steps_h2 import (
    Credit,
    Data,
    GoAway,
    GoneAway,
    Headers,
    Rst,
    StreamData,
    StreamDone,
    StreamHead,
    Window,
)

_TRAILERS = "http_protocol_options: {enable_trailers: true}"
_COMMON = "common_http_protocol_options: "
_CONFIG = bootstrap(
    [
        http(),
        http("plain", plain=True),
        http("h2_only", hcm="codec_type: HTTP2", plain=True),
        http("h1_only", hcm="codec_type: HTTP1", plain=True),
        http("trailers", routes="[{match: {prefix: /}, route: {cluster: trailers}}]", plain=True),
        http(
            "quick",
            routes="[{match: {prefix: /}, route: {cluster: up, timeout: 0.1s}}]",
            plain=True,
        ),
        http("one_stream", hcm="http2_protocol_options: {max_concurrent_streams: 1}", plain=True),
        http("idle", hcm=_COMMON + "{idle_timeout: 0.1s}\ndrain_timeout: 0.001s", plain=True),
        http(
            "counted",
            hcm=_COMMON + "{max_requests_per_connection: 2}\ndrain_timeout: 0.001s",
            plain=True,
        ),
        http(
            "duration",
            hcm=_COMMON + "{max_connection_duration: 0.1s}\ndrain_timeout: 0.001s",
            plain=True,
        ),
        http(
            "windows",
            hcm="http2_protocol_options: "
            "{initial_stream_window_size: 65535, initial_connection_window_size: 65535}",
            plain=True,
        ),
        http(
            "replies",
            routes="[{match: {prefix: /}, direct_response: "
            "{status: 200, body: {inline_string: hi}}}]",
        ),
        http("none", virtual_hosts="[{name: one, domains: [one.test]}]"),
    ],
    [
        cluster(),
        merged(
            cluster("trailers", to=["up"]),
            http_protocol("explicit_http_config: {" + _TRAILERS + "}"),
        ),
    ],
)

_GET = Headers(fields(), end=True)
_NEVER = Reply(when="never")
_CHUNKED = "transfer-encoding: chunked"
_BIG = b"x" * 200_000

_EXCHANGES = [
    Case(
        "get",
        [Headers(fields("/a?b=c", ("user-agent", "parity")), end=True)],
        stats=[
            "http.http.downstream_cx_http2_total",
            "http.http.downstream_rq_http2_total",
            "http.http.downstream_rq_2xx",
        ],
        listener="http",
    ),
    Case(
        "head",
        [Headers(fields(method="HEAD"), end=True)],
        [b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"],
    ),
    Case("post", [Headers(fields(method="POST")), Data(b"hel"), Data(b"lo", end=True)]),
    Case(
        "post_with_length",
        [Headers(fields("/", ("content-length", "5"), method="POST")), Data(b"hello", end=True)],
    ),
    Case(
        "post_ended_by_an_empty_frame",
        [Headers(fields(method="POST")), Data(b"hello"), Data(b"", end=True)],
    ),
    Case("post_without_a_body", [Headers(fields(method="POST"), end=True)]),
    Case(
        "request_trailers",
        [Headers(fields(method="POST")), Data(b"hello"), Headers((("x-sum", "1"),), end=True)],
        listener="trailers",
    ),
    Case(
        "request_trailers_dropped",
        [Headers(fields(method="POST")), Data(b"hello"), Headers((("x-sum", "1"),), end=True)],
    ),
    Case(
        "response_trailers",
        [_GET],
        [request("HTTP/1.1 200 OK", _CHUNKED, body=b"2\r\nhi\r\n0\r\nx-sum: 1\r\n\r\n")],
        listener="trailers",
    ),
    Case(
        "response_trailers_dropped",
        [_GET],
        [request("HTTP/1.1 200 OK", _CHUNKED, body=b"2\r\nhi\r\n0\r\nx-sum: 1\r\n\r\n")],
    ),
    Case(
        "chunked_response",
        [_GET],
        [request("HTTP/1.1 200 OK", _CHUNKED, body=b"2\r\nhi\r\n0\r\n\r\n")],
    ),
    Case("empty_response", [_GET], [response(body=b"")]),
    Case("no_content", [_GET], [request("HTTP/1.1 204 No Content")]),
    Case(
        "response_until_the_end",
        [_GET, StreamDone()],
        [Reply(b"HTTP/1.1 200 OK\r\n\r\nall", then="close")],
    ),
    Case(
        "hop_by_hop_headers_of_the_upstream",
        [_GET],
        [
            response(
                "200 OK", "connection: x-hop", "x-hop: 1", "keep-alive: 5", "upgrade: x", "te: x"
            )
        ],
    ),
    Case(
        "names_become_lower_case",
        [_GET],
        [response("200 OK", "X-ONE: 1", "Set-Cookie: a", "Set-Cookie: b")],
    ),
    Case(
        "cookie_crumbs_are_joined",
        [
            Headers(
                fields("/", ("cookie", "a=1"), ("x-a", "1"), ("cookie", "b=2"), ("x-a", "2")),
                end=True,
            )
        ],
    ),
    Case("te_trailers", [Headers(fields("/", ("te", "trailers")), end=True)]),
    Case("host_beside_authority", [Headers(fields("/", ("host", "other.test")), end=True)]),
    Case(
        "host_instead_of_authority",
        [
            Headers(
                ((":method", "GET"), (":scheme", "http"), (":path", "/"), ("host", "h.test")),
                end=True,
            )
        ],
    ),
    Case(
        "scheme_https",
        [
            Headers(
                (
                    (":method", "GET"),
                    (":scheme", "https"),
                    (":authority", "a.test"),
                    (":path", "/"),
                ),
                end=True,
            )
        ],
    ),
    Case(
        "expect_100",
        [
            Headers(fields("/", ("expect", "100-continue"), method="POST")),
            StreamHead(),
            Settle(),
            Data(b"hi", end=True),
        ],
    ),
    Case("early_hints", [_GET], [request("HTTP/1.1 103 Early Hints", "link: x") + response()]),
    Case(
        "streams_are_answered_as_they_come",
        [
            *(
                Headers(fields("/1"), end=True),
                Messages(1, "up.0"),
                Headers(fields("/3"), end=True, stream=3),
                Messages(1, "up.1"),
            ),
            *(
                Send(response(body=b"three"), "up.1"),
                StreamDone(3),
                Send(response(body=b"one"), "up.0"),
                StreamDone(1),
            ),
        ],
        [_NEVER, _NEVER],
        stats=["cluster.up.upstream_cx_total", "http.plain.downstream_cx_total"],
    ),
    Case("direct_response", [_GET], listener="replies"),
    Case(
        "direct_response_to_a_head", [Headers(fields(method="HEAD"), end=True)], listener="replies"
    ),
    Case(
        "direct_response_before_the_body",
        [Headers(fields(method="POST")), StreamHead(), Settle(), Data(b"late", end=True)],
        listener="replies",
    ),
    Case("no_route", [_GET], listener="none"),
    Case(
        "no_route_for_grpc",
        [Headers(fields("/", ("content-type", "application/grpc"), method="POST")), StreamDone()],
        listener="none",
    ),
]

_FAILURES = [
    Case(
        "client_resets",
        [_GET, Messages(1, "up"), Rst(), Ended("up")],
        [_NEVER],
        stats=["http.plain.downstream_rq_rx_reset", "http2.rx_reset"],
    ),
    Case("client_resets_with_no_error", [_GET, Messages(1, "up"), Rst(0), Ended("up")], [_NEVER]),
    Case("client_closes", [_GET, Messages(1, "up"), Finish("close"), Ended("up")], [_NEVER]),
    Case(
        "client_goes_away_but_waits",
        [_GET, Messages(1, "up"), GoAway(0), Settle(), Send(response(), "up"), StreamDone()],
        [_NEVER],
    ),
    Case("upstream_closes_without_a_word", [_GET, StreamDone()], [Reply(then="close")]),
    Case(
        "upstream_cuts_its_body",
        [_GET, StreamDone()],
        [Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", then="close")],
        stats=["http2.tx_reset"],
    ),
    Case(
        "upstream_answers_early",
        [Headers(fields(method="POST")), Data(b"half"), StreamDone()],
        [Reply(response("413 Too Large"), when="head")],
    ),
    Case("timeout", [_GET, StreamDone()], [_NEVER], listener="quick"),
    Case(
        "timeout_after_half_a_response",
        [_GET, StreamDone()],
        [Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")],
        listener="quick",
    ),
    Case(
        "one_stream_too_many",
        [
            *(_GET, Messages(1, "up"), Settle(), Headers(fields("/3"), end=True, stream=3)),
            *(Ended(), Ended("up")),
        ],
        [_NEVER],
        ["http.one_stream.downstream_cx_protocol_error"],
        listener="one_stream",
    ),
    Case("idle", [_GET, StreamDone(), GoneAway(), Ended()], listener="idle"),
    Case(
        "requests_a_connection",
        [
            _GET,
            StreamDone(),
            Headers(fields("/3"), end=True, stream=3),
            StreamDone(3),
            GoneAway(),
            Ended(),
        ],
        listener="counted",
        stats=["http.counted.downstream_cx_max_requests_reached"],
    ),
    Case("duration_of_a_connection", [Open(), GoneAway(), Ended()], listener="duration"),
    Case(
        "duration_of_a_connection_with_a_stream",
        [
            _GET,
            Messages(1, "up"),
            Until("http.duration.downstream_cx_max_duration_reached", 1),
            GoneAway(),
            Send(response(), "up"),
            StreamDone(),
            Ended(),
        ],
        [_NEVER],
        listener="duration",
    ),
]

_FLOW = [
    Case("a_big_response", [_GET, StreamDone()], [response(body=_BIG)]),
    Case(
        "a_response_waits_for_the_stream_window",
        [
            Credit(False),
            Window(10_000_000),
            _GET,
            StreamData(65535),
            Settle(),
            Window(100_000, 1),
            StreamData(165_535),
            Settle(),
            Window(100_000, 1),
            StreamDone(),
        ],
        [response(body=_BIG)],
    ),
    Case(
        "a_response_waits_for_the_connection_window",
        [
            Credit(False),
            _GET,
            Window(10_000_000, 1),
            StreamData(65535),
            Settle(),
            Window(200_000),
            StreamDone(),
        ],
        [response(body=_BIG)],
    ),
    Case(
        "two_responses_share_the_connection_window",
        [
            Open(settings={4: 1_000_000}),
            Credit(False),
            _GET,
            StreamData(65535),
            Headers(fields("/3"), end=True, stream=3),
            StreamHead(3),
            Settle(),
            Window(1_000_000),
            StreamDone(),
            StreamDone(3),
        ],
        [response(body=_BIG), response(body=_BIG)],
    ),
    Case(
        "the_window_of_new_streams_is_a_setting",
        [
            Open(settings={4: 1000}),
            Credit(False),
            _GET,
            StreamData(1000),
            Settle(),
            Window(1_000_000, 1),
            StreamDone(),
        ],
        [response(body=_BIG[:50_000])],
    ),
    Case(
        "small_frames_when_asked",
        [Open(settings={5: 16384}), _GET, StreamDone()],
        [response(body=_BIG)],
    ),
    Case(
        "a_big_request",
        [Headers(fields(method="POST")), Data(_BIG[:60_000], end=True), StreamDone()],
        listener="windows",
    ),
]

_DETECTION = [
    Case("http1_where_both_are_spoken", [get(), Answered()], protocol="h1"),
    Case(
        "http1_where_only_http2_is_spoken",
        [get(), Ended()],
        protocol="h1",
        listener="h2_only",
        stats=["http.h2_only.downstream_cx_protocol_error"],
    ),
    Case(
        "http2_where_only_http1_is_spoken",
        [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Ended()],
        protocol="h1",
        listener="h1_only",
    ),
    Case("http2_where_only_http2_is_spoken", [_GET], listener="h2_only"),
    Case(
        "the_preface_byte_by_byte",
        [
            Open(),
            *(Send(bytes([byte])) for byte in b"PRI * HTT"),
            Settle(),
            Send(b"/1.1\r\n\r\n"),
            Ended(),
        ],
        protocol="h1",
    ),
]

CASES = [*_EXCHANGES, *_FAILURES, *_FLOW, *_DETECTION]
GROUP = Group(_CONFIG, CASES, listener="plain", protocol="h2")
