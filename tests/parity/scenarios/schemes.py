"""What becomes of an HTTP/2 request's `:scheme` that is neither `http` nor `https`."""

from tests.parity.config import access_log, bootstrap, cluster, http, text_format
from tests.parity.http2 import Fields
from tests.parity.scenario import Case, Group, Server
from tests.parity.steps import Answered
from tests.parity.steps_h2 import Headers

_LINE = text_format(
    "%REQUEST_HEADER(:scheme)% %REQUEST_HEADER(x-forwarded-proto)% %RESPONSE_CODE%\n"
)


def _listener(name: str, fields: str = "") -> dict[str, object]:
    routes = """[{match: {prefix: /moved}, redirect: {path_redirect: /there}},
        {match: {prefix: /secure}, redirect: {https_redirect: true}},
        {match: {prefix: /only, headers: [{name: ":scheme", string_match: {exact: http}}]},
            direct_response: {status: 201}},
        {match: {prefix: /only}, direct_response: {status: 202}},
        {match: {prefix: /}, route: {cluster: up}}]"""
    node = http(name, routes=routes, hcm=f"{{{fields}}}")
    manager = node["filter_chains"][0]["filters"][0]["typed_config"]
    manager["access_log"] = access_log(f"$dir/{name}.log", _LINE)
    return node


def _fields(scheme: str | None, path: str, *more: tuple[str, str]) -> Fields:
    schemes = () if scheme is None else ((":scheme", scheme),)
    return ((":method", "GET"), *schemes, (":authority", "a.test"), (":path", path), *more)


def _case(
    name: str, scheme: str | None, path: str = "/", *more: tuple[str, str], listener: str = "plain"
) -> Case:
    steps = [Headers(_fields(scheme, path, *more), end=True), Answered()]
    return Case(name, steps, [], listener=listener, protocol="h2")


_PROTO = "x-forwarded-proto"
CASES = [
    _case("http", "http"),
    _case("https", "https"),
    _case("unknown", "foo"),
    _case("capitals", "HTTP"),
    _case("mixed_https", "Https"),
    _case("ftp", "ftp"),
    _case("with_digits", "a+b-1."),
    _case("empty", ""),
    _case("none", None),
    _case("no_scheme_at_all", "1/ x"),
    _case("unknown_from_https", "foo", "/", (_PROTO, "https")),
    _case("unknown_from_https_in_capitals", "foo", "/", (_PROTO, "HTTPS")),
    _case("unknown_from_ftp", "foo", "/", (_PROTO, "ftp")),
    _case("unknown_from_nothing", "foo", "/", (_PROTO, "")),
    _case("http_from_https", "http", "/", (_PROTO, "https")),
    _case("https_in_capitals_from_http", "HTTPS", "/", (_PROTO, "http")),
    _case("unknown_redirected", "foo", "/moved"),
    _case("unknown_capitals_redirected", "FOO", "/moved"),
    _case("capitals_redirected", "HTTPS", "/moved"),
    _case("unknown_to_https", "foo", "/secure"),
    _case("capitals_to_https", "HTTPS", "/secure"),
    _case("unknown_matched", "foo", "/only"),
    _case("capitals_matched", "HTTP", "/only"),
    _case("unknown_overwritten", "foo", listener="overwrites"),
    _case("unknown_at_the_edge", "foo", "/", (_PROTO, "https"), listener="edge"),
    _case("https_at_the_edge", "https", "/", (_PROTO, "https"), listener="edge"),
]

GROUP = Group(
    bootstrap(
        [
            _listener("plain"),
            _listener("overwrites", "scheme_header_transformation: {scheme_to_overwrite: https}"),
            _listener("edge", "use_remote_address: true"),
        ],
        [cluster(h2=True)],
    ),
    CASES,
    upstreams={"up": Server("h2")},
    protocol="h2",
    listener="plain",
)
