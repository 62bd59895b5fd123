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
    "a_tcp_connection": [
        *(Open("d", listener="tcp", protocol="tcp"), Send(b"hello", "d"), Send(b"bye", "plain")),
        *(Settle(), Finish("close", "plain"), Ended("d"), Finish("close", "d")),
        Until("cluster.plain.upstream_cx_destroy", 1),
    ],
}
_SCOPES = {
    "nothing": ["cluster.up", "http.http", "listener.http", "tcp.tcp", "cluster_manager"],
    "a_request": ["cluster.up", "http.http", "listener.http", "http1"],
    "an_http2_request": ["cluster.up", "http.http", "http2"],
    "a_tcp_connection": ["cluster.plain", "tcp.tcp", "listener.tcp"],
}
_OTHERS = ["listener_manager", "server", "runtime", "filesystem", "main_thread"]
_VALUES = [Loose(r": \d+$", ": <n>", "values of this process", "client")]


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
    *(_case(traffic, scope) for traffic, scopes in _SCOPES.items() for scope in scopes),
    *(_case("nothing", scope, _VALUES) for scope in _OTHERS),
]
GROUP = Group(
    bootstrap(
        [http(plain=True), tcp(proxy="cluster: plain")],
        [cluster(), cluster("plain")],
    ),
    CASES,
    upstreams={"up": Server(), "plain": Server("tcp")},
    fresh=True,
)
