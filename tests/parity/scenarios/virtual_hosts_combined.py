"""`vhost_header`, `require_tls` and virtual clusters together with what else virtual hosts say."""

from tests.parity.config import Node, bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, post
from tests.parity.steps import Messages

_INSIDE = (
    "{use_remote_address: true, internal_address_config: "
    "{cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]}}"
)


def _added(name: str, value: str) -> str:
    return f"[{{header: {{key: {name}, value: '{value}'}}}}]"


_TOLD = "%RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %VIRTUAL_CLUSTER_NAME%"
_HOSTS = f"""
- name: tls
  domains: [tls.test, "*.tls.test"]
  require_tls: ALL
  request_headers_to_add: {_added("x-host", "tls")}
  response_headers_to_add: {_added("x-host", _TOLD)}
  virtual_clusters:
  - {{name: posts, headers: [{{name: ":method", string_match: {{exact: POST}}}}]}}
  - name: headed
    headers:
    - {{name: x-host, string_match: {{exact: tls}}}}
    - {{name: x-late, invert_match: true, present_match: true}}
  routes:
  - match: {{prefix: /up}}
    route: {{cluster: up}}
    request_headers_to_add: {_added("x-late", "%VIRTUAL_CLUSTER_NAME% %ROUTE_NAME%")}
  - {{match: {{prefix: /}}, direct_response: {{status: 200}}}}
- name: inside
  domains: [inside.test, "inside.*"]
  require_tls: EXTERNAL_ONLY
  routes:
  - {{match: {{prefix: /up}}, route: {{cluster: up}}}}
  - {{match: {{prefix: /}}, redirect: {{host_redirect: new.test}}}}
- name: open
  domains: [open.test, "open.test:81"]
  require_tls: NONE
  virtual_clusters:
  - {{name: any, headers: [{{name: ":path", string_match: {{prefix: /}}}}]}}
  routes:
  - {{match: {{prefix: /up}}, route: {{cluster: up, host_rewrite_literal: tls.test}}}}
"""


def _listener(name: str, table: str = "{}", hcm: str = "{}") -> Node:
    return http(name, virtual_hosts=_HOSTS, route_config=table, hcm=hcm)


_LISTENERS = {
    "http": ("{}", "{}"),
    "inner": ("{}", _INSIDE),
    "header": ("vhost_header: X-Host", "{}"),
    "header_inner": ("vhost_header: x-host", _INSIDE),
    "header_port": ("{vhost_header: x-host, ignore_port_in_host_matching: true}", "{}"),
    "path": ("vhost_header: ':path'", "{}"),
}
_REQUESTS = {
    "tls": ("/up", "tls.test", ()),
    "tls_sub": ("/up", "a.tls.test", ()),
    "tls_said": ("/up", "tls.test", ("x-forwarded-proto: https",)),
    "inside": ("/up", "inside.test", ()),
    "inside_other": ("/other?q", "inside.org", ()),
    "inside_claimed": ("/up", "inside.test", ("x-envoy-internal: true",)),
    "open": ("/up", "open.test", ()),
    "open_port": ("/up", "open.test:82", ()),
    "open_none": ("/none", "open.test", ()),
    "none": ("/up", "nowhere.test", ()),
    "header_of_open": ("/up", "tls.test", ("x-host: open.test",)),
    "header_in_capitals": ("/up", "tls.test", ("x-host: OPEN.test",)),
    "header_with_port": ("/up", "tls.test", ("x-host: open.test:82",)),
    "header_of_tls": ("/up?q=1", "open.test:82", ("x-host: tls.test",)),
    "header_of_inside": ("/up", "open.test", ("x-host: inside.test",)),
    "header_twice": ("/up", "open.test", ("x-host: open.test", "x-host: tls.test")),
    "header_empty": ("/up", "open.test", ("x-host:",)),
}
_STATS = [
    "vhost.tls.vcluster.posts.upstream_rq_200",
    "vhost.tls.vcluster.headed.upstream_rq_200",
    "vhost.tls.vcluster.headed.upstream_rq_total",
    "vhost.tls.vcluster.other.upstream_rq_total",
    "vhost.open.vcluster.any.upstream_rq_200",
    "vhost.open.vcluster.other.upstream_rq_200",
]
_SAID = "x-forwarded-proto: https"

GROUP = Group(
    bootstrap(
        [_listener(name, table, hcm) for name, (table, hcm) in _LISTENERS.items()], [cluster()]
    ),
    [
        *(
            Case(
                f"{listener}_{name}",
                [get(path, *lines, host=host)],
                stats=[f"http.{listener}.no_route"],
                listener=listener,
            )
            for listener in _LISTENERS
            for name, (path, host, lines) in _REQUESTS.items()
        ),
        Case("virtual_cluster_posts", [post("/up", b"x", _SAID, host="tls.test")], stats=_STATS),
        Case("virtual_cluster_headed", [get("/up", _SAID, host="tls.test")], stats=_STATS),
        Case(
            "virtual_cluster_other",
            [get("/up", _SAID, "x-late: 1", host="tls.test")],
            stats=_STATS,
        ),
        Case(
            "virtual_cluster_of_the_client",
            [get("/up", _SAID, "x-host: tls", host="tls.test")],
            stats=_STATS,
        ),
        Case(
            "virtual_cluster_any",
            [
                get("/up", host="open.test"),
                Messages(1),
                get("/up", host="open.test:81"),
                Messages(2),
            ],
            stats=_STATS,
        ),
    ],
)
