"""What is logged and counted of heads that the codec refuses: by its syntax, by the number of
fields, by their size, and by underscores, on both protocols."""

import json

from tests.parity.config import Node, access_log, bootstrap, cluster, http, text_format
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, Loose, get, request
from tests.parity.steps import Answered, Ended, Settle, Step
from tests.parity.steps_h2 import Headers, StreamDone

_FORMAT = (
    "id=%STREAM_ID% %REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS%"
    " %RESPONSE_CODE_DETAILS% heads %REQUEST_HEADERS_BYTES% %RESPONSE_HEADERS_BYTES%"
    " rx %BYTES_RECEIVED% %DOWNSTREAM_WIRE_BYTES_RECEIVED% %DOWNSTREAM_HEADER_BYTES_RECEIVED%"
    " %DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED%"
    " tx %BYTES_SENT% %DOWNSTREAM_WIRE_BYTES_SENT% %DOWNSTREAM_HEADER_BYTES_SENT%\n"
)
_COMMON = {
    "plain": {},
    "dropping": {"headers_with_underscores_action": "DROP_HEADER"},
    "rejecting": {"headers_with_underscores_action": "REJECT_REQUEST"},
    "few": {"headers_with_underscores_action": "DROP_HEADER", "max_headers_count": 5},
}
_STATS = [
    *(
        f"http{version}.{name}"
        for version in (1, 2)
        for name in (
            "dropped_headers_with_underscores",
            "requests_rejected_with_underscores_in_headers",
            "header_overflow",
        )[: version + 1]
    ),
]


def _listener(name: str, more: dict[str, object]) -> Node:
    log = access_log(f"$dir/{name}.log", text_format(_FORMAT))
    common = {"common_http_protocol_options": _COMMON.get(name, _COMMON["dropping"])}
    return http(name, hcm=json.dumps({"access_log": log, **common, **more}), plain=True)


_ID = Loose(r"id=\d+", "id=<n>", "a number of its own")


_WIRE = Loose(
    r"(rx \d+) \d+ \d+ (\d+) (tx \d+) \d+ \d+",
    r"\1 <n> <n> \2 \3 <n> <n>",
    "heads of HTTP/2 count as they are without compression",
)


def _stats(listener: str) -> list[str]:
    of = ("rq_total", "rq_too_large", "rq_4xx", "cx_protocol_error")
    return [*(f"http.{listener}.downstream_{name}" for name in of), *_STATS]


def _case(name: str, listener: str, *steps: bytes | Step, protocol: str = "h1") -> Case:
    stats = _stats(listener)
    loose = [_ID, _WIRE] if protocol == "h2" else [_ID]
    return Case(
        name, [*steps, Settle()], stats=stats, listener=listener, loose=loose, protocol=protocol
    )


def _lines(count: int) -> list[str]:
    return [f"x-{number}: 1" for number in range(count)]


def _pairs(count: int) -> list[tuple[str, str]]:
    return [(f"x-{number}", "1") for number in range(count)]


_DROPPED = [f"x_{number}: 1" for number in range(3)]
_LONG = "a" * 2000
_HEADS = {
    "good": get("/"),
    "nonsense": b"nonsense\r\n\r\n",
    "no_host": request("GET / HTTP/1.1"),
    "a_bad_name": get("/", "a b: c"),
    "a_bad_length": get("/", "Content-Length: x"),
    "too_many": get("/", *_lines(120)),
    "by_far_too_many": get("/", *_lines(500)),
    "too_large": get("/", f"x: {'a' * 62_000}"),
}
CASES = [
    *(_case(name, "plain", head, Answered()) for name, head in _HEADS.items()),
    _case("underscores_and_too_many", "few", get("/", *_DROPPED, *_lines(6)), Answered()),
    _case("too_many_and_underscores", "few", get("/", *_lines(6), *_DROPPED), Answered()),
    _case("underscores_and_just_enough", "few", get("/", *_DROPPED, *_lines(4)), Answered()),
    _case("underscores_and_too_large", "small", get("/", *_DROPPED, f"x: {_LONG}"), Answered()),
    _case("too_large_and_underscores", "small", get("/", f"x: {_LONG}", *_DROPPED), Answered()),
    _case(
        "underscores_and_wrong", "dropping", get("/", *_DROPPED, "Content-Length: x"), Answered()
    ),
    _case("underscores_and_a_bad_name", "dropping", get("/", *_DROPPED, "a b: c"), Answered()),
    *(
        _case(f"underscores_and_{name}", "dropping", request(*lines, *_DROPPED), Answered())
        for name, lines in {
            "a_bad_scheme": ("GET ftp://a.test/ HTTP/1.1", "Host: a.test"),
            "an_old_version": ("GET / HTTP/1.0", "Host: a.test"),
            "a_bad_encoding": ("POST / HTTP/1.1", "Host: a.test", "Transfer-Encoding: x"),
        }.items()
    ),
    _case("rejected", "rejecting", get("/", *_DROPPED), Answered()),
    _case("good_on_http2", "plain", Headers(fields(), end=True), StreamDone(), protocol="h2"),
    _case(
        "too_many_on_http2",
        "plain",
        *(Headers(fields("/", *_pairs(120)), end=True), StreamDone()),
        protocol="h2",
    ),
    _case(
        "underscores_and_too_many_on_http2",
        "few",
        *(Headers(fields("/", ("x_1", "1"), ("x_2", "1"), *_pairs(6)), end=True), StreamDone()),
        protocol="h2",
    ),
    _case(
        "underscores_and_too_large_on_http2",
        "small",
        *(Headers(fields("/", ("x_1", "1"), ("x", _LONG)), end=True), StreamDone()),
        protocol="h2",
    ),
    _case(
        "too_large_and_underscores_on_http2",
        "small",
        *(Headers(fields("/", ("x", _LONG), ("x_1", "1")), end=True), StreamDone()),
        protocol="h2",
    ),
    _case(
        "a_bad_name_on_http2",
        "plain",
        Headers(fields("/", ("a b", "1")), end=True),
        Ended(),
        protocol="h2",
    ),
]
GROUP = Group(
    bootstrap(
        [
            *(_listener(name, {}) for name in _COMMON),
            _listener("small", {"max_request_headers_kb": 1}),
        ],
        [cluster()],
    ),
    CASES,
)
