"""How connections end by age, and how long a client may take for a response."""

import json

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, get, response
from tests.parity.steps import Ended, Messages, Open, Step, Until
from tests.parity.steps_h2 import Credit, Headers, StreamDone, StreamHead

# Waits longer than connections may last.
_LATER: list[bytes | Step] = [Open("d", listener="short"), Ended("d")]
_AGED = {"common_http_protocol_options": {"max_connection_duration": "0.1s"}}
_SAFE = {**_AGED, "http1_safe_max_connection_duration": True}
_LISTENERS: dict[str, dict[str, object]] = {
    "short": {"common_http_protocol_options": {"idle_timeout": "0.3s"}},
    "safe": _SAFE,
    "safe_draining": {**_SAFE, "drain_timeout": "0.05s"},
    "aged": {**_AGED, "drain_timeout": "0.05s"},
    "jittered": {**_AGED, "drain_timeout": "0.05s", "drain_timeout_jitter": {"value": 100}},
    "unused": {
        "common_http_protocol_options": {"idle_timeout": "0.2s"},
        "drain_timeout": "0.5s",
        "delayed_close_timeout": "0s",
    },
    "flushed": {"stream_flush_timeout": "0.1s"},
    "idle": {"stream_idle_timeout": "0.1s"},
    "flushed_not_idle": {"stream_flush_timeout": "0.1s", "stream_idle_timeout": "0s"},
    "counted": {"record_route_resolution_stats": True, "append_local_overload": True},
}
_FLUSH = ["http2.tx_flush_timeout", "http2.tx_reset"]


def _ages(name: str) -> list[str]:
    return [
        f"http.{name}.downstream_cx_{what}"
        for what in ("max_duration_reached", "drain_close", "destroy_local", "http1_soft_drain")
    ]


_UNREAD: list[bytes | Step] = [
    Open(protocol="h2", settings={4: 10}),
    Credit(False),
    Headers(fields(), end=True),
    StreamHead(),
]
CASES = [
    *(
        Case(
            f"{name}_answers_once_more",
            [get(), Messages(1), *_LATER, get(), Messages(2), Ended()],
            listener=name,
            stats=_ages(name),
        )
        for name in ["safe_draining"]
    ),
    *(
        Case(
            f"{name}_waits_for_another_request",
            [get(), Messages(1), *_LATER],
            listener=name,
            stats=_ages(name),
        )
        for name in ("safe", "safe_draining")
    ),
    Case("safe_without_a_request", [Open(), Ended()], listener="safe", stats=_ages("safe")),
    *(
        Case(
            f"{name}_is_closed_after_the_drain",
            [get(), Messages(1), Ended()],
            listener=name,
            stats=_ages(name),
        )
        for name in ("aged", "jittered")
    ),
    Case(
        "idle_answers_until_the_drain_is_over",
        [
            *(get(), Messages(1), Until("http.unused.downstream_cx_idle_timeout", 1)),
            *(get(), Messages(2), Ended()),
        ],
        listener="unused",
    ),
    Case(
        "idle_is_closed_after_the_drain",
        [get(), Messages(1), Ended()],
        listener="unused",
        stats=[*_ages("unused"), "http.unused.downstream_cx_idle_timeout"],
    ),
    Case(
        "idle_without_a_request_is_closed_at_once",
        [*(Open(), Ended()), *_LATER],
        listener="unused",
        stats=["http.unused.downstream_cx_idle_timeout"],
    ),
    Case(
        "safe_on_http2",
        [Open(protocol="h2"), Headers(fields(), end=True), StreamDone(), Ended()],
        listener="safe_draining",
        stats=_ages("safe_draining"),
    ),
    *(
        Case(
            f"a_response_that_is_not_taken_{name}",
            [*_UNREAD, StreamDone()],
            replies=[response(body=b"x" * 100)],
            listener=name,
            stats=_FLUSH,
        )
        for name in ("flushed", "idle", "flushed_not_idle")
    ),
    Case(
        "routes_are_counted",
        [get(), get("/x"), Messages(2)],
        listener="counted",
        stats=["http.counted.downstream_rq_2xx"],
    ),
]
GROUP = Group(
    bootstrap(
        [http(name, hcm=json.dumps(fields)) for name, fields in _LISTENERS.items()],
        [cluster()],
    ),
    CASES,
)
