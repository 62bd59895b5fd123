"""Redirects: every scheme and port with every path; direct responses with formats and files."""

from tests.parity.config import Node, bootstrap, http
from tests.parity.scenario import Case, Group, get

_SCHEMES = {
    "keep": "",
    "https": "https_redirect: true",
    "http": "scheme_redirect: http",
    "other": "scheme_redirect: HTTPS",
}
_PLACES = {
    "same": "",
    "host": "host_redirect: new.test",
    "port": "port_redirect: 81",
    "host_port": "host_redirect: new.test, port_redirect: 443",
    "port_443": "port_redirect: 443",
    "port_80": "port_redirect: 80",
    "port_most": "port_redirect: 4294967295",
}
_PATHS = {
    "same": "",
    "whole": "path_redirect: /w",
    "queried": "path_redirect: '/w?x=1'",
    "stripped": "strip_query: true",
    "whole_stripped": "path_redirect: '/w?x=1', strip_query: true",
    "prefix": "prefix_rewrite: /p/",
    "prefix_stripped": "prefix_rewrite: '/p?x=1', strip_query: true",
    "regex": "regex_rewrite: {pattern: {regex: '/([a-z]+)$'}, substitution: '/<\\1>'}",
    "format": "path_rewrite: '/f%REQUEST_HEADER(:path)%'",
    "format_stripped": "path_rewrite: '/f%REQUEST_HEADER(x-none)%', strip_query: true",
}
_HOSTS = ("a.test", "a.test:80", "a.test:443", "a.test:8080", "[::1]:80", "[::1]")
_ROUTES = "".join(
    f"- {{match: {{prefix: /{scheme}-{place}/}}, redirect: "
    f"{{{', '.join(filter(None, [first, second, 'path_redirect: /x']))}}}}}\n"
    for scheme, first in _SCHEMES.items()
    for place, second in _PLACES.items()
) + "".join(
    f"- {{match: {{prefix: /{name}/}}, redirect: "
    f"{{{', '.join(filter(None, ['host_redirect: n.test', fields]))}}}}}\n"
    for name, fields in _PATHS.items()
)
_TEXT = "{text_format_source: {inline_string: '%s'}%s}"
_REPLIES = {
    "format_without_body": "{status: 200, body_format: "
    + _TEXT % ("<%LOCAL_REPLY_BODY%> %RESPONSE_CODE% %REQUEST_HEADER(x-a)%", "")
    + "}",
    "format_and_body": "{status: 403, body: {inline_string: b}, body_format: "
    + _TEXT % ("<%LOCAL_REPLY_BODY%> %PROTOCOL% %%", ", content_type: text/x")
    + "}",
    "json": "{status: 299, body: {inline_string: b}, body_format: "
    "{json_format: {b: '%LOCAL_REPLY_BODY%', c: '%RESPONSE_CODE%', "
    "n: '%REQUEST_HEADER(x-none)%'}}}",
    "omitted": "{status: 200, body_format: {omit_empty_values: true, text_format_source: "
    "{inline_string: '[%REQUEST_HEADER(x-none)%]'}}}",
    "no_content": "{status: 204, body: {inline_string: b}}",
    "not_modified": "{status: 304, body: {inline_string: b}}",
    "partial": "{status: 206, body: {inline_string: '%PROTOCOL%'}}",
}
_DIRECT = "".join(
    f"- {{match: {{prefix: /reply/{name}}}, direct_response: {reply}, response_headers_to_add: "
    "[{header: {key: x-code, value: '%RESPONSE_CODE% %RESPONSE_CODE_DETAILS%'}}]}\n"
    for name, reply in _REPLIES.items()
)
_LOCAL = (
    "local_reply_config: {body_format: {text_format_source: "
    "{inline_string: 'L(%LOCAL_REPLY_BODY%) %RESPONSE_CODE%'}}}"
)


def _listener(name: str, hcm: str = "{}") -> Node:
    return http(name, routes=_ROUTES + _DIRECT, hcm=hcm)


GROUP = Group(
    bootstrap([_listener("http"), _listener("local", _LOCAL)], []),
    [
        *(
            Case(
                f"{scheme}_{place}_from_{host.strip('[').replace('::1]', 'ip6').replace(':', '_')}",
                [get(f"/{scheme}-{place}/", host=host)],
            )
            for scheme in _SCHEMES
            for place in _PLACES
            for host in _HOSTS
            if place in {"same", "host", "port"} or host in {"a.test", "a.test:80"}
        ),
        *(Case(f"path_{name}", [get(f"/{name}/one/two")]) for name in _PATHS),
        *(Case(f"path_{name}_with_a_query", [get(f"/{name}/one/two?q=/1")]) for name in _PATHS),
        *(
            Case(f"reply_{name}_{listener}", [get(f"/reply/{name}", "x-a: a")], listener=listener)
            for name in _REPLIES
            for listener in ("http", "local")
        ),
        *(
            Case(f"reply_{name}_to_head", [get(f"/reply/{name}", method="HEAD")])
            for name in ("format_and_body", "not_modified")
        ),
        Case("redirect_of_tls", [get("/keep-same/", "x-forwarded-proto: https")]),
        Case("redirect_of_tls_to_http", [get("/http-port_80/", "x-forwarded-proto: https")]),
        Case(
            "redirect_of_tls_from_443",
            [get("/http-same/", "x-forwarded-proto: https", host="a:443")],
        ),
    ],
)
