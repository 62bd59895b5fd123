"""How long connections last, with and without jitter: to clients and to upstreams."""

from tests.parity.config import bootstrap, cluster, http, http_protocol, merged, tcp
from tests.parity.http2 import H2Reply, status
from tests.parity.scenario import Case, Group, Server, get
from tests.parity.sessions import Reply
from tests.parity.steps import Bytes, Ended, Messages, Open, Send, Settle, Step
from tests.parity.steps_h2 import Headers, StreamHead

_JITTER = "max_connection_duration: 0.05s, max_connection_duration_jitter: {value: 100}"
_COMMON = {"aged": "max_connection_duration: 0.1s", "jittered": _JITTER}
_CLUSTERS = [
    merged(
        cluster(f"{name}_{up}", to=[up]),
        http_protocol(
            f"{{common_http_protocol_options: {{{fields}}}, "
            f"explicit_http_config: {{{protocol}: {{}}}}}}"
        ),
    )
    for name, fields in _COMMON.items()
    for up, protocol in (("up", "http_protocol_options"), ("two", "http2_protocol_options"))
]
_NAMES = [str(each["name"]) for each in _CLUSTERS]


def _stats(name: str) -> list[str]:
    return [
        f"cluster.{name}.upstream_cx_{what}"
        for what in (
            "max_duration_reached",
            "total",
            "destroy",
            "destroy_local",
            "destroy_local_with_active_rq",
        )
    ]


def _listener(name: str) -> dict[str, object]:
    return http(name, routes=f"[{{match: {{prefix: /}}, route: {{cluster: {name}}}}}]", plain=True)


def _up(name: str) -> str:
    return name.partition("_")[2]


# Waits longer than connections may last.
_LATER: list[bytes | Step] = [Open("d", listener="short"), Ended("d")]

CASES = [
    *(
        Case(
            f"{name}_while_idle",
            [get(), Messages(1), Ended(_up(name)), get(), Messages(2), Ended(_up(name))],
            stats=_stats(name),
            listener=name,
        )
        for name in _NAMES
    ),
    Case(
        "aged_up_with_a_request",
        [
            *(get(), Messages(1, "up")),
            *_LATER,
            Settle(),
            *(Send(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "up"), Messages(1)),
            Ended("up"),
        ],
        [Reply(when="never")],
        stats=_stats("aged_up"),
        listener="aged_up",
    ),
    Case(
        "aged_two_with_a_request",
        [
            *(get(), StreamHead(1, "two")),
            *_LATER,
            Settle(),
            *(Headers(status(200), end=True, on="two"), Messages(1), Ended("two")),
        ],
        [H2Reply(when="never")],
        stats=_stats("aged_two"),
        listener="aged_two",
    ),
    Case(
        "of_a_client_with_jitter",
        [Open(), Ended()],
        stats=["http.jittered.downstream_cx_max_duration_reached"],
        listener="jittered",
    ),
    Case(
        "of_a_tcp_session_with_jitter",
        [b"hello", Bytes(5, "up"), Ended(), Ended("up")],
        stats=["tcp.tcp.max_downstream_connection_duration"],
        listener="tcp",
    ),
]

GROUP = Group(
    bootstrap(
        [
            *map(_listener, _NAMES),
            http("short", hcm="common_http_protocol_options: {idle_timeout: 0.3s}"),
            http("jittered", hcm=f"common_http_protocol_options: {{{_JITTER}}}"),
            tcp(
                proxy="{cluster: up, max_downstream_connection_duration: 0.05s, "
                "max_downstream_connection_duration_jitter_percentage: {value: 100}}"
            ),
        ],
        [cluster(), *_CLUSTERS],
    ),
    CASES,
    upstreams={"up": Server(), "two": Server("h2")},
)
