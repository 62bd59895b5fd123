"""Operators of header bytes before compression, of routes found, of names and endpoints."""

import json
from dataclasses import replace

from tests.parity.config import Node, access_log, bootstrap, cluster, http, load, tcp, text_format
from tests.parity.http2 import H2Reply, fields, status
from tests.parity.scenario import Case, Group, Loose, Server, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Bytes, Ended, Finish, Heads, Messages, Settle
from tests.parity.steps_h2 import Data, Headers, Rst, StreamDone, StreamHead

_FORMAT = (
    "%ACCESS_LOG_TYPE% %REQ(:PATH)% %RESPONSE_CODE%"
    " down %DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED%"
    " %DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_SENT%"
    " up %UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT%"
    " %UPSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED%"
    " routes %ROUTE_RESOLUTION_COUNT% time %ROUTE_RESOLUTION_TIME_US%"
    " names %VIRTUAL_CLUSTER_NAME% %LISTENER_NAME%"
    " endpoints %DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID%"
    " %DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID%"
    " %UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID%"
    " req %STREAM_INFO_REQ(:path)% %STREAM_INFO_REQ(x-none)%"
    " %STREAM_INFO_REQ(x-none?:path)% %STREAM_INFO_REQ(:path):2%"
    " rtt %DOWNSTREAM_CX_RTT% %ROUNDTRIP_DURATION%"
    " dur us%COMMON_DURATION(DS_CX_BEG:DS_TX_END:us)% us%COMMON_DURATION(DS_CX_END:DS_TX_END:us)%"
    " us%COMMON_DURATION(DS_HS_BEG:DS_TX_END:us)% us%COMMON_DURATION(DS_HS_END:DS_TX_END:us)%"
    " us%COMMON_DURATION(DS_RX_HDR_END:DS_TX_END:us)% us%COMMON_DURATION(DS_CX_BEG:DS_CX_END:us)%"
    " us%COMMON_DURATION(DS_CX_BEG:DS_RX_BEG:us)% us%COMMON_DURATION(DS_RX_BEG:DS_RX_HDR_END:us)%\n"
)

_IN_HEADERS = (
    "%DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED%"
    " %UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT% %UPSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED%"
    " %ROUTE_RESOLUTION_COUNT% %ROUTE_RESOLUTION_TIME_US% %LISTENER_NAME% %STREAM_INFO_REQ(:path)%"
    " %UPSTREAM_HOSTS_ATTEMPTED% %UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT%"
    " %DOWNSTREAM_DETECTED_CLOSE_TYPE% %UPSTREAM_DETECTED_CLOSE_TYPE%"
    " %DOWNSTREAM_LOCAL_CLOSE_REASON% %DOWNSTREAM_CX_RTT%"
    " e%DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID%e%UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID%e"
)
_NAMES = [
    "DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED",
    "UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT",
    "ROUTE_RESOLUTION_COUNT",
    "ROUTE_RESOLUTION_TIME_US",
    "LISTENER_NAME",
    "STREAM_INFO_REQ(:path)",
    "STREAM_INFO_REQ(x-none)",
    "UPSTREAM_HOSTS_ATTEMPTED",
    "UPSTREAM_CONNECTION_IDS_ATTEMPTED",
    "UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT",
    "DOWNSTREAM_DETECTED_CLOSE_TYPE",
    "UPSTREAM_DETECTED_CLOSE_TYPE",
    "DOWNSTREAM_LOCAL_CLOSE_REASON",
    "UPSTREAM_LOCAL_CLOSE_REASON",
    "DOWNSTREAM_CX_RTT",
    "DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID",
    "UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID",
    "DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID",
    "VIRTUAL_CLUSTER_NAME",
    "COMMON_DURATION(DS_CX_BEG:DS_CX_END:us)",
]
_ROUTES = """
- {match: {prefix: /h2}, route: {cluster: h2}}
- match: {prefix: /redirected}
  route: {cluster: up, internal_redirect_policy: {max_internal_redirects: 2}}
- {match: {prefix: /reply}, direct_response: {status: 403}}
- match: {prefix: /headers}
  route: {cluster: up}
  request_headers_to_add: [{header: {key: x-asked, value: "$H"}}]
  response_headers_to_add: [{header: {key: x-told, value: "$H"}}]
- match: {prefix: /body}
  direct_response: {status: 403, body_format: {text_format_source: {inline_string: "$H\\n"}}}
- {match: {prefix: /}, route: {cluster: up}}
""".replace("$H", _IN_HEADERS)


_TIMES = [
    Loose(r"(?<=time )\d+", "<us>", "a duration", "log"),
    Loose(r"(?<=content-length: )4\d", "<of a duration>", "a duration in a body"),
    Loose(r"(?<=us)\d+", "<n>", "durations", "log"),
    Loose(r'(?<="ROUTE_RESOLUTION_TIME_US":)\d+', "<us>", "a duration", "log"),
    Loose(r'(?<=_ATTEMPTED":")\d+(?=")', "<id>", "the number of a connection", "log"),
    Loose(r"(?<= 1 )\d+(?= (http|logless) /)", "<us>", "a duration"),
]


def _listener(name: str, hcm: str = "{}", more: str = "{}") -> Node:
    vhosts = [
        {
            "name": "all",
            "domains": ["*"],
            "routes": load(_ROUTES),
            "virtual_clusters": [
                {
                    "name": "vc",
                    "headers": [{"name": ":path", "string_match": {"prefix": "/virtual"}}],
                }
            ],
        }
    ]
    node = http(name, virtual_hosts=json.dumps(vhosts), hcm=hcm, plain=True, listener=more)
    manager = node["filter_chains"][0]["filters"][0]["typed_config"]
    manager["access_log"] = access_log(f"$dir/{name}.log", text_format(_FORMAT))
    manager["http_filters"][0]["typed_config"]["upstream_log"] = access_log(
        f"$dir/{name}_up.log", text_format(_FORMAT)
    )
    node["access_log"] = access_log(f"$dir/{name}_listener.log", text_format(_FORMAT))
    return node


def _typed() -> Node:
    node = http("typed", routes=_ROUTES, plain=True)
    manager = node["filter_chains"][0]["filters"][0]["typed_config"]
    log = {
        "log_format": {
            "json_format": {n.replace("(", "_").replace(")", ""): f"%{n}%" for n in _NAMES}
        }
    }
    manager["access_log"] = access_log("$dir/typed.log", log)
    return node


def _tcp(name: str, to: str, more: str = "") -> Node:
    node = tcp(name, proxy=f"{{cluster: {to}{more}}}")
    node["filter_chains"][0]["filters"][0]["typed_config"]["access_log"] = access_log(
        f"$dir/{name}.log", text_format(_FORMAT)
    )
    node["access_log"] = access_log(f"$dir/{name}_listener.log", text_format(_FORMAT))
    return node


_YES = Reply(b"HTTP/1.1 200 OK\r\n\r\n", when="head")
_CASES = [
    Case("plain", [get("/1"), Messages(1), get("/2"), Messages(2)]),
    Case("reply", [get("/reply")]),
    Case(
        "more_headers",
        [get("/", "x-a: b", "x-a:   c  ", "X-Long: " + "d" * 300)],
        [response("200 OK", "x-e: f", "x-g:   h ", "set-cookie: a=b", "set-cookie: c=d")],
    ),
    Case("absolute", [get("http://a.test/b")]),
    Case("post", [post("/", b"hello")]),
    Case(
        "chunked",
        [
            request(
                "POST / HTTP/1.1",
                "Host: a.test",
                "Transfer-Encoding: chunked",
                "Trailer: x-t",
                body=b"5\r\nhello\r\n0\r\nx-t: u\r\n\r\n",
            )
        ],
        [
            request(
                "HTTP/1.1 200 OK",
                "transfer-encoding: chunked",
                body=b"2\r\nhi\r\n0\r\nx-v: w\r\n\r\n",
            )
        ],
    ),
    Case("bad_request", [b"bad\r\n\r\n", Ended()]),
    Case("too_large", [get("/", "x: " + "a" * 62000), Ended()]),
    Case("half_a_head", [b"GET / HTTP/1.1\r\nHost: a.test\r\nx-a: ", Settle(), Finish("close")]),
    Case(
        "redirected",
        [get("/redirected"), Messages(1)],
        [response("302 Found", "location: http://a.test/2"), response()],
    ),
    Case("interim", [get("/"), Messages(1)], [request("HTTP/1.1 103 X") + response()]),
    Case("http2", [get("/h2", "x-a: b"), Messages(1)]),
    Case(
        "http2_twice",
        [get("/h2", "x-a: b"), Messages(1), get("/h2", "x-a: b"), Messages(2)],
        {"h2": [H2Reply(status(200, ("x-b", "c")), b"ok", (("x-t", "u"),))] * 2},
    ),
    Case(
        "http2_both",
        [
            Headers(fields("/h2", ("x-a", "b")), end=True),
            StreamDone(),
            Headers(fields("/h2", ("x-a", "b")), stream=3, end=True),
            StreamDone(3),
        ],
        protocol="h2",
    ),
    Case(
        "http2_down",
        [
            Headers(fields("/", ("x-a", "b"), ("cookie", "a=b"), ("cookie", "c=d"))),
            Data(b"hi"),
            Headers([("x-t", "u")], end=True),
            StreamDone(),
        ],
        protocol="h2",
    ),
    Case("http2_reply", [Headers(fields("/reply"), end=True), StreamDone()], protocol="h2"),
    Case(
        "tcp",
        [b"hello", Bytes(5, "tcp"), Settle(), Finish("close"), Ended("tcp")],
        listener="tcp",
        protocol="tcp",
    ),
    Case(
        "tunnel",
        [b"hello", Heads(1), Settle(), Finish("close"), Ended("up")],
        [_YES],
        listener="tunnel",
        protocol="tcp",
    )
    if 0
    else Case(
        "tunnel",
        [b"hello", Heads(1, "up"), Settle(), Finish("close"), Ended("up")],
        [_YES],
        listener="tunnel",
        protocol="tcp",
    ),
]
_CONTINUE = request("POST / HTTP/1.1", "Host: a.test", "Expect: 100-continue", "Content-Length: 5")
_CASES += [
    Case("expectation", [_CONTINUE, Heads(1), Settle(), b"hello", Messages(1)]),
    Case("expectation_and_gone", [_CONTINUE, Heads(1), Settle(), Finish("close"), Ended("up")]),
    Case(
        "client_closes",
        [get("/"), Messages(1, "up"), Finish("close"), Ended("up")],
        [Reply(when="never")],
    ),
    Case(
        "client_closes_in_a_body",
        [get("/"), Heads(1), Settle(), Finish("close"), Ended("up")],
        [Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")],
    ),
    Case(
        "upstream_closes_in_a_body",
        [get("/"), Ended()],
        [Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", then="close")],
    ),
    Case(
        "h2_client_closes",
        [Headers(fields("/"), end=True), Messages(1, "up"), Finish("close"), Ended("up")],
        [Reply(when="never")],
        protocol="h2",
    ),
    Case(
        "h2_client_resets_stream",
        [Headers(fields("/"), end=True), Messages(1, "up"), Rst(), Ended("up")],
        [Reply(when="never")],
        protocol="h2",
    ),
    Case(
        "h2_expectation",
        [
            Headers(fields("/", ("expect", "100-continue"), method="POST")),
            StreamHead(),
            Data(b"hi", end=True),
            StreamDone(),
        ],
        protocol="h2",
    ),
    Case(
        "http2_trailers",
        [
            Headers(fields("/h2", ("x-a", "b"))),
            Data(b"hi"),
            Headers([("x-t", "u")], end=True),
            StreamDone(),
        ],
        {"h2": [H2Reply(status(200, ("x-b", "c")), b"ok", (("x-t", "u"),))]},
        protocol="h2",
    ),
    Case(
        "http2_large",
        [Headers(fields("/h2", ("x-a", "b" * 20000), ("host", "b.test")), end=True), StreamDone()],
        {"h2": [H2Reply(status(200, ("x-b", "c" * 20000)), b"ok")]},
        protocol="h2",
    ),
    Case("virtual_cluster", [get("/virtual")]),
    Case("in_headers", [get("/headers", "x-a: b"), Messages(1)]),
    Case("in_headers_without_logs", [get("/headers", "x-a: b"), Messages(1)], listener="logless"),
    Case("in_a_body", [get("/body", "x-a: b"), Messages(1)]),
    Case("typed", [get("/"), Messages(1)], listener="typed"),
    Case("typed_reply", [get("/reply"), Messages(1)], listener="typed"),
]
CASES = [replace(case, loose=_TIMES) for case in _CASES]
GROUP = Group(
    bootstrap(
        [
            _listener("http"),
            _typed(),
            http("logless", routes=_ROUTES, hcm="access_log: null", plain=True),
            _tcp("tcp", "tcp"),
            _tcp("tunnel", "up", ", tunneling_config: {hostname: 'a.test:80'}"),
        ],
        [
            cluster(),
            cluster("h2", h2=True),
            cluster("tcp"),
        ],
    ),
    CASES,
    upstreams={"up": Server(), "h2": Server("h2"), "tcp": Server("tcp")},
    listener="http",
)
