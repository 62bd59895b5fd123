"""HTTP/1.1 connections: reuse, pipelining, who closes, and what goes upstream."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Connections, Ended, Finish, Heads, Messages, Open, Send, Settle

_CLOSING = response("200 OK", "connection: close", body=b"bye")

CASES = [
    Case(
        "get",
        [get("/a?b=c", "User-Agent: parity", "Accept: */*")],
        stats=[
            "http.http.downstream_cx_total",
            "http.http.downstream_cx_http1_total",
            "http.http.downstream_cx_rx_bytes_total",
            "http.http.downstream_rq_total",
            "http.http.downstream_rq_http1_total",
            "http.http.downstream_rq_completed",
            "http.http.downstream_rq_2xx",
            "listener.http.downstream_cx_total",
            "listener.http.http.http.downstream_rq_2xx",
            "cluster.up.upstream_cx_total",
            "cluster.up.upstream_cx_http1_total",
            "cluster.up.upstream_rq_total",
            "cluster.up.upstream_rq_completed",
            "cluster.up.upstream_rq_2xx",
            "cluster.up.upstream_rq_200",
            "cluster.up.external.upstream_rq_200",
        ],
    ),
    Case(
        "two_requests_reuse_both_connections",
        [get("/1"), Messages(1), get("/2"), Messages(2)],
        stats=[
            "http.http.downstream_cx_total",
            "http.http.downstream_rq_total",
            "cluster.up.upstream_cx_total",
            "cluster.up.upstream_rq_total",
        ],
    ),
    Case(
        "pipelined_requests_are_answered_in_order",
        [get("/1") + get("/2") + get("/3"), Messages(3)],
        replies=[response(body=b"one"), response(body=b"two"), response(body=b"three")],
    ),
    Case(
        "pipelined_posts_are_cut_by_their_lengths",
        [post("/1", b"first") + post("/2", b"") + post("/3", b"third"), Messages(3)],
    ),
    Case(
        "a_head_in_two_pieces",
        [b"GET / HTTP/1.1\r\nHo", Settle(), b"st: a.test\r\nX-A: b\r\n\r\n", Messages(1)],
    ),
    Case("empty_lines_before_a_request", [b"\r\n\r\n" + get("/"), Messages(1)]),
    Case("client_asks_to_close", [get("/", "Connection: close"), Ended()]),
    Case(
        "client_asks_to_close_and_pipelines_more",
        [get("/1", "Connection: close") + get("/2"), Ended()],
    ),
    Case("client_asks_to_keep_alive", [get("/", "Connection: keep-alive"), Messages(1)]),
    Case(
        "upstream_closes_after_its_response",
        [get("/1"), Messages(1), Settle(), get("/2"), Messages(2)],
        replies=[Reply(response(), then="close")],
        stats=["cluster.up.upstream_cx_total", "cluster.up.upstream_cx_destroy_remote"],
    ),
    Case(
        "upstream_says_connection_close",
        [get("/1"), Messages(1), Settle(), get("/2"), Messages(2)],
        replies=[_CLOSING],
        stats=["cluster.up.upstream_cx_total", "cluster.up.upstream_cx_close_notify"],
    ),
    Case(
        "two_clients_at_once_need_two_connections",
        [
            *(get("/c"), Messages(1, "up.0"), Open("d"), Send(get("/d"), "d"), Connections(2)),
            *(Messages(1, "up.1"), Send(response(body=b"d"), "up.1"), Messages(1, "d")),
            *(Send(response(body=b"c"), "up.0"), Messages(1)),
        ],
        replies=[Reply(when="never"), Reply(when="never")],
        stats=["cluster.up.upstream_cx_total"],
    ),
    Case(
        "client_half_closes_while_waiting",
        [get("/"), Messages(1, "up"), Finish("shut"), Ended(), Ended("up")],
        replies=[Reply(when="never")],
        stats=[
            "http.http.downstream_cx_destroy_remote_active_rq",
            "cluster.up.upstream_rq_cancelled",
            "cluster.up.upstream_rq_tx_reset",
            "cluster.up.upstream_cx_destroy_local_with_active_rq",
        ],
    ),
    Case(
        "client_resets_while_waiting",
        [get("/"), Messages(1, "up"), Finish("reset"), Ended("up")],
        replies=[Reply(when="never")],
        stats=["http.http.downstream_rq_rx_reset", "http.http.downstream_cx_destroy_active_rq"],
    ),
    Case(
        "client_closes_in_the_middle_of_its_body",
        [
            *(request("POST / HTTP/1.1", "Host: a.test", "Content-Length: 9", body=b"half"),),
            *(Heads(1, "up"), Settle(), Finish("shut"), Ended(), Ended("up")),
        ],
    ),
    Case(
        "client_closes_in_the_middle_of_its_head", [b"GET / HT", Settle(), Finish("shut"), Ended()]
    ),
    Case("client_closes_without_a_word", [Open(), Settle(), Finish("shut"), Ended()]),
    Case(
        "unsolicited_bytes_from_an_idle_upstream_close_it",
        [
            *(get("/1"), Messages(1), Send(b"HTTP/1.1 200 OK\r\n\r\n", "up"), Ended("up.0")),
            *(get("/2"), Messages(2)),
        ],
        stats=["cluster.up.upstream_cx_total", "cluster.up.upstream_cx_protocol_error"],
    ),
]

GROUP = Group(bootstrap([http()], [cluster()]), CASES)
