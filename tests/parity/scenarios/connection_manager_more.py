"""Rarer fields of the connection manager, each on a listener of its own."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get

_ONLY = "[{name: only, domains: [only.test], routes: [{match: {prefix: /}, route: {cluster: up}}]}]"

CASES = [
    Case("scheme_overwritten", [get()], listener="scheme"),
    Case("forwarded_port", [get()], listener="append_port"),
    Case("forwarded_port_kept", [get("/", "X-Forwarded-Port: 1")], listener="append_port"),
    Case("user_agent_names_us", [get()], listener="agent"),
    Case("user_agent_of_the_client", [get("/", "User-Agent: me")], listener="agent"),
    Case("port_stripped", [get(host="only.test:1234")], listener="strip_any"),
    Case("own_port_stripped", [get(host="only.test:1234")], listener="strip_own"),
    Case("dot_stripped", [get(host="only.test.")], listener="strip_dot"),
    Case("proxy_status_of_a_failure", [get(host="other.test")], listener="proxy_status"),
    Case("proxy_status_of_a_response", [get(host="only.test")], listener="proxy_status"),
    Case("tls_required_everywhere", [get("/x?y")], listener="tls"),
    Case("tls_as_a_proxy_says", [get("/", "X-Forwarded-Proto: https")], listener="tls"),
    Case("tls_required_of_external", [get("/x")], listener="external_tls"),
    *(
        Case(f"path_{name}_{number}", [get(path)], listener=name)
        for name, paths in {
            "reject": ["/sep%2fchild", "/sep%5Cx"],
            "forward": ["/sep%2fchild", "/sep%5Cchild", "/sep/x%2f..%2fy"],
            "redirect": ["/sep%2fchild?a"],
            "normalised": ["/x/../exact", "/%65xact", "/x/%2e%2e/exact", "/%00"],
            "not_normalised": ["/x/../exact", "/./exact"],
            "merged": ["//exact", "/sep///child//x"],
        }.items()
        for number, path in enumerate(paths)
    ),
]
_TLS = """
- name: tls
  domains: ["*"]
  require_tls: ALL
  routes: [{match: {prefix: /}, direct_response: {status: 200}}]
"""
_SLASHES = {
    "reject": "REJECT_REQUEST",
    "forward": "UNESCAPE_AND_FORWARD",
    "redirect": "UNESCAPE_AND_REDIRECT",
}
_PATHS = {
    **{name: f"path_with_escaped_slashes_action: {action}" for name, action in _SLASHES.items()},
    "normalised": "normalize_path: true",
    "not_normalised": "normalize_path: false",
    "merged": "merge_slashes: true",
}
_LISTENERS = {
    "strip_any": "strip_any_host_port: true",
    "strip_own": "strip_matching_host_port: true",
    "strip_dot": "strip_trailing_host_dot: true",
    "proxy_status": "proxy_status_config: {set_recommended_response_code: true}",
}
GROUP = Group(
    bootstrap(
        [
            http("scheme", hcm="scheme_header_transformation: {scheme_to_overwrite: https}"),
            http("append_port", hcm="append_x_forwarded_port: true"),
            http("agent", hcm="add_user_agent: true"),
            http("tls", virtual_hosts=_TLS),
            http("external_tls", virtual_hosts=_TLS.replace("ALL", "EXTERNAL_ONLY")),
            *(http(name, virtual_hosts=_ONLY, hcm=hcm) for name, hcm in _LISTENERS.items()),
            *(http(name, hcm=hcm, plain=True) for name, hcm in _PATHS.items()),
        ],
        [cluster()],
    ),
    CASES,
)
