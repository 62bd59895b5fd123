"""Every counter and gauge of a scope, by name and value, before and after traffic."""

from collections.abc import Sequence

from tests.parity.config import bootstrap, cluster, http, tcp
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, Loose, Server, get
from tests.parity.steps import Ended, Finish, Messages, Open, Send, Settle, Step, Until
from tests.parity.steps_h2 import Headers, StreamDone

_TRAFFIC: dict[str, list[Step]] = {
    "nothing": [],
    "a_request": [
        *(Open("d", listener="http"), Send(get("/", "Connection: close"), "d"), Messages(1, "d")),
        *(Ended("d"), Finish("close", "up"), Until("cluster.up.upstream_cx_destroy", 1)),
    ],
    "an_http2_request": [
        Open("d", listener="http", protocol="h2"),
        *(Headers(fields(), end=True, on="d"), StreamDone(on="d"), Finish("close", "d")),
        *(Finish("close", "up"), Until("http.http.downstream_cx_destroy", 1)),
        *(Until("cluster.up.upstream_cx_destroy", 1),),
    ],
    "a_request_to_http2": [
        *(Open("d", listener="http"), Send(get("/h2"), "d"), Messages(1, "d")),
        *(Finish("close", "d"), Finish("close", "h2up")),
        *(
            Until("cluster.h2up.upstream_cx_destroy", 1),
            Until("http.http.downstream_cx_destroy", 1),
        ),
    ],
    "a_refused_request": [
        *(Open("d", listener="http"), Send(get("/refused"), "d"), Messages(1, "d")),
        *(Finish("close", "d"), Until("http.http.downstream_cx_destroy", 1)),
    ],
    "a_refused_connection": [
        *(Open("d", listener="refused", protocol="tcp"), Send(b"hello", "d"), Ended("d")),
        *(Finish("close", "d"), Until("tcp.refused.downstream_cx_total", 1)),
    ],
    "a_bad_request": [
        *(Open("d", listener="http"), Send(b"bad\r\n\r\n", "d"), Ended("d")),
        *(Finish("close", "d"), Until("http.http.downstream_cx_destroy", 1)),
    ],
    "a_client_that_left": [
        *(Open("d", listener="http"), Send(get("/"), "d"), Messages(1, "up")),
        *(Finish("close", "d"), Until("http.http.downstream_cx_destroy", 1)),
    ],
    "a_tcp_connection": [
        *(Open("d", listener="tcp", protocol="tcp"), Send(b"hello", "d"), Send(b"bye", "plain")),
        *(Settle(), Finish("close", "plain"), Ended("d"), Finish("close", "d")),
        Until("cluster.plain.upstream_cx_destroy", 1),
    ],
}
_SCOPES = {
    "nothing": [
        *("cluster.up", "cluster.named", "cluster.logical", "dns.cares"),
        *("http.http", "listener.http", "tcp.tcp", "cluster_manager", "http1", "http2"),
    ],
    "a_request": ["cluster.up", "http.http", "listener.http", "http1"],
    "an_http2_request": ["cluster.up", "http.http", "http2"],
    "a_request_to_http2": ["cluster.h2up", "http.http", "http2"],
    "a_refused_request": ["cluster.refused", "http.http"],
    "a_refused_connection": ["cluster.refused", "tcp.refused"],
    "a_bad_request": ["http.http", "listener.http", "http1"],
    "a_client_that_left": ["cluster.up", "http.http", "listener.http"],
    "a_tcp_connection": ["cluster.plain", "tcp.tcp", "listener.tcp"],
}
_OTHERS = [
    *("listener_manager", "server", "runtime", "filesystem", "main_thread", "workers"),
    *("http.admin", "listener.admin", "thread_local_cluster_manager"),
]
_VALUES = [
    Loose(r": \d+$", ": <n>", "values of this process", "client"),
    Loose(
        r"^server\.stats_recent_lookups: .*$",
        "<dropped>",
        "Voyant looks no statistic up by its name while it serves",
        "client",
    ),
]
_H2 = [
    Loose(
        r"^.*\.(ng|og)http2_(up|down)stream_connections: .*$",
        "<dropped>",
        "they tell which of Envoy's two HTTP/2 libraries was used",
        "client",
    ),
    Loose(
        r"(_cx_[rt]x_bytes_(total|buffered)): \d+$",
        r"\1: <n>",
        "SETTINGS, the compression of heads and the frame that ends a body are each one's own",
        "client",
    ),
]
_LEFT = [
    Loose(
        r"^.*_cx_rx_bytes_buffered: .*$",
        "<dropped>",
        "Envoy goes on to count what it read last until it reads again",
        "client",
    ),
]
_LOOSE = {"an_http2_request": _H2, "a_request_to_http2": _H2, "a_client_that_left": _LEFT}
_ROUTES = """
- {match: {path: /h2}, route: {cluster: h2up}}
- {match: {path: /refused}, route: {cluster: refused}}
- {match: {prefix: /}, route: {cluster: up}}
"""
_DNS = """
type: %s
dns_lookup_family: V4_ONLY
dns_refresh_rate: 600s
load_assignment:
  endpoints:
  - lb_endpoints:
    - endpoint: {address: {socket_address: {address: localhost, port_value: $up}}}
      load_balancing_weight: 7
"""
_NAMED = {"named": _DNS % "STRICT_DNS", "logical": _DNS % "LOGICAL_DNS"}


def _asked(scope: str) -> list[Step]:
    """The names and values of counters, then of gauges."""
    found: list[Step] = [Open("a", listener="admin")]
    for number, kind in enumerate(("Counters", "Gauges"), 1):
        found += [
            Send(get(f"/stats?filter=%5E{scope}%5C.&type={kind}"), "a"),
            Messages(number, "a"),
        ]
    return found


def _case(traffic: str, scope: str, loose: Sequence[Loose] = ()) -> Case:
    name = f"{scope.replace('.', '_')}_after_{traffic}"
    return Case(name, [*_TRAFFIC[traffic], Settle(), *_asked(scope)], loose=loose)


CASES = [
    *(
        _case(traffic, scope, _LOOSE.get(traffic, ()))
        for traffic, scopes in _SCOPES.items()
        for scope in scopes
    ),
    *(_case("nothing", scope, _VALUES) for scope in _OTHERS),
]
GROUP = Group(
    bootstrap(
        [
            http(routes=_ROUTES, plain=True),
            tcp(proxy="cluster: plain"),
            tcp("refused", proxy="cluster: refused"),
        ],
        [
            *(cluster(), cluster("plain"), cluster("refused"), cluster("h2up", h2=True)),
            *(cluster(name, fields, to=["up"]) for name, fields in _NAMED.items()),
        ],
    ),
    CASES,
    upstreams={
        "up": Server(),
        "plain": Server("tcp"),
        "refused": Server("refused"),
        "h2up": Server("h2"),
    },
    fresh=True,
)
