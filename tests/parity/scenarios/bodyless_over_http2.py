"""An HTTP/2 upstream that sends DATA where there is no body: 204, 304, HEAD, interim heads."""

from collections.abc import Sequence

from tests.parity.config import bootstrap, cluster, http, http_protocol, merged
from tests.parity.http2 import Fields, H2Reply, fields, status
from tests.parity.scenario import Case, Group, Loose, Server, get, post
from tests.parity.steps import Answered, Heads, Messages, Settle, Step
from tests.parity.steps_h2 import Data, Headers, StreamDone, StreamHead

_HOLD = H2Reply(when="never")
_STATS = [
    *(f"cluster.up.http2.{name}" for name in ("rx_messaging_error", "tx_reset", "rx_reset")),
    *("cluster.up.upstream_rq_rx_reset", "cluster.up.upstream_rq_tx_reset"),
    *(f"cluster.up.upstream_rq_{name}" for name in ("2xx", "3xx", "5xx", "completed")),
    *("cluster.up.upstream_cx_protocol_error", "cluster.up.upstream_cx_destroy_local"),
    "http.up.downstream_rq_5xx",
]
_LATE = [
    Loose(
        "<reset PROTOCOL_ERROR>",
        "<end>",
        "the stream has ended on both sides when its body is seen; Envoy resets it all the same",
        only="upstream",
    )
]
_TO_LENIENT = "[{match: {prefix: /}, route: {cluster: lenient}}]"
_OPTIONS = (
    "explicit_http_config: {http2_protocol_options: "
    "{override_stream_error_on_invalid_http_message: true}}"
)
_KINDS: dict[str, tuple[str, Fields]] = {
    "204": ("GET", status(204)),
    "204_of_a_length": ("GET", status(204, ("content-length", "2"))),
    "204_of_no_length": ("GET", status(204, ("content-length", "0"))),
    "204_to_head": ("HEAD", status(204)),
    "205": ("GET", status(205)),
    "304": ("GET", status(304)),
    "304_of_a_length": ("GET", status(304, ("content-length", "2"))),
    "head": ("HEAD", status()),
    "head_of_a_length": ("HEAD", status(200, ("content-length", "2"))),
}


def _at_once(name: str, method: str, head: Fields) -> list[Case]:
    """Head and body in one write, to a client of each protocol."""
    reply = H2Reply(head, b"hi")
    asked = Headers(fields(method=method), end=True)
    stats = [name for name in _STATS if name != "cluster.up.http2.tx_reset"]
    return [
        Case(f"{name}_http1", [get(method=method), Answered()], [reply], stats=stats, loose=_LATE),
        Case(
            f"{name}_http2",
            [asked, StreamDone()],
            [reply],
            protocol="h2",
            stats=stats,
            loose=_LATE,
        ),
    ]


def _in_pieces(name: str, method: str, head: Fields, *then: Step) -> Case:
    """The head first, which the client has before the body comes."""
    steps = [
        *(Headers(fields(method=method), end=True), StreamHead(1, "up")),
        *(Headers(head, on="up"), Settle(), *then, Settle()),
    ]
    ends = name.endswith("_then_data")
    stats = [each for each in _STATS if not (ends and each.endswith("http2.tx_reset"))]
    loose = _LATE if ends else []
    return Case(name, steps, [_HOLD], protocol="h2", stats=stats, loose=loose)


def _pieces(name: str, method: str, head: Fields) -> list[Case]:
    return [
        _in_pieces(f"{name}_then_data", method, head, Data(b"hi", end=True, on="up")),
        _in_pieces(f"{name}_then_unfinished_data", method, head, Data(b"hi", on="up")),
        _in_pieces(f"{name}_then_an_end", method, head, Data(b"", end=True, on="up")),
        _in_pieces(
            f"{name}_then_trailers", method, head, Headers((("x-sum", "1"),), end=True, on="up")
        ),
    ]


def _interim(name: str, head: Fields, *then: Step) -> Case:
    steps: Sequence[Step] = [
        *(Headers(fields(), end=True), StreamHead(1, "up"), Headers(head, on="up"), *then),
        Settle(),
    ]
    return Case(name, steps, [_HOLD], protocol="h2", stats=_STATS)


_UPLOADS = [
    Case(
        "upload_204_http1",
        [post("/", b"hello"), Answered()],
        [H2Reply(status(204), b"hi")],
        loose=_LATE,
    ),
    Case(
        "upload_goes_on_204",
        [
            *(Headers(fields(method="POST")), Data(b"half"), StreamHead(1, "up")),
            *(Headers(status(204), on="up"), Settle(), Data(b"hi", on="up"), Settle()),
        ],
        [_HOLD],
        protocol="h2",
        stats=_STATS,
    ),
    Case(
        "304_ends_later_over_http1",
        [
            *(get("/1"), StreamHead(1, "up"), Headers(status(304), on="up"), Heads(), Settle()),
            *(Data(b"", end=True, on="up"), Settle(), get("/2"), Answered(2)),
        ],
        [_HOLD],
    ),
    Case(
        "the_next_stream_is_well",
        [get("/1"), Messages(), get("/2"), Answered(2)],
        [H2Reply(), H2Reply(status(204), b"")],
        stats=_STATS,
    ),
]

_LENIENT = Case(
    "204_of_a_length_costs_the_stream",
    [
        Headers(fields(), end=True),
        StreamHead(1, "up"),
        Headers(status(204, ("content-length", "2")), on="up"),
        StreamDone(),
    ],
    [_HOLD],
    listener="lenient",
    protocol="h2",
    stats=[s.replace(".up.", ".lenient.") for s in _STATS],
)

CASES = [
    *(case for name, (method, head) in _KINDS.items() for case in _at_once(name, method, head)),
    *(
        case
        for name in (
            "204",
            "204_of_no_length",
            "304",
            "304_of_a_length",
            "head",
            "head_of_a_length",
        )
        for case in _pieces(name, *_KINDS[name])
    ),
    _interim("103_then_data", status(103), Data(b"hi", end=True, on="up")),
    _interim("100_then_data", status(100), Data(b"hi", end=True, on="up")),
    _interim("103_of_a_length", status(103, ("content-length", "2"))),
    _interim("103_of_no_length", status(103, ("content-length", "0"))),
    _LENIENT,
    *_UPLOADS,
]
GROUP = Group(
    bootstrap(
        [http("up", plain=True), http("lenient", routes=_TO_LENIENT, plain=True)],
        [cluster("up", h2=True), merged(cluster("lenient", to=["up"]), http_protocol(_OPTIONS))],
    ),
    CASES,
    upstreams={"up": Server("h2")},
    listener="up",
)
