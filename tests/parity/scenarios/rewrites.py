"""What a route changes before the request goes upstream: path and host."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, request

_ROUTES = """
- {match: {prefix: /strip/}, route: {cluster: up, prefix_rewrite: /}}
- {match: {prefix: /deep}, route: {cluster: up, prefix_rewrite: /a/b}}
- {match: {prefix: /Loose, case_sensitive: false}, route: {cluster: up, prefix_rewrite: /tight}}
- {match: {path: /whole}, route: {cluster: up, prefix_rewrite: /other}}
- {match: {path_separated_prefix: /sep}, route: {cluster: up, prefix_rewrite: /s}}
- match: {prefix: /regex/}
  route:
    cluster: up
    regex_rewrite: {pattern: {regex: '^/regex/([^/]+)(/.*)?$'}, substitution: '\\2/on/\\1'}
- match: {prefix: /every}
  route: {cluster: up, regex_rewrite: {pattern: {regex: 'e'}, substitution: E}}
- match: {prefix: /unchanged}
  route: {cluster: up, regex_rewrite: {pattern: {regex: 'nowhere'}, substitution: x}}
- match: {safe_regex: {regex: '/r[0-9]+/.*'}}
  route: {cluster: up, prefix_rewrite: /gone}
- match: {prefix: /host/literal}
  route: {cluster: up, host_rewrite_literal: rewritten.test}
- match: {prefix: /host/literal_appended}
  route: {cluster: up, host_rewrite_literal: rewritten.test, append_x_forwarded_host: true}
- match: {prefix: /host/header}
  route: {cluster: up, host_rewrite_header: x-host, append_x_forwarded_host: true}
- match: {prefix: /host/path}
  route:
    cluster: up
    host_rewrite_path_regex: {pattern: {regex: '^/host/path/(.+)$'}, substitution: '\\1.test'}
- match: {prefix: /appended}
  route: {cluster: up, host_rewrite_literal: rewritten.test, append_x_forwarded_host: true}
- match: {prefix: /auto}
  route: {cluster: dns, auto_host_rewrite: true}
- match: {prefix: /both}
  route: {cluster: up, prefix_rewrite: /p, host_rewrite_literal: h.test}
  request_headers_to_add: [{header: {key: x-was, value: '%REQUEST_HEADER(:path)%'}}]
"""
_DNS = """
type: STRICT_DNS
load_assignment:
  cluster_name: dns
  endpoints:
  - lb_endpoints:
    - {endpoint: {address: {socket_address: {address: localhost, port_value: $up}}}}
dns_lookup_family: V4_ONLY
"""

_PATHS = {
    "prefix_stripped": "/strip/x/y?q=1",
    "prefix_stripped_to_the_root": "/strip/",
    "prefix_replaced_within_a_segment": "/deeper/x",
    "prefix_in_another_case": "/lOOse/x",
    "a_whole_path": "/whole?q=/whole",
    "separated_prefix": "/sep/x",
    "separated_prefix_alone": "/sep",
    "regex_with_groups": "/regex/one/two?q=regex",
    "regex_with_an_empty_group": "/regex/one",
    "regex_every_match": "/every/where?e=e",
    "regex_without_a_match": "/unchanged/x?a=b",
    "prefix_rewrite_of_a_regex_route": "/r1/x?y",
    "host_literal": "/host/literal",
    "host_of_the_path": "/host/path/abc",
    "host_of_the_endpoint": "/auto",
    "host_appended": "/appended",
    "both_and_the_header_sees_the_old_path": "/both/x",
}

CASES = [
    *(Case(name, [get(path)]) for name, path in _PATHS.items()),
    Case("host_of_a_header", [get("/host/header", "X-Host: elsewhere.test")]),
    Case("host_of_a_missing_header", [get("/host/header")]),
    Case("host_appended_to_others", [get("/appended", "X-Forwarded-Host: one.test")]),
    Case("client_sends_original_path", [get("/plain", "x-envoy-original-path: /fake")]),
    Case(
        "client_sends_original_path_and_it_is_rewritten",
        [get("/strip/x", "x-envoy-original-path: /fake", "x-envoy-original-host: fake.test")],
    ),
    Case("absolute_form", [request("GET http://b.test:81/x?y HTTP/1.1", "Host: a.test")]),
    Case("absolute_form_without_a_path", [request("GET http://b.test?y HTTP/1.1", "Host: a.test")]),
]

GROUP = Group(
    bootstrap(
        [
            http(
                routes=_ROUTES + "- {match: {prefix: /plain}, route: {cluster: up}}\n"
                "- {match: {prefix: /}, route: {cluster: up}}\n",
                hcm="generate_request_id: false",
            ),
        ],
        [cluster(), cluster("dns", _DNS)],
    ),
    CASES,
)
