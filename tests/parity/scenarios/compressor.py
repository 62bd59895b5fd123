"""The compressor filter: for whom a body is compressed, and what its head says then.

What a compressed body consists of is a compressor's own affair; unit tests read it back.
"""

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, Loose, get, post, request, response
from tests.parity.steps import Answered, Heads

_LIBRARIES = {"gzip": "gzip", "br": "brotli", "zstd": "zstd"}
_TYPES = {"gzip": "Gzip", "br": "Brotli", "zstd": "Zstd"}
_PER_ROUTE = '"@type": type.googleapis.com/envoy.extensions.filters.http.compressor.v3'
_BROTLI = '"@type": type.googleapis.com/envoy.extensions.compression.brotli.compressor.v3.Brotli'
_BODY = b"x" * 100
_TEXT = "content-type: text/plain"
_LOOSE = [
    Loose(r"^.*\\x[0-9a-f]{2}.*$", "<compressed>", "compressors of one format differ"),
    Loose(r"(tx|rx)=[1-9]\d*", r"\1=<n>", "so do the lengths of what they give"),
]


def _compressor(encoding: str, fields: str = "", name: str = "") -> Node:
    kind = f"envoy.extensions.compression.{_LIBRARIES[encoding]}.compressor.v3.{_TYPES[encoding]}"
    library = (
        f"compressor_library: {{name: {name or encoding}, typed_config: "
        f'{{"@type": type.googleapis.com/{kind}}}}}'
    )
    return http_filter(
        f"compressor.{name or encoding}",
        "compressor.v3.Compressor",
        f"{{{library}{', ' if fields else ''}{fields}}}",
    )


def _upgrading(node: Node) -> Node:
    manager = node["filter_chains"][0]["filters"][0]["typed_config"]
    manager["upgrade_configs"] = [{"upgrade_type": "w"}]
    return node


_RESPONSE = "response_direction_config"
_OFF = "enabled: {default_value: false, runtime_key: compress}"
_ROUTES = f"""[
    {{match: {{prefix: /off}}, route: {{cluster: up}}, typed_per_filter_config: {{compressor.gzip:
        {{{_PER_ROUTE}.CompressorPerRoute, disabled: true}}}}}},
    {{match: {{prefix: /keep}}, route: {{cluster: up}}, typed_per_filter_config: {{compressor.gzip:
        {{{_PER_ROUTE}.CompressorPerRoute, overrides: {{response_direction_config:
        {{remove_accept_encoding_header: true}}}}}}}}}},
    {{match: {{prefix: /nothing}}, route: {{cluster: up}}, typed_per_filter_config:
        {{compressor.gzip: {{{_PER_ROUTE}.CompressorPerRoute, overrides: {{}}}}}}}},
    {{match: {{prefix: /library}}, route: {{cluster: up}}, typed_per_filter_config:
        {{compressor.gzip: {{{_PER_ROUTE}.CompressorPerRoute, overrides: {{compressor_library:
        {{name: own, typed_config: {{{_BROTLI}}}}}}}}}}}}},
    {{match: {{prefix: /direct}}, direct_response: {{status: 200, body: {{inline_string:
        "{"y" * 60}"}}}}}},
    {{match: {{prefix: /}}, route: {{cluster: up}}}}]"""
_COMMON = ("compressed", "not_compressed", "content_length_too_small")
_OF_RESPONSE = (
    "no_accept_header",
    "header_identity",
    "header_compressor_used",
    "header_compressor_overshadowed",
    "header_wildcard",
    "header_not_valid",
    "not_compressed_etag",
)


def _stats(listener: str, encoding: str = "gzip", below: str = "") -> list[str]:
    prefix = f"http.{listener}.compressor.{encoding}.{_LIBRARIES[encoding]}"
    names = [f"{prefix}.{below}{name}" for name in _COMMON]
    return names + [f"{prefix}.{name}" for name in _OF_RESPONSE]


def _case(
    name: str,
    accept: str | None,
    *lines: str,
    path: str = "/",
    listener: str = "plain",
    body: bytes = _BODY,
    status: str = "200 OK",
    stats: list[str] | None = None,
    method: str = "GET",
) -> Case:
    asked = () if accept is None else (f"accept-encoding: {accept}",)
    counted = _stats(listener) if stats is None else stats
    return Case(
        name,
        [get(path, *asked, method=method)],
        [response(status, *lines, body=body)],
        stats=counted,
        listener=listener,
        loose=_LOOSE,
    )


_BOTH = _stats("both") + _stats("both", "br")
GROUP = Group(
    bootstrap(
        [
            filtered("plain", [_compressor("gzip")], _ROUTES),
            filtered(
                "newer",
                [
                    _compressor(
                        "gzip",
                        f"""{_RESPONSE}: {{disable_on_etag_header: true,
                remove_accept_encoding_header: true, uncompressible_response_codes: [404],
                common_config: {{min_content_length: 50, content_type: [text/own]}}}}""",
                    )
                ],
            ),
            filtered(
                "weak", [_compressor("gzip", f"{_RESPONSE}: {{weaken_etag_on_compress: true}}")]
            ),
            filtered(
                "matched",
                [
                    _compressor(
                        "gzip",
                        f"{_RESPONSE}: {{common_config: "
                        "{content_type_matcher: [{prefix: own/}]}}",
                    )
                ],
            ),
            filtered(
                "off", [_compressor("gzip", f"{_RESPONSE}: {{common_config: {{{_OFF}}}}}")], _ROUTES
            ),
            filtered(
                "requests",
                [
                    _compressor(
                        "gzip",
                        f"request_direction_config: {{}}, {_RESPONSE}: "
                        f"{{common_config: {{enabled: {{default_value: false}}}}}}",
                    )
                ],
            ),
            filtered("both", [_compressor("gzip"), _compressor("br")]),
            filtered("first", [_compressor("gzip"), _compressor("br", "choose_first: true")]),
            _upgrading(filtered("upgrades", [_compressor("gzip")])),
            filtered("zstd", [_compressor("zstd")]),
        ],
        [cluster()],
    ),
    [
        _case("gzip", "gzip", _TEXT),
        *[
            _case(f"no_type_in_{name}", "gzip", f"content-type:{value}")
            for name, value in (
                ("nothing", ""),
                ("blanks", "  "),
                ("parameters", "; charset=utf-8"),
                ("parameters_after_blanks", " ;charset=utf-8"),
            )
        ],
        *[
            Case(
                f"request_{name}",
                [post("/", _BODY, f"content-type:{value}")],
                stats=_stats("requests", below="request."),
                listener="requests",
                loose=_LOOSE,
            )
            for name, value in (("of_no_type", ""), ("of_parameters", "; charset=utf-8"))
        ],
        *[
            Case(
                f"switching_{name}",
                [
                    get("/", *(["accept-encoding: gzip"] if lines else []), *asks),
                    Heads() if code.startswith("101") else Answered(),
                ],
                [request(f"HTTP/1.1 {code}", *lines, *more, body=_BODY if lines else b"")],
                stats=_stats(listener),
                listener=listener,
                loose=_LOOSE,
            )
            for listener in ("plain", "upgrades")
            for asks in ([()] if listener == "plain" else [("connection: upgrade", "upgrade: w")])
            for name, code, lines, more in (
                (f"{listener}_bare", "101 Switching Protocols", (), ()),
                (f"{listener}_typed", "101 Switching Protocols", (), (_TEXT,)),
                (f"{listener}_unnamed", "101 Switching Protocols", (), ("connection: upgrade",)),
                (f"{listener}_unconnected", "101 Switching Protocols", (), ("upgrade: w",)),
                (f"{listener}_ok", "200 OK", ("content-length: 100",), ("upgrade: w",)),
                (
                    f"{listener}_ok_named",
                    "200 OK",
                    ("content-length: 100", _TEXT),
                    ("upgrade: w", "connection: upgrade"),
                ),
            )
        ],
        _case("not_asked", None, _TEXT),
        _case("another", "br", _TEXT),
        _case("identity", "identity", _TEXT),
        _case("wildcard", "*", _TEXT),
        _case("not_gzip", "gzip;q=0, *", _TEXT),
        _case("weights", "identity;q=0.5, gzip;q=0.6", _TEXT),
        _case("no_type", "gzip"),
        _case("type_with_parameters", "gzip", "content-type: Text/HTML; charset=utf-8"),
        _case("another_type", "gzip", "content-type: image/png"),
        _case("another_type_not_asked", None, "content-type: image/png"),
        _case("too_small", "gzip", _TEXT, body=b"x" * 29),
        _case("just_enough", "gzip", _TEXT, body=b"x" * 30),
        _case("no_body", "gzip", _TEXT, body=b""),
        _case("a_head", "gzip", _TEXT, method="HEAD", body=b""),
        _case("encoded", "gzip", _TEXT, "content-encoding: br"),
        _case("no_transform", "gzip", _TEXT, "cache-control: private, No-Transform"),
        _case("a_strong_etag", "gzip", _TEXT, 'etag: "x"'),
        _case("a_weak_etag", "gzip", _TEXT, 'etag: W/"x"'),
        _case("vary", "gzip", _TEXT, "vary: cookie"),
        _case("vary_already", "gzip", _TEXT, "vary: cookie, accept-encoding"),
        _case("vary_though_not_asked", None, _TEXT, "vary: cookie"),
        _case("an_error", "gzip", _TEXT, status="500 Internal Server Error"),
        _case("disabled_on_the_route", "gzip", _TEXT, path="/off"),
        _case("removed_on_the_route", "gzip", _TEXT, path="/keep"),
        _case("a_direct_response", "gzip", path="/direct"),
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
            stats=_stats("plain"),
            listener="plain",
            loose=_LOOSE,
        ),
        *[
            _case(
                f"newer_{name}",
                "gzip",
                *lines,
                listener="newer",
                status=status,
                stats=_stats("newer", below="response."),
                body=b"x" * size,
            )
            for name, status, size, lines in (
                ("own_type", "200 OK", 50, ("content-type: text/own",)),
                ("default_type", "200 OK", 50, (_TEXT,)),
                ("etag", "200 OK", 50, ("etag: x",)),
                ("code", "404 Not Found", 50, ()),
                ("small", "200 OK", 49, ()),
            )
        ],
        _case("weakened_etag", "gzip", 'etag: "x"', listener="weak", stats=[]),
        _case("weak_etag_stays", "gzip", 'etag: w/"x"', listener="weak", stats=[]),
        _case("matched_type", "gzip", "content-type: own/x", listener="matched", stats=[]),
        _case("unmatched_type", "gzip", _TEXT, listener="matched", stats=[]),
        _case("off", "gzip", _TEXT, listener="off", stats=_stats("off", below="response.")),
        _case(
            "on_by_the_route",
            "gzip",
            _TEXT,
            listener="off",
            path="/keep",
            stats=_stats("off", below="response."),
        ),
        *(
            _case(
                f"{listener}_with_{path}_of_the_route",
                "gzip, br",
                _TEXT,
                listener=listener,
                path=f"/{path}",
                stats=_stats(listener, below=below),
            )
            for listener, below in (("off", "response."), ("plain", ""))
            for path in ("nothing", "library")
        ),
        Case(
            "a_request",
            [post("/", _BODY, _TEXT)],
            listener="requests",
            loose=_LOOSE,
            stats=[f"http.requests.compressor.gzip.gzip.request.{name}" for name in _COMMON],
        ),
        Case(
            "a_small_request",
            [post("/", b"x", _TEXT)],
            listener="requests",
            loose=_LOOSE,
            stats=[f"http.requests.compressor.gzip.gzip.request.{name}" for name in _COMMON],
        ),
        *[
            _case(
                f"{listener}_{name}",
                accept,
                _TEXT,
                listener=listener,
                stats=_stats(listener) + _stats(listener, "br"),
            )
            for listener in ("both", "first")
            for name, accept in (
                ("like_both", "gzip, br"),
                ("like_both_reversed", "br, gzip"),
                ("like_brotli", "gzip;q=0.1, br"),
                ("like_all", "*"),
                ("like_none", "deflate"),
                ("say_nothing", None),
            )
        ],
        _case("zstd", "zstd", _TEXT, listener="zstd", stats=_stats("zstd", "zstd")),
        _case("zstd_for_nobody", "gzip", _TEXT, listener="zstd", stats=_stats("zstd", "zstd")),
    ],
)
