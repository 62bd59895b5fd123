"""Access logs: the default format, text and JSON formats, and what the operators say."""

import json

from tests.parity.config import (
    Node,
    access_log,
    bootstrap,
    cluster,
    http,
    load,
    merged,
    text_format,
)
from tests.parity.http2 import H2Reply, fields, status
from tests.parity.scenario import Case, Group, Loose, Server, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Ended, Finish, Messages
from tests.parity.steps_h2 import Data, Headers

_OPERATORS = [
    *("REQ(:METHOD)", "REQ(:PATH)", "REQ(X-NONE)", "REQ(X-NONE?USER-AGENT)"),
    *("REQ(USER-AGENT):3", "REQUEST_HEADER(HOST)", "REQ(:AUTHORITY)", "REQ(:SCHEME)"),
    *("REQ(X-TWICE)", "RESP(CONTENT-TYPE)", "RESP(X-NONE)", "RESPONSE_HEADER(X-ONE)"),
    *("RESP(:STATUS)", "TRAILER(X-SUM)", "PROTOCOL", "RESPONSE_CODE"),
    *("RESPONSE_CODE_DETAILS", "RESPONSE_FLAGS", "RESPONSE_FLAGS_LONG"),
    *("CONNECTION_TERMINATION_DETAILS", "BYTES_RECEIVED", "BYTES_SENT", "UPSTREAM_HOST"),
    *("UPSTREAM_CLUSTER", "UPSTREAM_CLUSTER_RAW", "UPSTREAM_REMOTE_ADDRESS"),
    *("UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", "UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT"),
    *("UPSTREAM_PROTOCOL", "UPSTREAM_REQUEST_ATTEMPT_COUNT"),
    *("UPSTREAM_TRANSPORT_FAILURE_REASON", "UPSTREAM_HOST_NAME"),
    *("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",),
    *("DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT", "DOWNSTREAM_LOCAL_ADDRESS"),
    *("DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", "DOWNSTREAM_LOCAL_PORT"),
    *("DOWNSTREAM_TRANSPORT_FAILURE_REASON", "REQUESTED_SERVER_NAME", "FILTER_CHAIN_NAME"),
    *("ROUTE_NAME", "VIRTUAL_CLUSTER_NAME", "ACCESS_LOG_TYPE", "GRPC_STATUS"),
    *("GRPC_STATUS(SNAKE_STRING)", "GRPC_STATUS_NUMBER", "PATH(NQ)", "PATH(WQ)"),
    *("PATH(NQ:ORIG)", "PATH(WQ:PATH)", "QUERY_PARAM(a)", "QUERY_PARAM(none)"),
    *("REQUEST_HEADERS_BYTES", "RESPONSE_TRAILERS_BYTES", "LOCAL_REPLY_BODY", "TRACE_ID"),
    "ENVIRONMENT(PARITY_NONE)",
]
_PROPER = """
  method: "%REQ(:METHOD)%"
  number: "%RESPONSE_CODE%"
  text: "code %RESPONSE_CODE% of %REQ(X-NONE)%"
  missing: "%REQ(X-NONE)%"
  nested: {bytes: "%BYTES_SENT%", path: "%REQ(:PATH)%", list: [a, "%PROTOCOL%"]}
  constant: word
  truth: true
  five: 5
  quoted: '%REQ(X-QUOTED)%'
  Zed: "%ROUTE_NAME%"
"""


def _log(name: str, fields: Node) -> str:
    return json.dumps({"access_log": access_log(f"$dir/{name}.log", fields)})


_JSON = load("log_format: {json_format: {" + ", ".join(_PROPER.strip().split("\n")) + "}}")
_OMITTED = merged(_JSON, {"log_format": {"omit_empty_values": True}})
_TEXT = "".join(f"{name}=%{name}%\n" for name in _OPERATORS)
_CHARACTERS = "%% [%REQ(X-QUOTED)%] %REQ(X-NONE)%x%PROTOCOL%%RESPONSE_CODE%\n"
_LISTENERS = {
    "default": {},
    "operators": text_format(_TEXT),
    "json": _JSON,
    "omitted": _OMITTED,
    "omitted_text": merged(text_format(_CHARACTERS), {"log_format": {"omit_empty_values": True}}),
    "characters": text_format(_CHARACTERS),
    "typed": {"typed_json_format": _JSON["log_format"]["json_format"]},
    "old": {"format": "%REQ(:PATH)% %RESPONSE_CODE%\n"},
    "unended": text_format("no end of line "),
    "times": text_format(
        "%START_TIME% %START_TIME(%Y-%m-%dT%H:%M:%S.%3fZ)% %START_TIME(%s.%6f)% %DURATION%"
        " %REQUEST_DURATION% %RESPONSE_DURATION% %RESPONSE_TX_DURATION% %REQUEST_TX_DURATION%"
        " %STREAM_ID% %CONNECTION_ID% %UPSTREAM_CONNECTION_ID% %DOWNSTREAM_REMOTE_PORT%"
        " %UPSTREAM_LOCAL_PORT%\n"
    ),
    "bytes": text_format(
        "%DOWNSTREAM_WIRE_BYTES_RECEIVED% %DOWNSTREAM_HEADER_BYTES_RECEIVED% %BYTES_RECEIVED%"
        " up %UPSTREAM_WIRE_BYTES_SENT% %UPSTREAM_HEADER_BYTES_SENT%"
        " %UPSTREAM_WIRE_BYTES_RECEIVED% %UPSTREAM_HEADER_BYTES_RECEIVED%"
        " down %DOWNSTREAM_WIRE_BYTES_SENT% %DOWNSTREAM_HEADER_BYTES_SENT% %BYTES_SENT%\n"
    ),
}
_ROUTES = """
- {name: refused, match: {prefix: /refused}, route: {cluster: refused}}
- name: reply
  match: {prefix: /reply}
  direct_response: {status: 403, body: {inline_string: "no"}}
- {name: rewritten, match: {prefix: /rewritten}, route: {cluster: up, prefix_rewrite: /other}}
- {name: grpc, match: {prefix: /grpc}, route: {cluster: grpc}}
- {match: {prefix: /}, route: {cluster: up}}
"""
_NO_DURATIONS = [
    Loose(
        r'(?<=" \d{3} )(\S+ \d+ \d+) \d+ (\d+|-)', r"\1 <ms> <ms>", "durations are a matter of luck"
    ),
]
_TIMES = [
    Loose(r"\b\d{10}\.\d{6}\b", "<epoch>", "the time of day", "log"),
    Loose(r"(?<= )\d{1,3}\b", "<n>", "durations and numbers of connections", "log"),
    Loose(r"(?<= )\d{5}\b", "<port>", "ports of the client's side", "log"),
]
_LINES = (
    "User-Agent: parity",
    "X-Twice: 1",
    "X-Twice: 2",
    'X-Quoted: a"b\\c',
    "X-Request-Id: seven",
)

CASES = [
    Case("default_format", [get("/a?b", *_LINES)], listener="default", loose=_NO_DURATIONS),
    Case("default_format_of_a_reply", [get("/reply")], listener="default", loose=_NO_DURATIONS),
    Case(
        "default_format_of_a_bad_request",
        [b"bad\r\n\r\n", Ended()],
        listener="default",
        loose=_NO_DURATIONS,
    ),
    Case(
        "default_format_of_a_rewrite", [get("/rewritten")], listener="default", loose=_NO_DURATIONS
    ),
    Case(
        "operators",
        [get("/x?a=1&b=2", *_LINES)],
        [response("200 OK", "X-One: 1", "Content-Type: a/b")],
        listener="operators",
    ),
    Case("operators_of_a_post", [post("/x", b"hello")], listener="operators"),
    Case("operators_of_a_rewrite", [get("/rewritten/x?a=1")], listener="operators"),
    Case("operators_of_a_reply", [get("/reply?a=1")], listener="operators"),
    Case("operators_of_a_failure", [get("/refused")], listener="operators"),
    Case(
        "operators_of_a_cut",
        [get(), Ended()],
        [Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", then="close")],
        listener="operators",
    ),
    Case(
        "operators_of_a_client_that_left",
        [get(), Messages(1, "up"), Finish("close")],
        [Reply(when="never")],
        listener="operators",
    ),
    Case("operators_of_a_bad_request", [b"bad\r\n\r\n", Ended()], listener="operators"),
    Case(
        "operators_of_grpc",
        [
            Headers(
                fields(
                    "/grpc/x",
                    ("content-type", "application/grpc"),
                    ("te", "trailers"),
                    method="POST",
                )
            ),
            Data(b"\0\0\0\0\0", end=True),
        ],
        {
            "grpc": [
                H2Reply(
                    status(200, ("content-type", "application/grpc")),
                    b"\0\0\0\0\0",
                    (("grpc-status", "5"), ("x-sum", "1")),
                )
            ]
        },
        listener="operators",
        protocol="h2",
    ),
    Case("json", [get("/x", *_LINES)], listener="json"),
    Case("json_of_a_named_route", [get("/reply")], listener="json"),
    Case("json_without_empty_values", [get("/x")], listener="omitted"),
    Case("typed_json", [get("/x", *_LINES)], listener="typed"),
    Case("characters", [get("/", *_LINES)], listener="characters"),
    Case("text_without_empty_values", [get("/")], listener="omitted_text"),
    Case("deprecated_format", [get("/x")], listener="old"),
    Case(
        "two_requests_without_an_end_of_line",
        [get("/1"), Messages(1), get("/2")],
        listener="unended",
    ),
    Case("times", [post("/", b"x")], listener="times", loose=_TIMES),
    Case("bytes", [post("/", b"hello")], listener="bytes"),
    Case(
        "bytes_of_chunks",
        [
            request(
                "POST / HTTP/1.1",
                "Host: a.test",
                "Transfer-Encoding: chunked",
                body=b"5\r\nhello\r\n0\r\n\r\n",
            )
        ],
        [request("HTTP/1.1 200 OK", "transfer-encoding: chunked", body=b"2\r\nhi\r\n0\r\n\r\n")],
        listener="bytes",
    ),
    Case("bytes_of_a_reply", [get("/reply")], listener="bytes"),
    Case("bytes_of_a_bad_request", [b"bad\r\n\r\n", Answered()], listener="bytes"),
]
GROUP = Group(
    bootstrap(
        [
            http(name, routes=_ROUTES, hcm=_log(name, fields), plain=True)
            for name, fields in _LISTENERS.items()
        ],
        [cluster(), cluster("refused"), cluster("grpc", h2=True)],
    ),
    CASES,
    upstreams={"up": Server(), "refused": Server("refused"), "grpc": Server("h2")},
    listener="default",
)
