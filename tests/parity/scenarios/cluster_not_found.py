"""Clusters that are named by a header, or not there: every code, and what is logged and counted."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, post, request
from tests.parity.steps import Messages

_CODES = ("SERVICE_UNAVAILABLE", "NOT_FOUND", "INTERNAL_SERVER_ERROR")
_SPECIFIERS = {
    "header": "cluster_header: X-Cluster",
    "authority": "cluster_header: ':authority'",
    "path": "cluster_header: ':path'",
    "unknown": "cluster: nowhere",
    "weighted": "weighted_clusters: {clusters: [{name: nowhere, weight: 1}]}",
    "weighted_header": "weighted_clusters: {clusters: [{cluster_header: x-cluster, weight: 1}]}",
}
_ROUTES = (
    "".join(
        f"- {{match: {{prefix: /{name}/{code}/}}, name: {name}, route: {{{specifier}, "
        f"cluster_not_found_response_code: {code}}}}}\n"
        for name, specifier in _SPECIFIERS.items()
        for code in _CODES
    )
    + """
- match: {prefix: /told}
  route: {cluster_header: x-cluster}
  response_headers_to_add:
  - {header: {key: x-cluster, value: '%UPSTREAM_CLUSTER%|%RESPONSE_CODE_DETAILS%|%RESPONSE_FLAGS%'}}
  request_headers_to_add: [{header: {key: x-cluster, value: up}}]
- match: {prefix: /added}
  route: {cluster_header: x-added}
"""
)
_STATS = [
    "http.http.no_cluster",
    "http.http.no_route",
    "http.http.rq_total",
    "http.http.downstream_rq_4xx",
    "http.http.downstream_rq_5xx",
    "cluster.up.upstream_rq_total",
]

GROUP = Group(
    bootstrap(
        [http(routes=_ROUTES, route_config="validate_clusters: false", plain=True)],
        [cluster(), cluster("/path/NOT_FOUND/x", to=["up"])],
    ),
    [
        *(
            Case(f"{name}_{code.lower()}", [get(f"/{name}/{code}/")], stats=_STATS)
            for name in _SPECIFIERS
            for code in _CODES
        ),
        *(
            Case(
                f"{name}_of_no_cluster",
                [get(f"/{name}/NOT_FOUND/", "x-cluster: none")],
                stats=_STATS,
            )
            for name in ("header", "weighted_header")
        ),
        *(
            Case(
                f"{name}_of_a_cluster", [get(f"/{name}/NOT_FOUND/", "x-cluster: up")], stats=_STATS
            )
            for name in ("header", "weighted_header")
        ),
        Case("header_in_capitals", [get("/header/NOT_FOUND/", "X-CLUSTER: UP")]),
        Case("header_twice", [get("/header/NOT_FOUND/", "x-cluster: up", "x-cluster: none")]),
        Case("header_with_spaces", [get("/header/NOT_FOUND/", "x-cluster:   up  ")]),
        Case("empty_header", [get("/header/NOT_FOUND/", "x-cluster:")]),
        Case("the_authority", [get("/authority/NOT_FOUND/", host="up")]),
        Case("the_path", [get("/path/NOT_FOUND/x")]),
        Case("told_of_none", [get("/told")]),
        Case("told_of_an_unknown_one", [get("/told", "x-cluster: none")]),
        Case("told_of_one", [get("/told", "x-cluster: up")]),
        Case("post_to_none", [post("/unknown/NOT_FOUND/", b"body"), Messages(1)]),
        Case("head_of_none", [get("/unknown/INTERNAL_SERVER_ERROR/", method="HEAD")]),
        Case(
            "grpc_to_none",
            [post("/unknown/NOT_FOUND/", b"", "content-type: application/grpc"), Messages(1)],
        ),
        Case(
            "before_the_body",
            [
                request("POST /unknown/NOT_FOUND/ HTTP/1.1", "Host: a.test", "Content-Length: 9"),
                Messages(1),
            ],
        ),
    ],
)
