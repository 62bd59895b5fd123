"""CONNECT that ends here, of both protocols: PROXY headers, half-closes, idle tunnels, hosts
that refuse; named upgrades over HTTP/2; what is counted of each."""

from tests.parity.config import Node, bootstrap, cluster, http, http_protocol, merged
from tests.parity.http2 import Fields, H2Reply, fields, status
from tests.parity.scenario import Case, Group, Loose, Replies, Server, get, post, response
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Bytes, Ended, Finish, Heads, Send, Settle, Step
from tests.parity.steps_h2 import Data, Headers, Rst, StreamData, StreamDone, StreamHead

_UPGRADES = (
    "upgrade_configs: [{upgrade_type: CONNECT}, {upgrade_type: websocket}, {upgrade_type: Spdy}]"
)
_ALLOW = "http2_protocol_options: {allow_connect: true}"
_VERSIONS = {
    "v1": "proxy_protocol_config: {version: V1}",
    "v2": "proxy_protocol_config: {version: V2}",
}
_TLVS = "pass_through_tlvs: {match_type: INCLUDE_ALL}, added_tlvs: [{type: 224, value: aGVsbG8=}]"
_WITH_TLVS = {
    "v1_tlvs": f"proxy_protocol_config: {{version: V1, {_TLVS}}}",
    "v2_tlvs": f"proxy_protocol_config: {{version: V2, {_TLVS}}}",
}


def _route(match: str, to: str, config: str = "", more: str = "") -> str:
    upgrade = f"upgrade_configs: [{{upgrade_type: CONNECT, connect_config: {{{config}}}}}]"
    return f"{{match: {match}, route: {{cluster: {to}, {upgrade}{more}}}}}"


def _listener(name: str, *routes: str, hcm: str = "") -> Node:
    return http(name, routes=f"[{', '.join(routes)}]", hcm=f"{{{_UPGRADES}, {_ALLOW}{hcm}}}")


_ANY = "{connect_matcher: {}}"
_CONFIG = bootstrap(
    [
        _listener("ended", _route(_ANY, "tcp"), _route("{prefix: /}", "tcp", "allow_post: true")),
        *(
            _listener(
                name,
                _route(_ANY, "tcp", fields_),
                _route("{prefix: /}", "tcp", f"allow_post: true, {fields_}"),
            )
            for name, fields_ in (_VERSIONS | _WITH_TLVS).items()
        ),
        _listener("gone", _route(_ANY, "gone")),
        _listener("silent", _route(_ANY, "silent")),
        _listener("idle", _route(_ANY, "tcp", more=", idle_timeout: 0.2s")),
        _listener(
            "short", _route(_ANY, "tcp", more=", max_stream_duration: {max_stream_duration: 0.2s}")
        ),
        _listener("quick", _route(_ANY, "tcp", more=", timeout: 0.2s")),
        _listener(
            "to_two",
            "{match: {connect_matcher: {}}, route: {cluster: two}}",
            "{match: {prefix: /}, route: {cluster: two}}",
        ),
        _listener(
            "to_one",
            "{match: {connect_matcher: {}}, route: {cluster: up}}",
            "{match: {prefix: /}, route: {cluster: up}}",
        ),
        _listener(
            "to_one_idle",
            "{match: {connect_matcher: {}}, route: {cluster: up, idle_timeout: 0.2s}}",
            "{match: {prefix: /}, route: {cluster: up, idle_timeout: 0.2s}}",
        ),
        _listener(
            "to_two_idle",
            "{match: {connect_matcher: {}}, route: {cluster: two, idle_timeout: 0.2s}}",
            "{match: {prefix: /}, route: {cluster: two, idle_timeout: 0.2s}}",
        ),
    ],
    [
        cluster(),
        cluster("tcp"),
        cluster("gone"),
        cluster("silent", "connect_timeout: 0.2s"),
        merged(
            cluster("two"),
            http_protocol("explicit_http_config: {http2_protocol_options: {allow_connect: true}}"),
        ),
    ],
)
_H1 = get("a.test:443", method="CONNECT")
_H2: Fields = ((":method", "CONNECT"), (":authority", "a.test:443"))
_HELD: dict[str, Replies] = {"two": [H2Reply(when="never")]}


def _stats(listener: str, up: str = "tcp") -> list[str]:
    down = (
        "cx_upgrades_total",
        "cx_upgrades_active",
        "rq_total",
        "rq_2xx",
        "rq_5xx",
        "rq_completed",
        "rq_rx_reset",
        "rq_tx_reset",
        "rq_idle_timeout",
        "rq_max_duration_reached",
        "rq_response_before_rq_complete",
        "cx_destroy_remote_active_rq",
        "cx_destroy_local_active_rq",
        "rq_ws_on_non_ws_route",
    )
    of_up = (
        "cx_total",
        "cx_http1_total",
        "cx_http2_total",
        "cx_destroy",
        "cx_destroy_local",
        "cx_destroy_remote",
        "cx_destroy_with_active_rq",
        "cx_connect_fail",
        "cx_connect_timeout",
        "rq_total",
        "rq_active",
        "rq_2xx",
        "rq_5xx",
        "rq_completed",
        "rq_timeout",
        "rq_rx_reset",
        "rq_tx_reset",
        "rq_pending_total",
        "rq_pending_failure_eject",
        "rq_max_duration_reached",
        "rq_per_try_timeout",
    )
    return [
        *(f"http.{listener}.downstream_{name}" for name in down),
        *(f"cluster.{up}.upstream_{name}" for name in of_up),
    ]


def _ports() -> list[Loose]:
    return [
        Loose(
            r"(PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1) \d+ \d+",
            r"\1 <port> <port>",
            "ports of this run",
        ),
        Loose(
            r"(?s)(\\x00\\x0c\\x7f\\x00\\x00\\x01\\x7f\\x00\\x00\\x01).{4,16}?(?=hello|early|\n<|\Z)",
            r"\1<ports>",
            "ports of this run",
        ),
    ]


def _tunnel(
    name: str,
    listener: str,
    steps: list[bytes | Step],
    *,
    up: str = "tcp",
    replies: Replies | dict[str, Replies] = (),
    h2: bool = False,
) -> Case:
    return Case(
        name,
        steps,
        replies,
        _stats(listener, up),
        listener=listener,
        protocol="h2" if h2 else "h1",
        loose=_ports(),
    )


def _ended_here(name: str) -> list[Case]:
    one: list[bytes | Step] = [_H1, Heads(1), b"hello", Bytes(5, "tcp"), Settle()]
    two: list[bytes | Step] = [
        Headers(_H2),
        StreamHead(),
        Data(b"hello"),
        Bytes(5, "tcp"),
        Settle(),
    ]
    return [
        _tunnel(
            f"{name}_of_http1",
            name,
            [*one, Send(b"world", "tcp"), Settle(), Finish("close", "tcp"), Ended()],
        ),
        _tunnel(f"{name}_of_http1_client_leaves", name, [*one, Finish("close"), Ended("tcp")]),
        _tunnel(
            f"{name}_of_http1_early",
            name,
            [_H1 + b"early", Heads(1), Bytes(5, "tcp"), Settle(), Finish("close"), Ended("tcp")],
        ),
        _tunnel(
            f"{name}_of_http2",
            name,
            [
                *two,
                Send(b"world", "tcp"),
                StreamData(5),
                Data(b"", end=True),
                Ended("tcp"),
                Finish("close", "tcp"),
                StreamDone(),
            ],
            h2=True,
        ),
        _tunnel(
            f"{name}_of_http2_upstream_leaves",
            name,
            [*two, Send(b"bye", "tcp"), Finish("close", "tcp"), StreamDone()],
            h2=True,
        ),
        _tunnel(f"{name}_of_http2_reset", name, [*two, Rst(), Ended("tcp")], h2=True),
        _tunnel(
            f"{name}_of_http2_connection_closes",
            name,
            [*two, Finish("close"), Ended("tcp")],
            h2=True,
        ),
        _tunnel(
            f"{name}_of_http2_upstream_resets",
            name,
            [*two, Finish("reset", "tcp"), StreamDone()],
            h2=True,
        ),
        _tunnel(
            f"{name}_of_http2_early",
            name,
            [
                Headers(_H2),
                Data(b"early"),
                StreamHead(),
                Bytes(5, "tcp"),
                Settle(),
                Rst(),
                Ended("tcp"),
            ],
            h2=True,
        ),
        _tunnel(
            f"{name}_of_a_post",
            name,
            [
                post("/p", b"hello"),
                Heads(1),
                Bytes(5, "tcp"),
                Send(b"world", "tcp"),
                Settle(),
                Finish("close", "tcp"),
                Answered(),
            ],
        ),
        _tunnel(
            f"{name}_of_a_post_of_http2",
            name,
            [
                Headers(fields("/p", method="POST")),
                Data(b"hello", end=True),
                StreamHead(),
                Bytes(5, "tcp"),
                Send(b"world", "tcp"),
                StreamData(5),
                Finish("close", "tcp"),
                StreamDone(),
            ],
            h2=True,
        ),
    ]


def _failing() -> list[Case]:
    return [
        case
        for name in ("gone", "silent")
        for case in (
            _tunnel(f"{name}_of_http1", name, [_H1, Answered()], up=name),
            _tunnel(f"{name}_of_http2", name, [Headers(_H2), StreamDone()], up=name, h2=True),
        )
    ] + [
        case
        for name in ("idle", "short", "quick")
        for case in (
            _tunnel(
                f"{name}_of_http1",
                name,
                [_H1, Heads(1), *([Ended()] if name != "quick" else [Settle()])],
            ),
            _tunnel(
                f"{name}_of_http2",
                name,
                [Headers(_H2), StreamHead(), *([StreamDone()] if name != "quick" else [Settle()])],
                h2=True,
            ),
            _tunnel(
                f"{name}_of_http2_unended",
                name,
                [
                    Headers(_H2),
                    StreamHead(),
                    Data(b"x"),
                    Send(b"y", "tcp"),
                    StreamData(1),
                    *([StreamDone()] if name != "quick" else [Settle()]),
                ],
                h2=True,
            ),
        )
    ]


_SPDY = ("Connection: Upgrade", "Upgrade: SPDY")
_SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: spdy\r\n\r\n"


def _extended(kind: str = "spdy", *more: tuple[str, str]) -> Fields:
    return (*fields("/ws", method="CONNECT"), (":protocol", kind), *more)


_NAMED = [
    _tunnel(
        "named_one_to_one",
        "to_one",
        [
            get("/ws", *_SPDY),
            Heads(1),
            b"hello",
            Settle(),
            Send(b"world", "up"),
            Settle(),
            Finish("close", "up"),
            Ended(),
        ],
        up="up",
        replies=[Reply(_SWITCH, when="head")],
    ),
    _tunnel(
        "named_two_to_one",
        "to_one",
        [
            Headers(_extended()),
            StreamHead(),
            Data(b"hello"),
            Settle(),
            Send(b"world", "up"),
            StreamData(5),
            Finish("close", "up"),
            StreamDone(),
        ],
        up="up",
        replies=[Reply(_SWITCH, when="head")],
        h2=True,
    ),
    _tunnel(
        "named_one_to_two",
        "to_two",
        [
            get("/ws", *_SPDY),
            StreamHead(1, "two"),
            Headers(status(), on="two"),
            Heads(1),
            b"hello",
            StreamData(5, 1, "two"),
            Data(b"world", on="two", end=True),
            Settle(),
        ],
        up="two",
        replies=_HELD,
    ),
    _tunnel(
        "named_two_to_two",
        "to_two",
        [
            Headers(_extended()),
            StreamHead(1, "two"),
            Headers(status(), on="two"),
            StreamHead(),
            Data(b"hello", end=True),
            StreamDone(1, "two"),
            Data(b"world", on="two", end=True),
            StreamDone(),
        ],
        up="two",
        replies=_HELD,
        h2=True,
    ),
    _tunnel(
        "named_two_to_two_answers_201",
        "to_two",
        [
            Headers(_extended()),
            StreamHead(1, "two"),
            Headers(status(201), on="two"),
            StreamHead(),
            Data(b"hello"),
            StreamData(5, 1, "two"),
            Rst(),
        ],
        up="two",
        replies=_HELD,
        h2=True,
    ),
    _tunnel(
        "named_one_to_two_answers_201",
        "to_two",
        [
            get("/ws", *_SPDY),
            StreamHead(1, "two"),
            Headers(status(201), on="two"),
            Heads(1),
            Settle(),
        ],
        up="two",
        replies=_HELD,
    ),
    _tunnel(
        "named_one_to_two_trailers",
        "to_two",
        [
            get("/ws", *_SPDY),
            StreamHead(1, "two"),
            Headers(status(), on="two"),
            Heads(1),
            Data(b"x", on="two"),
            Headers((("x-t", "1"),), end=True, on="two"),
            Settle(),
        ],
        up="two",
        replies=_HELD,
    ),
    _tunnel(
        "named_two_to_two_trailers",
        "to_two",
        [
            Headers(_extended()),
            StreamHead(1, "two"),
            Headers(status(), on="two"),
            StreamHead(),
            Headers((("x-t", "1"),), end=True),
            StreamDone(1, "two"),
            Headers((("x-u", "1"),), end=True, on="two"),
            StreamDone(),
        ],
        up="two",
        replies=_HELD,
        h2=True,
    ),
    _tunnel(
        "named_two_to_one_with_a_length",
        "to_one",
        [Headers(_extended("spdy", ("content-length", "3"))), Data(b"abc"), StreamHead(), Settle()],
        up="up",
        replies=[Reply(_SWITCH, when="head")],
        h2=True,
    ),
    _tunnel(
        "named_two_to_one_is_ok",
        "to_one",
        [Headers(_extended()), StreamDone()],
        up="up",
        replies=[Reply(response("200 OK"), when="head")],
        h2=True,
    ),
    _tunnel(
        "named_two_to_one_switches_to_another",
        "to_one",
        [Headers(_extended()), StreamHead(), Settle(), Rst(), Ended("up")],
        up="up",
        replies=[Reply(_SWITCH.replace(b"spdy", b"other"), when="head")],
        h2=True,
    ),
    _tunnel(
        "named_one_to_one_with_a_body",
        "to_one",
        [post("/ws", b"abc", *_SPDY), Heads(1), b"more", Settle(), Send(b"back", "up"), Settle()],
        up="up",
        replies=[Reply(_SWITCH, when="head")],
    ),
    _tunnel(
        "named_one_to_two_with_a_body",
        "to_two",
        [
            post("/ws", b"abc", *_SPDY),
            StreamHead(1, "two"),
            Headers(status(), on="two"),
            Heads(1),
            b"more",
            StreamData(7, 1, "two"),
            Settle(),
        ],
        up="two",
        replies=_HELD,
    ),
    _tunnel(
        "connect_one_to_two_is_refused",
        "to_two",
        [_H1, StreamHead(1, "two"), Headers(status(403), end=True, on="two"), Answered()],
        up="two",
        replies=_HELD,
    ),
    _tunnel(
        "connect_two_to_one_is_refused",
        "to_one",
        [Headers(_H2), StreamDone()],
        up="up",
        replies=[Reply(response("403 Forbidden", body=b"no"), when="head")],
        h2=True,
    ),
    *(
        _tunnel(
            f"{kind}_{down}_to_{up}_idles",
            f"to_{up}_idle",
            [
                *(
                    ([get("/ws", *_SPDY) if kind == "named" else _H1])
                    if down == "one"
                    else [Headers(_extended() if kind == "named" else _H2)]
                ),
                *(
                    [Heads(1, "up")]
                    if up == "one"
                    else [StreamHead(1, "two"), Headers(status(), on="two")]
                ),
                *([Ended()] if down == "one" else [StreamDone()]),
            ],
            up="up" if up == "one" else "two",
            replies=[Reply(_SWITCH if kind == "named" else b"HTTP/1.1 200 OK\r\n\r\n", when="head")]
            if up == "one"
            else _HELD,
            h2=down == "two",
        )
        for kind in ("named", "connect")
        for down in ("one", "two")
        for up in ("one", "two")
    ),
]
CASES = [
    *(case for name in ("ended", *_VERSIONS) for case in _ended_here(name)),
    *(_ended_here(name)[0] for name in _WITH_TLVS),
    *_failing(),
    *_NAMED,
]
GROUP = Group(
    _CONFIG,
    CASES,
    upstreams={
        "up": Server(),
        "two": Server("h2"),
        "tcp": Server("tcp"),
        "gone": Server("refused"),
        "silent": Server("silent"),
    },
    listener="ended",
)
