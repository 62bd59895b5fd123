"""TCP: bytes, half-closes, resets, failures to connect, timers, what is counted and logged."""

from tests.parity.config import Node, bootstrap, cluster, tcp
from tests.parity.scenario import Case, Group, Server
from tests.parity.sessions import Reply
from tests.parity.steps import (
    Bytes,
    Connections,
    Ended,
    Finish,
    Note,
    Open,
    Reading,
    Send,
    Settle,
)

_BIG = b"x" * 2_000_000
_WEIGHTED = """
cluster: null
weighted_clusters:
  clusters: [{name: up, weight: 100}]
"""
_OPERATORS = """
access_log:
- name: envoy.access_loggers.file
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
    path: $dir/operators.log
    log_format:
      text_format_source:
        inline_string: "%PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%
          %CONNECTION_TERMINATION_DETAILS% %BYTES_RECEIVED% %BYTES_SENT%
          %UPSTREAM_CLUSTER% %UPSTREAM_HOST% %UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%
          %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_LOCAL_ADDRESS%
          %UPSTREAM_TRANSPORT_FAILURE_REASON% %REQ(:METHOD)% %ACCESS_LOG_TYPE%
          %DOWNSTREAM_WIRE_BYTES_SENT% %DOWNSTREAM_WIRE_BYTES_RECEIVED%
          %UPSTREAM_WIRE_BYTES_SENT% %UPSTREAM_WIRE_BYTES_RECEIVED%
          %UPSTREAM_REQUEST_ATTEMPT_COUNT% %ROUTE_NAME%\\n"
"""
_LISTENERS: dict[str, str] = {
    "tcp": "cluster: up",
    "weighted": _WEIGHTED,
    "refused": "cluster: refused",
    "twice": "{cluster: refused, max_connect_attempts: 2}",
    "silent": "cluster: silent",
    "empty": "cluster: empty",
    "missing": "cluster: nowhere",
    "one": "cluster: one",
    "idle": "{cluster: up, idle_timeout: 0.1s}",
    "duration": "{cluster: up, max_downstream_connection_duration: 0.1s}",
    "idle_silent": "{cluster: silent_long, idle_timeout: 0.1s}",
    "duration_silent": "{cluster: silent_long, max_downstream_connection_duration: 0.1s}",
    "backoff": "{cluster: refused, max_connect_attempts: 3, backoff_options: "
    "{base_interval: 0.01s, max_interval: 0.02s}}",
    "unread": "{cluster: up, downstream_idle_timeout: 0.05s, upstream_idle_timeout: 0.05s}",
    "operators": "cluster: up\n" + _OPERATORS,
    "operators_refused": "cluster: refused\n" + _OPERATORS,
}
_CLUSTERS: list[Node] = [
    cluster(),
    cluster("refused"),
    cluster("silent", "connect_timeout: 0.1s"),
    cluster("silent_long", "connect_timeout: 5s", to=["silent"]),
    cluster("empty", "load_assignment: {cluster_name: empty, endpoints: []}"),
    cluster("one", "circuit_breakers: {thresholds: [{max_connections: 1}]}", to=["up"]),
]
_CX = ["downstream_cx_total", "downstream_cx_rx_bytes_total", "downstream_cx_tx_bytes_total"]
_COUNTS = [
    *(f"tcp.tcp.{name}" for name in _CX),
    *(
        f"cluster.up.{name}"
        for name in (
            "upstream_cx_total",
            "upstream_cx_rx_bytes_total",
            "upstream_cx_tx_bytes_total",
            "upstream_rq_total",
            "upstream_cx_destroy_local",
            "upstream_cx_destroy_remote",
        )
    ),
]
_FLUSHES = ["tcp.tcp.upstream_flush_total", "tcp.tcp.upstream_flush_active"]


def _failed(name: str) -> list[str]:
    stats = (
        "upstream_cx_total",
        "upstream_cx_connect_fail",
        "upstream_cx_connect_timeout",
        "upstream_cx_connect_attempts_exceeded",
        "upstream_cx_none_healthy",
        "upstream_cx_overflow",
        "upstream_rq_pending_failure_eject",
    )
    return [*(f"cluster.{name}.{stat}" for stat in stats), f"tcp.{name}.downstream_cx_total"]


CASES = [
    Case(
        "bytes_both_ways",
        [
            *(
                b"hello",
                Bytes(5, "up"),
                Send(b"world!", "up"),
                Bytes(6),
                b" again",
                Bytes(11, "up"),
            ),
            *(Finish("shut"), Ended("up"), Finish("close", "up"), Ended()),
        ],
        stats=_COUNTS,
    ),
    Case("the_upstream_speaks_first", [Open(), Bytes(5)], [Reply(b"hello", when="accept")]),
    Case(
        "client_half_closes_and_listens",
        [
            *(b"question", Finish("shut"), Ended("up"), Send(b"answer", "up"), Bytes(6)),
            *(Settle(), Finish("close", "up"), Ended()),
        ],
        stats=_COUNTS,
    ),
    Case(
        "upstream_half_closes_and_listens",
        [
            *(b"hello", Bytes(5, "up"), Send(b"bye", "up"), Finish("shut", "up"), Ended()),
            *(b"more", Bytes(9, "up"), Finish("shut"), Ended("up")),
        ],
        stats=_COUNTS,
    ),
    Case(
        "no_last_bytes_to_an_upstream_that_is_done",
        [
            *(b"hello", Bytes(5, "up"), Finish("shut", "up"), Ended()),
            *(b"more", Bytes(9, "up"), Settle(), Finish("close"), Ended("up")),
        ],
        stats=[*_COUNTS, *_FLUSHES],
    ),
    Case(
        "upstream_closes",
        [b"hello", Bytes(5, "up"), Send(b"bye", "up"), Finish("close", "up"), Ended()],
        stats=_COUNTS,
    ),
    Case(
        "upstream_resets", [b"hello", Bytes(5, "up"), Finish("reset", "up"), Ended()], stats=_COUNTS
    ),
    Case("client_resets", [b"hello", Bytes(5, "up"), Finish("reset"), Ended("up")], stats=_COUNTS),
    Case(
        "client_says_nothing",
        [
            Open(),
            Connections(1),
            Settle(),
            Finish("shut"),
            Ended("up"),
            Finish("close", "up"),
            Ended(),
        ],
        stats=_COUNTS,
    ),
    Case(
        "much_both_ways",
        [_BIG, Bytes(2_000_000, "up"), Send(_BIG, "up"), Bytes(2_000_000)],
        stats=_COUNTS[:5],
    ),
    Case(
        "a_client_that_does_not_read",
        [
            *(
                b"hello",
                Bytes(5, "up"),
                Reading(False),
                Send(_BIG, "up"),
                Settle(),
                Reading(True),
                Bytes(2_000_000),
            ),
        ],
    ),
    Case("a_single_weighted_cluster", [b"hello", Bytes(5, "up")], listener="weighted"),
    Case("refused", [Open(), Ended()], stats=_failed("refused"), listener="refused"),
    Case(
        "refused_twice",
        [Open(), Ended()],
        stats=[*_failed("refused")[:-1], "tcp.twice.downstream_cx_total"],
        listener="twice",
    ),
    Case(
        "connecting_takes_too_long", [Open(), Ended()], stats=_failed("silent"), listener="silent"
    ),
    Case(
        "no_hosts",
        [Open(), Ended()],
        stats=[*_failed("empty"), "cluster.empty.lb_healthy_panic"],
        listener="empty",
    ),
    Case(
        "no_cluster",
        [Open(), Ended()],
        stats=["tcp.missing.downstream_cx_no_route", "tcp.missing.downstream_cx_total"],
        listener="missing",
    ),
    Case(
        "one_connection_too_many",
        [
            b"1",
            Bytes(1, "up"),
            Note(["cluster.one.circuit_breakers.default.cx_open"]),
            Open("d"),
            Ended("d"),
        ],
        stats=_failed("one"),
        listener="one",
    ),
    Case(
        "idle_while_it_connects",
        [Open(), Ended()],
        stats=[
            "tcp.idle_silent.idle_timeout",
            "cluster.silent_long.upstream_cx_connect_timeout",
            "cluster.silent_long.upstream_cx_connect_fail",
            "cluster.silent_long.upstream_rq_cancelled",
            "cluster.silent_long.upstream_rq_pending_failure_eject",
            "cluster.silent_long.upstream_cx_destroy_local",
            "cluster.silent_long.upstream_cx_active",
        ],
        listener="idle_silent",
    ),
    Case(
        "too_old_while_it_connects",
        [Open(), Ended()],
        stats=["tcp.duration_silent.max_downstream_connection_duration"],
        listener="duration_silent",
    ),
    Case("three_attempts", [b"x", Ended()], stats=_failed("refused"), listener="backoff"),
    Case(
        "idle",
        [b"hello", Bytes(5, "up"), Ended(), Ended("up")],
        stats=["tcp.idle.idle_timeout"],
        listener="idle",
    ),
    Case(
        "duration",
        [b"hello", Bytes(5, "up"), Ended(), Ended("up")],
        stats=["tcp.duration.max_downstream_connection_duration"],
        listener="duration",
    ),
    Case(
        "operators",
        [b"hello", Bytes(5, "up"), Send(b"bye", "up"), Finish("close", "up"), Ended()],
        listener="operators",
    ),
    Case("operators_of_a_failure", [Open(), Ended()], listener="operators_refused"),
    Case(
        "gauges",
        [
            b"hello",
            Bytes(5, "up"),
            Note(
                [
                    "cluster.up.upstream_cx_active",
                    "cluster.up.upstream_rq_active",
                    "listener.tcp.downstream_cx_active",
                ]
            ),
        ],
    ),
]

GROUP = Group(
    bootstrap([tcp(name, proxy=proxy) for name, proxy in _LISTENERS.items()], _CLUSTERS),
    CASES,
    upstreams={"up": Server("tcp"), "refused": Server("refused"), "silent": Server("silent")},
    listener="tcp",
    protocol="tcp",
)
