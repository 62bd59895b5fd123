"""`check_drain_close` of the TCP proxy: what ends a connection while its listener drains."""

from tests.parity.config import Node, bootstrap, cluster, tcp
from tests.parity.scenario import Case, Group, Server, get
from tests.parity.sessions import Reply
from tests.parity.steps import Bytes, Ended, Finish, Messages, Open, Send, Settle, Step

_EXTENSIONS = "type.googleapis.com/envoy.extensions"
_LOG = "%RESPONSE_FLAGS% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% %CONNECTION_TERMINATION_DETAILS%"


def _listener(name: str, more: str = "", listener: str = "{}") -> Node:
    log = (
        'access_log: [{name: log, typed_config: {"@type": '
        f"{_EXTENSIONS}.access_loggers.file.v3.FileAccessLog, path: $dir/{name}.log, "
        f'log_format: {{text_format_source: {{inline_string: "{_LOG}\\n"}}}}}}}}]'
    )
    return tcp(name, proxy=f"{{cluster: up, {log}{more}}}", listener=listener)


_CHECKS = ", check_drain_close: true"
_STATS = [
    "tcp.checks.downstream_cx_drain_close",
    "tcp.checks.downstream_cx_rx_bytes_total",
    "tcp.checks.downstream_cx_tx_bytes_total",
    "cluster.up.upstream_cx_destroy_local",
    "cluster.up.upstream_cx_destroy_remote",
    "listener.checks.downstream_cx_destroy",
]
_DRAIN = "/drain_listeners?graceful&skip_exit"


def _told(path: str) -> list[Step]:
    return [
        Open("a", listener="admin", protocol="h1"),
        Send(get(path, method="POST"), "a"),
        Messages(1, "a"),
    ]


_MET = (Open(), Send(b"hello"), Bytes(5, "up"), Settle())
CASES = [
    Case(
        "client_writes", [*_MET, *_told(_DRAIN), Send(b"more"), Ended(), Ended("up")], stats=_STATS
    ),
    Case(
        "upstream_writes",
        [*_MET, *_told(_DRAIN), Send(b"more", "up"), Ended(), Ended("up")],
        stats=_STATS,
    ),
    Case("nobody_writes", [*_MET, *_told(_DRAIN), Settle()], stats=_STATS),
    Case(
        "it_fails_its_health_check",
        [*_MET, *_told("/healthcheck/fail"), Send(b"more"), Ended(), Ended("up")],
        stats=_STATS,
    ),
    Case(
        "client_half_closes",
        [*_MET, *_told(_DRAIN), Finish("shut"), Settle()],
        stats=_STATS,
    ),
    Case(
        "upstream_half_closes",
        [*_MET, *_told(_DRAIN), Finish("shut", "up"), Settle()],
        stats=_STATS,
    ),
    Case(
        "unless_it_checks",
        [*_MET, *_told(_DRAIN), Send(b"more"), Bytes(9, "up"), Settle()],
        listener="plain",
    ),
    Case(
        "unless_it_is_told_of_changes_alone",
        [*_MET, *_told("/healthcheck/fail"), Send(b"more"), Bytes(9, "up"), Settle()],
        listener="modify",
    ),
    Case(
        "inbound_only",
        [*_MET, *_told(_DRAIN + "&inboundonly"), Send(b"more"), Settle()],
        listener="checks",
    ),
    Case(
        "inbound_only_inbound",
        [*_MET, *_told(_DRAIN + "&inboundonly"), Send(b"more"), Settle()],
        listener="inbound",
    ),
    Case(
        "one_that_begins",
        [*_told("/healthcheck/fail"), Open(), Settle(), Send(b"hello"), Settle()],
    ),
    Case(
        "one_that_begins_with_a_greeting",
        [*_told("/healthcheck/fail"), Open(), Settle()],
        [Reply(b"greeting", when="accept")],
    ),
]
GROUP = Group(
    bootstrap(
        [
            _listener("checks", _CHECKS),
            _listener("plain"),
            _listener("modify", _CHECKS, "drain_type: MODIFY_ONLY"),
            _listener("inbound", _CHECKS, "traffic_direction: INBOUND"),
        ],
        [cluster()],
    ),
    CASES,
    upstreams={"up": Server("tcp")},
    listener="checks",
    protocol="tcp",
    fresh=True,
    args=["--drain-strategy", "immediate"],
)
