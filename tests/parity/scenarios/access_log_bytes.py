"""What the byte operators say of heads that came in part, and of requests in a row."""

import json

from tests.parity.config import access_log, bootstrap, cluster, http, text_format
from tests.parity.scenario import Case, Group, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Finish, Heads, Messages, Settle, Step, Until

_FORMAT = (
    "%REQUEST_HEADER(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS%"
    " rx %BYTES_RECEIVED% %DOWNSTREAM_WIRE_BYTES_RECEIVED% %DOWNSTREAM_HEADER_BYTES_RECEIVED%"
    " tx %BYTES_SENT% %DOWNSTREAM_WIRE_BYTES_SENT% %DOWNSTREAM_HEADER_BYTES_SENT%"
    " up rx %UPSTREAM_WIRE_BYTES_RECEIVED% %UPSTREAM_HEADER_BYTES_RECEIVED%"
    " tx %UPSTREAM_WIRE_BYTES_SENT% %UPSTREAM_HEADER_BYTES_SENT%\n"
)
_LOG = {"access_log": access_log("$dir/http.log", text_format(_FORMAT))}
_POST = ("POST / HTTP/1.1", "Host: a.test")
_CHUNKED = "Transfer-Encoding: chunked"
_HOLD = Reply(when="never")
_HALF = b"GET / HTTP/1.1\r\nHost: a.test\r\nx-a: "
_GONE = Until("http.http.downstream_cx_destroy", 1)
_LEAVES: list[Step] = [Finish("close"), _GONE]
_RESETS = ["http.http.downstream_rq_rx_reset"]
_REFUSED = {
    "http_1_0": b"GET / HTTP/1.0\r\n",
    "http_1_0_with_headers": b"GET /longer HTTP/1.0\r\nHost: a.test\r\nx-a:   b  \r\n",
    "http_1_2": b"GET /longer HTTP/1.2\r\nHost: a.test\r\n",
    "an_unknown_method": b"BREW /longer HTTP/1.1\r\nHost: a.test\r\n",
    "a_bad_byte_in_the_host": b"GET / HTTP/1.1\r\nHost: a\x01b\r\nx-a: b\r\n",
    "a_bad_byte_in_a_value": b"GET / HTTP/1.1\r\nHost: a.test\r\nx-a: b\x01c\r\nx-d: e\r\n",
    "a_bad_authority": b"GET / HTTP/1.1\r\nHost: a/b\r\nx-a: b\r\n",
    "no_host": b"GET /longer HTTP/1.1\r\nx-a: b\r\n",
    "two_lengths": b"GET / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\nContent-Length: 6\r\n",
    "a_length_and_chunks": b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n",
    "a_bad_url": b"GET http:///a HTTP/1.1\r\nHost: a.test\r\n",
    "a_bad_scheme": b"GET ftp://a.test/a HTTP/1.1\r\nHost: a.test\r\n",
    "a_bad_target": b"CONNECT /a HTTP/1.1\r\nHost: a.test\r\n",
    "a_length_of_connect": b"CONNECT a.test:80 HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n",
    "no_version": b"GET /longer\r\nHost: a.test\r\n",
    "a_length_of_words": b"GET / HTTP/1.1\r\nHost: a.test\r\nContent-Length: five\r\n",
    "an_odd_coding": b"POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: gzip\r\n",
}

CASES = [
    Case("half_a_head_and_a_close", [_HALF, Settle(), *_LEAVES], stats=_RESETS),
    Case("half_a_line_and_a_close", [b"GET /", Settle(), *_LEAVES], stats=_RESETS),
    Case("an_empty_line_and_a_close", [b"\r\n", Settle(), *_LEAVES], stats=_RESETS),
    Case("half_a_line_and_a_half_close", [b"GET / HT", Finish("shut"), Ended()], stats=_RESETS),
    Case("half_a_head_and_a_reset", [_HALF, Settle(), Finish("reset"), _GONE], stats=_RESETS),
    Case(
        "half_a_head_and_a_half_close",
        [_HALF, Settle(), Finish("shut"), Ended()],
        stats=_RESETS,
    ),
    *(Case(f"refused_for_{name}", [head + b"\r\n", Ended()]) for name, head in _REFUSED.items()),
    Case("refused_in_pieces", [b"GET / HTTP/1.1\r\nHo", Settle(), b"st: a\x01b\r\n\r\n", Ended()]),
    Case("refused_after_another", [get("/1") + b"GET /22 HTTP/1.0\r\n\r\n", Ended()]),
    Case("half_a_head_and_no_more", [_HALF, Ended()], listener="hasty"),
    Case("a_head_in_two_pieces", [_HALF, Settle(), b"b\r\n\r\n", Messages(1)]),
    Case("a_bad_head_in_two_pieces", [b"GET / HTTP/1.1\r\nHo", Settle(), b"st\r\n\r\n", Ended()]),
    Case("a_bad_head_and_more", [b"GET / HTTP/1.1\r\nHo st: a\r\n\r\nand more", Ended()]),
    Case("too_large", [get("/", "x: " + "a" * 62000), Ended()]),
    Case("too_large_in_the_line", [get("/" + "a" * 62000), Ended()]),
    Case("two_in_a_row", [get("/1") + get("/22"), Messages(2)]),
    Case("two_in_a_row_with_bodies", [post("/1", b"one") + post("/22", b"three"), Messages(2)]),
    Case("one_and_a_half", [get("/1") + _HALF, Messages(1), Settle(), *_LEAVES], stats=_RESETS),
    Case("one_and_a_bad_one", [get("/1") + b"bad\r\n\r\n", Ended()]),
    Case(
        "three_in_a_row_with_chunks",
        [
            request(*_POST, _CHUNKED, body=b"3\r\none\r\n0\r\n\r\n") * 2 + get("/3"),
            Messages(3),
        ],
    ),
    Case(
        "half_a_body_and_a_close",
        [
            request(*_POST, "Content-Length: 9", body=b"half"),
            Heads(1, "up"),
            Settle(),
            Finish("close"),
            Ended("up"),
        ],
    ),
    Case("a_bad_chunk", [request(*_POST, _CHUNKED, body=b"3\r\none\r\nzz\r\n"), Ended()], [_HOLD]),
    Case("an_empty_line_first", [b"\r\n\r\n" + get(), Messages(1)]),
    Case("an_empty_line_between", [get("/1") + b"\r\n" + get("/2"), Messages(2)]),
    Case(
        "an_expectation",
        [
            request(*_POST, "Expect: 100-continue", "Content-Length: 5"),
            Heads(1),
            Settle(),
            b"hello",
            Messages(1),
        ],
    ),
    Case(
        "an_expectation_and_a_close",
        [
            request(*_POST, "Expect: 100-continue", "Content-Length: 5"),
            *(Heads(1), Heads(1, "up"), Settle(), Finish("close"), Ended("up")),
        ],
        [_HOLD],
    ),
    Case("an_interim_response", [get(), Messages(1)], [request("HTTP/1.1 103 X") + response()]),
    Case(
        "half_a_head_of_the_upstream",
        [get(), Messages(1)],
        [Reply(b"HTTP/1.1 200 OK\r\ncontent-le", then="close")],
    ),
    Case(
        "a_bad_head_of_the_upstream",
        [get(), Messages(1)],
        [Reply(b"HTTP/1.1 200 OK\r\ncontent le: 5\r\n\r\nhello")],
    ),
    Case(
        "half_a_body_of_the_upstream",
        [get(), Ended()],
        [Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", then="close")],
    ),
    Case(
        "a_client_that_waits_in_vain",
        [get(), Messages(1, "up"), Settle(), Finish("close"), Ended("up")],
        [_HOLD],
    ),
    Case("a_late_upstream", [get("/late"), Messages(1)], [_HOLD]),
    Case("two_connections_in_turn", [get("/1"), Messages(1), get("/22"), Messages(2)]),
]
_ROUTES = """
- {match: {prefix: /late}, route: {cluster: up, timeout: 0.1s}}
- {match: {prefix: /}, route: {cluster: up}}
"""
GROUP = Group(
    bootstrap(
        [
            http(routes=_ROUTES, hcm=json.dumps(_LOG), plain=True),
            http(
                "hasty",
                routes=_ROUTES,
                hcm=json.dumps({**_LOG, "request_headers_timeout": "0.1s"}),
                plain=True,
            ),
        ],
        [cluster()],
    ),
    CASES,
)
