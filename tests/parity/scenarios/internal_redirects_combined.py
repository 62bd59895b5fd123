"""Internal redirects: predicates together, codes, schemes, what is copied, and where they lead."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, Server, get, post, response
from tests.parity.steps import Messages

_PREDICATES = "type.googleapis.com/envoy.extensions.internal_redirect"
_CODES = (301, 302, 303, 304, 307, 308)


def _predicate(kind: str, fields: str = "") -> str:
    return f'{{name: p, typed_config: {{"@type": {_PREDICATES}.{kind}{fields}}}}}'


def _listed(*names: str) -> str:
    fields = f", allowed_route_names: [{', '.join(names)}]"
    return _predicate("allow_listed_routes.v3.AllowListedRoutesConfig", fields)


_PREVIOUS = _predicate("previous_routes.v3.PreviousRoutesConfig")
_SAFE = _predicate("safe_cross_scheme.v3.SafeCrossSchemeConfig")
_POLICIES = {
    "both": "{max_internal_redirects: 5, "
    f"predicates: [{_PREVIOUS}, {_listed('both', 'weighted')}]}}",
    "either": f"{{predicates: [{_listed('weighted')}, {_listed('target')}]}}",
    "unnamed": f"{{predicates: [{_listed('other')}]}}",
    "twice": f"{{max_internal_redirects: 5, predicates: [{_PREVIOUS}, {_PREVIOUS}]}}",
    "safe": "{max_internal_redirects: 2, allow_cross_scheme_redirect: true, "
    f"predicates: [{_SAFE}, {_PREVIOUS}]}}",
    "all_codes": "{max_internal_redirects: 4, redirect_response_codes: [301, 302, 303, 307, 308]}",
    "copied": "{max_internal_redirects: 3, response_headers_to_copy: [x-a, 'x-b', cookie, x-host]}",
    "cross": "{allow_cross_scheme_redirect: true}",
}
_FIELDS = {
    "both": ", prefix_rewrite: /re/written",
    "copied": ", host_rewrite_header: x-host, append_x_forwarded_host: true",
    "all_codes": ", regex_rewrite: {pattern: {regex: '^/all_codes'}, substitution: /a}, "
    "host_rewrite_literal: lit.test",
}
_ROUTES = (
    "".join(
        f"- {{match: {{prefix: /{name}}}, name: {name}, "
        f"route: {{cluster: up{_FIELDS.get(name, '')}, "
        f"internal_redirect_policy: {policy}}}, request_headers_to_add: "
        f"[{{header: {{key: x-way, value: {name}}}}}], response_headers_to_add: "
        f"[{{header: {{key: x-back, value: {name}}}}}]}}\n"
        for name, policy in _POLICIES.items()
    )
    + """
- match: {prefix: /weighted}
  name: weighted
  route:
    weighted_clusters:
      clusters:
      - name: other
        weight: 1
        host_rewrite_literal: weighted.test
        request_headers_to_add: [{header: {key: x-way, value: weighted}}]
- {match: {prefix: /target}, name: target, route: {cluster: other, prefix_rewrite: /t}}
- match: {prefix: /once_more}
  name: once_more
  route: {cluster: other, internal_redirect_policy: {}, timeout: 3s}
- match: {prefix: /formatted}
  name: formatted
  route:
    cluster: other
    path_rewrite: '/f%REQUEST_HEADER(:path)%'
    host_rewrite: '%REQUEST_HEADER(:authority)%.f'
  request_headers_to_add:
  - header:
      key: x-original
      value: '%REQUEST_HEADER(x-envoy-original-url)% %REQUEST_HEADER(:path)%'
- {match: {prefix: /gone}, name: gone, route: {cluster_header: x-none}}
- {match: {prefix: /none}, name: none, route: {cluster: nowhere}}
- match: {prefix: /redirect}
  name: redirect
  redirect: {path_redirect: /new, https_redirect: true, response_code: SEE_OTHER}
- match: {prefix: /reply}
  name: reply
  direct_response: {status: 418, body: {inline_string: tea}}
"""
)
_TLS = """
- name: tls
  domains: [tls.test]
  require_tls: ALL
  routes: [{match: {prefix: /}, route: {cluster: other}}]
- name: strict
  domains: [strict.test]
  routes: [{match: {path: /only}, route: {cluster: other}}]
"""


def _to(location: str, status: str = "302 Found", *lines: str) -> bytes:
    return response(status, f"location: {location}", *lines, body=b"")


_STATS = [
    "cluster.up.upstream_internal_redirect_succeeded_total",
    "cluster.up.upstream_internal_redirect_failed_total",
    "cluster.other.upstream_internal_redirect_succeeded_total",
    "cluster.other.upstream_internal_redirect_failed_total",
    "http.http.passthrough_internal_redirect_bad_location",
    "http.http.passthrough_internal_redirect_unsafe_scheme",
    "http.http.passthrough_internal_redirect_too_many_redirects",
    "http.http.passthrough_internal_redirect_no_route",
    "http.http.passthrough_internal_redirect_predicate",
    "http.http.no_cluster",
    "http.http.rq_total",
]


def _case(name: str, path: str, *locations: str, status: str = "302 Found") -> Case:
    replies = {"up": [_to(location, status) for location in locations]}
    return Case(name, [get(path, "x-host: h.test"), Messages(1)], replies, stats=_STATS)


_LEADING = {
    "to_a_split": "http://a.test/weighted/x?y",
    "to_a_rewrite": "http://a.test/target/x?y",
    "to_formats": "http://a.test/formatted/x?y",
    "to_no_cluster_of_a_header": "http://a.test/gone",
    "to_an_unknown_cluster": "http://a.test/none",
    "to_a_redirect": "http://a.test/redirect/x",
    "to_a_reply": "http://a.test/reply",
    "to_a_host_of_tls": "http://tls.test/x",
    "to_a_host_of_tls_by_tls": "https://tls.test/x",
    "to_a_host_without_the_route": "http://strict.test/x",
    "to_another_port": "http://strict.test:81/only",
    "to_capitals": "HTTP://A.TEST/target",
    "to_a_user": "http://user:pass@a.test/target",
    "to_ipv6": "http://[::1]:80/target",
    "to_a_path_alone": "/target/x",
    "to_a_path_without_slash": "target/x",
    "to_two_slashes": "//a.test/target",
    "to_nothing": "",
    "to_a_query": "http://a.test?x=/target",
    "to_a_dot_path": "http://a.test/target/../reply",
    "to_slashes": "http://a.test//target",
    "to_a_fragment": "http://a.test/target#f?x",
    "to_another_scheme": "ftp://a.test/target",
    "to_spaces": "http://a.test/target x",
    "to_utf8": "http://a.test/target/é",
    "to_an_escape": "http://a.test/target/%2e%2e/x",
    "to_a_bad_port": "http://a.test:x/target",
    "to_no_host": "http:///target",
    "to_an_underscore": "http://a_b.test/target",
    "to_an_empty_port": "http://a.test:/target",
    "to_a_large_port": "http://a.test:65536/target",
    "to_the_largest_port": "http://a.test:65535/target",
    "to_a_long_port": "http://a.test:000080/target",
    "to_port_0": "http://a.test:0/target",
    "to_two_ports": "http://a.test:80:81/target",
    "to_a_scheme_with_a_digit": "h2://a.test/target",
    "to_a_scheme_with_a_dash": "http-x://a.test/target",
    "to_tab": "http://a.test/target\tx",
    "to_quotes": 'http://a.test/target/"<>|^`{}\\',
    "to_delete": "http://a.test/target/\x7f",
    "to_a_percent": "http://a%2e.test/target",
    "to_half_ipv6": "http://[::1/target",
    "to_words_as_ipv6": "http://[xyz]/target",
    "to_ipv6_with_a_zone": "http://[fe80::1%25en0]:80/target",
    "to_dots": "http://a..test./target",
    "to_an_empty_user": "http://@a.test/target",
    "to_an_odd_user": "http://u~!$&'()*+,;=:p@a.test/target",
    "to_two_users": "http://u@v@a.test/target",
    "to_a_user_with_a_slash": "http://u^@a.test/target",
    "to_a_user_alone": "http://u@/target",
    "to_a_port_alone": "http://:80/target",
    "to_a_fragment_with_a_space": "http://a.test/target#a b",
    "to_a_query_with_a_space": "http://a.test/target?a b",
    "to_a_query_with_marks": "http://a.test/target?a?b#c#d",
    "to_a_host_and_a_fragment": "http://a.test#/target",
    "to_a_comma": "http://a,b.test/target",
    "to_a_tilde": "http://a~b.test/target",
    "to_utf8_in_a_query": "http://a.test/target?é",
}

GROUP = Group(
    bootstrap(
        [
            http(
                virtual_hosts="- name: all\n  domains: ['*']\n  routes:"
                + ("\n" + _ROUTES).replace("\n", "\n  ")
                + _TLS,
                route_config="validate_clusters: false",
            )
        ],
        [cluster(), cluster("other")],
    ),
    [
        *(_case(name, "/cross/x", location) for name, location in _LEADING.items()),
        _case("both_hold", "/both", "http://a.test/weighted"),
        _case("both_and_itself", "/both", "http://a.test/both/2", "http://a.test/both/3"),
        _case("both_and_not_listed", "/both", "http://a.test/target"),
        _case("one_of_two_lists", "/either", "http://a.test/target"),
        _case("listed_by_another_name", "/unnamed", "http://a.test/target"),
        _case("the_predicate_twice", "/twice", "http://a.test/twice/2", "http://a.test/target"),
        _case("safe_to_https", "/safe", "https://a.test/target"),
        _case("safe_to_http", "/safe", "http://a.test/safe/2", "http://a.test/safe/3"),
        *(
            _case(f"code_{code}", "/all_codes/x?q", "http://b.test/target", status=f"{code} X")
            for code in _CODES
        ),
        *(
            Case(
                f"post_code_{code}",
                [post("/all_codes/x", b"body", "content-type: a/b"), Messages(1)],
                {"up": [_to("http://b.test/target", f"{code} X")]},
                stats=_STATS,
            )
            for code in _CODES
        ),
        *(
            Case(
                f"post_codes_{first}_{second}",
                [post("/all_codes/x", b"body", "content-type: a/b"), Messages(1)],
                {
                    "up": [
                        _to("http://b.test/all_codes/2", f"{first} X"),
                        _to("http://b.test/target", f"{second} X"),
                    ]
                },
            )
            for first, second in ((303, 307), (307, 303), (308, 301))
        ),
        Case(
            "copied_headers_decide_the_host",
            [get("/copied", "x-host: h.test", "cookie: a=1", "x-a: old"), Messages(1)],
            {
                "up": [
                    _to("http://b.test/copied/2", "302 F", "x-host: n.test", "cookie: b=2"),
                    _to("http://c.test/target", "302 F", "x-a: new", "x-b:"),
                ]
            },
        ),
        Case(
            "another_cluster_redirects_on",
            [get("/cross"), Messages(1)],
            {
                "up": [_to("http://a.test/once_more")],
                "other": [_to("http://a.test/once_more/2"), _to("http://a.test/reply")],
            },
            stats=_STATS,
        ),
        Case(
            "headers_of_a_client_inside",
            [
                get("/cross", "x-envoy-original-url: u", "x-envoy-original-path: p"),
                Messages(1),
            ],
            {"up": [_to("http://a.test/target/y")]},
        ),
    ],
    upstreams={"up": Server(), "other": Server()},
)
