"""`internal_redirect_policy`: redirects that the proxy follows itself."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, Server, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Messages, Send, Settle

_PREDICATES = "type.googleapis.com/envoy.extensions.internal_redirect"


def _predicate(kind: str, message: str, fields: str = "") -> str:
    typed = f'"@type": {_PREDICATES}.{kind}.v3.{message}{fields}'
    return f"predicates: [{{name: p, typed_config: {{{typed}}}}}]"


_PREVIOUS = _predicate("previous_routes", "PreviousRoutesConfig")
_LISTED = _predicate(
    "allow_listed_routes", "AllowListedRoutesConfig", ", allowed_route_names: [listed]"
)
_SAFE = _predicate("safe_cross_scheme", "SafeCrossSchemeConfig")
_POLICIES = {
    "on": "{}",
    "off": "null",
    "codes": "{redirect_response_codes: [301, 302, 303, 307, 308]}",
    "other-code": "{redirect_response_codes: [301]}",
    "three": "{max_internal_redirects: 3}",
    "none": "{max_internal_redirects: 0}",
    "cross": "{allow_cross_scheme_redirect: true}",
    "safe": f"{{allow_cross_scheme_redirect: true, {_SAFE}}}",
    "previous": f"{{max_internal_redirects: 9, {_PREVIOUS}}}",
    "listed": f"{{{_LISTED}}}",
    "copy": "{response_headers_to_copy: [x-copied, X-Gone]}",
}
_ROUTES = (
    "".join(
        f"- {{match: {{prefix: /{name}}}, name: r-{name}, "
        f"route: {{cluster: up, internal_redirect_policy: {policy}}}}}\n"
        for name, policy in _POLICIES.items()
    )
    + """
- {match: {prefix: /old}, route: {cluster: up, internal_redirect_action: HANDLE_INTERNAL_REDIRECT}}
- match: {prefix: /ancient}
  route: {cluster: up, max_internal_redirects: 2}
- match: {prefix: /rewritten}
  route: {cluster: up, prefix_rewrite: /x, internal_redirect_policy: {}}
  request_headers_to_add: [{header: {key: x-n, value: a}}]
- match: {prefix: /small}
  route: {cluster: up, internal_redirect_policy: {}}
  request_body_buffer_limit: 4
- match: {prefix: /target}
  name: listed
  route: {cluster: other}
  request_headers_to_add: [{header: {key: x-n, value: b}}]
- {match: {prefix: /direct}, direct_response: {status: 201, body: {inline_string: direct}}}
- {match: {prefix: /away}, redirect: {host_redirect: away.test}}
"""
)


def _to(location: str, status: str = "302 Found", *lines: str, body: bytes = b"") -> bytes:
    return response(status, f"location: {location}", *lines, body=body)


_ON = "http://a.test/target?x=1"
_STATS = [
    "cluster.up.upstream_internal_redirect_succeeded_total",
    "cluster.up.upstream_internal_redirect_failed_total",
    "cluster.up.upstream_rq_302",
    "cluster.up.upstream_rq_total",
    "cluster.other.upstream_rq_200",
    "cluster.up.retry_or_shadow_abandoned",
    "http.http.downstream_rq_total",
    "http.http.downstream_rq_completed",
    "http.http.downstream_rq_3xx",
    "http.http.downstream_rq_2xx",
    "http.http.downstream_rq_active",
    "http.http.rq_total",
    "http.http.passthrough_internal_redirect_bad_location",
    "http.http.passthrough_internal_redirect_unsafe_scheme",
    "http.http.passthrough_internal_redirect_too_many_redirects",
    "http.http.passthrough_internal_redirect_no_route",
    "http.http.passthrough_internal_redirect_predicate",
]


def _case(name: str, path: str, location: str = _ON, status: str = "302 Found") -> Case:
    return Case(name, [get(path), Messages(1)], {"up": [_to(location, status)]}, stats=_STATS)


GROUP = Group(
    bootstrap([http(routes=_ROUTES)], [cluster(), cluster("other")]),
    [
        _case("followed", "/on/x?y=2"),
        _case("not_asked_for", "/off"),
        _case("another_host", "/on", "http://b.test:81/target"),
        _case("relative", "/on", "/target"),
        _case("without_a_path", "/three", "http://a.test"),
        _case("with_a_fragment", "/on", "http://a.test/target?x#frag"),
        _case("no_route", "/on", "http://a.test/nowhere"),
        _case("to_https", "/on", "https://a.test/target"),
        _case("to_https_allowed", "/cross", "https://a.test/target"),
        _case("to_https_not_safe", "/safe", "https://a.test/target"),
        _case("safe_within_http", "/safe"),
        _case("not_listed", "/listed", "http://a.test/direct"),
        _case("listed", "/listed"),
        _case("a_direct_response", "/on", "http://a.test/direct"),
        _case("a_redirect_of_our_own", "/on", "http://a.test/away"),
        _case("code_301_is_not_meant", "/on", status="301 Moved"),
        _case("code_301", "/other-code", status="301 Moved"),
        _case("code_302_is_not_meant", "/other-code"),
        _case("code_307", "/codes", status="307 Temporary"),
        _case("none_allowed", "/none"),
        _case("older_field", "/old"),
        _case("older_maximum_alone", "/ancient"),
        _case("after_a_rewrite", "/rewritten/y"),
        Case(
            "without_location",
            [get("/on"), Messages(1)],
            {"up": [response("302 Found", body=b"")]},
            stats=_STATS,
        ),
        Case("with_a_body", [get("/on"), Messages(1)], {"up": [_to(_ON, body=b"moved")]}),
        Case(
            "twice_is_too_often",
            [get("/on"), Messages(1)],
            {"up": [_to("http://a.test/on/2"), _to("http://a.test/on/3")]},
            stats=_STATS,
        ),
        Case(
            "three_times",
            [get("/three"), Messages(1)],
            {
                "up": [
                    _to(f"http://a.test/three/{n}", "302 Found", "connection: close")
                    for n in range(5)
                ]
            },
            stats=_STATS,
        ),
        Case(
            "previous_route_again",
            [get("/previous"), Messages(1)],
            {"up": [_to("http://a.test/previous/2"), _to("http://a.test/previous/3")]},
            stats=_STATS,
        ),
        Case(
            "previous_route_in_a_circle",
            [get("/previous"), Messages(1)],
            {"up": [_to("http://a.test/target")], "other": [_to("http://a.test/previous")]},
            stats=_STATS,
        ),
        Case(
            "headers_are_copied",
            [get("/copy", "x-gone: 1", "x-copied: old"), Messages(1)],
            {"up": [_to(_ON, "302 Found", "x-copied: a", "x-copied: b")]},
        ),
        Case(
            "post",
            [post("/codes", b"body"), Messages(1)],
            {"up": [_to(_ON, "307 Temporary")]},
            stats=_STATS,
        ),
        Case(
            "post_becomes_get",
            [post("/codes", b"body"), Messages(1)],
            {"up": [_to(_ON, "303 See Other")]},
        ),
        Case(
            "head_stays",
            [get("/codes", method="HEAD"), Answered()],
            {"up": [Reply(response("303 See Other", f"location: {_ON}", body=b""))]},
        ),
        Case(
            "delete_becomes_get",
            [get("/codes", method="DELETE"), Messages(1)],
            {"up": [_to(_ON, "303 See Other")]},
        ),
        Case(
            "chunks",
            [
                request(
                    "POST /codes HTTP/1.1",
                    "Host: a.test",
                    "Transfer-Encoding: chunked",
                    body=b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n",
                ),
                Messages(1),
            ],
            {"up": [_to(_ON, "308 Permanent")]},
        ),
        Case(
            "body_larger_than_the_limit",
            [post("/small", b"body!"), Messages(1)],
            {"up": [_to(_ON)]},
            stats=_STATS,
        ),
        Case(
            "body_as_large_as_the_limit",
            [post("/small", b"body"), Messages(1)],
            {"up": [_to(_ON)]},
            stats=_STATS,
        ),
        Case(
            "before_the_body_is_whole",
            [
                request("POST /on HTTP/1.1", "Host: a.test", "Content-Length: 6", body=b"abc"),
                Settle(),
                Send(_to(_ON), "up"),
                Answered(),
            ],
            {"up": [Reply(when="never")]},
            stats=_STATS,
        ),
        Case("another_response", [get("/on"), Messages(1)], {"up": [response("404 No")]}),
    ],
    upstreams={"up": Server(), "other": Server()},
)
