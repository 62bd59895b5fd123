"""Limits on header maps at the limit and one past it: requests and responses, both protocols,
heads and trailers, by number and by size, with what is counted and logged."""

from tests.parity.config import Node, bootstrap, cluster, http, http_protocol, merged
from tests.parity.http2 import H2Reply, fields, status
from tests.parity.scenario import Case, Group, Server, get, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Answered
from tests.parity.steps_h2 import Data, Headers, StreamDone

_TRAILERS = "http_protocol_options: {enable_trailers: true}"
_FIVE = "common_http_protocol_options: {max_headers_count: 5}"
_ONE_KB = "max_request_headers_kb: 1"
_RESPONSE_KB = "common_http_protocol_options: {max_response_headers_kb: 1}"
_HTTP1 = "http_protocol_options: {enable_trailers: true}"
_HTTP2 = "http2_protocol_options: {}"
_UPSTREAMS = {
    "up": ("up", _HTTP1, ""),
    "five": ("up", _HTTP1, _FIVE),
    "kb": ("up", _HTTP1, _RESPONSE_KB),
    "two": ("two", _HTTP2, ""),
    "five_two": ("two", _HTTP2, _FIVE),
    "kb_two": ("two", _HTTP2, _RESPONSE_KB),
}


def _listener(name: str, hcm: str, up: str = "up") -> Node:
    to = f"[{{match: {{prefix: /}}, route: {{cluster: {up}}}}}]"
    return http(name, hcm=f"{{{_TRAILERS}, {hcm}}}", routes=to, plain=True)


def _cluster(name: str) -> Node:
    to, explicit, common = _UPSTREAMS[name]
    more = f", {common}" if common else ""
    return merged(
        cluster(name, to=[to]), http_protocol(f"{{explicit_http_config: {{{explicit}}}{more}}}")
    )


_CONFIG = bootstrap(
    [
        _listener("count", _FIVE),
        _listener("size", _ONE_KB),
        _listener("patient", f"{_FIVE}, stream_error_on_invalid_http_message: true"),
        *(_listener(f"to_{name}", "via: ''", name) for name in _UPSTREAMS),
    ],
    [_cluster(name) for name in _UPSTREAMS],
)
_DOWN = ("rq_total", "rq_too_large", "rq_4xx", "rq_tx_reset", "rq_rx_reset", "cx_protocol_error")
_UP = ("rq_total", "rq_2xx", "rq_5xx", "rq_rx_reset", "rq_tx_reset", "cx_protocol_error")


def _stats(listener: str) -> list[str]:
    codec = ["http1.response_flood", "http2.header_overflow", "http2.rx_reset", "http2.tx_reset"]
    return [*(f"http.{listener}.downstream_{name}" for name in _DOWN), *codec]


def _lines(count: int) -> list[str]:
    return [f"x-{number}: 1" for number in range(count)]


def _pairs(count: int) -> list[tuple[str, str]]:
    return [(f"x-{number}", "1") for number in range(count)]


def _chunked(*trailers: str) -> bytes:
    return request(
        *("POST / HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked"),
        body=b"2\r\nhi\r\n0\r\n" + "".join(f"{line}\r\n" for line in trailers).encode() + b"\r\n",
    )


def _h1(name: str, sent: bytes, listener: str) -> Case:
    return Case(name, [sent, Answered()], listener=listener, stats=_stats(listener))


def _h2(name: str, listener: str, *more: tuple[str, str]) -> Case:
    return Case(
        f"{name}_on_http2",
        [Headers(fields("/", *more), end=True), StreamDone()],
        listener=listener,
        protocol="h2",
        stats=_stats(listener),
    )


def _h2_trailers(name: str, listener: str, *trailers: tuple[str, str]) -> Case:
    return Case(
        f"{name}_on_http2",
        [
            Headers(fields("/", method="POST")),
            Data(b"hi"),
            Headers(trailers, end=True),
            StreamDone(),
        ],
        listener=listener,
        protocol="h2",
        stats=_stats(listener),
    )


# A head of HTTP/1 here has a path and `Host: a.test`; HTTP/2 adds method and scheme.
_SIZES = (980, 990, 994, 995, 996, 997, 998, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1010, 1030)
_H2_SIZES = (960, 970, 975, 980, 981, 982, 983, 984, 985, 986, 987, 988, 990, 1000, 1020)
_TRAILER_SIZES = (1000, 1010, 1020, 1021, 1022, 1023, 1024, 1025, 1030)
_REQUESTS = [
    *(_h1(f"count_{n}", get("/", *_lines(n - 1)), "count") for n in (5, 6)),
    *(_h2(f"count_{n}", "count", *_pairs(n - 4)) for n in (5, 6)),
    *(_h1(f"patient_{n}", get("/", *_lines(n - 1)), "patient") for n in (5, 6)),
    *(_h2(f"patient_{n}", "patient", *_pairs(n - 4)) for n in (5, 6)),
    *(_h1(f"trailers_{n}", _chunked(*_lines(n)), "count") for n in (5, 6)),
    *(_h2_trailers(f"trailers_{n}", "count", *_pairs(n)) for n in (5, 6)),
    *(_h1(f"size_{n}", get("/", f"x: {'a' * n}"), "size") for n in _SIZES),
    *(_h2(f"size_{n}", "size", ("x", "a" * n)) for n in _H2_SIZES),
    *(_h1(f"trailers_size_{n}", _chunked(f"x: {'a' * n}"), "size") for n in _TRAILER_SIZES),
    *(_h2_trailers(f"trailers_size_{n}", "size", ("x", "a" * n)) for n in (*_TRAILER_SIZES, 1050)),
    *(_h1(f"path_{n}", get("/" + "a" * n), "size") for n in (1000, 1012, 1013, 1014, 1015, 1030)),
    _h1("dropped_are_not_counted", get("/", *_lines(4), "connection: x"), "count"),
    _h1("empty_values_count", get("/", "a:", "b:", "c:", "d:", "e:"), "count"),
]


def _up_stats(name: str) -> list[str]:
    two = name.endswith("two")
    codec = [f"cluster.{name}.http2.header_overflow", f"cluster.{name}.http2.tx_reset"]
    return [
        *(f"cluster.{name}.upstream_{stat}" for stat in _UP),
        f"http.to_{name}.downstream_rq_5xx",
        *(codec if two else []),
    ]


def _answered(upstream: str, case: str, reply: Reply | H2Reply) -> Case:
    return Case(
        f"{upstream}_response_{case}",
        [get(), Answered(), get(), Answered(2)],
        {_UPSTREAMS[upstream][0]: [reply]},
        listener=f"to_{upstream}",
        stats=_up_stats(upstream),
    )


def _chunks(*trailers: str) -> Reply:
    body = "".join(f"{line}\r\n" for line in trailers).encode()
    return Reply(
        request(
            *("HTTP/1.1 200 OK", "transfer-encoding: chunked"),
            body=b"2\r\nok\r\n0\r\n" + body + b"\r\n",
        )
    )


def _two(refused: bool, *headers: tuple[str, str]) -> H2Reply:
    """An answer that goes on if it is refused, so that a reset finds the stream open."""
    return H2Reply(status(200, *headers), b"" if refused else b"ok", end=not refused)


def _ended(*trailers: tuple[str, str]) -> H2Reply:
    return H2Reply(status(), b"ok", trailers)


_KB = (1000, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1020, 1030)
_RESPONSES = [
    *(_answered("five", str(n), Reply(response("200 OK", *_lines(n - 1)))) for n in (5, 6)),
    *(_answered("five_two", str(n), _two(n > 5, *_pairs(n - 1))) for n in (5, 6)),
    *(_answered("five", f"trailers_{n}", _chunks(*_lines(n))) for n in (5, 6)),
    *(_answered("five_two", f"trailers_{n}", _ended(*_pairs(n))) for n in (5, 6)),
    *(_answered("kb", str(n), Reply(response("200 OK", f"x: {'a' * n}"))) for n in _KB),
    *(_answered("kb_two", str(n), _two(n > 1013, ("x", "a" * n))) for n in (*_KB, 1013, 1014)),
    *(_answered("kb", f"trailers_{n}", _chunks(f"x: {'a' * n}")) for n in _TRAILER_SIZES),
    *(_answered("kb_two", f"trailers_{n}", _ended(("x", "a" * n))) for n in (1000, 1023, 1024)),
    _answered("up", "59_kb", Reply(response("200 OK", f"x: {'a' * 60_000}"))),
    _answered("up", "62_kb", Reply(response("200 OK", f"x: {'a' * 62_000}"))),
    _answered("two", "59_kb", H2Reply(status(200, ("x", "a" * 60_000)))),
    _answered("two", "62_kb", _two(True, ("x", "a" * 62_000))),
    _answered("two", "101", _two(True, *_pairs(100))),
    _answered("two", "100", H2Reply(status(200, *_pairs(99)))),
]

CASES = [*_REQUESTS, *_RESPONSES]
GROUP = Group(_CONFIG, CASES, upstreams={"up": Server(), "two": Server("h2")}, listener="count")
