"""Weighted clusters: shares of the runtime, of headers, clusters of headers, and what each says."""

from tests.parity.config import bootstrap, cluster, filtered, http, http_filter
from tests.parity.scenario import Case, Group, Server, get, response

_CLUSTERS = "clusters: [{name: a, weight: 30}, {name: b, weight: 70}]"
_PER_FILTER = (
    "typed_per_filter_config: {header_mutation: {'@type': type.googleapis.com/"
    "envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute, mutations: "
    "{request_mutations: [{append: {header: {key: x-level, value: %s}}}]}}}"
)
_MUTATION = http_filter(
    "header_mutation",
    "header_mutation.v3.HeaderMutation",
    "{mutations: {request_mutations: [{append: {header: {key: x-level, value: chain}}}]}}",
)


def _header(name: str, value: str, action: str = "APPEND_IF_EXISTS_OR_ADD") -> str:
    return f"[{{header: {{key: {name}, value: '{value}'}}, append_action: {action}}}]"


_ROUTES = f"""
- match: {{prefix: /runtime}}
  route: {{weighted_clusters: {{runtime_key_prefix: shares, {_CLUSTERS}}}}}
- match: {{prefix: /half}}
  route: {{weighted_clusters: {{runtime_key_prefix: half, {_CLUSTERS}}}}}
- match: {{prefix: /total}}
  route: {{weighted_clusters: {{total_weight: 5, header_name: x-random, {_CLUSTERS}}}}}
- match: {{prefix: /number}}
  route: {{weighted_clusters: {{header_name: X-Random, runtime_key_prefix: shares, {_CLUSTERS}}}}}
- match: {{prefix: /header}}
  route:
    cluster_not_found_response_code: NOT_FOUND
    weighted_clusters:
      header_name: x-random
      clusters:
      - {{cluster_header: X-First, weight: 1, host_rewrite_literal: first.test}}
      - cluster_header: x-second
        weight: 1
        request_headers_to_add: {_header("x-own", "%UPSTREAM_CLUSTER% %REQUEST_HEADER(x-second)%")}
        request_headers_to_remove: [x-second]
        response_headers_to_add: {_header("x-own", "%UPSTREAM_CLUSTER%")}
- match: {{prefix: /rewritten}}
  route:
    prefix_rewrite: /r
    host_rewrite_literal: route.test
    append_x_forwarded_host: true
    weighted_clusters:
      header_name: x-random
      clusters:
      - {{name: a, weight: 1, host_rewrite_literal: entry.test}}
      - {{name: b, weight: 1}}
- match: {{prefix: /auto}}
  route:
    host_rewrite_header: x-host
    weighted_clusters:
      header_name: x-random
      clusters: [{{name: a, weight: 1, host_rewrite_literal: entry.test}}, {{name: b, weight: 1}}]
- match: {{prefix: /missing}}
  route:
    cluster_not_found_response_code: INTERNAL_SERVER_ERROR
    weighted_clusters: {{clusters: [{{name: nowhere, weight: 1}}]}}
"""
_FILTERED = f"""
- match: {{prefix: /both}}
  {_PER_FILTER % "route"}
  route:
    weighted_clusters:
      header_name: x-random
      clusters:
      - {{name: a, weight: 1, {_PER_FILTER % "entry"}}}
      - {{name: b, weight: 1}}
- match: {{prefix: /entry}}
  route:
    weighted_clusters:
      header_name: x-random
      clusters:
      - {{name: a, weight: 1, {_PER_FILTER % "entry"}}}
      - name: b
        weight: 1
        typed_per_filter_config:
          header_mutation:
            "@type": type.googleapis.com/envoy.config.route.v3.FilterConfig
            disabled: true
"""
_RUNTIME = """
layered_runtime:
  layers:
  - name: static
    static_layer: {shares.a: 0, shares.b: 5, half.a: 100, half.b: 0}
"""
_NUMBERS = ("0", "1", "29", "30", "99", "100", "18446744073709551615")
_ODD = {"sign": "+3", "spaces": " 3 "}

GROUP = Group(
    bootstrap(
        [
            http(routes=_ROUTES, plain=True, route_config="validate_clusters: false"),
            filtered("filtered", [_MUTATION], _FILTERED),
        ],
        [cluster("a"), cluster("b")],
        _RUNTIME,
    ),
    [
        Case("shares_of_the_runtime", [get("/runtime")]),
        Case("one_share_of_the_runtime", [get("/half")]),
        *(Case(f"total_{n}", [get("/total", f"x-random: {n}")]) for n in _NUMBERS),
        *(
            Case(f"number_and_runtime_{n}", [get("/number", f"x-random: {n}")])
            for n in _NUMBERS[:4]
        ),
        *(
            Case(f"number_{name}", [get("/rewritten", f"x-random:{value}")])
            for name, value in _ODD.items()
        ),
        *(
            Case(
                f"cluster_of_the_{name}_header",
                [get("/header", f"x-random: {n}", "x-first: b", "x-second: a")],
                {"a": [response("200 OK", "x-own: up")], "b": [response("200 OK", "x-own: up")]},
            )
            for n, name in enumerate(("first", "second"))
        ),
        *(
            Case(f"cluster_header_missing_{n}", [get("/header/x", f"x-random: {n}")])
            for n in range(2)
        ),
        Case("cluster_header_unknown", [get("/header", "x-random: 1", "x-second: c")]),
        Case("cluster_header_empty", [get("/header", "x-random: 1", "x-second:")]),
        Case("cluster_header_twice", [get("/header", "x-random: 1", "x-second: a", "x-second: b")]),
        *(
            Case(f"rewritten_{where}_{n}", [get(f"/{where}/x", f"x-random: {n}", "x-host: h.test")])
            for where in ("rewritten", "auto")
            for n in range(2)
        ),
        Case("unknown_cluster", [get("/missing")]),
        *(
            Case(
                f"filters_of_{where}_{n}", [get(f"/{where}", f"x-random: {n}")], listener="filtered"
            )
            for where in ("both", "entry")
            for n in range(2)
        ),
    ],
    upstreams={"a": Server(), "b": Server()},
)
