"""Interim responses: what is passed on, what they count, and upstreams that end after one."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import H2Reply, fields, status
from tests.parity.scenario import Case, Group, Server, get, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Finish, Heads, Messages, Send, Settle
from tests.parity.steps_h2 import Data, Headers, Rst, StreamDone

_POST = ("POST / HTTP/1.1", "Host: a.test", "Expect: 100-continue", "Content-Length: 5")
_CODES = (100, 102, 103, 199)


def _interim(code: int, *lines: str) -> bytes:
    return request(f"HTTP/1.1 {code} Interim", *lines)


def _upstream(name: str = "up") -> list[str]:
    counted = ("100", "102", "103", "199", "101", "1xx", "200", "503", "completed")
    return [
        *(f"cluster.{name}.upstream_rq_{code}" for code in counted),
        *(f"cluster.{name}.external.upstream_rq_{code}" for code in ("100", "completed")),
        f"cluster.{name}.upstream_rq_rx_reset",
        f"cluster.{name}.upstream_rq_tx_reset",
        f"cluster.{name}.upstream_cx_protocol_error",
        f"cluster.{name}.upstream_cx_destroy_remote_with_active_rq",
        f"cluster.{name}.upstream_cx_destroy_local_with_active_rq",
    ]


def _downstream(name: str = "http") -> list[str]:
    scopes = (f"http.{name}", f"listener.{name}.http.{name}")
    counted = ("1xx", "2xx", "5xx", "completed")
    return [
        *(f"{scope}.downstream_rq_{code}" for scope in scopes for code in counted),
        f"http.{name}.downstream_rq_rx_reset",
        f"http.{name}.downstream_rq_tx_reset",
        f"http.{name}.rq_reset_after_downstream_response_started",
    ]


_LISTENERS = {"http": "{}", "proxied": "proxy_100_continue: true"}
_ENDS: dict[str, Reply] = {
    "a_close": Reply(_interim(100), then="close"),
    "a_close_after_102": Reply(_interim(102), then="close"),
    "a_close_after_199": Reply(_interim(199), then="close"),
    "a_reset": Reply(_interim(100), then="reset"),
    "half_a_head": Reply(_interim(100) + b"HTTP/1.1 200 OK\r\nx", then="close"),
    "garbage": Reply(_interim(100) + b"garbage\r\n\r\n"),
}
_HELD = Reply(when="never")


def _each(listener: str) -> list[Case]:
    suffix = "" if listener == "http" else "_proxied"
    stats = [*_upstream(), *_downstream(listener)]
    return [
        *(
            Case(
                f"interim_{code}{suffix}",
                [get(), Messages(1)],
                [_interim(code, "x-a: b") + response()],
                stats,
                listener=listener,
            )
            for code in _CODES
        ),
        Case(
            f"two_in_a_row{suffix}",
            [get(), Messages(1)],
            [_interim(103, "x-a: 1") + _interim(103, "x-a: 2") + response()],
            stats,
            listener=listener,
        ),
        *(
            Case(f"then_{name}{suffix}", [get(), Answered()], [reply], stats, listener=listener)
            for name, reply in _ENDS.items()
        ),
        Case(
            f"seen_before_the_end{suffix}",
            [
                *(get(), Messages(1, "up"), Send(_interim(100), "up"), Settle()),
                *(Finish("close", "up"), Answered()),
            ],
            [_HELD],
            stats,
            listener=listener,
        ),
        Case(
            f"expected{suffix}",
            [request(*_POST), Heads(1, "up"), Send(_interim(100), "up"), Heads(1), b"hello"],
            stats=stats,
            listener=listener,
        ),
        Case(
            f"expected_and_hinted{suffix}",
            [
                *(request(*_POST), Heads(1, "up"), Send(_interim(103), "up"), Heads(1), Settle()),
                *(b"hello", Messages(1)),
            ],
            stats=stats,
            listener=listener,
        ),
    ]


_EXPECTS = fields("/", ("expect", "100-continue"), method="POST")
_HTTP2 = [
    Case(
        "expected_over_http2",
        [Headers(_EXPECTS), Settle(), Data(b"hello", end=True), StreamDone()],
        stats=[*_upstream(), *_downstream()],
        protocol="h2",
    ),
    Case(
        "interim_of_an_http2_upstream",
        [
            *(Send(get("/h2")), Heads(1, "h2up"), Headers(status(103), on="h2up")),
            *(Headers(status(100), on="h2up"), Headers(status(204), end=True, on="h2up")),
            Messages(1),
        ],
        {"h2up": [H2Reply(when="never")]},
        [*_upstream("h2up"), *_downstream()],
    ),
]

_HTTP2.append(
    Case(
        "an_http2_upstream_resets_after_one",
        [
            *(Send(get("/h2")), Heads(1, "h2up"), Headers(status(103), on="h2up"), Settle()),
            *(Rst(8, on="h2up"), Answered()),
        ],
        {"h2up": [H2Reply(when="never")]},
        [*_upstream("h2up"), *_downstream()],
    )
)

CASES = [*_each("http"), *_each("proxied"), *_HTTP2]
GROUP = Group(
    bootstrap(
        [
            http(
                name,
                hcm=hcm,
                routes="""
- {match: {prefix: /h2}, route: {cluster: h2up}}
- {match: {prefix: /}, route: {cluster: up}}
""",
                plain=True,
            )
            for name, hcm in _LISTENERS.items()
        ],
        [cluster(), cluster("h2up", h2=True)],
    ),
    CASES,
    upstreams={"up": Server(), "h2up": Server("h2")},
)
