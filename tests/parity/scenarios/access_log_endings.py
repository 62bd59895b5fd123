"""What logs tell of how connections ended, and of the hosts that were tried."""

import json
from collections.abc import Sequence
from dataclasses import replace

from tests.parity.config import Node, access_log, bootstrap, cluster, http, tcp, text_format
from tests.parity.http2 import H2Reply, fields
from tests.parity.scenario import Case, Group, Loose, Server, get, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import (
    Bytes,
    Connections,
    Ended,
    Finish,
    Heads,
    Messages,
    Open,
    Settle,
    Step,
    Until,
)
from tests.parity.steps_h2 import GoAway, Headers, Rst, StreamDone

_FORMAT = (
    "%ACCESS_LOG_TYPE% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS%"
    " %UPSTREAM_REQUEST_ATTEMPT_COUNT%"
    " down %DOWNSTREAM_DETECTED_CLOSE_TYPE% %DOWNSTREAM_LOCAL_CLOSE_REASON%"
    " up %UPSTREAM_DETECTED_CLOSE_TYPE% %UPSTREAM_LOCAL_CLOSE_REASON%"
    " tried %UPSTREAM_HOSTS_ATTEMPTED% %UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT%"
    " named %UPSTREAM_HOST_NAMES_ATTEMPTED% %UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT%"
    " by %UPSTREAM_CONNECTION_IDS_ATTEMPTED%\n"
)
_FRAMES = [Loose(r"(?m)^\\x00.*", "<frames>", "settings and a ping, raw", "client")]
_IDS = [Loose(r"(?<= by )\d+(,\d+)*", "<ids>", "numbers of connections", "log")]


def _log(name: str) -> str:
    return json.dumps({"access_log": access_log(f"$dir/{name}.log", text_format(_FORMAT))})


def _listener(name: str, hcm: str = "{}") -> Node:
    node = http(name, routes=_ROUTES, hcm=hcm, plain=True)
    manager = node["filter_chains"][0]["filters"][0]["typed_config"]
    manager.update(json.loads(_log(name)))
    manager["http_filters"][0]["typed_config"]["upstream_log"] = access_log(
        f"$dir/{name}_up.log", text_format(_FORMAT)
    )
    node["access_log"] = access_log(f"$dir/{name}_listener.log", text_format(_FORMAT))
    return node


def _tcp(name: str, to: str, more: str = "") -> Node:
    node = tcp(name, proxy=f"{{cluster: {to}{more}}}")
    node["filter_chains"][0]["filters"][0]["typed_config"].update(json.loads(_log(name)))
    node["access_log"] = access_log(f"$dir/{name}_listener.log", text_format(_FORMAT))
    return node


_TUNNELED = ", tunneling_config: {hostname: 'a.test:80'}"
_ROUTES = """
- {match: {prefix: /refused}, route: {cluster: refused}}
- {match: {prefix: /empty}, route: {cluster: empty}}
- {match: {prefix: /named}, route: {cluster: named}}
- {match: {prefix: /none}, route: {cluster: none}}
- {match: {prefix: /late}, route: {cluster: up, timeout: 0.1s}}
- {match: {prefix: /idle}, route: {cluster: up, idle_timeout: 0.1s}}
- {match: {prefix: /silent}, route: {cluster: silent}}
- {match: {prefix: /h2}, route: {cluster: h2}}
- {match: {prefix: /limited}, route: {cluster: limited}}
- match: {prefix: /redirected}
  route: {cluster: up, internal_redirect_policy: {max_internal_redirects: 2}}
- {match: {prefix: /reply}, direct_response: {status: 403}}
- match: {connect_matcher: {}, headers: [{name: ":authority", string_match: {prefix: b.}}]}
  route: {cluster: refused, upgrade_configs: [{upgrade_type: CONNECT, connect_config: {}}]}
- match: {connect_matcher: {}}
  route: {cluster: tcp, upgrade_configs: [{upgrade_type: CONNECT, connect_config: {}}]}
- {match: {prefix: /}, route: {cluster: up}}
"""


def _named() -> Node:
    node = cluster("named", to=["up"])
    endpoint = node["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
    endpoint["hostname"] = "named.test:80"
    return node


_HOLD = Reply(when="never")
_TO_REFUSED = response("302 Found", "location: http://a.test/refused")
_TO_NAMED = response("302 Found", "location: http://a.test/named")
_GONE = Until("http.http.downstream_cx_destroy", 1)


def _delayed(listener: str) -> Until:
    """The client does not close, so the proxy does when it has waited for that long enough."""
    return Until(f"http.{listener}.downstream_cx_delayed_close_timeout", 1)


_HTTP1 = [
    Case("plain", [get("/1"), Messages(1), get("/2"), Messages(2)]),
    Case("reply", [get("/reply")]),
    Case("refused", [get("/refused")]),
    Case("no_hosts", [get("/empty")]),
    Case("named", [get("/named")]),
    Case("no_pending_requests", [get("/none")]),
    Case("upstream_closes", [get("/"), Messages(1)], [Reply(b"", then="close")]),
    Case("upstream_resets", [get("/"), Messages(1)], [Reply(b"", then="reset")]),
    Case("upstream_says_garbage", [get("/"), Messages(1)], [Reply(b"garbage\r\n\r\n")]),
    Case(
        "upstream_says_that_it_closes",
        [get("/"), Messages(1)],
        [response("200 OK", "connection: close")],
    ),
    Case("client_closes", [get("/"), Messages(1, "up"), Finish("close"), Ended("up")], [_HOLD]),
    Case("client_resets", [get("/"), Messages(1, "up"), Finish("reset"), Ended("up")], [_HOLD]),
    Case("client_resets_afterwards", [get("/"), Messages(1), Settle(), Finish("reset"), _GONE]),
    Case("client_closes_afterwards", [get("/"), Messages(1), Settle(), Finish("close"), _GONE]),
    Case("client_half_closes", [get("/"), Messages(1, "up"), Finish("shut"), Ended()], [_HOLD]),
    Case("nothing_said", [Open(), Finish("close"), _GONE]),
    Case("nothing_said_but_a_reset", [Open(), Finish("reset"), _GONE]),
    Case("idle_before_a_request", [Open(), Ended()], listener="idle"),
    Case("http_1_0", [b"GET / HTTP/1.0\r\nhost: a.test\r\n\r\n", Ended()], listener="old_versions"),
    Case("client_resets_in_a_head", [b"GET / HT", Settle(), Finish("reset"), _GONE]),
    Case("client_says_that_it_closes", [get("/", "Connection: close"), Ended()]),
    Case("bad_request", [b"bad\r\n\r\n", _delayed("http")]),
    Case(
        "reply_before_a_body",
        [request("POST /reply HTTP/1.1", "Host: a.test", "Content-Length: 9"), _delayed("http")],
    ),
    Case("late", [get("/late"), Messages(1)], [_HOLD]),
    Case("idle_stream", [get("/idle"), Messages(1)], [_HOLD]),
    Case("silent", [get("/silent"), Messages(1)]),
    Case("late_head", [b"GET / HT", _delayed("hasty")], listener="hasty"),
    Case(
        "late_request",
        [request("POST / HTTP/1.1", "Host: a.test", "Content-Length: 9"), _delayed("hasty_body")],
        [_HOLD],
        listener="hasty_body",
    ),
    Case("idle_connection", [get("/"), Messages(1), _delayed("idle")], listener="idle"),
    Case("old_connection", [get("/"), Messages(1), _delayed("old")], listener="old"),
    Case("few_requests", [get("/"), Messages(1), Ended()], listener="few"),
    Case("redirected", [get("/redirected")], [_TO_NAMED]),
    Case("redirected_to_a_refusal", [get("/redirected")], [_TO_REFUSED]),
    Case(
        "redirected_to_itself",
        [get("/redirected"), Messages(1)],
        [response("302 Found", "location: http://a.test/2"), response()],
    ),
]
_HTTP2 = [
    Case("h2_plain", [Headers(fields("/"), end=True), StreamDone()], protocol="h2"),
    Case(
        "h2_client_resets_stream",
        [Headers(fields("/"), end=True), Messages(1, "up"), Rst(), Ended("up")],
        [_HOLD],
        protocol="h2",
    ),
    Case(
        "h2_client_closes",
        [Headers(fields("/"), end=True), Messages(1, "up"), Finish("close"), Ended("up")],
        [_HOLD],
        protocol="h2",
    ),
    Case(
        "h2_client_resets",
        [Headers(fields("/"), end=True), Messages(1, "up"), Finish("reset"), Ended("up")],
        [_HOLD],
        protocol="h2",
    ),
]


def _tcp_case(
    name: str,
    *steps: bytes | Step,
    replies: Sequence[Reply | bytes] = (),
    listener: str = "tcp",
) -> Case:
    return Case(f"tcp_{name}", list(steps), replies, listener=listener, protocol="tcp")


_HI = (b"hello", Bytes(5, "tcp"), Settle())
_TCP = [
    _tcp_case("client_closes", *_HI, Finish("close"), Ended("tcp")),
    _tcp_case("client_resets", *_HI, Finish("reset"), Ended("tcp")),
    _tcp_case(
        "client_half_closes", *_HI, Finish("shut"), Ended("tcp"), Finish("close", "tcp"), Ended()
    ),
    _tcp_case(
        "client_half_closes_and_upstream_resets",
        *_HI,
        Finish("shut"),
        Ended("tcp"),
        Finish("reset", "tcp"),
        Ended(),
    ),
    _tcp_case("upstream_closes", *_HI, Finish("close", "tcp"), Ended(), Finish("close")),
    _tcp_case("upstream_resets", *_HI, Finish("reset", "tcp"), Ended()),
    _tcp_case("idle", *_HI, Ended(), listener="tcp_idle"),
    _tcp_case("old", *_HI, Ended(), listener="tcp_old"),
    _tcp_case("refused", Open(), Ended(), listener="tcp_refused"),
    _tcp_case("refused_thrice", Open(), Ended(), listener="tcp_thrice"),
    _tcp_case("empty", Open(), Ended(), listener="tcp_empty"),
    _tcp_case("full", Open(), Ended(), listener="tcp_full"),
    _tcp_case("unknown", Open(), Ended(), listener="tcp_unknown"),
    _tcp_case("silent", Open(), Ended(), listener="tcp_silent"),
]
_H2UP = Server("h2")
_ASK = get("/h2")
_UP = [
    Case("up_h2_plain", [_ASK, Messages(1)]),
    Case(
        "up_h2_resets_stream",
        [_ASK, Heads(1, "h2"), Rst(on="h2"), Messages(1)],
        {"h2": [H2Reply(when="never")]},
    ),
    Case(
        "up_h2_refuses_stream",
        [_ASK, Heads(1, "h2"), Rst(7, on="h2"), Messages(1)],
        {"h2": [H2Reply(when="never")]},
    ),
    Case(
        "up_h2_closes",
        [_ASK, Heads(1, "h2"), Finish("close", "h2"), Messages(1)],
        {"h2": [H2Reply(when="never")]},
    ),
    Case(
        "up_h2_resets",
        [_ASK, Heads(1, "h2"), Finish("reset", "h2"), Messages(1)],
        {"h2": [H2Reply(when="never")]},
    ),
    Case(
        "up_h2_goaway",
        [_ASK, Heads(1, "h2"), GoAway(0, 0, on="h2"), Settle(), Finish("close", "h2"), Messages(1)],
        {"h2": [H2Reply(when="never")]},
    ),
    Case(
        "down_h2_silent_to_pings",
        [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", Ended()],
        listener="pinging",
        protocol="tcp",
        loose=_FRAMES,
    ),
    Case(
        "up_bad_length",
        [get("/"), Messages(1)],
        [Reply(b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n")],
    ),
    Case("up_head_too_large", [get("/"), Messages(1)], [response("200 OK", "x: " + "a" * 70000)]),
    Case(
        "websocket",
        [
            get("/", "Connection: upgrade", "Upgrade: x"),
            Heads(1),
            b"hi",
            Settle(),
            Finish("close"),
            Ended("up"),
        ],
        [Reply(b"HTTP/1.1 101 S\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n", when="head")],
        listener="upgrades",
    ),
    Case(
        "websocket_of_an_upstream_that_closes",
        [
            get("/", "Connection: upgrade", "Upgrade: x"),
            Heads(1),
            Finish("close", "up"),
            _delayed("upgrades"),
        ],
        [Reply(b"HTTP/1.1 101 S\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n", when="head")],
        listener="upgrades",
    ),
    Case(
        "websocket_of_an_upstream_that_resets",
        [
            get("/", "Connection: upgrade", "Upgrade: x"),
            Heads(1),
            Finish("reset", "up"),
            _delayed("upgrades"),
        ],
        [Reply(b"HTTP/1.1 101 S\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n", when="head")],
        listener="upgrades",
    ),
    Case(
        "connect_that_ends_here",
        [
            b"CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n\r\n",
            Heads(1),
            b"hi",
            Bytes(2, "tcp"),
            Finish("close"),
            Ended("tcp"),
        ],
        listener="upgrades",
    ),
    Case(
        "connect_and_the_upstream_closes",
        [
            b"CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n\r\n",
            Heads(1),
            b"hi",
            Bytes(2, "tcp"),
            Finish("close", "tcp"),
            _delayed("upgrades"),
        ],
        listener="upgrades",
    ),
    Case(
        "connect_and_the_upstream_resets",
        [
            b"CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n\r\n",
            Heads(1),
            b"hi",
            Bytes(2, "tcp"),
            Finish("reset", "tcp"),
            _delayed("upgrades"),
        ],
        listener="upgrades",
    ),
    Case(
        "connect_refused",
        [
            b"CONNECT b.test:80 HTTP/1.1\r\nHost: b.test:80\r\n\r\n",
            Messages(1),
            _delayed("upgrades"),
        ],
        listener="upgrades",
    ),
]
_YES = Reply(b"HTTP/1.1 200 OK\r\n\r\n", when="head")
_TUNNEL = [
    _tcp_case(
        "tunnel_client_closes",
        b"hello",
        Heads(1, "up"),
        Settle(),
        Finish("close"),
        Ended("up"),
        replies=[_YES],
        listener="tunnel",
    ),
    _tcp_case(
        "tunnel_client_resets",
        b"hello",
        Heads(1, "up"),
        Settle(),
        Finish("reset"),
        Ended("up"),
        replies=[_YES],
        listener="tunnel",
    ),
    _tcp_case(
        "tunnel_upstream_closes",
        b"hello",
        Heads(1, "up"),
        Settle(),
        Finish("close", "up"),
        Ended(),
        replies=[_YES],
        listener="tunnel",
    ),
    _tcp_case(
        "tunnel_upstream_resets",
        b"hello",
        Heads(1, "up"),
        Settle(),
        Finish("reset", "up"),
        Ended(),
        replies=[_YES],
        listener="tunnel",
    ),
    _tcp_case(
        "tunnel_idle", b"hello", Heads(1, "up"), Ended(), replies=[_YES], listener="tunnel_idle"
    ),
    _tcp_case(
        "tunnel_old", b"hello", Heads(1, "up"), Ended(), replies=[_YES], listener="tunnel_old"
    ),
    _tcp_case(
        "tunnel_forbidden", b"hello", Ended(), replies=[response("403 No")] * 2, listener="tunnel"
    ),
    _tcp_case(
        "tunnel_second_time",
        b"hello",
        Connections(2),
        Heads(1, "up"),
        Settle(),
        Finish("close"),
        Ended("up"),
        replies=[response("403 No"), _YES],
        listener="tunnel",
    ),
    _tcp_case("tunnel_refused", b"hello", Ended(), listener="tunnel_refused"),
    _tcp_case("tunnel_empty", b"hello", Ended(), listener="tunnel_empty"),
]
_ALL = [*_HTTP1, *_HTTP2, *_TCP, *_UP, *_TUNNEL]
CASES = [replace(case, loose=[*_IDS, *case.loose]) for case in _ALL]
_HASTY = "{request_headers_timeout: 0.1s}"
GROUP = Group(
    bootstrap(
        [
            _listener("http"),
            _listener("hasty", "{request_headers_timeout: 0.1s}"),
            _listener("hasty_body", "{request_timeout: 0.1s}"),
            _listener(
                "idle", "{common_http_protocol_options: {idle_timeout: 0.1s}, drain_timeout: 0.05s}"
            ),
            _listener("old_versions", "{http_protocol_options: {accept_http_10: true}}"),
            _listener(
                "old",
                "{common_http_protocol_options: {max_connection_duration: 0.1s}, "
                "drain_timeout: 0.05s}",
            ),
            _tcp("tcp", "tcp"),
            _tcp(
                "tunnel",
                "up",
                ", max_connect_attempts: 2" + _TUNNELED,
            ),
            _tcp(
                "tunnel_idle",
                "up",
                ", idle_timeout: 0.1s" + _TUNNELED,
            ),
            _tcp(
                "tunnel_old",
                "up",
                ", max_downstream_connection_duration: 0.1s" + _TUNNELED,
            ),
            _tcp(
                "tunnel_refused",
                "twice",
                ", max_connect_attempts: 2" + _TUNNELED,
            ),
            _tcp(
                "tunnel_empty",
                "empty",
                ", max_connect_attempts: 2" + _TUNNELED,
            ),
            _listener(
                "upgrades", "{upgrade_configs: [{upgrade_type: x}, {upgrade_type: CONNECT}]}"
            ),
            _listener(
                "pinging",
                "http2_protocol_options: {connection_keepalive: {interval: 0.1s, timeout: 0.05s}}",
            ),
            _tcp("tcp_idle", "tcp", ", idle_timeout: 0.1s"),
            _tcp("tcp_old", "tcp", ", max_downstream_connection_duration: 0.1s"),
            _tcp("tcp_refused", "refused"),
            _tcp("tcp_thrice", "twice", ", max_connect_attempts: 3"),
            _tcp("tcp_empty", "empty"),
            _tcp("tcp_full", "limited"),
            _tcp("tcp_unknown", "unknown"),
            _tcp("tcp_silent", "silent"),
            _listener("few", "{common_http_protocol_options: {max_requests_per_connection: 1}}"),
        ],
        [
            cluster(),
            cluster("refused"),
            cluster("empty", "load_assignment: {cluster_name: empty, endpoints: []}"),
            cluster(
                "none", "circuit_breakers: {thresholds: [{max_pending_requests: 0}]}", to=["up"]
            ),
            cluster("limited", "circuit_breakers: {thresholds: [{max_connections: 0}]}", to=["up"]),
            cluster("silent", "connect_timeout: 0.1s"),
            cluster("h2", h2=True),
            cluster("tcp"),
            cluster("twice", to=["refused", "refused"]),
            _named(),
        ],
    ),
    CASES,
    upstreams={
        "up": Server(),
        "refused": Server("refused"),
        "silent": Server("silent"),
        "h2": Server("h2"),
        "tcp": Server("tcp"),
    },
    listener="http",
)
