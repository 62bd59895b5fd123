"""Tunnels over HTTP/2: CONNECT and extended CONNECT from clients and to upstreams, and upgrades
that become one or the other on the way."""

from tests.parity.config import Node, bootstrap, cluster, http, http_protocol, merged
from tests.parity.http2 import Fields, H2Reply, fields, status
from tests.parity.scenario import Case, Group, Server, get, response
from tests.parity.sessions import Reply
from tests.parity.steps import Bytes, Ended, Finish, Heads, Messages, Send, Settle
from tests.parity.steps_h2 import Data, Headers, Rst, StreamData, StreamDone, StreamHead

_UPGRADES = "upgrade_configs: [{upgrade_type: websocket}, {upgrade_type: CONNECT}]"
_ALLOW = "http2_protocol_options: {allow_connect: true}"


def _to(name: str, to: str, hcm: str = f"{_UPGRADES}, {_ALLOW}", action: str = "") -> Node:
    routes = (
        f"[{{match: {{connect_matcher: {{}}}}, route: {{cluster: {to}{action}}}}},"
        f" {{match: {{prefix: /}}, route: {{cluster: {to}}}}}]"
    )
    return http(name, routes=routes, hcm="{" + hcm + "}")


_ENDED = ", upgrade_configs: [{upgrade_type: CONNECT, connect_config: {}}]"
_CONFIG = bootstrap(
    [
        _to("h1", "h1"),
        _to("h2", "h2"),
        _to("tcp", "tcp", action=_ENDED),
        _to("gone", "gone", action=_ENDED),
        _to("closed", "h1", _UPGRADES),
        _to("none", "h1", _ALLOW),
    ],
    [
        cluster("h1"),
        merged(
            cluster("h2"),
            http_protocol("explicit_http_config: {http2_protocol_options: {allow_connect: true}}"),
        ),
        cluster("tcp"),
        cluster("gone", to=["refused"]),
    ],
)


def _extended(protocol: str = "websocket", *more: tuple[str, str]) -> Fields:
    return (*fields("/ws", method="CONNECT"), (":protocol", protocol), *more)


_PLAIN: Fields = ((":method", "CONNECT"), (":authority", "a.test:443"))
_WS = ("Connection: Upgrade", "Upgrade: websocket")
_SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
_ASK = get("a.test:443", method="CONNECT")
_HELD = H2Reply(when="never")


def _stats(listener: str, upstream: str) -> list[str]:
    http_stats = (
        *("cx_upgrades_total", "cx_upgrades_active", "rq_1xx", "rq_2xx", "rq_rx_reset"),
        *("rq_tx_reset", "rq_response_before_rq_complete"),
    )
    up_stats = ("rq_total", "rq_1xx", "rq_2xx", "rq_completed", "rq_rx_reset", "rq_tx_reset")
    return [
        *(f"http.{listener}.downstream_{name}" for name in http_stats),
        *(f"cluster.{upstream}.upstream_{name}" for name in up_stats),
    ]


_DOWN = [
    Case(
        "websocket_to_http1",
        [
            *(Headers(_extended()), StreamHead(), Data(b"hello"), Settle()),
            *(Send(b"world", "h1"), StreamData(5), Settle(), Rst(), Ended("h1")),
        ],
        [Reply(_SWITCH, when="head")],
        stats=_stats("h1", "h1"),
    ),
    Case(
        "websocket_to_http1_is_refused",
        [Headers(_extended()), StreamDone()],
        [Reply(response("404 Not Found", body=b"missing"), when="head")],
        stats=_stats("h1", "h1"),
    ),
    Case(
        "websocket_to_http1_upstream_closes",
        [
            Headers(_extended()),
            StreamHead(),
            Send(b"bye", "h1"),
            Finish("close", "h1"),
            StreamDone(),
        ],
        [Reply(_SWITCH, when="head")],
        stats=_stats("h1", "h1"),
    ),
    Case(
        "websocket_to_http1_client_ends",
        [Headers(_extended()), StreamHead(), Data(b"bye", end=True), Settle()],
        [Reply(_SWITCH, when="head")],
        stats=_stats("h1", "h1"),
    ),
    Case(
        "connect_to_http1",
        [
            Headers(_PLAIN),
            StreamHead(),
            Data(b"hello"),
            Settle(),
            Send(b"world", "h1"),
            StreamData(5),
            Rst(),
            Ended("h1"),
        ],
        [Reply(b"HTTP/1.1 200 OK\r\n\r\n", when="head")],
        stats=_stats("h1", "h1"),
    ),
    Case(
        "connect_to_http1_upstream_closes",
        [Headers(_PLAIN), StreamHead(), Finish("close", "h1"), StreamDone()],
        [Reply(b"HTTP/1.1 200 OK\r\n\r\n", when="head")],
        stats=_stats("h1", "h1"),
    ),
    Case(
        "connect_to_http1_client_ends",
        [Headers(_PLAIN), StreamHead(), Data(b"bye", end=True), Settle()],
        [Reply(b"HTTP/1.1 200 OK\r\n\r\n", when="head")],
        stats=_stats("h1", "h1"),
    ),
    Case(
        "bytestream_to_http1",
        [Headers(_extended("bytestream")), StreamHead(), Data(b"hello"), Settle()],
        [Reply(b"HTTP/1.1 200 OK\r\n\r\n", when="head")],
    ),
    Case("another_kind_is_refused", [Headers(_extended("other")), StreamDone()]),
    Case("websocket_not_offered", [Headers(_extended()), Settle()], listener="closed"),
    Case("connect_not_offered", [Headers(_PLAIN), Settle()], listener="closed"),
    Case("websocket_not_allowed", [Headers(_extended()), StreamDone()], listener="none"),
    Case("connect_not_allowed", [Headers(_PLAIN), StreamDone()], listener="none"),
]
_UP = [
    Case(
        "websocket_over_http2",
        [
            *(Headers(_extended()), StreamHead(1, "h2"), Headers(status(), on="h2"), StreamHead()),
            *(Data(b"hello"), StreamData(5, 1, "h2"), Data(b"world", on="h2"), StreamData(5)),
            *(Data(b"", end=True), StreamDone(1, "h2"), Data(b"", end=True, on="h2")),
            StreamDone(),
        ],
        {"h2": [_HELD]},
        listener="h2",
        stats=_stats("h2", "h2"),
    ),
    Case(
        "websocket_over_http2_upstream_ends_first",
        [
            *(Headers(_extended()), StreamHead(1, "h2"), Headers(status(), on="h2"), StreamHead()),
            *(Data(b"bye", end=True, on="h2"), StreamData(3), Settle()),
        ],
        {"h2": [_HELD]},
        listener="h2",
        stats=_stats("h2", "h2"),
    ),
    Case(
        "websocket_over_http2_is_refused",
        [
            *(Headers(_extended()), StreamHead(1, "h2")),
            *(Headers(status(404), True, on="h2"), StreamDone()),
        ],
        {"h2": [_HELD]},
        listener="h2",
        stats=_stats("h2", "h2"),
    ),
    Case(
        "early_bytes_wait_over_http2",
        [
            *(Headers(_extended()), Data(b"early"), StreamHead(1, "h2"), Settle()),
            *(Headers(status(), on="h2"), StreamHead(), StreamData(5, 1, "h2")),
        ],
        {"h2": [_HELD]},
        listener="h2",
    ),
    Case(
        "http1_websocket_over_http2",
        [
            *(get("/ws", *_WS), StreamHead(1, "h2"), Headers(status(), on="h2"), Heads(1)),
            *(b"hello", StreamData(5, 1, "h2"), Data(b"world", on="h2"), Settle()),
            *(Finish("close"), StreamDone(1, "h2")),
        ],
        {"h2": [_HELD]},
        listener="h2",
        protocol="h1",
        stats=_stats("h2", "h2"),
    ),
    Case(
        "http1_websocket_over_http2_upstream_ends",
        [
            *(get("/ws", *_WS), StreamHead(1, "h2"), Headers(status(), on="h2"), Heads(1)),
            *(Data(b"bye", end=True, on="h2"), Ended()),
        ],
        {"h2": [_HELD]},
        listener="h2",
        protocol="h1",
        stats=_stats("h2", "h2"),
    ),
    Case(
        "http1_websocket_over_http2_is_reset",
        [
            *(get("/ws", *_WS), StreamHead(1, "h2"), Headers(status(), on="h2"), Heads(1)),
            *(Rst(on="h2"), Ended()),
        ],
        {"h2": [_HELD]},
        listener="h2",
        protocol="h1",
        stats=_stats("h2", "h2"),
    ),
    Case(
        "http1_websocket_over_http2_is_refused",
        [
            *(get("/ws", *_WS), StreamHead(1, "h2")),
            *(Headers(status(403), True, on="h2"), Messages(1)),
        ],
        {"h2": [_HELD]},
        listener="h2",
        protocol="h1",
    ),
    Case(
        "http1_connect_over_http2",
        [
            *(_ASK, StreamHead(1, "h2"), Headers(status(), on="h2"), Heads(1)),
            *(b"hello", StreamData(5, 1, "h2"), Data(b"world", on="h2"), Settle()),
            *(Finish("close"), StreamDone(1, "h2")),
        ],
        {"h2": [_HELD]},
        listener="h2",
        protocol="h1",
        stats=_stats("h2", "h2"),
    ),
    Case(
        "connect_over_http2",
        [
            *(Headers(_PLAIN), StreamHead(1, "h2"), Headers(status(), on="h2"), StreamHead()),
            *(Data(b"hello", end=True), StreamDone(1, "h2"), Data(b"world", end=True, on="h2")),
            StreamDone(),
        ],
        {"h2": [_HELD]},
        listener="h2",
        stats=_stats("h2", "h2"),
    ),
    Case(
        "connect_over_http2_is_reset",
        [
            *(Headers(_PLAIN), StreamHead(1, "h2"), Headers(status(), on="h2"), StreamHead()),
            *(Rst(on="h2"), StreamDone()),
        ],
        {"h2": [_HELD]},
        listener="h2",
        stats=_stats("h2", "h2"),
    ),
]
_TCP = [
    Case(
        "connect_ended_here",
        [
            *(Headers(_PLAIN), StreamHead(), Data(b"hello"), Bytes(5, "tcp")),
            *(Send(b"world", "tcp"), StreamData(5), Data(b"", end=True), Ended("tcp")),
            *(Send(b"!", "tcp"), StreamData(6), Finish("close", "tcp"), StreamDone()),
        ],
        listener="tcp",
        stats=_stats("tcp", "tcp"),
    ),
    Case(
        "connect_ended_here_upstream_half_closes",
        [
            *(Headers(_PLAIN), StreamHead(), Data(b"hello"), Bytes(5, "tcp")),
            *(Send(b"world", "tcp"), Finish("shut", "tcp"), StreamData(5), Settle()),
        ],
        listener="tcp",
        stats=_stats("tcp", "tcp"),
    ),
    Case(
        "connect_ended_here_upstream_resets",
        [Headers(_PLAIN), StreamHead(), Finish("reset", "tcp"), StreamDone()],
        listener="tcp",
        stats=_stats("tcp", "tcp"),
    ),
    Case(
        "connect_ended_here_client_resets",
        [Headers(_PLAIN), StreamHead(), Data(b"hello"), Bytes(5, "tcp"), Rst(), Ended("tcp")],
        listener="tcp",
        stats=_stats("tcp", "tcp"),
    ),
    Case("connect_ended_where_nobody_listens", [Headers(_PLAIN), StreamDone()], listener="gone"),
    Case(
        "bytestream_ended_here",
        [Headers(_extended("bytestream")), StreamHead(), Data(b"hello"), Bytes(5, "tcp")],
        listener="tcp",
    ),
]

GROUP = Group(
    _CONFIG,
    [*_DOWN, *_UP, *_TCP],
    upstreams={
        "h1": Server(),
        "h2": Server("h2", {8: 1}),
        "tcp": Server("tcp"),
        "refused": Server("refused"),
    },
    listener="h1",
    protocol="h2",
)
