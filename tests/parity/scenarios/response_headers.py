"""What is added to responses: server, date, service time, the router's own; and what is not."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, response
from tests.parity.steps import Messages

_COUNTED = """
virtual_hosts:
- name: all
  domains: ["*"]
  include_request_attempt_count: true
  include_attempt_count_in_response: true
  routes: [{match: {prefix: /}, route: {cluster: up}}]
"""
_ALL = ("Server: mine", "Date: Mon, 01 Jan 2001 00:00:00 GMT", "X-Envoy-Upstream-Service-Time: 7")
_HOP_BY_HOP = (
    "Connection: x-hop",
    "X-Hop: 1",
    "Keep-Alive: timeout=5",
    "Proxy-Connection: close",
    "Upgrade: unknown",
    "TE: x",
    "Trailer: x",
)
_ENVOY = tuple(
    f"x-envoy-{name}: 1"
    for name in (
        "upstream-canary",
        "immediate-health-check-fail",
        "ratelimited",
        "degraded",
        "overloaded",
        "attempt-count",
        "upstream-healthchecked-cluster",
        "internal",
        "expected-rq-timeout-ms",
        "decorator-operation",
        "unknown",
    )
)

CASES = [
    Case("headers_of_the_upstream", [get()], replies=[response("200 OK", *_ALL)]),
    Case(
        "server_if_absent_and_it_is_there",
        [get()],
        replies=[response("200 OK", *_ALL)],
        listener="if_absent",
    ),
    Case("server_if_absent_and_it_is_not", [get()], listener="if_absent"),
    Case("server_passes", [get()], replies=[response("200 OK", *_ALL)], listener="pass"),
    Case("server_passes_nothing", [get()], listener="pass"),
    Case(
        "server_of_a_local_reply_that_passes", [get("/", host="none.test")], listener="pass_local"
    ),
    Case("server_name", [get()], listener="named"),
    Case(
        "suppressed",
        [get("/", "x-envoy-expected-rq-timeout-ms: 3")],
        replies=[response("200 OK", "x-envoy-upstream-service-time: 7")],
        listener="suppressed",
    ),
    Case("attempt_counts", [get("/", "x-envoy-attempt-count: 7")], listener="counted"),
    Case(
        "attempt_count_of_the_upstream",
        [get()],
        replies=[response("200 OK", "x-envoy-attempt-count: 7")],
        listener="counted",
    ),
    Case("hop_by_hop", [get(), Messages(1)], replies=[response("200 OK", *_HOP_BY_HOP)]),
    Case("headers_that_mean_something_to_us", [get()], replies=[response("200 OK", *_ENVOY)]),
    Case(
        "canary_counts",
        [get()],
        replies=[response("200 OK", "x-envoy-upstream-canary: true")],
        stats=[
            "cluster.up.canary.upstream_rq_200",
            "cluster.up.canary.upstream_rq_2xx",
            "cluster.up.canary.upstream_rq_completed",
        ],
    ),
    Case(
        "lines_and_case",
        [get()],
        replies=[response("200 OK", "Set-Cookie: a=1", "X-ONE: 1", "Set-Cookie: b=2", "x-one: 2")],
    ),
    Case(
        "empty_and_odd_values",
        [get()],
        replies=[
            response("200 OK", "X-Empty:", "X-Spaces:  a  b ", "X-Tab:\ta\tb", "X-High: \xff")
        ],
    ),
    Case(
        "two_content_types",
        [get()],
        replies=[response("200 OK", "Content-Type: a/b", "Content-Type: c/d")],
    ),
]
_NOWHERE = "[{name: one, domains: [one.test], routes: []}]"

GROUP = Group(
    bootstrap(
        [
            http(),
            http("if_absent", hcm="server_header_transformation: APPEND_IF_ABSENT"),
            http("pass", hcm="server_header_transformation: PASS_THROUGH"),
            http(
                "pass_local",
                virtual_hosts=_NOWHERE,
                hcm="server_header_transformation: PASS_THROUGH",
            ),
            http("named", hcm="server_name: voice/1.0"),
            http("suppressed", router_fields="suppress_envoy_headers: true"),
            http("counted", route_config=_COUNTED),
        ],
        [cluster()],
    ),
    CASES,
)
