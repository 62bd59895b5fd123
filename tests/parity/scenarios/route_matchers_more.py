"""Cookies, `vhost_header`, path parameters, CONNECT: matchers of few."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, request
from tests.parity.steps import Answered

_COOKIES = """
- match: {prefix: /exact, cookies: [{name: a, string_match: {exact: x}}]}
  route: {cluster: up}
- match: {prefix: /not, cookies: [{name: a, string_match: {exact: x}, invert_match: true}]}
  route: {cluster: up}
- match: {prefix: /empty, cookies: [{name: a, string_match: {exact: ""}}]}
  route: {cluster: up}
- match: {prefix: /any, cookies: [{name: a, string_match: {safe_regex: {regex: ".*"}}}]}
  route: {cluster: up}
- match:
    prefix: /both
    cookies: [{name: a, string_match: {prefix: x}}, {name: b, string_match: {suffix: z}}]
  route: {cluster: up}
- match: {prefix: /fold, cookies: [{name: A, string_match: {contains: X, ignore_case: true}}]}
  route: {cluster: up}
"""
_HOSTS = """
- {name: a, domains: [a.test], routes: [{match: {prefix: /}, direct_response: {status: 201}}]}
- {name: b, domains: ["*.b.test"], routes: [{match: {prefix: /}, direct_response: {status: 202}}]}
- {name: any, domains: ["*"], routes: [{match: {prefix: /}, direct_response: {status: 203}}]}
"""
_PATHS = """
- {match: {path: /exact}, route: {cluster: up}}
- {match: {path: /se/two}, route: {cluster: up, prefix_rewrite: /x}}
- {match: {path: /}, direct_response: {status: 202}}
- {match: {safe_regex: {regex: "/re/[a-z]+"}}, route: {cluster: up}}
- {match: {path_separated_prefix: /sep}, route: {cluster: up, prefix_rewrite: /new}}
- {match: {prefix: "/p;x"}, direct_response: {status: 202}}
- {match: {prefix: /p}, route: {cluster: up, prefix_rewrite: /new}}
"""
_ACTIONS = """
- {match: {prefix: /filter}, filter_action: {}}
- {match: {prefix: /flush}, route: {cluster: up, flush_timeout: 5s}}
- match: {connect_matcher: {}}
  direct_response: {status: 204}
- {match: {prefix: /}, route: {cluster: up}}
"""


def _cookies(name: str, path: str, *cookies: str) -> Case:
    return Case(f"cookie_{name}", [get(path, *cookies)], listener="cookies")


def _host(name: str, *lines: str, host: str = "a.test") -> Case:
    return Case(f"vhost_header_{name}", [get("/", *lines, host=host)], listener="hosts")


GROUP = Group(
    bootstrap(
        [
            http("cookies", routes=_COOKIES),
            http("hosts", virtual_hosts=_HOSTS, route_config="vhost_header: X-Host"),
            http(
                "ported",
                virtual_hosts=_HOSTS,
                route_config="{vhost_header: x-host, ignore_port_in_host_matching: true}",
            ),
            http(
                "paths",
                routes=_PATHS,
                route_config="ignore_path_parameters_in_path_matching: true",
            ),
            http("actions", routes=_ACTIONS),
            http("lone", route_config="vhost_header: x-host"),
        ],
        [cluster()],
    ),
    [
        _cookies("exact", "/exact", "cookie: a=x"),
        _cookies("other_value", "/exact", "cookie: a=y"),
        _cookies("missing", "/exact"),
        _cookies("among_others", "/exact", "cookie: b=1; a=x; c=2"),
        _cookies("without_spaces", "/exact", "cookie: b=1;a=x;c=2"),
        _cookies("in_a_second_line", "/exact", "cookie: b=1", "cookie: a=x"),
        _cookies("twice_right_first", "/exact", "cookie: a=x; a=y"),
        _cookies("twice_right_last", "/exact", "cookie: a=y; a=x"),
        _cookies("twice_in_lines", "/exact", "cookie: a=y", "cookie: a=x"),
        _cookies("quoted", "/exact", 'cookie: a="x"'),
        _cookies("spaced_value", "/exact", "cookie: a = x"),
        _cookies("trailing_space", "/exact", "cookie: a=x ; b=1"),
        _cookies("value_with_equals", "/both", "cookie: a=x=1; b=2=z"),
        _cookies("both_one_missing", "/both", "cookie: a=x"),
        _cookies("other_case", "/fold", "cookie: A=zxz"),
        _cookies("name_case_counts", "/fold", "cookie: a=zxz"),
        _cookies("not", "/not", "cookie: a=y"),
        _cookies("not_but_it_is", "/not", "cookie: a=x"),
        _cookies("not_missing", "/not"),
        _cookies("empty", "/empty", "cookie: a="),
        _cookies("empty_missing", "/empty"),
        _cookies("empty_no_equals", "/empty", "cookie: a"),
        _cookies("any", "/any", "cookie: a="),
        _cookies("any_missing", "/any"),
        _host("taken", "x-host: a.test", host="z.test"),
        _host("missing", host="a.test"),
        _host("missing_and_unknown", host="z.test"),
        _host("empty", "x-host:", host="a.test"),
        _host("twice", "x-host: a.test", "x-host: x.b.test", host="z.test"),
        _host("upper_case", "x-host: X.B.TEST", host="a.test"),
        _host("with_port", "x-host: a.test:80"),
        Case(
            "vhost_header_port_ignored",
            [get("/", "x-host: a.test:80", host="z.test")],
            listener="ported",
        ),
        *(
            Case(f"path_parameters_{name}", [get(path)], listener="paths")
            for name, path in {
                "exact": "/exact;a=1",
                "exact_with_query": "/exact;a=1?x=1",
                "in_the_query": "/exact?x=1;y",
                "regex": "/re/ab;c/d",
                "separated": "/sep;v=1/x",
                "prefix": "/p;x",
                "middle": "/exact;a/b",
                "of_two_segments": "/se;a/two;b",
                "of_an_empty_segment": "/;a",
            }.items()
        ),
        Case("filter_action", [get("/filter")], listener="actions"),
        Case(
            "connect",
            [request("CONNECT a.test:80 HTTP/1.1", "Host: a.test:80"), Answered()],
            listener="actions",
        ),
        Case("vhost_header_lone_default", [get("/")], listener="lone"),
        Case("flush_timeout", [get("/flush")], listener="actions"),
    ],
)
