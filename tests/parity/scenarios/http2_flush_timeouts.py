"""How long an HTTP/2 client may take nothing of a response that is over: which timeout holds."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, response
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Open, Settle, Step
from tests.parity.steps_h2 import Credit, Headers, StreamDone, StreamHead, Window

_LISTENERS = {
    "plain": "{}",
    "idle": "{stream_idle_timeout: 0.2s}",
    "not_idle": "{stream_idle_timeout: 0s}",
    "flush": "{stream_flush_timeout: 0.2s}",
    "no_flush": "{stream_idle_timeout: 0.2s, stream_flush_timeout: 0s}",
    "flush_not_idle": "{stream_idle_timeout: 0s, stream_flush_timeout: 0.2s}",
    "long_flush": "{stream_idle_timeout: 0.2s, stream_flush_timeout: 9s}",
    "lasting": "{common_http_protocol_options: {max_stream_duration: 0.2s}}",
}
_ROUTES = {
    "plain": "",
    "idle": "idle_timeout: 0.2s",
    "not_idle": "idle_timeout: 0s",
    "long_idle": "idle_timeout: 9s",
    "flush": "flush_timeout: 0.2s",
    "no_flush": "flush_timeout: 0s",
    "long_flush": "flush_timeout: 9s",
    "flush_long_idle": "flush_timeout: 0.2s, idle_timeout: 9s",
    "flush_not_idle": "flush_timeout: 0.2s, idle_timeout: 0s",
    "idle_long_flush": "flush_timeout: 9s, idle_timeout: 0.2s",
    "idle_no_flush": "flush_timeout: 0s, idle_timeout: 0.2s",
    "lasting": "max_stream_duration: {max_stream_duration: 0.2s}",
    "timeout": "timeout: 0.2s",
}
_BODY = "x" * 100
_TABLE = (
    "".join(
        f"- {{match: {{path: /{name}}}, route: {{cluster: up{text and ', ' + text}}}}}\n"
        f"- {{match: {{path: /none/{name}}}, route: {{cluster: none{text and ', ' + text}}}}}\n"
        for name, text in _ROUTES.items()
    )
    + "- {match: {prefix: /direct}, "
    + f"direct_response: {{status: 200, body: {{inline_string: {_BODY}}}}}}}\n"
)
# Ends later than what is too late here.
_LATER: list[bytes | Step] = [Open("d", "aged", "h1"), Ended("d")]
_OK = response(body=_BODY.encode())


def _case(listener: str, path: str, *replies: Reply | bytes) -> Case:
    name = f"{listener}_{path}".replace("/", "_")
    return Case(
        name,
        [
            Open(protocol="h2", settings={4: 10}),
            *(Credit(False), Headers(fields(f"/{path}"), end=True), StreamHead(), *_LATER),
            *(Window(1000, 1), StreamDone(), Settle()),
        ],
        replies,
        [
            "http2.tx_flush_timeout",
            "http2.tx_reset",
            *(
                f"http.{listener}.downstream_rq_{what}"
                for what in ("idle_timeout", "max_duration_reached", "rx_reset", "tx_reset")
            ),
        ],
        listener=listener,
    )


CASES = [
    *(_case(listener, path, _OK) for listener in ("plain", "idle") for path in _ROUTES),
    *(
        _case(listener, path, _OK)
        for listener in _LISTENERS
        if listener not in {"plain", "idle"}
        for path in ("plain", "idle", "flush", "idle_no_flush")
    ),
    *(_case(listener, "direct") for listener in _LISTENERS),
    *(
        _case(listener, f"none/{path}")
        for listener in ("plain", "idle")
        for path in ("plain", "idle", "flush", "idle_long_flush")
    ),
]
GROUP = Group(
    bootstrap(
        [
            *(http(name, routes=_TABLE, hcm=hcm) for name, hcm in _LISTENERS.items()),
            http("aged", hcm="common_http_protocol_options: {idle_timeout: 0.6s}"),
        ],
        [cluster(), cluster("none", "load_assignment: {cluster_name: none, endpoints: null}")],
    ),
    CASES,
    listener="plain",
)
