"""What connections say they hold of bytes, while they are open and after."""

from tests.parity.config import bootstrap, cluster, http, tcp
from tests.parity.scenario import Case, Group, Server, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import (
    Bytes,
    Ended,
    Finish,
    Heads,
    Messages,
    Note,
    Open,
    Send,
    Settle,
    Until,
)

_POST = ("POST / HTTP/1.1", "Host: a.test")
_HTTP = [
    *(f"http.http.downstream_cx_{way}_bytes_buffered" for way in ("rx", "tx")),
    *(f"cluster.up.upstream_cx_{way}_bytes_buffered" for way in ("rx", "tx")),
]
_TCP = [
    *(f"tcp.tcp.downstream_cx_{way}_bytes_buffered" for way in ("rx", "tx")),
    *(f"cluster.plain.upstream_cx_{way}_bytes_buffered" for way in ("rx", "tx")),
]
_TOTALS = [
    *(f"http.http.downstream_cx_{way}_bytes_total" for way in ("rx", "tx")),
    *(f"cluster.up.upstream_cx_{way}_bytes_total" for way in ("rx", "tx")),
]
_HOLD = Reply(when="never")

CASES = [
    Case("nothing_sent", [Open(), Settle(), Note(_HTTP)], stats=_HTTP),
    Case("half_a_head", [b"GET / HTTP/1.1\r\nHo", Settle(), Note(_HTTP)], stats=_HTTP + _TOTALS),
    Case(
        "a_head_in_two_pieces",
        [
            *(b"GET / HTTP/1.1\r\nHo", Settle(), Note(_HTTP), b"st: a\r\n\r\n", Messages(1)),
            Note(_HTTP),
        ],
        stats=_HTTP + _TOTALS,
    ),
    Case("a_request", [get(), Messages(1), Note(_HTTP)], stats=_HTTP + _TOTALS),
    Case(
        "two_requests",
        [get("/1"), Messages(1), get("/22"), Messages(2), Note(_HTTP)],
        stats=_HTTP + _TOTALS,
    ),
    Case("two_clients", [get(), Messages(1), Send(get("/2"), "d"), Messages(1, "d"), Note(_HTTP)]),
    Case("a_body", [post("/", b"hello"), Messages(1), Note(_HTTP)], stats=_HTTP + _TOTALS),
    Case(
        "half_a_body",
        [request(*_POST, "Content-Length: 9", body=b"half"), Heads(1, "up"), Note(_HTTP)],
        stats=_HTTP + _TOTALS,
    ),
    Case(
        "a_request_without_an_answer",
        [get(), Messages(1, "up"), Note(_HTTP)],
        [_HOLD],
        stats=_HTTP + _TOTALS,
    ),
    Case(
        "half_an_answer",
        [get(), Heads(1), Settle(), Note(_HTTP)],
        [Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")],
        stats=_HTTP + _TOTALS,
    ),
    Case(
        "half_a_head_of_an_answer",
        [get(), Messages(1, "up"), Settle(), Note(_HTTP)],
        [Reply(b"HTTP/1.1 200 OK\r\ncontent-le")],
        stats=_HTTP + _TOTALS,
    ),
    Case(
        "a_pipelined_request",
        [
            get("/1") + get("/22"),
            Messages(1, "up"),
            Settle(),
            Note(_HTTP),
            Send(response(), "up"),
            Messages(2),
        ],
        [_HOLD],
        stats=_HTTP + _TOTALS,
    ),
    Case(
        "an_upstream_that_left",
        [
            *(get(), Messages(1), Finish("close", "up")),
            *(Until("cluster.up.upstream_cx_destroy", 1), Note(_HTTP)),
        ],
    ),
    Case(
        "a_client_that_left",
        [
            get(),
            Messages(1),
            Finish("close"),
            Until("http.http.downstream_cx_destroy", 1),
            Note(_HTTP),
        ],
    ),
    Case("an_answer_that_closes", [get("/", "Connection: close"), Ended(), Note(_HTTP)]),
    Case(
        "an_upstream_that_closes",
        [get(), Messages(1), Until("cluster.up.upstream_cx_destroy", 1), Note(_HTTP)],
        [Reply(response("200 OK", "connection: close"), then="close")],
    ),
    Case(
        "a_tcp_session",
        [
            *(b"hello", Bytes(5, "plain"), Settle(), Note(_TCP), Send(b"bye", "plain"), Bytes(3)),
            *(Note(_TCP), Finish("shut"), Ended("plain"), Note(_TCP)),
        ],
        stats=_TCP,
        listener="tcp",
        protocol="tcp",
    ),
]
GROUP = Group(
    bootstrap(
        [http(plain=True), tcp(proxy="cluster: plain")],
        [cluster(), cluster("plain")],
    ),
    CASES,
    upstreams={"up": Server(), "plain": Server("tcp")},
)
