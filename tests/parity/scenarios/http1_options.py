"""Http1ProtocolOptions, both sides, and HTTP/1.0."""

from tests.parity.config import bootstrap, cluster, http, http_protocol, merged
from tests.parity.scenario import Case, Group, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Messages

_PRESERVE = (
    "header_key_format: {stateful_formatter: {name: preserve_case, typed_config: "
    "{'@type': type.googleapis.com/envoy.extensions.http.header_formatters.preserve_case"
    ".v3.PreserveCaseFormatterConfig}}}"
)
_PROPER = "header_key_format: {proper_case_words: {}}"
_LISTENERS = {
    "http10": "{http_protocol_options: {accept_http_10: true}}",
    "http10_host": (
        "{http_protocol_options: {accept_http_10: true, default_host_for_http_10: old.test}}"
    ),
    "proper": "{http_protocol_options: {" + _PROPER + "}}",
    "preserve": "{http_protocol_options: {" + _PRESERVE + "}}",
    "no_absolute": "{http_protocol_options: {allow_absolute_url: false}}",
    "both_lengths": "{http_protocol_options: {allow_chunked_length: true}}",
    "custom_methods": "{http_protocol_options: {allow_custom_methods: true}}",
    "override": "{stream_error_on_invalid_http_message: true}",
    "h1_override": "{http_protocol_options: {override_stream_error_on_invalid_http_message: true}}",
    "underscores_rejected": (
        "{common_http_protocol_options: {headers_with_underscores_action: REJECT_REQUEST}}"
    ),
    "underscores_dropped": (
        "{common_http_protocol_options: {headers_with_underscores_action: DROP_HEADER}}"
    ),
    "ignore_upgrades": (
        "{http_protocol_options: {ignore_http_11_upgrade: [{exact: h2c}, {prefix: x}]}}"
    ),
}
_UPSTREAMS = {"proper": _PROPER, "preserve": _PRESERVE}


def _listener(name: str, hcm: str) -> dict[str, object]:
    to = name if name in _UPSTREAMS else "up"
    return http(
        name, hcm=hcm, routes=f"[{{match: {{prefix: /}}, route: {{cluster: {to}}}}}]", plain=True
    )


_CLUSTERS = [
    merged(
        cluster(name, to=["up"]),
        http_protocol("explicit_http_config: {http_protocol_options: {" + option + "}}"),
    )
    for name, option in _UPSTREAMS.items()
]
_LINES = ("X-ONE-two: a", "x-three: b", "ETag: c", "content-MD5: d", "x-_y: e")

_HTTP10 = [
    Case("http10_is_refused", [b"GET / HTTP/1.0\r\nHost: a.test\r\n\r\n", Ended()]),
    Case(
        "http10_accepted", [b"GET / HTTP/1.0\r\nHost: a.test\r\n\r\n", Ended()], listener="http10"
    ),
    Case(
        "http10_keep_alive",
        [
            *(b"GET /1 HTTP/1.0\r\nHost: a.test\r\nConnection: keep-alive\r\n\r\n", Messages(1)),
            *(b"GET /2 HTTP/1.0\r\nHost: a.test\r\n\r\n", Ended()),
        ],
        listener="http10",
    ),
    Case("http10_without_host", [b"GET / HTTP/1.0\r\n\r\n", Ended()], listener="http10"),
    Case(
        "http10_with_a_default_host", [b"GET / HTTP/1.0\r\n\r\n", Ended()], listener="http10_host"
    ),
    Case(
        "http10_and_a_chunked_response",
        [b"GET / HTTP/1.0\r\nHost: a.test\r\n\r\n", Ended()],
        replies=[
            request("HTTP/1.1 200 OK", "transfer-encoding: chunked", body=b"2\r\nok\r\n0\r\n\r\n")
        ],
        listener="http10",
    ),
    Case(
        "http10_post",
        [b"POST / HTTP/1.0\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nhi", Ended()],
        listener="http10",
    ),
    Case("http09_is_refused", [b"GET /\r\n", Ended()]),
    Case("http09_accepted", [b"GET /\r\n\r\n", Ended()], listener="http10_host"),
    Case("http12", [b"GET / HTTP/1.2\r\nHost: a.test\r\n\r\n"]),
    Case("http20_by_name", [b"GET / HTTP/2.0\r\nHost: a.test\r\n\r\n"]),
    Case(
        "upstream_answers_http10_and_ends",
        [get(), Messages(1)],
        replies=[Reply(b"HTTP/1.0 200 OK\r\n\r\nold", then="close")],
    ),
    Case(
        "upstream_answers_http10_keep_alive",
        [get(), Messages(1), get(), Messages(2)],
        replies=[b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok"],
    ),
]

_FORMS = [
    Case("names_are_lower_case", [get("/", *_LINES)], replies=[response("200 OK", *_LINES)]),
    Case(
        "names_are_proper_case",
        [get("/", *_LINES)],
        replies=[response("200 OK", *_LINES)],
        listener="proper",
    ),
    Case(
        "names_are_preserved",
        [get("/", *_LINES)],
        replies=[response("200 OK", *_LINES)],
        listener="preserve",
    ),
    Case("names_of_a_local_reply", [b"GET / HTTP/1.1\r\n\r\n", Ended()], listener="proper"),
    Case(
        "absolute_form_not_allowed",
        [request("GET http://b.test/x HTTP/1.1", "Host: a.test")],
        listener="no_absolute",
    ),
    Case("absolute_form_https", [request("GET https://b.test/x HTTP/1.1", "Host: a.test")]),
    Case("absolute_form_odd_scheme", [request("GET ftp://b.test/x HTTP/1.1", "Host: a.test")]),
    Case("absolute_form_with_user", [request("GET http://u:p@b.test/x HTTP/1.1", "Host: a.test")]),
    Case(
        "length_and_chunked",
        [
            request(
                "POST / HTTP/1.1",
                "Host: a.test",
                "Content-Length: 3",
                "Transfer-Encoding: chunked",
                body=b"2\r\nhi\r\n0\r\n\r\n",
            ),
            Ended(),
        ],
    ),
    Case(
        "length_and_chunked_allowed",
        [
            request(
                "POST / HTTP/1.1",
                "Host: a.test",
                "Content-Length: 3",
                "Transfer-Encoding: chunked",
                body=b"2\r\nhi\r\n0\r\n\r\n",
            )
        ],
        listener="both_lengths",
    ),
    Case("unknown_method", [get(method="BREW")]),
    Case("unknown_method_allowed", [get(method="BREW")], listener="custom_methods"),
    Case("lower_case_method", [get(method="get")], listener="custom_methods"),
    Case("underscores_allowed", [get("/", "x_a: 1", "x-b: 2")]),
    Case(
        "underscores_rejected",
        [get("/", "x_a: 1")],
        listener="underscores_rejected",
        stats=["http1.requests_rejected_with_underscores_in_headers"],
    ),
    Case(
        "underscores_dropped",
        [get("/", "x_a: 1", "x-b: 2")],
        listener="underscores_dropped",
        stats=["http1.dropped_headers_with_underscores"],
    ),
    Case("missing_host", [b"GET / HTTP/1.1\r\n\r\n", Ended()]),
    Case(
        "missing_host_is_a_stream_error",
        [b"GET / HTTP/1.1\r\n\r\n", Messages(1)],
        listener="override",
    ),
    Case(
        "missing_host_is_a_stream_error_on_http1",
        [b"GET / HTTP/1.1\r\n\r\n", Messages(1)],
        listener="h1_override",
    ),
    Case("bad_header_is_a_stream_error", [get("/", "x a: b"), Messages(1)], listener="override"),
    Case(
        "upgrade_not_enabled",
        [get("/", "Connection: Upgrade", "Upgrade: websocket"), Messages(1)],
        stats=["http.http.downstream_rq_ws_on_non_ws_route"],
    ),
    Case(
        "h2c_upgrade_not_enabled",
        [
            get(
                "/",
                "Connection: Upgrade, HTTP2-Settings",
                "Upgrade: h2c",
                "HTTP2-Settings: AAMAAABkAAQAAP__",
            )
        ],
    ),
    Case(
        "h2c_upgrade_ignored",
        [
            get(
                "/",
                "Connection: Upgrade, HTTP2-Settings",
                "Upgrade: h2c",
                "HTTP2-Settings: AAMAAABkAAQAAP__",
            )
        ],
        listener="ignore_upgrades",
    ),
    Case("upgrade_without_connection", [get("/", "Upgrade: websocket")]),
    Case(
        "equal_lengths_twice",
        [
            request(
                "POST / HTTP/1.1",
                "Host: a.test",
                "Content-Length: 2",
                "Content-Length: 2",
                body=b"hi",
            ),
            Ended(),
        ],
    ),
    Case(
        "codec_errors_count",
        [b"nonsense\r\n\r\n", Ended()],
        stats=[
            "http.http.downstream_cx_protocol_error",
            "http.http.downstream_rq_4xx",
            "http.http.downstream_rq_total",
        ],
    ),
    Case(
        "post_to_a_missing_host_closes",
        [post("/", b"x").replace(b"Host: a.test\r\n", b""), Ended()],
    ),
]

CASES = [*_HTTP10, *_FORMS]
GROUP = Group(
    bootstrap(
        [http(plain=True), *(_listener(n, h) for n, h in _LISTENERS.items())],
        [cluster(), *_CLUSTERS],
    ),
    CASES,
)
