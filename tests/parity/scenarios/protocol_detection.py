"""`codec_type: AUTO`: connections that begin like HTTP/2 and then differ, or end."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, Loose
from tests.parity.steps import Answered, Ended, Finish, Send, Settle, Step

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_SETTINGS = b"\0\0\0\x04\0\0\0\0\0"
_REST = b"\r\nHost: a.test\r\n\r\n"
_STATS = [
    *(
        f"http.http.{name}"
        for name in (
            *("downstream_cx_http1_total", "downstream_cx_http2_total"),
            *("downstream_cx_protocol_error", "downstream_rq_4xx", "downstream_rq_total"),
            *("downstream_cx_destroy_local", "downstream_cx_destroy_remote"),
            *("downstream_cx_total", "downstream_cx_rx_bytes_total"),
        )
    ),
]
_STARTS: dict[str, list[bytes | Step]] = {
    "another_version": [b"PRI * HTTP/1.1" + _REST, Ended()],
    "http2_and_a_minor": [b"PRI * HTTP/2.1" + _REST, Ended()],
    "http2_and_no_more": [b"PRI * HTTP/2", Settle(), Finish("shut"), Ended()],
    "headers_after_the_line": [b"PRI * HTTP/2.0" + _REST, Ended()],
    "the_end_differs": [_PREFACE[:-1] + b"x" + _SETTINGS, Ended()],
    "the_end_differs_early": [_PREFACE[:16] + b"x" * 20, Ended()],
    "eleven_bytes_first": [_PREFACE[:11], Settle(), _PREFACE[11:] + _SETTINGS, Settle()],
    "twelve_bytes_first": [_PREFACE[:12], Settle(), _PREFACE[12:] + _SETTINGS, Settle()],
    "one_byte_first": [_PREFACE[:1], Settle(), _PREFACE[1:] + _SETTINGS, Settle()],
    "one_byte_and_another_method": [b"P", Settle(), b"UT /" + b" HTTP/1.1" + _REST, Answered()],
    "three_bytes_and_the_end": [b"PRI", Settle(), Finish("close")],
    "three_bytes_and_a_half_close": [b"PRI", Settle(), Finish("shut"), Ended()],
    "in_two_pieces_and_differing": [_PREFACE[:20], Settle(), b"xxxx" + _SETTINGS, Settle()],
    "lower_case": [b"pri * http/2.0\r\n\r\nsm\r\n\r\n", Ended()],
    "an_empty_line_first": [b"\r\n" + _PREFACE + _SETTINGS, Ended()],
    "whole": [_PREFACE, Send(_SETTINGS), Settle()],
}

_OWN = [
    Loose(r"date: [^\\]*", "date: <date>", "the time of day", "client"),
    Loose(r"^\\x00\\x00.*", "<dropped>", "who sends SETTINGS first is each one's own", "client"),
]

CASES = [
    Case(
        name,
        steps,
        # What is read of a preface behind its first fault is each one's own.
        stats=_STATS[:-1] if name == "in_two_pieces_and_differing" else _STATS,
        protocol="tcp",
        loose=_OWN,
    )
    for name, steps in _STARTS.items()
]
CASES += [
    Case(f"http2_{name}", _STARTS[name], listener="http2", protocol="tcp", loose=_OWN)
    for name in ("another_version", "the_end_differs", "one_byte_and_another_method")
]
GROUP = Group(
    bootstrap([http(plain=True), http("http2", hcm="codec_type: HTTP2", plain=True)], [cluster()]),
    CASES,
)
