"""The line of a log when a tunnel opens: `flush_log_on_tunnel_successfully_established`."""

import json

from tests.parity.config import (
    Node,
    access_log,
    bootstrap,
    cluster,
    http,
    http_protocol,
    load,
    merged,
    router,
    text_format,
)
from tests.parity.http2 import Fields, H2Reply, fields, status
from tests.parity.scenario import Case, Group, Server, get, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Bytes, Ended, Finish, Heads, Messages, Settle
from tests.parity.steps_h2 import Data, Headers, StreamDone, StreamHead

_FORMAT = (
    "%ACCESS_LOG_TYPE% %REQ(:METHOD)% %PROTOCOL% %RESPONSE_CODE% %RESP(X-A)% %RESP(:STATUS)% "
    "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% "
    "%UPSTREAM_HEADER_BYTES_RECEIVED% %UPSTREAM_CLUSTER% %UPSTREAM_HOST% %ROUTE_NAME% "
    "%REQUEST_HEADERS_BYTES% %RESPONSE_HEADERS_BYTES%"
)
# What heads take on the wire is not the same over HTTP/2.
_WITH_BYTES = f"{_FORMAT} %DOWNSTREAM_WIRE_BYTES_SENT% %DOWNSTREAM_HEADER_BYTES_SENT%"
_UPGRADES = "[{upgrade_type: websocket}, {upgrade_type: other}, {upgrade_type: CONNECT}]"
_ENDED = "upgrade_configs: [{upgrade_type: CONNECT, connect_config: {allow_post: true}}]"
_ROUTES = f"""
- name: tcp
  match: {{connect_matcher: {{}}, headers: [{{name: x-tcp, present_match: true}}]}}
  route: {{cluster: tcp, {_ENDED}}}
- name: gone
  match: {{connect_matcher: {{}}, headers: [{{name: x-gone, present_match: true}}]}}
  route: {{cluster: refused, {_ENDED}}}
- name: direct
  match: {{connect_matcher: {{}}, headers: [{{name: x-direct, present_match: true}}]}}
  direct_response: {{status: 200}}
- {{name: connect, match: {{connect_matcher: {{}}}}, route: {{cluster: up}}}}
- {{name: denied, match: {{prefix: /off}}, route: {{cluster: up,
    upgrade_configs: [{{upgrade_type: websocket, enabled: false}}]}}}}
- {{name: h2, match: {{prefix: /h2}}, route: {{cluster: h2}}}}
- {{name: here, match: {{prefix: /here}}, direct_response: {{status: 200}}}}
- {{name: moved, match: {{prefix: /moved}}, redirect: {{path_redirect: /}}}}
- {{name: gone, match: {{prefix: /gone}}, route: {{cluster: refused}}}}
- {{name: post, match: {{prefix: /post}}, route: {{cluster: tcp, {_ENDED}}}}}
- {{name: up, match: {{prefix: /}}, route: {{cluster: up}},
    response_headers_to_add: [{{header: {{key: x-a, value: added}}}}]}}
"""


def _listener(name: str, options: str, line: str = _WITH_BYTES) -> Node:
    hcm = load(f"{{upgrade_configs: {_UPGRADES}, http2_protocol_options: {{allow_connect: true}}}}")
    hcm |= load(options) | {"access_log": access_log(f"$dir/{name}.log", text_format(f"{line}\n"))}
    return http(name, routes=_ROUTES, hcm=json.dumps(hcm), plain=True)


_UPSTREAM_LOG = json.dumps(
    {
        "http_filters": [
            router(
                json.dumps(
                    {"upstream_log": access_log("$dir/upstream.log", text_format(f"{_FORMAT}\n"))}
                )
            )
        ]
    }
)
_CONFIG = bootstrap(
    [
        _listener(
            "opened", "access_log_options: {flush_log_on_tunnel_successfully_established: true}"
        ),
        _listener(
            "all",
            "access_log_options: {flush_log_on_tunnel_successfully_established: true, "
            "flush_access_log_on_new_request: true}",
        ),
        _listener("off", "{}"),
        _listener(
            "ignored", "http_protocol_options: {ignore_http_11_upgrade: [{exact: websocket}]}"
        ),
        _listener(
            "opened_http2",
            "access_log_options: {flush_log_on_tunnel_successfully_established: true}",
            _FORMAT,
        ),
        _listener(
            "to_http2",
            "access_log_options: {flush_log_on_tunnel_successfully_established: true}",
            _FORMAT.replace("%UPSTREAM_HEADER_BYTES_RECEIVED%", ""),
        ),
        _listener("logged_upstream", _UPSTREAM_LOG),
    ],
    [
        cluster(),
        cluster("refused"),
        cluster("tcp"),
        merged(
            cluster("h2"),
            http_protocol("explicit_http_config: {http2_protocol_options: {allow_connect: true}}"),
        ),
    ],
)
_ASK = ("Connection: Upgrade", "Upgrade: websocket")
_OTHER = ("Connection: Upgrade", "Upgrade: other")
_SWITCH = Reply(
    b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
    when="head",
)
_YES = Reply(b"HTTP/1.1 200 OK\r\nx-a: b\r\n\r\n", when="head")
_LEAVES = (Finish("close"), Ended("up"))
_PLAIN: Fields = ((":method", "CONNECT"), (":authority", "a.test:443"))
_EXTENDED: Fields = (*fields("/ws", method="CONNECT"), (":protocol", "websocket"))


def _connect(*headers: str) -> bytes:
    return get("a.test:443", *headers, method="CONNECT")


CASES = [
    *(
        Case(
            f"websocket_{name}",
            [get("/", *_ASK), Heads(1), b"hello", Bytes(5, "up"), *_LEAVES],
            [_SWITCH],
            listener=name,
        )
        for name in ("opened", "all", "off")
    ),
    *(
        Case(
            f"connect_{name}",
            [_connect(), Heads(1), b"hello", Settle(), *_LEAVES],
            [_YES],
            listener=name,
        )
        for name in ("opened", "all", "off")
    ),
    Case(
        "connect_ended_here",
        [
            *(_connect("x-tcp: 1"), Heads(1), b"hello", Bytes(5, "tcp")),
            *(Finish("close"), Ended("tcp")),
        ],
    ),
    Case("connect_where_nobody_listens", [_connect("x-gone: 1"), Messages(1), Ended()]),
    Case("connect_answered_here", [_connect("x-direct: 1"), Heads(1), Finish("close")]),
    Case("connect_is_refused", [_connect(), Messages(1)], [Reply(response("403 No", body=b"no"))]),
    Case("connect_is_unavailable", [_connect(), Messages(1)], [Reply(response("503 No"))]),
    Case(
        "connect_is_created",
        [_connect(), Heads(1), Finish("close")],
        [Reply(b"HTTP/1.1 201 Created\r\n\r\n", when="head")],
    ),
    Case(
        "websocket_logged_upstream",
        [get("/", *_ASK), Heads(1), b"hello", Bytes(5, "up"), *_LEAVES],
        [_SWITCH],
        listener="logged_upstream",
    ),
    Case("websocket_is_refused", [get("/", *_ASK), Messages(1)], [Reply(response("403 No"))]),
    Case("websocket_is_answered", [get("/", *_ASK), Messages(1)], [Reply(response("200 OK"))]),
    Case("websocket_may_not", [get("/off", *_ASK), Messages(1), Ended()]),
    Case(
        "another_upgrade",
        [get("/", *_OTHER), Heads(1), Settle(), Finish("close"), Ended("up")],
        [
            Reply(
                b"HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n",
                when="head",
            )
        ],
    ),
    Case("another_upgrade_is_answered", [get("/", *_OTHER), Messages(1)]),
    Case("no_tunnel", [get("/"), Messages(1)]),
    *(
        Case(f"websocket_{name}", [get(f"/{name}", *_ASK), Messages(1)])
        for name in ("here", "moved", "gone")
    ),
    Case("websocket_ignored", [get("/", *_ASK), Messages(1)], listener="ignored"),
    Case(
        "websocket_to_http2",
        [
            *(get("/h2", *_ASK), StreamHead(1, "h2"), Headers(status(), on="h2"), Heads(1)),
            *(Finish("close"), StreamDone(1, "h2")),
        ],
        {"h2": [H2Reply(when="never")]},
        listener="to_http2",
    ),
    Case(
        "websocket_to_http2_is_refused",
        [
            *(get("/h2", *_ASK), StreamHead(1, "h2"), Headers(status(403), True, on="h2")),
            Messages(1),
        ],
        {"h2": [H2Reply(when="never")]},
        listener="to_http2",
    ),
    Case(
        "post_ended_here",
        [
            request("POST /post HTTP/1.1", "Host: a.test", "Content-Length: 5", body=b"hello"),
            *(Heads(1), Bytes(5, "tcp"), Ended("tcp"), Finish("close", "tcp"), Messages(1)),
        ],
    ),
    Case(
        "connect_of_http2",
        [
            Headers(_PLAIN),
            StreamHead(),
            Data(b"hello"),
            Settle(),
            Finish("close", "up"),
            StreamDone(),
        ],
        [_YES],
        listener="opened_http2",
        protocol="h2",
    ),
    Case(
        "websocket_of_http2",
        [
            Headers(_EXTENDED),
            StreamHead(),
            Data(b"hello"),
            Settle(),
            Finish("close", "up"),
            StreamDone(),
        ],
        [_SWITCH],
        listener="opened_http2",
        protocol="h2",
    ),
    Case(
        "websocket_of_http2_is_refused",
        [Headers(_EXTENDED), StreamDone()],
        [Reply(response("404 No"))],
        listener="opened_http2",
        protocol="h2",
    ),
    Case(
        "connect_of_http2_ended_here",
        [
            *(Headers((*_PLAIN, ("x-tcp", "1"))), StreamHead(), Data(b"hello"), Bytes(5, "tcp")),
            *(Finish("close", "tcp"), StreamDone()),
        ],
        listener="opened_http2",
        protocol="h2",
    ),
]
GROUP = Group(
    _CONFIG,
    CASES,
    upstreams={
        "up": Server(),
        "refused": Server("refused"),
        "tcp": Server("tcp"),
        "h2": Server("h2", {8: 1}),
    },
    listener="opened",
)
