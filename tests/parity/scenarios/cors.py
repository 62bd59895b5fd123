"""The CORS filter: preflights, marked responses, policies on several levels."""

from tests.parity.config import bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, get, request, response

_POLICY = '"@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy'
_EXACT = 'allow_origin_string_match: [{exact: "https://a.test"}]'


def _route(path: str, policy: str, more: str = "") -> str:
    typed = f"typed_per_filter_config: {{cors: {{{_POLICY}, {policy}}}}}"
    return f"{{match: {{prefix: {path}}}, route: {{cluster: up{more}}}, {typed}}}"


def _share(name: str, percent: int, key: str = "") -> str:
    runtime = f", runtime_key: {key}" if key else ""
    return f"{name}: {{default_value: {{numerator: {percent}}}{runtime}}}"


_ROUTES = [
    _route(
        "/full",
        f"""{_EXACT}, allow_methods: "GET,PUT", allow_headers: "x-a,x-b",
        expose_headers: x-c, max_age: "60", allow_credentials: true,
        allow_private_network_access: true""",
    ),
    _route(
        "/star", 'allow_origin_string_match: [{exact: "*"}], allow_methods: "*", allow_headers: "*"'
    ),
    _route("/regex", r"allow_origin_string_match: [{safe_regex: {regex: 'https://.*\.test'}}]"),
    _route("/forwards", f"{_EXACT}, forward_not_matching_preflights: true"),
    _route("/answers", f"{_EXACT}, forward_not_matching_preflights: false"),
    _route("/off", f"{_EXACT}, {_share('filter_enabled', 0)}"),
    _route("/shadow", f"{_EXACT}, {_share('filter_enabled', 0)}, {_share('shadow_enabled', 100)}"),
    _route("/runtime", f"{_EXACT}, {_share('filter_enabled', 0, 'cors.on')}"),
    _route("/inherits", 'allow_methods: "DELETE"'),
    "{match: {prefix: /plain}, route: {cluster: up}}",
    "{match: {prefix: /direct}, direct_response: {status: 200}}",
    f"{{match: {{prefix: /older}}, route: {{cluster: up, cors: {{{_EXACT}, max_age: '5'}}}}}}",
    "{match: {prefix: /}, route: {cluster: up}, response_headers_to_add: "
    "[{header: {key: x-route, value: there}}]}",
]
_TYPED_HOST = f"""virtual_hosts: [{{name: all, domains: ["*"], routes: [{", ".join(_ROUTES)}],
    typed_per_filter_config: {{cors: {{{_POLICY}, allow_origin_string_match: [{{suffix: .host}}],
    allow_methods: HOST, allow_credentials: true}}}}}}]"""
_OLDER_HOST = f"""virtual_hosts: [{{name: all, domains: ["*"], routes: [{", ".join(_ROUTES)}],
    cors: {{allow_origin_string_match: [{{suffix: .host}}], allow_methods: HOST}}}}]"""
_CORS = http_filter("cors", "cors.v3.Cors")
_STATS = ["http.on.cors.origin_valid", "http.on.cors.origin_invalid"]
_ALL = "Access-Control-Request-Headers: x-q"


def _preflight(path: str, *lines: str, origin: str = "https://a.test") -> bytes:
    asked = "Access-Control-Request-Method: PUT"
    return get(path, f"Origin: {origin}", asked, *lines, method="OPTIONS")


def _from(path: str, origin: str = "https://a.test", method: str = "GET") -> bytes:
    return get(path, f"Origin: {origin}", method=method)


GROUP = Group(
    bootstrap(
        [
            filtered("on", [_CORS], more=_TYPED_HOST),
            filtered("plain", [_CORS], f"[{', '.join(_ROUTES)}]"),
            filtered("older", [_CORS], more=_OLDER_HOST),
        ],
        [cluster()],
        "layered_runtime: {layers: [{name: static, static_layer: {cors: {on: 100}}}]}",
    ),
    [
        Case("preflight_full", [_preflight("/full", _ALL)], stats=_STATS),
        Case(
            "preflight_of_a_private_network",
            [_preflight("/full", "Access-Control-Request-Private-Network: true")],
        ),
        Case("preflight_star", [_preflight("/star", _ALL, origin="null")], stats=_STATS),
        Case("preflight_regex", [_preflight("/regex", origin="https://x.test")]),
        Case("preflight_of_another", [_preflight("/regex", origin="http://x.test")], stats=_STATS),
        Case("preflight_forwarded", [_preflight("/forwards", origin="http://b")], stats=_STATS),
        Case("preflight_answered", [_preflight("/answers", origin="http://b")], stats=_STATS),
        Case("preflight_off", [_preflight("/off")], stats=_STATS),
        Case("preflight_in_the_shadow", [_preflight("/shadow")], stats=_STATS),
        Case("preflight_by_runtime", [_preflight("/runtime")], stats=_STATS),
        Case("options_without_a_method", [_from("/full", method="OPTIONS")], stats=_STATS),
        Case(
            "empty_method",
            [
                request(
                    "OPTIONS /full HTTP/1.1",
                    "Host: a",
                    "Origin: https://a.test",
                    "Access-Control-Request-Method:",
                )
            ],
        ),
        Case("empty_origin", [request("GET /full HTTP/1.1", "Host: a", "Origin:")], stats=_STATS),
        Case("no_origin", [get("/full")], stats=_STATS),
        Case("simple_full", [_from("/full")], stats=_STATS),
        Case(
            "the_upstream_has_its_own",
            [_from("/full")],
            [
                response(
                    "200 OK",
                    "access-control-allow-origin: *",
                    "access-control-allow-credentials: false",
                    "access-control-expose-headers: x-u",
                    "access-control-max-age: 1",
                )
            ],
        ),
        Case("simple_of_another", [_from("/full", "https://b.test")], stats=_STATS),
        Case("simple_in_the_shadow", [_from("/shadow")], stats=_STATS),
        Case(
            "of_the_host",
            [_preflight("/plain", origin="https://x.host"), _from("/plain", "https://x.host")],
            stats=_STATS,
        ),
        Case("levels_complete_each_other", [_preflight("/inherits", origin="https://x.host")]),
        Case("the_older_field_is_hidden", [_preflight("/older", origin="https://x.host")]),
        Case("a_direct_response", [_preflight("/direct", origin="https://x.host")], stats=_STATS),
        Case("no_policy", [_preflight("/plain"), _from("/plain")], listener="plain"),
        Case("older_of_the_route", [_preflight("/older"), _from("/older")], listener="older"),
        Case(
            "older_of_the_host",
            [_preflight("/", origin="https://x.host"), _from("/", "https://x.host")],
            listener="older",
        ),
        Case("older_both", [_preflight("/older", origin="https://x.host")], listener="older"),
        Case(
            "a_grpc_preflight",
            [_preflight("/full", "content-type: application/grpc")],
        ),
        Case("with_a_body", [_preflight("/full", "content-length: 2") + b"ab"]),
        Case(
            "a_local_reply",
            [_from("/nothing", "https://a.test"), _from("/full", "https://a.test")],
            [b"broken\r\n\r\n"],
        ),
    ],
    listener="on",
)
