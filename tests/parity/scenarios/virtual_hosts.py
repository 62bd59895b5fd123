"""Which virtual host a request meets: exact, suffix, prefix, `*`, ports, case, odd names."""

from tests.parity.config import bootstrap, http
from tests.parity.scenario import Case, Group, get, request

_HOSTS = "".join(
    f"""
- name: {name}
  domains: {domains}
  routes:
  - match: {{prefix: /}}
    direct_response: {{status: 200, body: {{inline_string: {name}}}}}
"""
    for name, domains in {
        "exact": '["foo.test", "UPPER.test"]',
        "with_port": '["foo.test:8080"]',
        "suffix": '["*.foo.test"]',
        "long_suffix": '["*.a.foo.test"]',
        "dash_suffix": '["*-x.foo.test"]',
        "prefix": '["foo.*"]',
        "long_prefix": '["foo.example.*"]',
        "ipv6": '["[::1]"]',
        "rest": '["*"]',
    }.items()
)
_ONLY = """
- name: only
  domains: [only.test]
  routes: [{match: {prefix: /}, direct_response: {status: 200, body: {inline_string: only}}}]
"""

_CONFIG = bootstrap(
    [
        http(virtual_hosts=_HOSTS),
        http("only", virtual_hosts=_ONLY),
        http("any_port", virtual_hosts=_ONLY, route_config="ignore_port_in_host_matching: true"),
        http("none", hcm="route_config: {virtual_hosts: null}"),
    ],
    [],
)

_NAMES = {
    "exact": "foo.test",
    "case_is_ignored": "FOO.Test",
    "the_configured_case_is_ignored": "upper.test",
    "exact_with_its_port": "foo.test:8080",
    "another_port_is_another_name": "foo.test:80",
    "suffix": "b.foo.test",
    "suffix_needs_a_label": ".foo.test",
    "suffix_of_several_labels": "c.b.foo.test",
    "the_longest_suffix_wins": "b.a.foo.test",
    "a_suffix_within_a_label": "b-x.foo.test",
    "prefix": "foo.bar",
    "prefix_beside_exact": "foo.test.other",
    "the_longest_prefix_wins": "foo.example.org",
    "prefix_needs_something": "foo.",
    "ipv6_literal": "[::1]",
    "anything_else": "other.test",
    "empty": "",
    "trailing_dot": "foo.test.",
}

CASES = [
    *(Case(name, [get(host=host)]) for name, host in _NAMES.items()),
    Case("no_match", [get(host="other.test")], listener="only"),
    Case("no_match_with_port", [get(host="only.test:1")], listener="only"),
    Case("port_ignored", [get(host="only.test:1234")], listener="any_port"),
    Case("no_virtual_hosts", [get()], listener="none", stats=["http.none.no_route"]),
    Case(
        "absolute_form_names_the_host",
        [request("GET http://foo.test/x HTTP/1.1", "Host: other.test")],
    ),
]

GROUP = Group(_CONFIG, CASES)
