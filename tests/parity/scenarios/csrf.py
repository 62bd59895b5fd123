"""The CSRF filter: where a request that changes something comes from."""

from tests.parity.config import bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, get, request

_POLICY = '"@type": type.googleapis.com/envoy.extensions.filters.http.csrf.v3.CsrfPolicy'
_ON = "filter_enabled: {default_value: {numerator: 100}}"
_OFF = "filter_enabled: {default_value: {numerator: 0}}"
_SHADOW = "shadow_enabled: {default_value: {numerator: 100}}"


def _route(path: str, policy: str) -> str:
    typed = f"typed_per_filter_config: {{csrf: {{{_POLICY}, {policy}}}}}"
    return f"{{match: {{prefix: {path}}}, route: {{cluster: up}}, {typed}}}"


_ROUTES = [
    _route("/off", _OFF),
    _route("/shadow", f"{_OFF}, {_SHADOW}"),
    _route("/both", f"{_ON}, {_SHADOW}"),
    _route("/more", f"{_ON}, additional_origins: [{{suffix: .friend}}, {{exact: 'c.test:81'}}]"),
    "{match: {prefix: /direct}, direct_response: {status: 200}}",
    "{match: {prefix: /}, route: {cluster: up}}",
]
_STATS = [
    f"http.on.csrf.{s}" for s in ("missing_source_origin", "request_invalid", "request_valid")
]


def _ask(path: str, *lines: str, method: str = "POST") -> bytes:
    return get(path, *lines, "Content-Length: 0", method=method)


def _case(name: str, *steps: bytes) -> Case:
    return Case(name, list(steps), stats=_STATS)


GROUP = Group(
    bootstrap(
        [
            filtered(
                "on",
                [http_filter("csrf", "csrf.v3.CsrfPolicy", f"{{{_ON}}}")],
                f"[{', '.join(_ROUTES)}]",
            )
        ],
        [cluster()],
    ),
    [
        _case("the_same_origin", _ask("/", "Origin: http://a.test")),
        _case("another_scheme", _ask("/", "Origin: https://a.test")),
        _case("another_origin", _ask("/", "Origin: http://b.test")),
        _case("another_port", _ask("/", "Origin: http://a.test:81")),
        _case("upper_case", _ask("/", "Origin: http://A.test")),
        _case("no_scheme", _ask("/", "Origin: a.test")),
        _case("null", _ask("/", "Origin: null")),
        _case("empty", _ask("/", "Origin:")),
        _case("neither_header", _ask("/")),
        _case("the_referer", _ask("/", "Referer: http://a.test/path?query")),
        _case("another_referer", _ask("/", "Referer: http://b.test/http://a.test")),
        _case(
            "the_referer_is_second", _ask("/", "Origin: http://b.test", "Referer: http://a.test/")
        ),
        _case("null_and_a_referer", _ask("/", "Origin: null", "Referer: http://a.test/")),
        _case("a_get", get("/", "Origin: http://b.test")),
        *[
            _case(f"a_{method.lower()}", _ask("/", "Origin: http://b.test", method=method))
            for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")
        ],
        _case("off_on_the_route", _ask("/off", "Origin: http://b.test")),
        _case("in_the_shadow", _ask("/shadow", "Origin: http://b.test"), _ask("/shadow")),
        _case("on_and_in_the_shadow", _ask("/both", "Origin: http://b.test")),
        _case("a_friend", _ask("/more", "Origin: http://x.friend")),
        _case("a_friend_with_a_port", _ask("/more", "Origin: http://c.test:81")),
        _case("no_friend", _ask("/more", "Origin: http://c.test")),
        _case("a_direct_response", _ask("/direct", "Origin: http://b.test")),
        _case("grpc", _ask("/", "Origin: http://b.test", "content-type: application/grpc")),
        _case(
            "the_host_has_a_port",
            request(
                "POST / HTTP/1.1", "Host: a.test:80", "Origin: http://a.test", "Content-Length: 0"
            ),
        ),
        _case(
            "the_host_has_its_port",
            request(
                "POST / HTTP/1.1",
                "Host: a.test:81",
                "Origin: http://a.test:81",
                "Content-Length: 0",
            ),
        ),
    ],
    listener="on",
)
