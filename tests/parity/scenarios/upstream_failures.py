"""What becomes of a request whose upstream fails, by how and when it fails."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, Server, get, post, request
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Ended, Finish, Heads, Messages, Send, Settle

_ROUTES = """
- {match: {prefix: /refused}, route: {cluster: refused}}
- {match: {prefix: /empty}, route: {cluster: empty}}
- {match: {prefix: /header}, route: {cluster_header: x-cluster}}
- match: {prefix: /missing404}
  route: {cluster_header: x-cluster, cluster_not_found_response_code: NOT_FOUND}
- match: {prefix: /missing500}
  route: {cluster_header: x-cluster, cluster_not_found_response_code: INTERNAL_SERVER_ERROR}
- {match: {prefix: /}, route: {cluster: up}}
"""
_UNFINISHED = request("POST / HTTP/1.1", "Host: a.test", "Content-Length: 9", body=b"half")
_HALF = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"
_COUNTS = [
    "cluster.up.upstream_rq_rx_reset",
    "cluster.up.upstream_rq_tx_reset",
    "cluster.up.upstream_rq_5xx",
    "cluster.up.upstream_rq_total",
    "cluster.up.upstream_cx_destroy_remote_with_active_rq",
    "cluster.up.upstream_cx_protocol_error",
    "http.http.downstream_rq_5xx",
]

CASES = [
    Case(
        "refused",
        [get("/refused")],
        stats=[
            "cluster.refused.upstream_cx_connect_fail",
            "cluster.refused.upstream_cx_total",
            "cluster.refused.upstream_rq_total",
            "cluster.refused.upstream_rq_pending_total",
            "cluster.refused.upstream_rq_pending_failure_eject",
            "cluster.refused.upstream_rq_503",
            "cluster.refused.upstream_rq_completed",
        ],
    ),
    Case("refused_with_a_body", [post("/refused", b"hello")]),
    Case("refused_with_half_a_body", [_UNFINISHED.replace(b"/ ", b"/refused ", 1), Answered()]),
    Case("refused_head", [get("/refused", method="HEAD")]),
    Case("refused_grpc", [get("/refused", "content-type: application/grpc", method="POST")]),
    Case(
        "no_hosts",
        [get("/empty")],
        stats=["cluster.empty.upstream_cx_none_healthy", "cluster.empty.upstream_rq_503"],
    ),
    Case("closes_without_a_word", [get()], [Reply(then="close")], _COUNTS),
    Case(
        "closes_with_half_a_request", [_UNFINISHED, Answered()], [Reply(when="head", then="close")]
    ),
    Case(
        "resets_without_a_word",
        [get(), Messages(1, "up"), Finish("reset", "up")],
        [Reply(when="never")],
        _COUNTS,
    ),
    Case(
        "closes_after_half_a_head",
        [get()],
        [Reply(b"HTTP/1.1 200 OK\r\ncontent-", then="close")],
        _COUNTS,
    ),
    Case("closes_after_half_a_body", [get(), Ended()], [Reply(_HALF, then="close")], _COUNTS),
    Case(
        "resets_after_half_a_body",
        [get(), Heads(1), Settle(), Finish("reset", "up"), Ended()],
        [_HALF],
        _COUNTS,
    ),
    Case("garbage", [get()], [b"\x00\x01\x02\r\n\r\n"], _COUNTS),
    Case(
        "garbage_in_a_chunk",
        [get(), Ended()],
        [request("HTTP/1.1 200 OK", "transfer-encoding: chunked", body=b"zz\r\n")],
        _COUNTS,
    ),
    Case(
        "garbage_after_half_a_chunked_body",
        [
            get(),
            Heads(1),
            Settle(),
            Send(b"garbage", "up"),
            Ended(),
        ],
        [request("HTTP/1.1 200 OK", "transfer-encoding: chunked", body=b"2\r\nhi\r\n")],
        _COUNTS,
    ),
    Case("half_closes_before_its_response", [get()], [Reply(then="shut")]),
    Case(
        "half_closes_after_its_response",
        [get("/1"), Messages(1), Settle(), get("/2")],
        [
            Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", then="shut"),
        ],
    ),
    Case(
        "closes_a_kept_connection_between_requests",
        [
            get("/1"),
            Messages(1),
            Settle(),
            Finish("close", "up"),
            Settle(),
            get("/2"),
            Messages(2),
        ],
        stats=["cluster.up.upstream_cx_destroy_remote", "cluster.up.upstream_rq_5xx"],
    ),
    Case(
        "closes_a_kept_connection_on_the_next_request",
        [
            get("/1"),
            Messages(1),
            get("/2"),
            Messages(2),
        ],
        [Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"), Reply(then="close")],
        _COUNTS,
    ),
    Case("cluster_of_a_header", [get("/header", "x-cluster: up")]),
    Case(
        "cluster_header_is_missing",
        [get("/header")],
        stats=["http.http.no_route", "http.http.no_cluster"],
    ),
    Case(
        "cluster_header_is_unknown",
        [get("/header", "x-cluster: nowhere")],
        stats=["http.http.no_cluster"],
    ),
    Case("cluster_header_twice", [get("/header", "x-cluster: up", "x-cluster: refused")]),
    Case("unknown_cluster_404", [get("/missing404", "x-cluster: nowhere")]),
    Case("unknown_cluster_500", [get("/missing500", "x-cluster: nowhere")]),
]

GROUP = Group(
    bootstrap(
        [http(routes=_ROUTES, plain=True)],
        [
            cluster(),
            cluster("refused"),
            cluster("empty", "load_assignment: {cluster_name: empty, endpoints: []}"),
        ],
    ),
    CASES,
    upstreams={"up": Server(), "refused": Server("refused")},
)
