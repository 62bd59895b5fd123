"""HTTP/1.1 bodies and interim responses: every framing, both ways."""

from tests.parity.config import bootstrap, cluster, http, http_protocol, merged
from tests.parity.scenario import Case, Group, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Heads, Messages, Send, Settle

_CHUNKED = "Transfer-Encoding: chunked"
_BIG = bytes(range(32, 127)) * 11000
_POST = ("POST / HTTP/1.1", "Host: a.test")
_HELLO = b"5\r\nhello\r\n0\r\n\r\n"
_TRAILED = b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"
_TRAILER_CLUSTER = http_protocol(
    "explicit_http_config: {http_protocol_options: {enable_trailers: true}}"
)

_CONFIG = bootstrap(
    [
        http(),
        http(
            "trailers",
            hcm="http_protocol_options: {enable_trailers: true}",
            routes="[{match: {prefix: /}, route: {cluster: trailers}}]",
        ),
        http("proxied_100", hcm="proxy_100_continue: true"),
        http("replies", routes="[{match: {prefix: /}, direct_response: {status: 200}}]"),
    ],
    [cluster(), merged(cluster("trailers", to=["up"]), _TRAILER_CLUSTER)],
)

_REQUESTS = [
    Case("chunked_request", [request(*_POST, _CHUNKED, body=_HELLO)]),
    Case(
        "chunked_request_with_extensions_and_capitals",
        [request(*_POST, _CHUNKED, body=b'00A;x="y";z\r\n0123456789\r\n0\r\n\r\n')],
    ),
    Case(
        "chunked_request_in_pieces",
        [
            request(*_POST, _CHUNKED, body=b"3\r\nab"),
            Heads(1, "up"),
            Settle(),
            b"c\r",
            Settle(),
            b"\n0\r\n\r\n",
        ],
    ),
    Case("empty_chunked_request", [request(*_POST, _CHUNKED, body=b"0\r\n\r\n")]),
    Case("request_trailers_are_dropped_by_default", [request(*_POST, _CHUNKED, body=_TRAILED)]),
    Case(
        "request_trailers_pass_when_enabled",
        [request(*_POST, _CHUNKED, body=_TRAILED)],
        listener="trailers",
    ),
    Case("big_request", [post("/", _BIG), Messages(1)]),
    Case("post_without_a_body", [request(*_POST)]),
    Case("post_with_length_zero", [post("/", b"")]),
    Case(
        "get_with_a_body",
        [request("GET / HTTP/1.1", "Host: a.test", "Content-Length: 2", body=b"hi")],
    ),
    *(
        Case(f"bodyless_{method.lower()}", [get(method=method)])
        for method in ("PUT", "PATCH", "OPTIONS", "DELETE", "TRACE", "PURGE")
    ),
]

_RESPONSES = [
    Case("chunked_response", [get()], replies=[request("HTTP/1.1 200 OK", _CHUNKED, body=_HELLO)]),
    Case(
        "response_trailers_are_dropped_by_default",
        [get()],
        replies=[request("HTTP/1.1 200 OK", _CHUNKED, body=_TRAILED)],
    ),
    Case(
        "response_trailers_pass_when_enabled",
        [get("/", "TE: trailers"), Messages(1)],
        replies=[request("HTTP/1.1 200 OK", _CHUNKED, body=_TRAILED)],
        listener="trailers",
    ),
    Case(
        "response_until_the_end_of_the_connection",
        [get(), Messages(1)],
        replies=[Reply(request("HTTP/1.1 200 OK", body=b"until the end"), then="close")],
    ),
    Case(
        "big_response",
        [get(), Messages(1)],
        replies=[response(body=_BIG)],
    ),
    Case(
        "head_keeps_the_length",
        [get(method="HEAD"), Messages(1), get("/2"), Messages(2)],
        replies=[b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"],
    ),
    Case(
        "head_without_a_length",
        [get(method="HEAD"), Messages(1)],
        replies=[request("HTTP/1.1 200 OK", "a: b")],
    ),
    Case(
        "head_with_chunked",
        [get(method="HEAD"), Messages(1)],
        replies=[request("HTTP/1.1 200 OK", _CHUNKED)],
    ),
    Case("head_of_a_direct_response", [get(method="HEAD"), Messages(1)], listener="replies"),
    *(
        Case(
            f"status_{status}",
            [get(), Messages(1)],
            replies=[request(f"HTTP/1.1 {status} X", "a: b", "content-length: 0")],
        )
        for status in (201, 205, 299, 304, 404, 500, 599)
    ),
    Case(
        "no_content",
        [get(), Messages(1), get("/2"), Messages(2)],
        replies=[request("HTTP/1.1 204 No Content")],
    ),
    Case(
        "not_modified_with_length",
        [get(), Messages(1), get("/2"), Messages(2)],
        replies=[request("HTTP/1.1 304 Not Modified", "content-length: 5", "etag: x")],
    ),
    Case("the_reason_phrase_is_our_own", [get()], replies=[response("200 Very Fine")]),
    Case("a_response_without_a_reason", [get()], replies=[response("200 ")]),
    Case(
        "http10_response_with_length",
        [get(), Messages(1)],
        replies=[b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok"],
    ),
]

_INTERIM = [
    Case(
        "expect_is_answered_here",
        [
            *(request(*_POST, "Expect: 100-continue", "Content-Length: 5"), Heads(1), Settle()),
            *(b"hello", Messages(1)),
        ],
    ),
    Case(
        "expect_is_proxied_when_asked",
        [
            *(request(*_POST, "Expect: 100-continue", "Content-Length: 5"), Heads(1, "up")),
            *(Send(b"HTTP/1.1 100 Continue\r\n\r\n", "up"), Heads(1), b"hello", Messages(1)),
        ],
        listener="proxied_100",
    ),
    Case(
        "expect_refused_by_the_upstream",
        [request(*_POST, "Expect: 100-continue", "Content-Length: 5"), Messages(1)],
        replies=[Reply(response("417 Expectation Failed"), when="head")],
        listener="proxied_100",
    ),
    Case("expect_of_something_else", [post("/", b"hello", "Expect: the-best"), Messages(1)]),
    Case(
        "a_100_that_nobody_expects_is_dropped",
        [get(), Messages(1)],
        replies=[b"HTTP/1.1 100 Continue\r\n\r\n" + response()],
    ),
    Case(
        "processing_and_early_hints",
        [get(), Messages(1)],
        replies=[
            request("HTTP/1.1 102 Processing")
            + request("HTTP/1.1 103 Early Hints", "link: </a.css>")
            + response()
        ],
    ),
]

_UNFINISHED = [
    Case(
        "early_response_before_the_body",
        [request(*_POST, "Content-Length: 9", body=b"half"), Ended()],
        replies=[Reply(response("413 Payload Too Large"), when="head")],
        stats=[
            "http.http.downstream_rq_response_before_rq_complete",
            "cluster.up.upstream_cx_destroy_local",
        ],
    ),
    Case(
        "a_local_reply_before_the_body_closes",
        [request(*_POST, "Content-Length: 9", body=b"half"), Ended()],
        listener="replies",
    ),
    Case(
        "upstream_cuts_a_sized_body",
        [get(), Ended()],
        replies=[Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", then="close")],
        stats=[
            "cluster.up.upstream_cx_destroy_remote_with_active_rq",
            "cluster.up.upstream_rq_rx_reset",
        ],
    ),
    Case(
        "upstream_cuts_a_chunked_body",
        [get(), Ended()],
        replies=[Reply(request("HTTP/1.1 200 OK", _CHUNKED, body=b"5\r\nhel"), then="close")],
    ),
    Case(
        "bodies_stream_both_ways_at_once",
        [
            *(request(*_POST, _CHUNKED, body=b"1\r\na\r\n"), Heads(1, "up"), Settle()),
            *(Send(request("HTTP/1.1 200 OK", _CHUNKED, body=b"1\r\nx\r\n"), "up"), Heads(1)),
            *(b"1\r\nb\r\n", Settle(), Send(b"1\r\ny\r\n", "up"), Settle()),
            *(b"0\r\n\r\n", Messages(1, "up"), Send(b"0\r\n\r\n", "up"), Messages(1)),
        ],
        replies=[Reply(when="never")],
    ),
    Case(
        "response_ends_while_the_request_goes_on",
        [
            *(request(*_POST, _CHUNKED, body=b"1\r\na\r\n"), Heads(1, "up"), Settle()),
            *(Send(response(), "up"), Ended(), Ended("up")),
        ],
        replies=[Reply(when="never")],
        stats=[
            "http.http.downstream_rq_tx_reset",
            "http.http.downstream_rq_response_before_rq_complete",
        ],
    ),
]

CASES = [*_REQUESTS, *_RESPONSES, *_INTERIM, *_UNFINISHED]
GROUP = Group(_CONFIG, CASES)
