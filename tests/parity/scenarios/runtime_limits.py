"""Limits that an operator changes while the proxy serves: of clusters, listeners and the whole."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, Loose, get, response
from tests.parity.sessions import Reply
from tests.parity.steps import Connections, Ended, Finish, Messages, Note, Open, Send, Step, Until

_ADMIN: Step = Open("a", listener="admin")
_LAYERS = """
layered_runtime:
  layers:
  - name: base
    static_layer:
      circuit_breakers.set.default: {max_requests: 3, max_retries: 7}
      circuit_breakers.set.high.max_pending_requests: 5
      circuit_breakers.set.default.max_connections: word
      upstream.healthy_panic_threshold: 20
  - {name: admin, admin_layer: {}}
"""
_ONE = "circuit_breakers: {thresholds: [{max_requests: 1, track_remaining: true}]}"
_WAIT = (
    "circuit_breakers: {thresholds: [{max_connections: 1, max_pending_requests: 1, "
    "track_remaining: true}, {priority: HIGH, max_requests: 1, "
    "track_remaining: true}]}"
)
_SET = "circuit_breakers: {thresholds: [{max_requests: 9, track_remaining: true}]}"
_UNHEALTHY = """
load_assignment:
  endpoints:
  - lb_endpoints:
    - {health_status: UNHEALTHY, endpoint: {address: {socket_address:
        {address: 127.0.0.1, port_value: $up}}}}
"""
_HOLD = Reply(when="never")
_OK = response()


def _shown(name: str) -> Loose:
    pattern = rf"^(?!{name}::(?:default|high)_priority)\w+::.*$"
    return Loose(pattern, "<dropped>", "Envoy shows clusters in the order of a hash map")


def _gauges(name: str, kinds: tuple[str, ...], priority: str = "default") -> Note:
    return Note([f"cluster.{name}.circuit_breakers.{priority}.{kind}" for kind in kinds])


_RQ = ("remaining_rq", "rq_open")
_PENDING = ("remaining_cx", "remaining_pending", "cx_open", "rq_pending_open")


def _changed(query: str, count: int = 1) -> list[Step]:
    return [Send(get(f"/runtime_modify?{query}", method="POST"), "a"), Messages(count, "a")]


def _key(name: str, kind: str, priority: str = "default") -> str:
    return f"circuit_breakers.{name}.{priority}.{kind}"


def _asked(path: str, count: int) -> list[Step]:
    return [Send(get(path), "a"), Messages(count, "a")]


_REQUESTS = [
    "cluster.one.upstream_rq_pending_overflow",
    "cluster.one.upstream_rq_200",
    "cluster.one.upstream_rq_503",
]
_CX = [
    "listener.http.downstream_cx_overflow",
    "listener.http.downstream_cx_total",
    "listener.http.downstream_global_cx_overflow",
]
_RAISED = "envoy.resource_limits.listener.http.connection_limit"
_GLOBAL = "overload.global_downstream_max_connections"

CASES = [
    Case(
        "more_requests",
        [
            *(_ADMIN, get("/1"), Messages(1, "up"), _gauges("one", _RQ)),
            *(Send(get("/2"), "d"), Messages(1, "d")),
            *(*_changed(_key("one", "max_requests") + "=2"), _gauges("one", _RQ)),
            *(Send(get("/3"), "d"), Connections(2), Messages(1, "up"), _gauges("one", _RQ)),
            *(Send(_OK, "up"), Messages(2, "d"), Send(_OK, "up.0"), Messages(1)),
            _gauges("one", _RQ),
        ],
        [_HOLD, _HOLD],
        _REQUESTS,
        listener="one",
    ),
    Case(
        "fewer_requests_than_there_are",
        [
            *(_ADMIN, *_changed(_key("one", "max_requests") + "=2")),
            *(get("/1"), Messages(1, "up"), Send(get("/2"), "d"), Connections(2)),
            *(
                Messages(1, "up"),
                _gauges("one", _RQ),
                *_changed(_key("one", "max_requests") + "=", 2),
            ),
            *(_gauges("one", _RQ), Send(get("/3"), "e"), Messages(1, "e"), _gauges("one", _RQ)),
            *(Send(_OK, "up.1"), Messages(1, "d"), _gauges("one", _RQ)),
            *(Send(get("/4"), "e"), Messages(2, "e"), Send(_OK, "up.0"), Messages(1)),
            *(_gauges("one", _RQ), Send(get("/5"), "e"), Messages(3, "e"), _gauges("one", _RQ)),
        ],
        [_HOLD, _HOLD],
        _REQUESTS,
        listener="one",
    ),
    Case(
        "no_requests",
        [
            *(_ADMIN, *_changed(_key("one", "max_requests") + "=0"), _gauges("one", _RQ)),
            *(get("/1"), Messages(1), _gauges("one", _RQ)),
            *(*_changed(_key("one", "max_requests") + "=1", 2), _gauges("one", _RQ)),
            *(Send(get("/2")), Messages(2), _gauges("one", _RQ)),
        ],
        stats=_REQUESTS,
        listener="one",
    ),
    *(
        Case(
            f"requests_by_{name}",
            [
                *(_ADMIN, *_changed(_key("one", "max_requests") + f"={value}")),
                *(get("/1"), Messages(1), _gauges("one", _RQ)),
                *_asked("/clusters", 2),
            ],
            stats=_REQUESTS,
            listener="one",
            loose=[_shown("one")],
        )
        for name, value in (
            ("a_word", "word"),
            ("a_negative_number", "-1"),
            ("a_broken_number", "0.9"),
            ("a_flag", "true"),
            ("more_than_32_bits", "4294967297"),
        )
    ),
    Case(
        "more_connections_and_waiting",
        [
            *(_ADMIN, get("/1"), Messages(1, "up"), Send(get("/2"), "d")),
            *(Until("cluster.wait.upstream_rq_pending_active", 1), _gauges("wait", _PENDING)),
            *(Send(get("/3"), "e"), Messages(1, "e")),
            *_changed(_key("wait", "max_pending_requests") + "=2"),
            *(_gauges("wait", _PENDING), Send(get("/4"), "e")),
            *(Until("cluster.wait.upstream_rq_pending_active", 2), _gauges("wait", _PENDING)),
            *(*_changed(_key("wait", "max_connections") + "=2", 2), _gauges("wait", _PENDING)),
            *_changed(_key("wait", "max_pending_requests") + "=9", 3),
            *(Send(get("/5"), "f"), Connections(2), Messages(1, "up"), _gauges("wait", _PENDING)),
            *(Send(_OK, "up.0"), Messages(1), Messages(1, "d"), Messages(2, "e")),
            *(Messages(1, "f"), _gauges("wait", _PENDING)),
        ],
        [_HOLD],
        [
            "cluster.wait.upstream_cx_overflow",
            "cluster.wait.upstream_cx_total",
            "cluster.wait.upstream_rq_pending_overflow",
        ],
        listener="wait",
    ),
    Case(
        "of_high_priority",
        [
            *(_ADMIN, get("/high/1"), Messages(1, "up"), _gauges("wait", _RQ, "high")),
            *(Send(get("/high/2"), "d"), Messages(1, "d")),
            *_changed(_key("wait", "max_requests", "high") + "=3"),
            *(_gauges("wait", _RQ, "high"), Send(get("/high/3"), "d"), Connections(2)),
            Messages(1, "up"),
            *(_gauges("wait", _RQ, "high"), _gauges("wait", _RQ)),
            *(Send(_OK, "up"), Messages(2, "d"), Send(_OK, "up.0"), Messages(1)),
            _gauges("wait", _RQ, "high"),
        ],
        [_HOLD, _HOLD],
        ["cluster.wait.upstream_rq_pending_overflow"],
        listener="wait",
    ),
    Case(
        "as_set_from_the_start",
        [
            *(_ADMIN, _gauges("set", ("remaining_rq", "remaining_retries", "remaining_cx"))),
            *(*_asked("/clusters", 1), *_changed(_key("set", "max_requests") + "=4", 2)),
            *(*_changed(_key("set", "max_requests", "high") + "=8", 3), *_asked("/clusters", 4)),
            *(_gauges("set", _RQ), get("/1"), Messages(1), _gauges("set", _RQ)),
        ],
        listener="set",
        loose=[_shown("set")],
    ),
    Case(
        "a_panic_that_was_none",
        [
            *(_ADMIN, get("/1"), Messages(1)),
            *(*_changed("upstream.healthy_panic_threshold=0"), Send(get("/2")), Messages(2)),
            *(*_changed("upstream.healthy_panic_threshold=90", 2), Send(get("/3")), Messages(3)),
        ],
        stats=["cluster.sick.lb_healthy_panic", "cluster.sick.upstream_cx_none_healthy"],
        listener="sick",
    ),
    Case(
        "connections_of_a_listener",
        [
            *(_ADMIN, get("/1"), Messages(1), Open("d", "http"), Send(get("/2"), "d")),
            *(Messages(1, "d"), *_changed(f"{_RAISED}=2"), Open("e", "http"), Ended("e")),
            *(*_changed(f"{_RAISED}=3", 2), Open("f", "http"), Send(get("/3"), "f")),
            *(Messages(1, "f"), *_changed(f"{_RAISED}=1", 3), Send(get("/4"), "d")),
            *(Messages(2, "d"), Finish("close", "d"), Finish("close", "f")),
            *(Until("http.http.downstream_cx_active", 1), Open("g", "http"), Ended("g")),
            *(*_changed(f"{_RAISED}=", 4), Open("h", "http"), Send(get("/5"), "h")),
            Messages(1, "h"),
        ],
        stats=_CX,
    ),
    Case(
        "connections_of_a_listener_by_a_word",
        [
            *(_ADMIN, *_changed(f"{_RAISED}=0"), Open("d", "http"), Ended("d")),
            *_changed(f"{_RAISED}=word", 2),
            *(get("/1"), Messages(1)),
        ],
        stats=_CX,
    ),
    Case(
        "connections_of_all",
        [
            *(_ADMIN, get("/1"), Messages(1), Open("d", "one"), Send(get("/2"), "d")),
            *(Messages(1, "d"), *_changed(f"{_GLOBAL}=3"), Open("e", "http"), Ended("e")),
            *(*_changed(f"{_GLOBAL}=50", 2), Open("f", "http"), Send(get("/3"), "f")),
            *(Messages(1, "f"), *_changed(f"{_GLOBAL}=0", 3), Open("g", "http"), Ended("g")),
            *(*_changed(f"{_GLOBAL}=", 4), Open("h", "http"), Send(get("/5"), "h")),
            Messages(1, "h"),
        ],
        stats=_CX,
    ),
]
_HIGH = """
- {match: {prefix: /high}, route: {cluster: wait, priority: HIGH}}
- {match: {prefix: /}, route: {cluster: wait}}
"""


def _routes(name: str) -> str:
    return f"[{{match: {{prefix: /}}, route: {{cluster: {name}}}}}]"


GROUP = Group(
    bootstrap(
        [
            http(plain=True),
            *(http(name, routes=_routes(name), plain=True) for name in ("one", "set", "sick")),
            http("wait", routes=_HIGH, plain=True),
        ],
        [
            cluster(),
            cluster("one", _ONE, to=["up"]),
            cluster("set", _SET, to=["up"]),
            cluster("wait", _WAIT, to=["up"]),
            cluster("sick", _UNHEALTHY, to=["up"]),
        ],
        _LAYERS,
    ),
    CASES,
    fresh=True,
)
