"""The decompressor filter: bodies of requests and of responses are read back."""

import gzip

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, get, post, request, response
from tests.parity.steps import Answered

_LIBRARIES = {"gzip": ("gzip", "Gzip"), "br": ("brotli", "Brotli"), "zstd": ("zstd", "Zstd")}


def _decompressor(encoding: str, fields: str = "", options: str = "") -> Node:
    stem, kind = _LIBRARIES[encoding]
    typed = f"envoy.extensions.compression.{stem}.decompressor.v3.{kind}"
    library = (
        f"decompressor_library: {{name: {encoding}, typed_config: "
        f'{{"@type": type.googleapis.com/{typed}{options}}}}}'
    )
    return http_filter(
        f"decompressor.{encoding}", "decompressor.v3.Decompressor", f"{{{library}{fields}}}"
    )


_SMALL = gzip.compress(b"hello " * 4, mtime=0)
_ENCODED = "content-encoding: gzip"
_NAMES = ("decompressed", "not_decompressed", "total_compressed_bytes", "total_uncompressed_bytes")
_STATS = [
    f"http.on.decompressor.gzip.gzip.{side}.{name}"
    for side in ("request", "response")
    for name in _NAMES
]


def _answer(name: str, *lines: str, body: bytes = _SMALL, listener: str = "") -> Case:
    stats = [] if listener else _STATS
    return Case(
        name, [get("/")], [response("200 OK", *lines, body=body)], stats=stats, listener=listener
    )


def _asks(name: str, *lines: str, body: bytes = _SMALL, listener: str = "") -> Case:
    stats = [] if listener else _STATS
    return Case(name, [post("/", body, *lines)], stats=stats, listener=listener)


_FALSE = "common_config: {enabled: {default_value: false, runtime_key: inflate}}"

GROUP = Group(
    bootstrap(
        [
            filtered("on", [_decompressor("gzip")]),
            filtered(
                "quiet",
                [
                    _decompressor(
                        "gzip", ", request_direction_config: {advertise_accept_encoding: false}"
                    )
                ],
            ),
            filtered(
                "off",
                [
                    _decompressor(
                        "gzip",
                        f", request_direction_config: {{{_FALSE}}}, "
                        f"response_direction_config: {{{_FALSE}}}",
                    )
                ],
            ),
            filtered(
                "ignores",
                [
                    _decompressor(
                        "gzip",
                        ", response_direction_config: "
                        "{common_config: {ignore_no_transform_header: true}}",
                    )
                ],
            ),
        ],
        [cluster()],
    ),
    [
        _answer("a_response", _ENCODED),
        _answer("another_encoding", "content-encoding: br"),
        _answer("no_encoding"),
        _answer("several_encodings", "content-encoding: gzip, br"),
        _answer("another_comes_first", "content-encoding: br, gzip"),
        _answer("upper_case", "content-encoding: GZIP"),
        _answer("no_transform", _ENCODED, "cache-control: no-transform"),
        _answer(
            "no_transform_ignored", _ENCODED, "cache-control: no-transform", listener="ignores"
        ),
        _answer("nothing", _ENCODED, body=b""),
        _answer("no_gzip", _ENCODED, body=b"not compressed at all"),
        _answer("cut_short", _ENCODED, body=_SMALL[:-10]),
        _answer("more_follows", _ENCODED, body=_SMALL + b"more"),
        _answer("off", _ENCODED, listener="off"),
        Case(
            "chunks",
            [get("/")],
            [
                request(
                    "HTTP/1.1 200 OK",
                    _ENCODED,
                    "transfer-encoding: chunked",
                    body=b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n"
                    % (12, _SMALL[:12], len(_SMALL) - 12, _SMALL[12:]),
                )
            ],
            stats=_STATS,
        ),
        _asks("a_request", _ENCODED),
        _asks("a_request_as_it_is"),
        _asks("a_request_off", _ENCODED, listener="off"),
        _asks("a_request_that_is_no_gzip", _ENCODED, body=b"not compressed at all"),
        Case("advertises", [get("/")], stats=_STATS),
        Case("advertises_beside_others", [get("/", "accept-encoding: br, deflate;q=0.5")]),
        Case("advertises_once", [get("/", "accept-encoding: gzip;q=0, br")]),
        Case("advertises_nothing", [get("/")], listener="quiet"),
        Case("advertises_nothing_when_off", [get("/")], listener="off"),
        Case(
            "head",
            [get("/", method="HEAD"), Answered()],
            [response("200 OK", _ENCODED, body=b"")],
            stats=_STATS,
        ),
    ],
    listener="on",
)
