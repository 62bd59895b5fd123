"""The compressor's `x-envoy-compression-status`: why a response was compressed, or was not."""

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, Loose, get, request, response

_LIBRARIES = {"gzip": "gzip", "br": "brotli", "zstd": "zstd"}
_TYPES = {"gzip": "Gzip", "br": "Brotli", "zstd": "Zstd"}
_PER_ROUTE = (
    '"@type": type.googleapis.com/envoy.extensions.filters.http.compressor.v3.CompressorPerRoute'
)
_TEXT = "content-type: text/plain"
_ENCODED = "content-encoding: x"
_LOOSE = [
    Loose(r"^.*\\x[0-9a-f]{2}.*$", "<compressed>", "compressors of one format differ"),
    Loose(r"(tx|rx)=[1-9]\d*", r"\1=<n>", "so do the lengths of what they give"),
]
_COUNTED = (
    "compressed",
    "not_compressed",
    "content_length_too_small",
    "no_accept_header",
    "header_identity",
    "header_compressor_used",
    "header_compressor_overshadowed",
    "header_wildcard",
    "header_not_valid",
    "not_compressed_etag",
)
_COMMON = _COUNTED[:3]


def _library(encoding: str) -> str:
    kind = f"envoy.extensions.compression.{_LIBRARIES[encoding]}.compressor.v3.{_TYPES[encoding]}"
    return f'compressor_library: {{name: {encoding}, typed_config: {{"@type": {_URL}/{kind}}}}}'


_URL = "type.googleapis.com"
_FIELDS = "status_header_enabled: true, uncompressible_response_codes: [404]"


def _compressor(encoding: str = "gzip", more: str = "disable_on_etag_header: true") -> Node:
    fields = f"response_direction_config: {{{_FIELDS}, {more}}}"
    return http_filter(
        f"compressor.{encoding}",
        "compressor.v3.Compressor",
        f"{{{_library(encoding)}, {fields}}}",
    )


_ROUTES = f"""[
    {{match: {{prefix: /off}}, route: {{cluster: up}}, typed_per_filter_config: {{compressor.gzip:
        {{{_PER_ROUTE}, disabled: true}}}}}},
    {{match: {{prefix: /brotli}}, route: {{cluster: up}}, typed_per_filter_config:
        {{compressor.gzip: {{{_PER_ROUTE}, overrides: {{{_library("br")}}}}}}}}},
    {{match: {{prefix: /direct}}, direct_response: {{status: 200, body: {{inline_string:
        "{"y" * 60}"}}}}}},
    {{match: {{prefix: /ws}}, route: {{cluster: up, upgrade_configs: [{{upgrade_type: w}}]}}}},
    {{match: {{prefix: /}}, route: {{cluster: up}}}}]"""


def _stats(listener: str) -> list[str]:
    prefix = f"http.{listener}.compressor.gzip.gzip"
    names = [f"{prefix}.response.{name}" for name in _COMMON]
    return names + [f"{prefix}.{name}" for name in _COUNTED[3:]]


def _case(
    name: str,
    accept: str | None,
    *lines: str,
    path: str = "/",
    listener: str = "one",
    size: int = 100,
    status: str = "200 OK",
    method: str = "GET",
) -> Case:
    asked = () if accept is None else (f"accept-encoding: {accept}",)
    return Case(
        name,
        [get(path, *asked, method=method)],
        [response(status, *lines, body=b"x" * size)],
        stats=_stats(listener),
        listener=listener,
        loose=_LOOSE,
    )


_PLAIN = [
    _case("compressed", "gzip", _TEXT),
    _case("not_asked", None, _TEXT),
    _case("another", "br", _TEXT),
    _case("identity", "identity", _TEXT),
    _case("wildcard", "*", _TEXT),
    _case("not_gzip", "gzip;q=0", _TEXT),
    _case("no_type", "gzip"),
    _case("type", "gzip", "content-type: image/png"),
    _case("type_not_asked", None, "content-type: image/png"),
    _case("small", "gzip", _TEXT, size=29),
    _case("small_not_asked", None, _TEXT, size=29),
    _case("no_body", "gzip", _TEXT, size=0),
    _case("head", "gzip", _TEXT, method="HEAD", size=0),
    _case("etag", "gzip", _TEXT, 'etag: "x"'),
    _case("etag_not_asked", None, _TEXT, 'etag: "x"'),
    _case("code", "gzip", _TEXT, status="404 Not Found"),
    _case("code_not_asked", "br", _TEXT, status="404 Not Found"),
    _case("encoded", "gzip", _TEXT, _ENCODED),
    _case("no_transform", "gzip", _TEXT, "cache-control: no-transform"),
    _case("given", "gzip", _TEXT, "x-envoy-compression-status: x"),
    _case("given_small", "gzip", _TEXT, "x-envoy-compression-status: x", size=2),
    _case("off_on_the_route", "gzip", _TEXT, path="/off"),
    _case("brotli_on_the_route", "gzip, br", _TEXT, path="/brotli"),
    _case("brotli_on_the_route_for_gzip", "gzip", _TEXT, path="/brotli"),
    _case("brotli_on_the_route_for_brotli", "br", _TEXT, path="/brotli"),
    _case("brotli_on_the_route_for_all", "*", _TEXT, path="/brotli"),
    _case("brotli_on_the_route_small", "br", _TEXT, path="/brotli", size=2),
    _case("direct", "gzip", path="/direct"),
    # Which of two reasons is told.
    *[
        _case(f"{first}_and_{second}", "gzip", *sum_lines, size=size, status=status)
        for first, second, sum_lines, size, status in (
            ("small", "type", ("content-type: image/png",), 2, "200 OK"),
            ("small", "etag", (_TEXT, "etag: x"), 2, "200 OK"),
            ("small", "code", (_TEXT,), 2, "404 Not Found"),
            ("small", "encoded", (_TEXT, _ENCODED), 2, "200 OK"),
            ("type", "etag", ("content-type: image/png", "etag: x"), 100, "200 OK"),
            ("type", "code", ("content-type: image/png",), 100, "404 Not Found"),
            ("type", "encoded", ("content-type: image/png", _ENCODED), 100, "200 OK"),
            ("etag", "code", (_TEXT, "etag: x"), 100, "404 Not Found"),
            ("etag", "encoded", (_TEXT, "etag: x", _ENCODED), 100, "200 OK"),
            ("code", "encoded", (_TEXT, _ENCODED), 100, "404 Not Found"),
            (
                "no_transform",
                "etag",
                (_TEXT, "cache-control: no-transform", "etag: x"),
                99,
                "200 OK",
            ),
            (
                "no_transform",
                "type",
                ("cache-control: no-transform", "content-type: a/b"),
                99,
                "200 OK",
            ),
        )
    ],
    *[
        Case(
            f"head_of_100_bytes{name}",
            [get("/", "accept-encoding: gzip", method="HEAD")],
            [request("HTTP/1.1 200 OK", *lines, "content-length: 100")],
            stats=_stats("one"),
            listener="one",
        )
        for name, lines in (
            ("", (_TEXT,)),
            ("_of_another_type", ("content-type: image/png",)),
            ("_with_an_etag", (_TEXT, "etag: x")),
            ("_encoded", (_TEXT, _ENCODED)),
        )
    ],
    Case(
        "length_with_zeros",
        [get("/", "accept-encoding: gzip")],
        [request("HTTP/1.1 200 OK", _TEXT, "content-length: 0040", body=b"x" * 40)],
        stats=_stats("one"),
        listener="one",
        loose=_LOOSE,
    ),
    Case(
        "chunked",
        [get("/", "accept-encoding: gzip")],
        [
            request(
                "HTTP/1.1 200 OK",
                _TEXT,
                "transfer-encoding: chunked",
                body=b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            )
        ],
        stats=_stats("one"),
        listener="one",
        loose=_LOOSE,
    ),
    Case(
        "upgraded",
        [get("/ws", "accept-encoding: gzip", "connection: upgrade", "upgrade: w")],
        [request("HTTP/1.1 101 Switching Protocols", "connection: upgrade", "upgrade: w", _TEXT)],
        stats=_stats("one"),
        listener="one",
        loose=_LOOSE,
    ),
]
_BOTH = [
    _case("both_gzip", "gzip", _TEXT, listener="both"),
    _case("both_brotli", "br", _TEXT, listener="both"),
    _case("both_small", "br", _TEXT, listener="both", size=2),
    _case("both_type", "br", "content-type: a/b", listener="both"),
    _case("both_first", "br, gzip", "content-type: text/html", listener="both"),
    _case("weak_etag", "gzip", _TEXT, "etag: x", listener="weak"),
    _case("off", "gzip", _TEXT, listener="off"),
    _case("off_small", "gzip", _TEXT, listener="off", size=2),
]
GROUP = Group(
    bootstrap(
        [
            filtered("one", [_compressor()], _ROUTES),
            filtered("both", [_compressor(), _compressor("br")]),
            filtered("weak", [_compressor(more="weaken_etag_on_compress: true")]),
            filtered(
                "off",
                [_compressor(more="common_config: {enabled: {default_value: false}}")],
            ),
        ],
        [cluster()],
    ),
    [*_PLAIN, *_BOTH],
    listener="one",
)
