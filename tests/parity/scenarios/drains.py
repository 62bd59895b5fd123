"""Drains: which connections are told to go, and when. At once, as the drain strategy says."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, get
from tests.parity.steps import Messages, Open, Send, Step
from tests.parity.steps_h2 import Headers, StreamDone

_LISTENERS = {
    "in": "traffic_direction: INBOUND",
    "out": "traffic_direction: OUTBOUND",
    "modify": "drain_type: MODIFY_ONLY",
}
_STATS = [f"http.{name}.downstream_cx_drain_close" for name in _LISTENERS]


def _each(path: str, count: int) -> list[Step]:
    """A request on the connection of each listener."""
    found: list[Step] = []
    for name in _LISTENERS:
        if count == 1:
            found.append(Open(name, listener=name))
        found += [Send(get(path), name), Messages(count, name)]
    return found


def _told(path: str) -> list[Step]:
    return [Open("a", listener="admin"), Send(get(path, method="POST"), "a"), Messages(1, "a")]


def _case(name: str, path: str) -> Case:
    return Case(
        name,
        [*_each("/1", 1), *_told(path), *_each("/2", 2), *_each("/3", 3)],
        stats=_STATS,
        any_upstream_order="connections of the pool are as good as each other",
    )


CASES = [
    _case("gracefully", "/drain_listeners?graceful"),
    _case("inbound_gracefully", "/drain_listeners?graceful&inboundonly"),
    _case("gracefully_without_an_end", "/drain_listeners?graceful&skip_exit"),
    _case("inbound_gracefully_without_an_end", "/drain_listeners?graceful&skip_exit&inboundonly"),
    _case("at_once", "/drain_listeners"),
    _case("inbound_at_once", "/drain_listeners?inboundonly"),
    _case("failed_health_check", "/healthcheck/fail"),
    Case(
        "of_http2",
        [
            Open("c", listener="in", protocol="h2"),
            *(Headers(fields("/1"), end=True), StreamDone()),
            *_told("/drain_listeners?graceful"),
            *(Headers(fields("/2"), end=True, stream=3), StreamDone(3)),
            *(Headers(fields("/3"), end=True, stream=5), StreamDone(5)),
        ],
        stats=_STATS,
    ),
]
GROUP = Group(
    bootstrap(
        [
            http(name, hcm="drain_timeout: 60s", listener=fields_, plain=True)
            for name, fields_ in _LISTENERS.items()
        ],
        [cluster()],
    ),
    CASES,
    fresh=True,
    args=["--drain-strategy", "immediate"],
)
