"""Virtual clusters of virtual hosts and `stat_prefix` of routes: their statistics."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, Server, get, response
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Messages

_HOSTS = """
- name: v
  domains: ["*"]
  virtual_clusters:
  - {name: posts, headers: [{name: ":method", string_match: {exact: POST}}]}
  - name: users
    headers:
    - {name: ":path", string_match: {prefix: /users}}
    - {name: ":method", string_match: {exact: GET}}
  - {name: late, headers: [{name: ":path", string_match: {prefix: /users}}]}
  routes:
  - {match: {prefix: /direct}, direct_response: {status: 200}}
  - {match: {prefix: /named}, route: {cluster: up}, stat_prefix: named}
  - {match: {prefix: /slow}, route: {cluster: up, timeout: 0.05s}, stat_prefix: slow}
  - {match: {prefix: /dead}, route: {cluster: dead}, stat_prefix: dead}
  - {match: {prefix: /gone}, route: {cluster_header: x-c}, stat_prefix: gone}
  - {match: {prefix: /rewritten}, route: {cluster: up, prefix_rewrite: /users}}
  - {match: {prefix: /}, route: {cluster: up}}
- name: bare.host
  domains: [bare.test]
  routes: [{match: {prefix: /}, route: {cluster: up}, stat_prefix: a.b}]
"""


def _stats(scope: str, *codes: str) -> list[str]:
    return [f"vhost.{scope}.upstream_rq_{code}" for code in ("total", "timeout", "retry", *codes)]


_USERS = _stats("v.vcluster.users", "200", "2xx", "completed")
_OTHER = _stats("v.vcluster.other", "200", "404", "4xx", "503", "504")
_INTERNAL = """
use_remote_address: true
internal_address_config: {cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]}
"""

GROUP = Group(
    bootstrap(
        [
            http(virtual_hosts=_HOSTS),
            http("silent", virtual_hosts=_HOSTS, router_fields="dynamic_stats: false"),
            http("internal", virtual_hosts=_HOSTS, hcm=_INTERNAL),
        ],
        [cluster(), cluster("dead", to=["dead"])],
    ),
    [
        Case("the_first_that_matches", [get("/users/1")], stats=[*_USERS, *_OTHER]),
        Case(
            "all_headers_must_match",
            [get("/users", method="DELETE")],
            stats=[*_USERS, *_stats("v.vcluster.late", "200")],
        ),
        Case("none_matches", [get("/x")], [response("404 No")], stats=[*_USERS, *_OTHER]),
        Case("the_path_before_the_rewrite", [get("/rewritten")], stats=[*_USERS, *_OTHER]),
        Case("an_answer_of_our_own", [get("/direct")], stats=_OTHER),
        Case("a_route_has_its_own", [get("/named")], stats=_stats("v.route.named", "200", "2xx")),
        Case(
            "a_timeout",
            [get("/slow"), Messages(1)],
            [Reply(when="never")],
            stats=[*_stats("v.route.slow", "504", "5xx"), *_OTHER],
        ),
        Case(
            "nobody_listens",
            [get("/dead"), Answered()],
            stats=[*_stats("v.route.dead", "503", "completed"), *_OTHER],
        ),
        Case("no_cluster", [get("/gone", "x-c: nope")], stats=_stats("v.route.gone", "503")),
        Case(
            "no_virtual_cluster",
            [get(host="bare.test")],
            stats=_stats("bare.host.route.a.b", "200"),
        ),
        Case(
            "without_dynamic_stats",
            [get("/named")],
            stats=[*_stats("v.route.named", "200"), *_OTHER],
            listener="silent",
        ),
        Case(
            "by_another_name_too",
            [get("/named", "x-envoy-upstream-alt-stat-name: alt")],
            stats=[*_stats("v.route.named", "200"), *_OTHER, "cluster.up.alt.upstream_rq_200"],
            listener="internal",
        ),
    ],
    upstreams={"up": Server(), "dead": Server("refused")},
)
