"""Responses of an upstream that two parsers might cut differently; a second request follows.

The second request shows whether the connection was used again and what it was answered with.
"""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, get
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Heads, Messages, Send, Settle
from tests.parity.steps_h2 import Headers, StreamDone

_AGAIN = (Answered(), Settle(), Send(get("/2"), "d"), Answered(on="d"))
_SMUGGLED = b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nsmuggled"
_HELLO = b"5\r\nhello\r\n0\r\n\r\n"


def _ok(*lines: bytes, body: bytes = b"", status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\n" + b"".join(x + b"\r\n" for x in lines) + b"\r\n" + body


_LENGTH = b"content-length: 5"
_CODING = b"transfer-encoding: chunked"
_ANSWERS = {
    "length_and_coding": _ok(_LENGTH, _CODING, body=_HELLO),
    "coding_and_length": _ok(_CODING, _LENGTH, body=_HELLO),
    "length_twice_equal": _ok(_LENGTH, _LENGTH, body=b"hello"),
    "length_twice_different": _ok(_LENGTH, b"content-length: 3", body=b"hello"),
    "length_list": _ok(b"content-length: 5, 5", body=b"hello"),
    "length_plus": _ok(b"content-length: +5", body=b"hello"),
    "length_minus": _ok(b"content-length: -5", body=b"hello"),
    "length_hex": _ok(b"content-length: 0x5", body=b"hello"),
    "length_overflow": _ok(b"content-length: 18446744073709551621", body=b"hello"),
    "length_space_before_colon": _ok(b"content-length : 5", body=b"hello"),
    "more_than_its_length": _ok(_LENGTH, body=b"hello" + _SMUGGLED),
    "coding_unknown": _ok(b"transfer-encoding: cow", body=b"hello"),
    "coding_identity": _ok(b"transfer-encoding: identity", _LENGTH, body=b"hello"),
    "coding_gzip_chunked": _ok(b"transfer-encoding: gzip, chunked", body=_HELLO),
    "coding_chunked_identity": _ok(b"transfer-encoding: chunked, identity", body=_HELLO),
    "coding_twice": _ok(_CODING, _CODING, body=_HELLO),
    "coding_capitals": _ok(b"Transfer-Encoding: CHUNKED", body=_HELLO),
    "chunk_size_negative": _ok(_CODING, body=b"-5\r\nhello\r\n0\r\n\r\n"),
    "chunk_size_overflow": _ok(_CODING, body=b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
    "chunk_size_not_hex": _ok(_CODING, body=b"zz\r\nhello\r\n0\r\n\r\n"),
    "chunk_lf_only": _ok(_CODING, body=b"5\nhello\n0\n\n"),
    "chunk_without_crlf": _ok(_CODING, body=b"5\r\nhello0\r\n\r\n"),
    "chunks_and_more": _ok(_CODING, body=_HELLO + _SMUGGLED),
    "trailer_length": _ok(_CODING, body=b"0\r\ncontent-length: 5\r\n\r\n"),
    "no_content_with_a_body": _ok(_LENGTH, body=b"hello", status=b"204 No Content"),
    "no_content_with_a_coding": _ok(_CODING, body=_HELLO, status=b"204 No Content"),
    "no_content_with_length_zero": _ok(b"content-length: 0", status=b"204 No Content"),
    "not_modified_with_a_body": _ok(_LENGTH, body=b"hello", status=b"304 Not Modified"),
    "interim_with_a_length": _ok(_LENGTH, body=b"hello", status=b"102 Processing") + _SMUGGLED,
    "continue_with_a_length": _ok(_LENGTH, body=b"hello", status=b"100 Continue") + _SMUGGLED,
    "continue_with_a_coding": _ok(_CODING, body=b"0\r\n\r\n", status=b"100 Continue") + _SMUGGLED,
    "many_interims": _ok(status=b"102 Processing") * 20 + _ok(_LENGTH, body=b"hello"),
    "two_responses": _ok(_LENGTH, body=b"hello") + _SMUGGLED,
    "status_of_two_digits": b"HTTP/1.1 20 OK\r\ncontent-length: 5\r\n\r\nhello",
    "status_of_four_digits": b"HTTP/1.1 2000 OK\r\ncontent-length: 5\r\n\r\nhello",
    "status_1000": b"HTTP/1.1 1000 OK\r\ncontent-length: 5\r\n\r\nhello",
    "status_099": b"HTTP/1.1 099 OK\r\ncontent-length: 5\r\n\r\nhello",
    "status_0200": b"HTTP/1.1 0200 OK\r\ncontent-length: 5\r\n\r\nhello",
    "status_00200": b"HTTP/1.1 00200 OK\r\ncontent-length: 5\r\n\r\nhello",
    "status_65536": b"HTTP/1.1 65536 OK\r\ncontent-length: 5\r\n\r\nhello",
    "status_65736": b"HTTP/1.1 65736 OK\r\ncontent-length: 5\r\n\r\nhello",
    "status_zero": b"HTTP/1.1 000 OK\r\ncontent-length: 5\r\n\r\nhello",
    "status_199": b"HTTP/1.1 199 X\r\n\r\n" + _ok(_LENGTH, body=b"hello"),
    "status_600": _ok(_LENGTH, body=b"hello", status=b"600 X"),
    "status_999": _ok(_LENGTH, body=b"hello", status=b"999 X"),
    "status_words": b"HTTP/1.1 abc OK\r\ncontent-length: 5\r\n\r\nhello",
    "version_09": b"HTTP/0.9 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    "version_20": b"HTTP/2.0 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    "version_lower_case": b"http/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    "version_icy": b"ICY 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    "lf_only": b"HTTP/1.1 200 OK\ncontent-length: 5\n\nhello",
    "crlf_first": b"\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    "folded": _ok(_LENGTH, b"x-a: one", b" two", body=b"hello"),
    "nul_in_a_value": _ok(_LENGTH, b"x-a: b\x00c", body=b"hello"),
    "bare_cr_in_a_value": _ok(_LENGTH, b"x-a: b\rx-b: c", body=b"hello"),
    "space_before_colon": _ok(_LENGTH, b"x-a : b", body=b"hello"),
    "empty_name": _ok(_LENGTH, b": b", body=b"hello"),
    "no_colon": _ok(_LENGTH, b"nonsense", body=b"hello"),
    "garbage": b"this is not HTTP\r\n\r\n",
    "a_request": b"GET / HTTP/1.1\r\nhost: a\r\n\r\n",
    "http2_settings": b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "reason_with_high_bytes": _ok(_LENGTH, body=b"hello", status=b"200 \xe4\xf6"),
    "reason_with_a_nul": _ok(_LENGTH, body=b"hello", status=b"200 a\x00b"),
}
_HEADS = {
    "head_with_a_body": _ok(_LENGTH, body=b"hello"),
    "head_with_chunks": _ok(_CODING, body=_HELLO),
    "head_with_a_second_response": _ok(_LENGTH) + _SMUGGLED,
}

CASES = [Case(name, [get("/1"), *_AGAIN], replies=[answer]) for name, answer in _ANSWERS.items()]
CASES += [
    Case(
        name,
        [get("/1", method="HEAD"), *_AGAIN],
        replies=[answer],
    )
    for name, answer in _HEADS.items()
]
CASES += [
    Case(
        f"{name}_at_the_end",
        [get("/1"), *_AGAIN],
        replies=[Reply(_ANSWERS[name], then="close")],
    )
    for name in ("coding_unknown", "length_minus", "garbage", "more_than_its_length")
]
CASES += [
    Case(
        f"{name}_over_http2",
        [Headers(fields(), end=True), StreamDone()],
        replies=[_ANSWERS[name]],
        protocol="h2",
    )
    for name in ("status_1000", "status_999", "status_199")
]
CASES += [
    Case(
        f"{name}_is_counted",
        [get("/1"), Messages(1)],
        replies=[_ANSWERS[name]],
        stats=[
            "cluster.up.upstream_cx_protocol_error",
            "cluster.up.upstream_rq_completed",
            "cluster.up.upstream_rq_unknown",
            "http.http.downstream_rq_completed",
        ],
    )
    for name in ("two_responses", "status_600")
]
CASES += [
    Case(
        "switching_unasked",
        [get("/1"), Heads(1), *_AGAIN[1:]],
        replies=[_ok(b"upgrade: x", b"connection: upgrade", status=b"101 Switching")],
    )
]

GROUP = Group(
    bootstrap(
        [http(routes="[{match: {prefix: /}, route: {cluster: up, timeout: 0.3s}}]", plain=True)],
        [cluster()],
    ),
    CASES,
)
