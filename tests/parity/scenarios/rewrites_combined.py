"""Every rewrite of a path with every rewrite of a host, appended to `x-forwarded-host` or not."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, Server, get, response
from tests.parity.steps import Messages

_EXTENSIONS = "type.googleapis.com/envoy.extensions.path"
_POLICY = (
    f'path_rewrite_policy: {{name: r, typed_config: {{"@type": {_EXTENSIONS}.rewrite.uri_template'
    '.v3.UriTemplateRewriteConfig, path_template_rewrite: "/t/{b}/{a}"}}'
)
_PATHS = {
    "none": "",
    "prefix": "prefix_rewrite: /p",
    "regex": "regex_rewrite: {pattern: {regex: '/([a-z]+)'}, substitution: '/<\\1>'}",
    "format": "path_rewrite: '/f/%REQUEST_HEADER(x-host)%%REQUEST_HEADER(:path)%'",
    "template": _POLICY,
}
_HOSTS = {
    "none": "",
    "literal": "host_rewrite_literal: literal.test",
    "header": "host_rewrite_header: x-host",
    "path": "host_rewrite_path_regex: "
    "{pattern: {regex: '^/([a-z]+)-.*'}, substitution: '\\1.test'}",
    "format": "host_rewrite: '%REQUEST_HEADER(:authority)%.%REQUEST_HEADER(x-host?x-none)%'",
    "auto": "auto_host_rewrite: true",
}


def _route(path: str, host: str, append: str) -> str:
    where = f"/{path}-{host}{append}"
    match = f"prefix: {where}/"
    if path == "template":
        typed = f"{_EXTENSIONS}.match.uri_template.v3.UriTemplateMatchConfig"
        match = (
            f'path_match_policy: {{name: m, typed_config: {{"@type": {typed}, '
            f'path_template: "{where}/{{a}}/{{b=**}}"}}}}'
        )
    rewrites = [f"cluster: {'dns' if host == 'auto' else 'up'}", _PATHS[path], _HOSTS[host]]
    if append:
        rewrites.append("append_x_forwarded_host: true")
    action = ", ".join(filter(None, rewrites))
    return f"- {{match: {{{match}}}, route: {{{action}, internal_redirect_policy: {{}}}}}}\n"


_ROUTES = "".join(
    _route(path, host, append) for path in _PATHS for host in _HOSTS for append in ("", "-x")
)
_DNS = """
type: STRICT_DNS
load_assignment:
  cluster_name: dns
  endpoints:
  - lb_endpoints:
    - {endpoint: {address: {socket_address: {address: localhost, port_value: $up}}}}
dns_lookup_family: V4_ONLY
"""
_MOVED = response("302 Found", "location: http://b.test:80/format-format-x/z/w?k=1", body=b"")

GROUP = Group(
    bootstrap([http(routes=_ROUTES)], [cluster(), cluster("dns", _DNS)]),
    [
        *(
            Case(
                f"{path}_{host}{append.replace('-', '_')}",
                [get(f"/{path}-{host}{append}/one/two?q=/one", "x-host: h.test:81")],
            )
            for path in _PATHS
            for host in _HOSTS
            for append in ("", "-x")
        ),
        *(
            Case(
                f"{path}_{host}_with_headers_of_the_client",
                [
                    get(
                        f"/{path}-{host}-x/one/two",
                        "x-forwarded-host: c.test",
                        "x-forwarded-host: d.test",
                        "x-envoy-original-path: /o",
                        "x-envoy-original-host: o.test",
                    )
                ],
            )
            for path, host in (
                ("none", "none"),
                ("prefix", "literal"),
                ("format", "header"),
                ("regex", "path"),
                ("template", "format"),
                ("prefix", "auto"),
            )
        ),
        *(
            Case(
                f"redirected_within_from_{path}_{host}",
                [get(f"/{path}-{host}-x/one/two", "x-host: h.test"), Messages(1)],
                [_MOVED],
            )
            for path, host in (
                ("none", "none"),
                ("prefix", "literal"),
                ("regex", "header"),
                ("template", "format"),
                ("format", "path"),
                ("none", "auto"),
            )
        ),
    ],
    upstreams={"up": Server()},
)
