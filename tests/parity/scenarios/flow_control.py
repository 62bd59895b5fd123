"""What is counted of bodies that pass with the limits that nobody set, and of those that wait for a
client's window. Where a limit is smaller than a body, Envoy counts each time that a buffer of its
own is over it for the length of a call."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import H2Reply, fields, status
from tests.parity.scenario import Case, Group, Replies, Server, get, post, response
from tests.parity.steps import Messages, Note, Open, Settle
from tests.parity.steps_h2 import Credit, Data, Greeted, Headers, StreamData, StreamDone, Window

_WAYS = ("paused_reading_total", "resumed_reading_total")
_SENDS = ("pending_send_bytes", "deferred_stream_close")
_STATS = [
    *(f"http.http.downstream_flow_control_{way}" for way in _WAYS),
    *(f"http2.{name}" for name in _SENDS),
    *(
        f"cluster.{up}.upstream_flow_control_{way}"
        for up in ("up", "two")
        for way in (*_WAYS, "backed_up_total", "drained_total")
    ),
    *(f"cluster.two.http2.{name}" for name in _SENDS),
]


def _answers(size: int) -> dict[str, Replies]:
    body = b"x" * size
    return {
        "up": [response(body=body)],
        "two": [H2Reply(status(200, ("content-length", str(size))), body)],
    }


CASES = [
    case
    for up in ("up", "two")
    for size in (1000, 50_000, 300_000)
    for path in [f"/{up}"]
    for case in (
        Case(f"{up}_answer_of_{size}", [get(path), Messages(1), Settle()], _answers(size), _STATS),
        Case(
            f"{up}_request_of_{size}",
            [post(path, b"x" * size), Messages(1), Settle()],
            stats=_STATS,
        ),
        Case(
            f"{up}_answer_of_{size}_over_http2",
            [Headers(fields(path), end=True), StreamDone(), Settle()],
            _answers(size),
            stats=_STATS,
            protocol="h2",
        ),
        Case(
            f"{up}_request_of_{size}_over_http2",
            [
                *(Greeted(), Headers(fields(path, method="POST"))),
                *(Data(b"x" * size, end=True), StreamDone(), Settle()),
            ],
            stats=_STATS,
            protocol="h2",
        ),
        Case(
            f"{up}_answer_of_{size}_without_room",
            [
                *(Open(settings={4: 100}), Credit(False), Headers(fields(path), end=True)),
                *(StreamData(100), Settle(), Note(["http2.pending_send_bytes"])),
                *(Window(size), Window(size, 1), StreamDone(), Settle()),
            ],
            _answers(size),
            stats=_STATS,
            protocol="h2",
        ),
    )
]
_ROUTES = """
- {match: {prefix: /two}, route: {cluster: two}}
- {match: {prefix: /}, route: {cluster: up}}
"""
GROUP = Group(
    bootstrap([http(routes=_ROUTES, plain=True)], [cluster(), cluster("two", h2=True)]),
    CASES,
    {"up": Server(), "two": Server("h2")},
)
