"""`stream_error_on_invalid_http_message` and what overrides it on either protocol: whether a
connection goes on after a request that is not good."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, get, post, request
from tests.parity.steps import Answered, Settle, Step
from tests.parity.steps_h2 import Headers, StreamDone

_ERROR = "stream_error_on_invalid_http_message: true"
_OVERRIDE = "override_stream_error_on_invalid_http_message"
_LISTENERS = {
    "strict": "{}",
    "patient": f"{{{_ERROR}}}",
    "one_patient": f"{{http_protocol_options: {{{_OVERRIDE}: true}}}}",
    "one_strict": f"{{{_ERROR}, http_protocol_options: {{{_OVERRIDE}: false}}}}",
    "two_patient": f"{{http2_protocol_options: {{{_OVERRIDE}: true}}}}",
    "two_strict": f"{{{_ERROR}, http2_protocol_options: {{{_OVERRIDE}: false}}}}",
}
_CHUNKED = "Transfer-Encoding: chunked"
_BAD = {
    "no_host": request("GET / HTTP/1.1"),
    "no_host_and_a_body": post("/", b"hi").replace(b"Host: a.test\r\n", b""),
    "a_bad_name": get("/", "x y: 1"),
    "a_bad_value": get("/", "x: \x00"),
    "a_bad_length": get("/", "Content-Length: x"),
    "two_lengths": request(
        *("POST / HTTP/1.1", "Host: a.test", "Content-Length: 1", "Content-Length: 2"), body=b"h"
    ),
    "an_odd_coding": get("/", "Transfer-Encoding: odd"),
    "a_bad_chunk": request("POST / HTTP/1.1", "Host: a.test", _CHUNKED, body=b"x\r\n"),
    "too_much": get("/", "x: " + "a" * 70_000),
    "too_many": get("/", *["x: 1"] * 101),
    "a_relative_path": request("GET here HTTP/1.1", "Host: a.test"),
    "a_fragment": get("/a#b"),
    "an_upgrade": get("/", "Connection: upgrade", "Upgrade: websocket"),
    "an_upgrade_and_a_body": post("/", b"hi", "Connection: upgrade", "Upgrade: websocket"),
    "an_old_version": request("GET / HTTP/1.0", "Host: a.test"),
    "connect": get("a.test:1", method="CONNECT"),
    "a_bad_host": get(host="a b"),
    "no_such_cluster": get("/nowhere"),
}
_TWO = {
    "no_authority": ((":method", "GET"), (":scheme", "http"), (":path", "/")),
    "an_upgrade": fields("/", ("upgrade", "websocket")),
    "a_connection": fields("/", ("connection", "close")),
    "two_hosts": fields("/", ("host", "b.test")),
    "too_many": fields("/", *[("x", "1")] * 101),
    "a_bad_host": fields("/", ("host", "a b")),
    "a_bad_te": fields("/", ("te", "gzip")),
    "a_bad_length": fields("/", ("content-length", "x")),
    "connect": ((":method", "CONNECT"), (":authority", "a.test:1")),
}
_ROUTES = """
- {match: {prefix: /nowhere}, route: {cluster: nowhere}}
- {match: {prefix: /}, route: {cluster: up}}
"""


def _stats(listener: str) -> list[str]:
    counted = (
        *("rq_total", "rq_2xx", "rq_4xx", "rq_5xx", "rq_rx_reset", "rq_tx_reset"),
        *("cx_protocol_error", "cx_destroy_local", "cx_destroy_remote", "rq_non_relative_path"),
        *("cx_destroy_local_active_rq", "rq_response_before_rq_complete", "rq_too_large"),
    )
    return [
        *(f"http.{listener}.downstream_{name}" for name in counted),
        *("http2.rx_messaging_error", "http2.tx_reset"),
    ]


def _after(listener: str) -> list[Step]:
    """Another request, where the connection may be there still."""
    if listener.endswith("strict"):
        return []
    return [Headers(fields("/after"), end=True, stream=3), StreamDone(3), Settle()]


CASES = [
    *(
        Case(
            f"{listener}_{name}",
            [sent + get("/after"), Answered(2), Settle()],
            listener=listener,
            stats=_stats(listener),
        )
        for listener in ("strict", "patient")
        for name, sent in _BAD.items()
    ),
    *(
        Case(
            f"{listener}_no_host",
            [_BAD["no_host"] + get("/after"), Answered(2), Settle()],
            listener=listener,
            stats=_stats(listener),
        )
        for listener in ("one_patient", "one_strict", "two_patient", "two_strict")
    ),
    *(
        Case(
            f"{listener}_{name}_on_http2",
            [
                *(Headers(sent, end=True), Answered(), Settle()),
                *_after(listener),
            ],
            listener=listener,
            protocol="h2",
            stats=_stats(listener),
        )
        for listener in ("strict", "patient", "two_patient", "two_strict")
        for name, sent in _TWO.items()
        if listener in ("strict", "patient") or name in ("an_upgrade", "no_authority")
    ),
]
GROUP = Group(
    bootstrap(
        [
            http(name, hcm=hcm, routes=_ROUTES, route_config="validate_clusters: false")
            for name, hcm in _LISTENERS.items()
        ],
        [cluster()],
    ),
    CASES,
    listener="strict",
)
