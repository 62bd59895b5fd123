"""The health check filter: who answers a check, with what, and what counts it."""

from tests.parity.config import (
    LOG_FORMAT,
    Node,
    access_log,
    bootstrap,
    cluster,
    filtered,
    http_filter,
    text_format,
)
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, get, post, request, response
from tests.parity.steps import Answered, Messages, Send, Settle
from tests.parity.steps_h2 import Data, Headers, StreamDone

_HEADERS = "headers: [{name: ':path', string_match: {exact: /health}}]"
_ROUTES = """[
    {match: {prefix: /}, route: {cluster: up}, response_headers_to_add:
        [{header: {key: x-route, value: "1"}}]}]"""


def check(fields: str, headers: str = _HEADERS) -> Node:
    return http_filter("check", "health_check.v3.HealthCheck", f"{{{headers}, {fields}}}")


def _listener(name: str, fields: str, headers: str = _HEADERS) -> Node:
    return filtered(name, [check(fields, headers)], _ROUTES)


def _percent(name: str, value: float) -> str:
    return f"cluster_min_healthy_percentages: {{{name}: {{value: {value}}}}}"


def _needs(name: str, percentages: str) -> Node:
    return _listener(name, f"pass_through_mode: false, {percentages}")


_COUNTERS = (
    *("request_total", "ok", "failed", "cached_response", "degraded"),
    *("failed_cluster_not_found", "failed_cluster_empty", "failed_cluster_unhealthy"),
)


def counters(listener: str) -> list[str]:
    return [f"http.{listener}.health_check.{name}" for name in _COUNTERS]


def _stats(listener: str) -> list[str]:
    downstream = ("rq_total", "rq_completed", "rq_2xx", "rq_4xx", "rq_5xx")
    cluster_rq = ("total", "completed", "2xx", "200", "5xx", "503")
    return [
        *(f"http.{listener}.downstream_{name}" for name in downstream),
        f"http.{listener}.tracing.health_check",
        *counters(listener),
        *(f"cluster.up.upstream_rq_{name}" for name in cluster_rq),
        "cluster.up.external.upstream_rq_completed",
        "cluster.up.internal.upstream_rq_completed",
    ]


_HALF = """{load_assignment: {cluster_name: half, endpoints: [{lb_endpoints: [
    {endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 9}}}},
    {endpoint: {address: {socket_address: {address: 127.0.0.2, port_value: 9}}},
     health_status: UNHEALTHY}]}]}}"""
_DEGRADED = _HALF.replace("half", "degraded").replace("UNHEALTHY", "DEGRADED")
_LOGGED = _listener("logged", "pass_through_mode: false")
_LOGGED["filter_chains"][0]["filters"][0]["typed_config"]["access_log"] = [
    {
        **access_log("$dir/logged.log", text_format(LOG_FORMAT))[0],
        "filter": {"not_health_check_filter": {}},
    }
]
_TWO = "headers: [{name: ':path', string_match: {prefix: /}}, {name: x-check, present_match: true}]"
_NOBODY = f"{_percent('none', 1)}"

GROUP = Group(
    bootstrap(
        [
            _listener("own", "pass_through_mode: false"),
            _listener("every", "pass_through_mode: false", "headers: []"),
            _listener("some", "pass_through_mode: false", _TWO),
            _listener("passes", "pass_through_mode: true"),
            _listener("caches", "pass_through_mode: true, cache_time: 600s"),
            _listener("caches_failures", "pass_through_mode: true, cache_time: 600s"),
            _listener("caches_the_degraded", "pass_through_mode: true, cache_time: 600s"),
            _needs("enough", _percent("half", 50.9)),
            _needs("too_few", _percent("half", 51)),
            _needs("degraded", _percent("degraded", 100)),
            _needs("nobody", _NOBODY),
            _needs("empty", _percent("empty", 1)),
            _needs("emptily", _percent("empty", 0)),
            _needs("less_than_one", _percent("empty", 0.5)),
            _needs(
                "several",
                "cluster_min_healthy_percentages: {half: {value: 50}, degraded: {value: 100}}",
            ),
            _LOGGED,
            filtered(
                "twice", [check("pass_through_mode: true"), check("pass_through_mode: false")]
            ),
        ],
        [
            cluster(),
            cluster("half", _HALF, to=["up"]),
            cluster("degraded", _DEGRADED, to=["up"]),
            cluster("empty", "{load_assignment: {cluster_name: empty, endpoints: []}}", to=["up"]),
        ],
    ),
    [
        Case("own", [get("/health")], stats=_stats("own")),
        Case("own_head", [get("/health", method="HEAD")]),
        Case("own_with_a_query", [get("/health?a=b")]),
        Case("own_with_a_body", [post("/health", b"body")], stats=_stats("own")),
        Case("own_in_pieces", [post("/health", b"body")[:-2], Settle(), Send(b"dy"), Messages(1)]),
        Case(
            "own_with_trailers",
            [
                request(
                    "POST /health HTTP/1.1",
                    "Host: a",
                    "Transfer-Encoding: chunked",
                    body=b"1\r\na\r\n0\r\nx-t: 1\r\n\r\n",
                )
            ],
        ),
        Case("own_and_gone", [post("/health", b"body")[:-2]], stats=_stats("own")),
        Case("own_twice", [get("/health"), Messages(1), get("/health"), Messages(2), get("/x")]),
        Case("own_of_grpc", [get("/health", "Content-Type: application/grpc")]),
        Case(
            "own_over_http2",
            [Headers(fields("/health", method="POST")), Data(b"body", end=True), StreamDone()],
            protocol="h2",
        ),
        Case("no_check", [get("/other")], stats=_stats("own")),
        Case("every_request_is_one", [get("/other")], listener="every"),
        Case("some_requests", [get("/"), Messages(1), get("/", "x-check: 1")], listener="some"),
        Case("no_route", [get("/health", host="b")], listener="own"),
        Case("passes", [get("/health")], listener="passes", stats=_stats("passes")),
        Case(
            "passes_and_fails",
            [get("/health")],
            [response("503 Service Unavailable")],
            listener="passes",
            stats=_stats("passes"),
        ),
        Case("passes_with_a_body", [post("/health", b"body")], listener="passes"),
        Case("passes_by", [get("/other")], listener="passes", stats=_stats("passes")),
        Case(
            "passes_to_a_name_of_its_own",
            [get("/health")],
            [response("200 OK", "x-envoy-upstream-healthchecked-cluster: theirs")],
            listener="passes",
        ),
        Case(
            "caches",
            [get("/health"), Messages(1), get("/health"), Messages(2), get("/other")],
            [response("200 OK", "x-envoy-degraded: true"), response()],
            listener="caches",
            stats=_stats("caches"),
        ),
        Case(
            "caches_failures",
            [get("/health"), Messages(1), get("/health"), Messages(2), get("/health"), Messages(3)],
            [response("404 Not Found")],
            listener="caches_failures",
            stats=_stats("caches_failures"),
        ),
        *[
            Case(name, [get("/health")], listener=name, stats=_stats(name)[:14])
            for name in (
                "enough",
                "too_few",
                "degraded",
                "nobody",
                "empty",
                "emptily",
                "less_than_one",
                "several",
            )
        ],
        Case("logged", [get("/health"), Messages(1), get("/other")], listener="logged"),
        Case(
            "twice",
            [get("/health"), Messages(1), get("/other")],
            listener="twice",
            stats=counters("twice"),
        ),
        Case(
            "caches_the_degraded",
            [get("/health"), Messages(1), get("/health"), Messages(2), get("/health"), Messages(3)],
            [response("200 OK", "x-envoy-degraded: true")],
            listener="caches_the_degraded",
            stats=counters("caches_the_degraded"),
        ),
        Case("a_bad_request_meets_it", [b"GET / HTTP/1.1\r\n\r\n", Answered()]),
    ],
    listener="own",
)
