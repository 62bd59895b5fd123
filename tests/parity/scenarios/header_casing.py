"""How names are written: each format of either side with each of the other, HTTP/1 and HTTP/2
mixed; what Envoy adds, local replies, trailers, reason phrases."""

from tests.parity.config import Node, bootstrap, cluster, http, http_protocol, merged
from tests.parity.http2 import H2Reply, fields
from tests.parity.scenario import Case, Group, Replies, Server, get, request
from tests.parity.sessions import Reply
from tests.parity.steps import Answered
from tests.parity.steps_h2 import Headers, StreamDone

_TYPE = (
    "type.googleapis.com/envoy.extensions.http.header_formatters.preserve_case"
    ".v3.PreserveCaseFormatterConfig"
)


def _preserve(more: str = "") -> str:
    config = f"{{'@type': {_TYPE}{more}}}"
    return (
        "header_key_format: {stateful_formatter: {name: preserve_case, typed_config: "
        f"{config}}}}}, enable_trailers: true"
    )


_FORMATS = {
    "lower": "enable_trailers: true",
    "proper": "header_key_format: {proper_case_words: {}}, enable_trailers: true",
    "preserve": _preserve(),
    "phrase": _preserve(", forward_reason_phrase: true"),
    "titled": _preserve(", formatter_type_on_envoy_headers: PROPER_CASE"),
}
_ROUTE = """
    request_headers_to_add:
    - {header: {key: X-ROUTE-adds, value: a}}
    - {header: {key: X-one-TWO, value: more}, append_action: APPEND_IF_EXISTS_OR_ADD}
    - {header: {key: x-SIX, value: over}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}
    response_headers_to_add:
    - {header: {key: X-ROUTE-back, value: a}}
    - {header: {key: X-one-TWO, value: more}, append_action: APPEND_IF_EXISTS_OR_ADD}
    - {header: {key: x-SIX, value: over}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}
    response_headers_to_remove: [x-FIVE]
    request_headers_to_remove: [x-FIVE]
"""


def _listener(down: str, up: str) -> Node:
    routes = f"""
- match: {{path: /here}}
  direct_response: {{status: 200, body: {{inline_string: here}}}}
- match: {{path: /moved}}
  redirect: {{path_redirect: /there}}
- match: {{prefix: /}}
  route: {{cluster: {up}}}
{_ROUTE.replace(chr(10) + "    ", chr(10) + "  ")}
"""
    return http(
        f"{down}_{up}",
        hcm=f"{{http_protocol_options: {{{_FORMATS[down]}}}, via: gate}}",
        routes=routes,
    )


_CONFIG = bootstrap(
    [_listener(down, up) for down in _FORMATS for up in (*_FORMATS, "two")],
    [
        *(
            merged(
                cluster(name, to=["up"]),
                http_protocol(f"explicit_http_config: {{http_protocol_options: {{{options}}}}}"),
            )
            for name, options in _FORMATS.items()
        ),
        cluster("two", h2=True),
    ],
)
_LINES = (
    *("X-ONE-two: a", "x-three: b", "ETag: c", "content-MD5: d", "x-.FOUR!a: e", "X-Five: f"),
    *("X-Six: g", "x-one-TWO: h", "DNT: i", "Www-AUTHENTICATE: j", "3d-PRINT: k", "x--DOUBLE-: l"),
)
_CHUNKED = "Transfer-ENCODING: chunked"
_TRAILERS = b"2\r\nok\r\n0\r\nX-End: 1\r\nx-LAST: 2\r\n\r\n"
_ASK = request("POST /p HTTP/1.1", "HOST: a.test", _CHUNKED, *_LINES, body=_TRAILERS)
_REPLY = Reply(request("HTTP/1.1 200 Quite Fine", _CHUNKED, "SERVER: me", *_LINES, body=_TRAILERS))
_PAIRS = (("x-one-two", "a"), ("etag", "c"), ("x-five", "f"), ("x-six", "g"), ("dnt", "i"))
_TWO = H2Reply(((":status", "200"), *_PAIRS), b"ok", (("x-end", "1"), ("x-last", "2")))
_LINES_TOGETHER = "the HTTP/2 library keeps lines of one name together"
_REPLIES: dict[str, Replies] = {"up": [_REPLY], "two": [_TWO]}

CASES = [
    *(
        Case(
            f"{down}_to_{up}",
            [_ASK, Answered()],
            _REPLIES,
            listener=f"{down}_{up}",
            any_header_order=_LINES_TOGETHER if up == "two" else "",
        )
        for down in _FORMATS
        for up in (*_FORMATS, "two")
    ),
    *(
        Case(
            f"two_to_{up}_through_{down}",
            [Headers(fields("/", *_PAIRS, ("te", "trailers")), end=True), StreamDone()],
            _REPLIES,
            listener=f"{down}_{up}",
            protocol="h2",
            any_header_order=_LINES_TOGETHER,
        )
        for down in ("lower", "preserve", "titled")
        for up in (*_FORMATS, "two")
    ),
    *(
        Case(f"{down}_{name}", [sent, Answered()], listener=f"{down}_{up}")
        for down, up in (
            ("lower", "preserve"),
            ("proper", "lower"),
            ("preserve", "preserve"),
            ("titled", "lower"),
            ("phrase", "phrase"),
        )
        for name, sent in (
            ("here", get("/here", *_LINES)),
            ("moved", get("/moved", *_LINES)),
            ("bad", request("GET / HTTP/1.1", "X-Y: 1")),
            ("keeps", get("/here", "CONNECTION: Keep-Alive", "Proxy-CONNECTION: Close")),
            ("closes", get("/here", "CONNECTION: Close")),
            ("head", get("/", "UPGRADE: x", method="HEAD")),
        )
    ),
    *(
        Case(
            f"{down}_phrase_of_{up}",
            [get(), Answered()],
            [Reply(request("HTTP/1.1 404 Nobody Home", "Content-LENGTH: 0"))],
            listener=f"{down}_{up}",
        )
        for down in ("lower", "preserve", "phrase")
        for up in ("lower", "preserve", "phrase")
    ),
]
GROUP = Group(
    _CONFIG, CASES, upstreams={"up": Server(), "two": Server("h2")}, listener="lower_lower"
)
