"""`request_mirror_policies`: copies of requests to other clusters, of which no client knows."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, Server, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Finish, Messages, Send, Settle, Until

_TO = "request_mirror_policies: [{cluster: shadow}]"
_ROUTES = """
- {match: {prefix: /plain}, route: {cluster: up, request_mirror_policies: [{cluster: shadow}]}}
- match: {prefix: /unchanged}
  route:
    cluster: up
    request_mirror_policies: [{cluster: shadow, disable_shadow_host_suffix_append: true}]
- match: {prefix: /two}
  route:
    cluster: up
    request_mirror_policies: [{cluster: shadow}, {cluster: other, trace_sampled: true}]
- match: {prefix: /never}
  route:
    cluster: up
    request_mirror_policies:
    - {cluster: shadow, runtime_fraction: {default_value: {numerator: 0}, runtime_key: none}}
- match: {prefix: /runtime}
  route:
    cluster: up
    request_mirror_policies:
    - {cluster: shadow, runtime_fraction: {default_value: {numerator: 0}, runtime_key: mirror.all}}
- match: {prefix: /named}
  route: {cluster: up, request_mirror_policies: [{cluster_header: x-mirror}]}
- match: {prefix: /dead}
  route: {cluster: up, request_mirror_policies: [{cluster: dead}]}
- match: {prefix: /empty}
  route: {cluster: up, request_mirror_policies: [{cluster: empty}]}
- match: {prefix: /late}
  route: {cluster: up, timeout: 0.1s, request_mirror_policies: [{cluster: shadow}]}
- match: {prefix: /h2}
  route: {cluster: up, request_mirror_policies: [{cluster: shadow2}]}
- match: {prefix: /itself}
  route: {cluster: up, request_mirror_policies: [{cluster: up}]}
- match: {prefix: /rewritten}
  route:
    cluster: up
    prefix_rewrite: /new
    host_rewrite_literal: rewritten.test
    request_mirror_policies: [{cluster: shadow}]
  request_headers_to_add: [{header: {key: x-added, value: a}}]
- match: {prefix: /other-host}
  route:
    cluster: up
    request_mirror_policies: [{cluster: shadow, host_rewrite_literal: "mirror.test:90"}]
- match: {prefix: /mutated}
  route:
    cluster: up
    request_mirror_policies:
    - cluster: shadow
      request_headers_mutations:
      - append: {header: {key: x-shadow, value: "%PROTOCOL%"}}
      - append:
          header: {key: x-env, value: mirror}
          append_action: OVERWRITE_IF_EXISTS_OR_ADD
      - remove: x-secret
- {match: {prefix: /direct}, direct_response: {status: 200}}
"""
_HOSTS = """
- name: own
  domains: [own.test]
  request_mirror_policies: [{cluster: other}]
  routes:
  - {match: {prefix: /route}, route: {cluster: up, request_mirror_policies: [{cluster: shadow}]}}
  - {match: {prefix: /}, route: {cluster: up}}
- name: all
  domains: ["*"]
  routes:
  - {match: {prefix: /route}, route: {cluster: up, request_mirror_policies: [{cluster: other}]}}
  - {match: {prefix: /}, route: {cluster: up}}
"""
_SLOW = """
- {match: {prefix: /}, route: {cluster: up, request_mirror_policies: [{cluster: silent}]}}
"""
_XFF = "use_remote_address: true"


def _stats(name: str) -> list[str]:
    kinds = ("total", "completed", "200", "503", "504", "timeout", "active", "rx_reset")
    return [f"cluster.{name}.upstream_rq_{kind}" for kind in kinds] + [
        f"cluster.{name}.internal.upstream_rq_completed",
        f"cluster.{name}.external.upstream_rq_completed",
    ]


_STATS = [*_stats("up"), *_stats("shadow"), "http.http.rq_total", "http.http.downstream_rq_total"]
_ORDER = "Envoy opens connections in the order in which the kernel reports them"

GROUP = Group(
    bootstrap(
        [
            http(routes=_ROUTES),
            http("levels", virtual_hosts=_HOSTS, route_config=_TO),
            http("xff", routes=_ROUTES, hcm=_XFF),
            http("dressless", routes=_ROUTES, plain=True),
            http("small", routes=_SLOW, listener="{per_connection_buffer_limit_bytes: 1024}"),
        ],
        [
            cluster("silent", "connect_timeout: 0.3s"),
            cluster(),
            cluster("shadow"),
            cluster("other"),
            cluster("dead", to=["dead"]),
            cluster("shadow2", h2=True),
            cluster("empty", "load_assignment: {cluster_name: empty, endpoints: null}"),
        ],
        "layered_runtime: {layers: [{name: l, static_layer: {mirror.all: 100}}]}",
    ),
    [
        Case("get", [get("/plain?q=1"), Until("cluster.shadow.upstream_rq_200", 1)], stats=_STATS),
        Case("post", [post("/plain", b"body"), Until("cluster.shadow.upstream_rq_200", 1)]),
        Case(
            "chunks_with_trailers",
            [
                request(
                    "POST /plain HTTP/1.1",
                    "Host: a.test",
                    "Transfer-Encoding: chunked",
                    body=b"3\r\nabc\r\n0\r\n\r\n",
                ),
                Until("cluster.shadow.upstream_rq_200", 1),
            ],
        ),
        Case(
            "the_body_comes_in_pieces",
            [
                request("POST /plain HTTP/1.1", "Host: a.test", "Content-Length: 6", body=b"abc"),
                Settle(),
                Send(b"def"),
                Until("cluster.shadow.upstream_rq_200", 1),
            ],
            any_upstream_order=_ORDER,
        ),
        Case(
            "host_with_port",
            [get("/plain", host="a.test:80"), Until("cluster.shadow.upstream_rq_200", 1)],
        ),
        Case(
            "ipv6_host",
            [get("/plain", host="[::1]:80"), Until("cluster.shadow.upstream_rq_200", 1)],
        ),
        Case("host_unchanged", [get("/unchanged"), Until("cluster.shadow.upstream_rq_200", 1)]),
        Case(
            "two",
            [
                get("/two"),
                Until("cluster.shadow.upstream_rq_200", 1),
                Until("cluster.other.upstream_rq_200", 1),
            ],
        ),
        Case("never", [get("/never"), Messages(1)], stats=_STATS),
        Case("by_runtime", [get("/runtime"), Until("cluster.shadow.upstream_rq_200", 1)]),
        Case(
            "by_header",
            [get("/named", "x-mirror: shadow"), Until("cluster.shadow.upstream_rq_200", 1)],
        ),
        Case("by_header_unknown", [get("/named", "x-mirror: nobody"), Messages(1)], stats=_STATS),
        Case("by_header_missing", [get("/named"), Messages(1)], stats=_STATS),
        Case(
            "nobody_listens",
            [get("/dead"), Messages(1), Until("cluster.dead.upstream_rq_503", 1)],
            stats=[*_stats("dead"), *_stats("up")],
        ),
        Case(
            "no_hosts",
            [get("/empty"), Messages(1)],
            stats=[*_stats("empty"), "cluster.empty.upstream_cx_none_healthy"],
        ),
        Case(
            "the_copy_fails",
            [get("/plain"), Messages(1), Until("cluster.shadow.upstream_rq_500", 1)],
            {"shadow": [response("500 No")]},
            stats=_STATS,
        ),
        Case(
            "the_copy_is_late",
            [get("/late"), Messages(1), Until("cluster.shadow.upstream_rq_timeout", 1)],
            {"shadow": [Reply(when="never")]},
            stats=_STATS,
        ),
        Case(
            "the_request_fails",
            [get("/plain"), Messages(1), Until("cluster.shadow.upstream_rq_200", 1)],
            {"up": [response("503 No")]},
            stats=_STATS,
        ),
        Case(
            "the_client_leaves",
            [
                request("POST /plain HTTP/1.1", "Host: a.test", "Content-Length: 6", body=b"abc"),
                Until("cluster.shadow.upstream_rq_active", 1),
                Until("cluster.up.upstream_rq_active", 1),
                Settle(),
                Finish("close"),
                Until("cluster.shadow.upstream_rq_active", 0),
            ],
            stats=_STATS,
            any_upstream_order=_ORDER,
        ),
        Case("to_http2", [post("/h2", b"body"), Until("cluster.shadow2.upstream_rq_200", 1)]),
        Case(
            "to_itself",
            [get("/itself"), Until("cluster.up.upstream_rq_200", 2)],
            stats=_STATS,
            any_upstream_order=_ORDER,
        ),
        Case("rewritten", [get("/rewritten/x"), Until("cluster.shadow.upstream_rq_200", 1)]),
        Case("another_host", [get("/other-host"), Until("cluster.shadow.upstream_rq_200", 1)]),
        Case(
            "mutated",
            [
                get("/mutated", "x-secret: s", "x-env: prod"),
                Until("cluster.shadow.upstream_rq_200", 1),
            ],
        ),
        Case("an_answer_of_our_own", [get("/direct"), Messages(1)], stats=_STATS),
        Case(
            "a_copy_that_cannot_keep_up",
            [
                request(
                    "POST /slow HTTP/1.1",
                    "Host: a.test",
                    "Content-Length: 40000",
                    body=b"x" * 20000,
                ),
                Until("cluster.up.upstream_rq_active", 1),
                Settle(),
                Send(b"x" * 20000),
                Messages(1),
                Until("cluster.silent.upstream_rq_active", 0),
            ],
            stats=[*_stats("silent"), "cluster.up.retry_or_shadow_abandoned"],
            listener="small",
            any_upstream_order=_ORDER,
        ),
        Case(
            "level_of_the_route",
            [get("/route", host="own.test"), Until("cluster.shadow.upstream_rq_200", 1)],
            listener="levels",
        ),
        Case(
            "level_of_the_virtual_host",
            [get("/", host="own.test"), Until("cluster.other.upstream_rq_200", 1)],
            listener="levels",
        ),
        Case(
            "level_of_the_table",
            [get("/"), Until("cluster.shadow.upstream_rq_200", 1)],
            listener="levels",
        ),
        Case(
            "head",
            [get("/plain", method="HEAD"), Until("cluster.shadow.upstream_rq_200", 1), Answered()],
        ),
        Case(
            "forwarded_for",
            [get("/plain", "x-forwarded-for: 1.2.3.4"), Until("cluster.shadow.upstream_rq_200", 1)],
            listener="xff",
        ),
        Case(
            "no_headers_of_envoy",
            [get("/plain"), Until("cluster.shadow.upstream_rq_200", 1)],
            listener="dressless",
        ),
    ],
    upstreams={
        "up": Server(),
        "shadow": Server(),
        "other": Server(),
        "dead": Server("refused"),
        "shadow2": Server("h2"),
        "silent": Server("silent"),
    },
)
