"""Redirects and direct responses: codes, locations, bodies."""

from tests.parity.config import bootstrap, http
from tests.parity.scenario import Case, Group, get

_REDIRECTS = {
    "https": "https_redirect: true",
    "scheme": "scheme_redirect: ftp",
    "host": "host_redirect: new.test",
    "host_with_port": "host_redirect: 'new.test:81'",
    "port": "port_redirect: 8443",
    "https_port": "https_redirect: true, port_redirect: 8443",
    "path": "path_redirect: /new",
    "path_with_query": "path_redirect: '/new?x=y'",
    "strip": "path_redirect: /new, strip_query: true",
    "strip_only": "strip_query: true, host_redirect: new.test",
    "prefix": "prefix_rewrite: /new",
    "regex": "regex_rewrite: {pattern: {regex: '^/regex/(.*)$'}, substitution: '/r/\\1'}",
    "all": "https_redirect: true, host_redirect: new.test, port_redirect: 1, path_redirect: /x",
    **{
        f"code_{code.lower()}": f"host_redirect: new.test, response_code: {code}"
        for code in ("FOUND", "SEE_OTHER", "TEMPORARY_REDIRECT", "PERMANENT_REDIRECT")
    },
}
_REPLIES = {
    "empty": "{status: 200}",
    "body": "{status: 403, body: {inline_string: 'no entry'}}",
    "bytes": "{status: 200, body: {inline_bytes: AAEC}}",
    "created": "{status: 201, body: {inline_string: made}}",
    "teapot": "{status: 418}",
    "highest": "{status: 599}",
    "found": "{status: 302}",
    "no_content": "{status: 204}",
}
_ROUTES = "".join(
    f"- {{match: {{prefix: /{name}/}}, redirect: {{{fields}}}}}\n"
    for name, fields in _REDIRECTS.items()
) + "".join(
    f"- {{match: {{prefix: /reply/{name}}}, direct_response: {reply}}}\n"
    for name, reply in _REPLIES.items()
)
CASES = [
    *(Case(f"redirect_{name}", [get(f"/{name}/x?q=1")]) for name in _REDIRECTS),
    *(
        Case(f"redirect_{name}_from_port_{port}", [get(f"/{name}/", host=f"a.test:{port}")])
        for name, port in (
            ("https", 80),
            ("https", 443),
            ("https", 8080),
            ("scheme", 80),
            ("host", 8080),
            ("port", 8080),
            ("path", 8080),
        )
    ),
    Case("redirect_ipv6", [get("/port/", host="[::1]:8080")]),
    Case("redirect_head", [get("/host/", method="HEAD")]),
    Case("redirect_post_closes", [b"POST /host/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"]),
    Case(
        "redirect_counts",
        [get("/host/")],
        stats=[
            "http.http.rq_redirect",
            "http.http.rq_direct_response",
            "http.http.downstream_rq_3xx",
        ],
    ),
    *(Case(f"reply_{name}", [get(f"/reply/{name}")]) for name in _REPLIES),
    Case(
        "reply_counts",
        [get("/reply/body")],
        stats=[
            "http.http.rq_direct_response",
            "http.http.rq_total",
            "http.http.downstream_rq_4xx",
        ],
    ),
]

GROUP = Group(
    bootstrap(
        [
            http(routes=_ROUTES),
        ],
        [],
    ),
    CASES,
)
