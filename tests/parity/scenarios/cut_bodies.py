"""Bodies cut short, by the upstream or by the client: what is seen, logged and counted."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import H2Reply, fields, status
from tests.parity.scenario import Case, Group, Server, get, request
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Ended, Finish, Heads, Messages, Settle
from tests.parity.steps_h2 import Data, Headers, Rst, StreamDone

_CHUNKED = "Transfer-Encoding: chunked"
_SIZED_HEAD = request("HTTP/1.1 200 OK", "content-length: 9")
_CHUNKED_HEAD = request("HTTP/1.1 200 OK", _CHUNKED)
_POST = ("POST / HTTP/1.1", "Host: a.test")
_HOLD = H2Reply(when="never")
_ROUTES = """
- {match: {prefix: /h2}, route: {cluster: h2up}}
- {match: {prefix: /}, route: {cluster: up}}
"""


def _stats(upstream: str = "up") -> list[str]:
    counted = (
        *("rq_rx_reset", "rq_tx_reset", "rq_200", "rq_503", "rq_502", "rq_completed"),
        *("cx_protocol_error", "cx_destroy_remote", "cx_destroy_local"),
        *("cx_destroy_remote_with_active_rq", "cx_destroy_local_with_active_rq"),
    )
    manager = (
        *("downstream_rq_rx_reset", "downstream_rq_tx_reset", "downstream_cx_protocol_error"),
        *("rq_reset_after_downstream_response_started", "downstream_rq_2xx", "downstream_rq_5xx"),
        *("downstream_cx_destroy_local", "downstream_cx_destroy_remote_active_rq"),
        *("downstream_cx_destroy_remote", "downstream_cx_destroy_local_active_rq"),
    )
    return [
        *(f"cluster.{upstream}.upstream_{name}" for name in counted),
        *(f"http.http.{name}" for name in manager),
    ]


_CUTS = {
    "sized": Reply(_SIZED_HEAD + b"half", then="close"),
    "sized_before_its_body": Reply(_SIZED_HEAD, then="close"),
    "sized_by_a_reset": Reply(_SIZED_HEAD + b"half", then="reset"),
    "chunked": Reply(_CHUNKED_HEAD + b"5\r\nhel", then="close"),
    "chunked_between_chunks": Reply(_CHUNKED_HEAD + b"5\r\nhello\r\n", then="close"),
    "chunked_before_its_last_line": Reply(_CHUNKED_HEAD + b"5\r\nhello\r\n0\r\n", then="close"),
    "chunked_by_a_reset": Reply(_CHUNKED_HEAD + b"5\r\nhel", then="reset"),
    "unsized": Reply(request("HTTP/1.1 200 OK", body=b"until"), then="close"),
    "broken_chunks": Reply(_CHUNKED_HEAD + b"5\r\nhello\r\nzz\r\n"),
}
_HEADS = {
    "half_a_head": Reply(b"HTTP/1.1 200 OK\r\ncontent-le", then="close"),
    "half_a_status_line": Reply(b"HTTP/1.", then="close"),
    "half_a_head_by_a_reset": Reply(b"HTTP/1.1 200 OK\r\ncontent-le", then="reset"),
    "no_head": Reply(then="close"),
}

CASES = [
    *(Case(name, [get(), Answered()], [reply], _stats()) for name, reply in _CUTS.items()),
    *(
        Case(
            f"{name}_over_http2",
            [Headers(fields(), end=True), StreamDone()],
            [reply],
            _stats(),
            protocol="h2",
        )
        for name, reply in _CUTS.items()
        if "reset" not in name
    ),
    *(Case(name, [get(), Messages(1)], [reply], _stats()) for name, reply in _HEADS.items()),
    Case(
        "unsized_by_a_reset",
        [get(), Heads(1), Settle(), Finish("reset", "up"), Messages(1)],
        [Reply(request("HTTP/1.1 200 OK", body=b"until"))],
        _stats(),
    ),
    Case(
        "an_http2_upstream_resets",
        [
            *(get("/h2"), Heads(1, "h2up"), Headers(status(), on="h2up")),
            *(Data(b"half", on="h2up"), Heads(1), Settle(), Rst(8, on="h2up"), Ended()),
        ],
        {"h2up": [_HOLD]},
        _stats("h2up"),
    ),
    Case(
        "an_http2_upstream_closes",
        [
            *(get("/h2"), Heads(1, "h2up"), Headers(status(), on="h2up")),
            *(Data(b"half", on="h2up"), Heads(1), Settle(), Finish("close", "h2up"), Ended()),
        ],
        {"h2up": [_HOLD]},
        _stats("h2up"),
    ),
    Case(
        "the_client_closes_amid_its_body",
        [
            *(request(*_POST, "Content-Length: 9", body=b"half"), Heads(1, "up"), Settle()),
            *(Finish("close"), Ended("up")),
        ],
        stats=_stats(),
    ),
    Case(
        "the_client_closes_amid_its_chunks",
        [
            *(request(*_POST, _CHUNKED, body=b"5\r\nhel"), Heads(1, "up"), Settle()),
            *(Finish("close"), Ended("up")),
        ],
        stats=_stats(),
    ),
    Case(
        "the_client_half_closes_amid_its_body",
        [
            *(request(*_POST, "Content-Length: 9", body=b"half"), Heads(1, "up"), Settle()),
            *(Finish("shut"), Ended("up"), Ended()),
        ],
        stats=_stats(),
    ),
    Case(
        "the_client_closes_amid_the_response",
        [get(), Heads(1, "up"), Heads(1), Settle(), Finish("close"), Ended("up")],
        [Reply(_SIZED_HEAD + b"half")],
        _stats(),
    ),
    Case(
        "the_client_resets_its_stream_amid_the_response",
        [
            *(Headers(fields(), end=True), Heads(1, "up"), Heads(1), Settle(), Rst(8)),
            Ended("up"),
        ],
        [Reply(_SIZED_HEAD + b"half")],
        _stats(),
        protocol="h2",
    ),
    Case(
        "the_client_resets_its_stream_to_http2",
        [
            *(Headers(fields("/h2"), end=True), Heads(1, "h2up"), Settle(), Rst(8)),
            StreamDone(on="h2up"),
        ],
        {"h2up": [_HOLD]},
        _stats("h2up"),
        protocol="h2",
    ),
]
GROUP = Group(
    bootstrap([http(routes=_ROUTES, plain=True)], [cluster(), cluster("h2up", h2=True)]),
    CASES,
    upstreams={"up": Server(), "h2up": Server("h2")},
)
