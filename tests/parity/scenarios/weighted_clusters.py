"""Weighted clusters: shares that leave nothing to chance, their headers and rewrites."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, Server, get
from tests.parity.steps import Messages

_ROUTES = """
- match: {prefix: /all}
  route: {weighted_clusters: {clusters: [{name: a, weight: 100}, {name: b, weight: 0}]}}
- match: {prefix: /one}
  route: {weighted_clusters: {clusters: [{name: b, weight: 1}]}}
- match: {prefix: /header}
  route:
    weighted_clusters:
      header_name: x-random
      clusters: [{name: a, weight: 30}, {name: b, weight: 70}]
- match: {prefix: /own}
  route:
    prefix_rewrite: /
    weighted_clusters:
      clusters:
      - name: a
        weight: 1
        host_rewrite_literal: own.test
        request_headers_to_add: [{header: {key: x-own, value: 'yes'}}]
        request_headers_to_remove: [x-gone]
        response_headers_to_add: [{header: {key: x-own, value: 'yes'}}]
        response_headers_to_remove: [x-gone]
- match: {prefix: /by_header}
  route:
    weighted_clusters:
      clusters: [{cluster_header: x-cluster, weight: 1}]
"""

CASES = [
    Case("all_or_nothing", [get("/all"), Messages(1), get("/all"), Messages(2)]),
    Case("only_one", [get("/one")]),
    *(
        Case(f"the_number_of_a_header_{name}", [get("/header", f"x-random: {value}")])
        for name, value in (
            ("first", "0"),
            ("last_of_the_first", "29"),
            ("second", "30"),
            ("around", "100"),
        )
    ),
    Case("headers_and_rewrites_of_a_share", [get("/own/x", "X-Gone: 1")]),
    Case("cluster_of_a_header", [get("/by_header", "x-cluster: b")]),
    Case("cluster_of_a_missing_header", [get("/by_header")]),
]
GROUP = Group(
    bootstrap([http(routes=_ROUTES, plain=True)], [cluster("a"), cluster("b")]),
    CASES,
    upstreams={"a": Server(), "b": Server()},
)
