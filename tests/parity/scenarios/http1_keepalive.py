"""HTTP/1.1 connections: reuse, pipelining, who closes, and what goes upstream."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, post, response
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Finish, Messages

CASES = [
    Case(
        "get",
        [get("/a?b=c", "User-Agent: parity", "Accept: */*")],
        stats=["http.http.downstream_rq_2xx", "cluster.up.upstream_rq_total"],
    ),
    Case(
        "two_requests_reuse_both_connections",
        [get("/1"), Messages(1), get("/2"), Messages(2)],
        stats=["cluster.up.upstream_cx_total", "http.http.downstream_cx_total"],
    ),
    Case(
        "pipelined_requests_are_answered_in_order",
        [get("/1") + get("/2") + get("/3"), Messages(3)],
        replies=[response(body=b"one"), response(body=b"two"), response(body=b"three")],
    ),
    Case("connection_close_is_honoured", [get("/", "Connection: close"), Ended()]),
    Case("post_with_content_length", [post("/", b"hello")]),
    Case(
        "client_half_closes_after_the_request",
        [get("/"), Messages(1, "up"), Finish("shut"), Ended()],
        replies=[Reply(when="never")],
    ),
]

GROUP = Group(bootstrap([http()], [cluster()]), CASES)
