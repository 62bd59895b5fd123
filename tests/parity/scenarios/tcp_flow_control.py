"""TCP: who is not read because the other takes no more, and what is flushed after the end."""

from tests.parity.config import bootstrap, cluster, tcp
from tests.parity.scenario import Case, Group, Server
from tests.parity.steps import Bytes, Ended, Finish, Note, Open, Reading, Send, Settle, Until

_BIG = b"x" * 16_000_000
_SMALL = "per_connection_buffer_limit_bytes: 1000"
_LARGE = "per_connection_buffer_limit_bytes: 64000000"


def _stats(listener: str, upstream: str) -> list[str]:
    return [
        *(
            f"tcp.{listener}.{name}"
            for name in (
                "downstream_flow_control_paused_reading_total",
                "downstream_flow_control_resumed_reading_total",
                "upstream_flush_total",
                "upstream_flush_active",
            )
        ),
        *(
            f"cluster.{upstream}.{name}"
            for name in (
                "upstream_flow_control_paused_reading_total",
                "upstream_flow_control_resumed_reading_total",
                "upstream_flow_control_backed_up_total",
                "upstream_flow_control_drained_total",
            )
        ),
    ]


def _sizes(listener: str) -> list[Case]:
    stats = _stats(listener, listener)
    return [
        *(
            Case(
                f"{size}_bytes_to_the_upstream_{listener}",
                [b"x" * size, Bytes(size, "up"), Settle()],
                stats=stats,
                listener=listener,
            )
            for size in (1000, 1001, 3000)
        ),
        *(
            Case(
                f"{size}_bytes_to_the_client_{listener}",
                [Open(), Send(b"x" * size, "up"), Bytes(size), Settle()],
                stats=stats,
                listener=listener,
            )
            for size in (1000, 1001, 3000)
        ),
    ]


CASES = [
    *_sizes("small"),
    *_sizes("tcp"),
    Case(
        "often",
        [
            *(b"x" * 3000, Bytes(3000, "up"), Settle(), b"x" * 3000, Bytes(6000, "up"), Settle()),
            *(b"x" * 900, Bytes(6900, "up"), Settle()),
        ],
        stats=_stats("small", "small"),
        listener="small",
    ),
    Case(
        "an_upstream_that_does_not_read",
        [
            *(b"hello", Bytes(5, "up"), Reading(False, "up"), _BIG, Settle(), Settle()),
            *(Note(_stats("large", "large")), Reading(True, "up"), Bytes(16_000_005, "up")),
        ],
        stats=_stats("large", "large"),
        listener="large",
    ),
    Case(
        "a_client_that_does_not_read",
        [
            *(b"hello", Bytes(5, "up"), Reading(False), Send(_BIG, "up"), Settle(), Settle()),
            *(Note(_stats("large", "large")), Reading(True), Bytes(16_000_000)),
        ],
        stats=_stats("large", "large"),
        listener="large",
    ),
    Case(
        "flushed_after_the_client_has_left",
        [
            *(b"hello", Bytes(5, "up"), Finish("shut", "up"), Ended(), Reading(False, "up")),
            *(_BIG, Finish("shut"), Until("tcp.large.upstream_flush_active", 1)),
            *(Note(_stats("large", "large")), Reading(True, "up"), Bytes(16_000_005, "up")),
            *(Ended("up"), Until("tcp.large.upstream_flush_active", 0)),
        ],
        stats=_stats("large", "large"),
        listener="large",
    ),
]
GROUP = Group(
    bootstrap(
        [
            tcp(proxy="cluster: tcp"),
            tcp("small", proxy="cluster: small", listener=_SMALL),
            tcp("large", proxy="cluster: large", listener=_LARGE),
        ],
        [
            cluster("tcp", to=["up"]),
            cluster("small", _SMALL, to=["up"]),
            cluster("large", _LARGE, to=["up"]),
        ],
    ),
    CASES,
    upstreams={"up": Server("tcp")},
    listener="tcp",
    protocol="tcp",
)
