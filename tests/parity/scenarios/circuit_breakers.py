"""Circuit breakers: connections, pending requests, requests; what overflows and what it shows."""

import json

from tests.parity.config import access_log, bootstrap, cluster, http, text_format
from tests.parity.scenario import Case, Group, Server, get, response
from tests.parity.sessions import Reply
from tests.parity.steps import Finish, Messages, Note, Send, Settle, Until

_LIMITS = {
    "cx": "{max_connections: 1}",
    "pending": "{max_connections: 1, max_pending_requests: 1, track_remaining: true}",
    "requests": "{max_requests: 1, track_remaining: true}",
    "no_cx": "{max_connections: 0}",
    "no_pending": "{max_connections: 1, max_pending_requests: 0}",
    "no_requests": "{max_requests: 0}",
}
_NONE = ["no_pending", "no_requests"]
_HOST = {
    "access_log": access_log(
        "$dir/http.log", text_format("%UPSTREAM_HOST% %UPSTREAM_REMOTE_ADDRESS% %RESPONSE_FLAGS%\n")
    )
}
_HOLD = Reply(when="never")
_OK = response()


def _open(name: str) -> list[str]:
    prefix = f"cluster.{name}.circuit_breakers.default."
    return [prefix + gauge for gauge in ("cx_open", "rq_pending_open", "rq_open")]


def _remaining(name: str) -> list[str]:
    prefix = f"cluster.{name}.circuit_breakers.default.remaining_"
    return [prefix + gauge for gauge in ("cx", "cx_pools", "pending", "rq")]


CASES = [
    Case(
        "a_second_request_waits_for_the_only_connection",
        [
            *(get("/1"), Messages(1, "up"), Send(get("/2"), "d")),
            *(Until("cluster.cx.upstream_rq_pending_active", 1), Note(_open("cx"))),
            *(Send(_OK, "up"), Messages(1), Messages(2, "up"), Send(_OK, "up"), Messages(1, "d")),
        ],
        [_HOLD, _HOLD],
        [
            "cluster.cx.upstream_cx_total",
            "cluster.cx.upstream_cx_overflow",
            "cluster.cx.upstream_rq_pending_total",
            "cluster.cx.upstream_rq_pending_overflow",
        ],
        listener="cx",
    ),
    Case(
        "a_third_request_overflows",
        [
            *(get("/1"), Messages(1, "up"), Note(_remaining("pending")), Send(get("/2"), "d")),
            *(Until("cluster.pending.upstream_rq_pending_active", 1), Note(_open("pending"))),
            *(Note(_remaining("pending")), Send(get("/3"), "e"), Messages(1, "e")),
            *(Send(_OK, "up"), Messages(1), Messages(2, "up"), Send(_OK, "up"), Messages(1, "d")),
            *(Settle(), Note(_open("pending")), Note(_remaining("pending"))),
        ],
        [_HOLD, _HOLD],
        [
            "cluster.pending.upstream_rq_pending_overflow",
            "cluster.pending.upstream_rq_503",
            "cluster.pending.upstream_rq_total",
            "cluster.pending.upstream_cx_overflow",
        ],
        listener="pending",
    ),
    Case(
        "a_waiting_client_leaves",
        [
            *(get("/1"), Messages(1, "up"), Send(get("/2"), "d")),
            *(Until("cluster.pending.upstream_rq_pending_active", 1), Finish("close", "d")),
            *(Until("cluster.pending.upstream_rq_pending_active", 0), Send(_OK, "up"), Messages(1)),
        ],
        [_HOLD],
        ["cluster.pending.upstream_rq_cancelled", "cluster.pending.upstream_rq_total"],
        listener="pending",
    ),
    Case(
        "a_second_request_is_one_too_many",
        [
            *(get("/1"), Messages(1, "up"), Note(_open("requests")), Note(_remaining("requests"))),
            *(Send(get("/2"), "d"), Messages(1, "d"), Send(_OK, "up.0"), Messages(1)),
            *(Send(get("/3"), "d"), Messages(2, "d")),
        ],
        [_HOLD],
        [
            "cluster.requests.upstream_rq_pending_overflow",
            "cluster.requests.upstream_rq_503",
            "cluster.requests.upstream_rq_total",
        ],
        listener="requests",
    ),
    Case(
        "no_connections_allow_one",
        [get("/1"), Messages(1)],
        [],
        ["cluster.no_cx.upstream_cx_total", "cluster.no_cx.upstream_cx_overflow"],
        listener="no_cx",
    ),
    Case(
        "no_pending_requests",
        [get("/1"), Messages(1)],
        [],
        ["cluster.no_pending.upstream_rq_pending_overflow"],
        listener="no_pending",
    ),
    Case(
        "no_requests",
        [get("/1"), Messages(1)],
        [],
        ["cluster.no_requests.upstream_rq_pending_overflow", "cluster.no_requests.upstream_rq_503"],
        listener="no_requests",
    ),
    Case(
        "no_connections_for_four",
        [
            *(get("/1"), Messages(1, "up")),
            *(step for name in "def" for step in (Send(get(f"/{name}"), name), Settle())),
            *(Send(_OK, "up"), Messages(1), Messages(1, "d"), Messages(1, "e"), Messages(1, "f")),
        ],
        [_HOLD],
        ["cluster.no_cx.upstream_cx_total", "cluster.no_cx.upstream_cx_overflow"],
        listener="no_cx",
    ),
    *(
        Case(f"the_host_of_{name}_in_the_log", [get("/1"), Messages(1)], listener=f"log_{name}")
        for name in (*_NONE, "h2_no_pending", "h2_no_requests")
    ),
    Case("the_client_is_told", [get("/1"), Messages(1)], listener="told"),
    Case(
        "the_client_of_grpc_is_told",
        [get("/1", "content-type: application/grpc", method="POST"), Messages(1)],
        listener="told",
    ),
]

GROUP = Group(
    bootstrap(
        [
            http(name, routes=f"[{{match: {{prefix: /}}, route: {{cluster: {name}}}}}]", plain=True)
            for name in _LIMITS
        ]
        + [
            http(
                f"log_{name}",
                routes=f"[{{match: {{prefix: /}}, route: {{cluster: {name}}}}}]",
                hcm=json.dumps(_HOST),
                plain=True,
            )
            for name in (*_NONE, "h2_no_pending", "h2_no_requests")
        ]
        + [http("told", routes="[{match: {prefix: /}, route: {cluster: no_requests}}]")],
        [
            cluster(name, f"circuit_breakers: {{thresholds: [{limits}]}}", to=["up"])
            for name, limits in _LIMITS.items()
        ]
        + [
            cluster(
                f"h2_{name}",
                f"circuit_breakers: {{thresholds: [{_LIMITS[name]}]}}",
                to=["h2up"],
                h2=True,
            )
            for name in _NONE
        ],
    ),
    CASES,
    upstreams={"up": Server(), "h2up": Server("h2")},
    listener="cx",
)
