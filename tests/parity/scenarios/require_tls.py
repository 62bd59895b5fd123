"""`require_tls` of virtual hosts, on plain connections."""

from tests.parity.config import Node, bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, post

_HOSTS = """
- name: all
  domains: [all.test, "all.test:81"]
  require_tls: ALL
  routes:
  - {match: {prefix: /none}, redirect: {host_redirect: never.test}}
  - {match: {path: /exact}, route: {cluster: up}}
- name: external
  domains: [external.test]
  require_tls: EXTERNAL_ONLY
  routes: [{match: {prefix: /}, route: {cluster: up}}]
- {name: open, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: up}}]}
"""
_HEADERS = """
response_headers_to_add: [{header: {key: x-table, value: t}}]
"""
_INTERNAL = """
use_remote_address: true
internal_address_config: {cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]}
"""


def _listener(name: str, hcm: str) -> Node:
    return http(name, virtual_hosts=_HOSTS, route_config=_HEADERS, hcm=hcm)


_STATS = ["http.http.rq_direct_response", "http.http.rq_total", "http.http.downstream_rq_3xx"]

GROUP = Group(
    bootstrap([_listener("http", "{}"), _listener("internal", _INTERNAL)], [cluster()]),
    [
        Case("all", [get("/exact?q=1", host="all.test")], stats=_STATS),
        Case("port_stays", [get("/exact", host="all.test:81")]),
        Case("no_route_is_asked_for", [get("/nothing", host="all.test")]),
        Case("the_route_does_not_redirect", [get("/none", host="all.test")]),
        Case("post", [post("/exact", b"body", host="all.test")]),
        Case("head", [get("/exact", host="all.test", method="HEAD")]),
        Case("said_to_be_tls", [get("/exact", "x-forwarded-proto: https", host="all.test")]),
        Case("case_counts", [get("/exact", "x-forwarded-proto: HTTPS", host="all.test")]),
        Case("external", [get("/", host="external.test")]),
        Case("external_says_internal", [get("/", "x-envoy-internal: true", host="external.test")]),
        Case("internal", [get("/", host="external.test")], listener="internal"),
        Case("internal_to_all", [get("/exact", host="all.test")], listener="internal"),
        Case("elsewhere", [get("/", host="b.test")]),
        Case("upgrade", [get("/exact", "connection: upgrade", "upgrade: a", host="all.test")]),
    ],
)
