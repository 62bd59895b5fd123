"""The fault filter: delays, refusals and slow responses."""

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter
from tests.parity.scenario import Case, Group, get, post, request, response
from tests.parity.steps import Finish, Messages, Note, Send, Settle, Until

_KIND = "fault.v3.HTTPFault"
_TYPED = f'"@type": type.googleapis.com/envoy.extensions.filters.http.{_KIND}'
_ALL = "percentage: {numerator: 100}"
_NONE = "percentage: {numerator: 0}"
_DELAY = f"delay: {{fixed_delay: 0.02s, {_ALL}}}"
_ABORT = f"abort: {{http_status: 418, {_ALL}}}"


def _route(path: str, fields: str) -> str:
    typed = f"typed_per_filter_config: {{fault: {{{_TYPED}, {fields}}}}}"
    return f"{{match: {{prefix: {path}}}, route: {{cluster: up}}, {typed}}}"


_ROUTES = [
    _route("/delay", _DELAY),
    _route("/abort", _ABORT),
    _route("/both", f"{_DELAY}, {_ABORT}"),
    _route("/never", f"delay: {{fixed_delay: 9s, {_NONE}}}, abort: {{http_status: 500, {_NONE}}}"),
    _route("/grpc", f"abort: {{grpc_status: 5, {_ALL}}}"),
    _route("/body", f"abort: {{http_status: 503, {_ALL}, response_body: sorry}}"),
    _route("/cluster", f"{_ABORT}, upstream_cluster: up"),
    _route("/other", f"{_ABORT}, upstream_cluster: down"),
    _route("/headers", f"{_ABORT}, headers: [{{name: x-a, string_match: {{exact: b}}}}]"),
    _route("/nodes", f"{_ABORT}, downstream_nodes: [one, two]"),
    _route(
        "/byheader",
        f"delay: {{header_delay: {{}}, {_ALL}}}, abort: {{header_abort: {{}}, "
        f"{_ALL}}}, response_rate_limit: {{header_limit: {{}}, {_ALL}}}",
    ),
    _route("/half", "abort: {header_abort: {}, percentage: {numerator: 0}}"),
    _route("/rate", f"response_rate_limit: {{fixed_limit: {{limit_kbps: 1000}}, {_ALL}}}"),
    _route("/raterarely", f"response_rate_limit: {{fixed_limit: {{limit_kbps: 1000}}, {_NONE}}}"),
    _route("/max", f"{_ABORT}, max_active_faults: 0"),
    _route("/one", f"delay: {{fixed_delay: 600s, {_ALL}}}, max_active_faults: 1"),
    _route(
        "/runtime",
        f"abort: {{http_status: 500, {_NONE}}}, abort_percent_runtime: aborts, "
        "abort_http_status_runtime: status",
    ),
    _route("/sender", f"abort: {{http_status: 500, {_ALL}}}"),
    _route("/silent", f"{_ABORT}, disable_downstream_cluster_stats: true"),
    "{match: {prefix: /direct}, direct_response: {status: 200}}",
    "{match: {prefix: /}, route: {cluster: up}}",
]
_RUNTIME = """layered_runtime: {layers: [{name: static, static_layer: {
    aborts: 100, status: 599, fault.http.known.abort.http_status: 444,
    fault.http.calm.abort.abort_percent: 0}}]}"""
_NAMES = ("aborts_injected", "delays_injected", "faults_overflow", "response_rl_injected")
_STATS = [f"http.on.fault.{name}" for name in (*_NAMES, "active_faults")]


def _filter(fields: str) -> Node:
    return http_filter("fault", _KIND, f"{{{fields}}}")


def _case(name: str, *steps: bytes, more: tuple[str, ...] = (), listener: str = "") -> Case:
    return Case(name, list(steps), stats=[*_STATS, *more], listener=listener)


_OF_KNOWN = ("http.on.fault.known.aborts_injected",)
GROUP = Group(
    bootstrap(
        [
            filtered("on", [_filter("")], f"[{', '.join(_ROUTES)}]"),
            filtered(
                "own", [_filter(_ABORT)], "[{match: {prefix: /}, direct_response: {status: 200}}]"
            ),
        ],
        [cluster()],
        _RUNTIME,
    ),
    [
        _case("delay", get("/delay")),
        _case("delay_with_a_body", post("/delay", b"body")),
        _case("abort", get("/abort")),
        _case("abort_with_a_body", post("/abort", b"body")),
        _case("abort_grpc_request", get("/abort", "content-type: application/grpc")),
        _case("delay_then_abort", get("/both")),
        _case("never", get("/never")),
        _case("grpc", get("/grpc")),
        _case("grpc_request", get("/grpc", "content-type: application/grpc")),
        _case("body", get("/body")),
        _case("of_the_cluster", get("/cluster")),
        _case("of_another_cluster", get("/other")),
        _case("headers", get("/headers", "x-a: b")),
        _case("other_headers", get("/headers", "x-a: c")),
        _case("of_a_node", get("/nodes", "x-envoy-downstream-service-node: two")),
        _case("of_another_node", get("/nodes", "x-envoy-downstream-service-node: three")),
        _case("of_no_node", get("/nodes")),
        _case("nothing_asked", get("/byheader")),
        _case("delay_asked", get("/byheader", "x-envoy-fault-delay-request: 10")),
        _case("delay_of_nothing_asked", get("/byheader", "x-envoy-fault-delay-request: 0")),
        _case("delay_asked_wrongly", get("/byheader", "x-envoy-fault-delay-request: soon")),
        _case(
            "delay_asked_for_none",
            get(
                "/byheader",
                "x-envoy-fault-delay-request: 10",
                "x-envoy-fault-delay-request-percentage: 0",
            ),
        ),
        *[
            _case(f"abort_asked_{value}", get("/byheader", f"x-envoy-fault-abort-request: {value}"))
            for value in ("503", "200", "199", "600", "no")
        ],
        _case(
            "abort_asked_of_none",
            get(
                "/half",
                "x-envoy-fault-abort-request: 503",
                "x-envoy-fault-abort-request-percentage: 100",
            ),
        ),
        _case(
            "grpc_abort_asked",
            get(
                "/byheader", "x-envoy-fault-abort-grpc-request: 7", "content-type: application/grpc"
            ),
        ),
        _case(
            "both_aborts_asked",
            get(
                "/byheader",
                "x-envoy-fault-abort-grpc-request: 7",
                "x-envoy-fault-abort-request: 501",
            ),
        ),
        _case("rate_asked", get("/byheader", "x-envoy-fault-throughput-response: 1000")),
        _case("no_rate_asked", get("/byheader", "x-envoy-fault-throughput-response: 0")),
        _case("rate", get("/rate")),
        _case("rate_rarely", get("/raterarely")),
        Case(
            "rate_of_a_long_body",
            [get("/rate"), Messages(1)],
            [response(body=b"x" * 120_000)],
            stats=_STATS,
        ),
        Case(
            "rate_of_chunks",
            [get("/rate"), Messages(1)],
            [response("200 OK", "x-a: b", body=b"")],
            stats=_STATS,
        ),
        Case(
            "rate_with_trailers",
            [get("/rate", "te: trailers"), Messages(1)],
            [
                request(
                    "HTTP/1.1 200 OK",
                    "transfer-encoding: chunked",
                    body=b"3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n",
                )
            ],
            stats=_STATS,
        ),
        _case("at_most_none", get("/max")),
        Case(
            "at_most_one",
            [
                get("/one"),
                Until("http.on.fault.active_faults", 1),
                Send(get("/one"), "d"),
                Messages(1, "d"),
                Note(["http.on.fault.active_faults"]),
                Finish("close"),
                Until("http.on.fault.active_faults", 0),
            ],
            stats=_STATS,
        ),
        _case("by_runtime", get("/runtime")),
        _case(
            "of_a_known_sender",
            get("/sender", "x-envoy-downstream-service-cluster: known"),
            more=_OF_KNOWN,
        ),
        _case("of_a_calm_sender", get("/sender", "x-envoy-downstream-service-cluster: calm")),
        _case("of_a_new_sender", get("/sender", "x-envoy-downstream-service-cluster: other")),
        _case(
            "not_counted",
            get("/silent", "x-envoy-downstream-service-cluster: known"),
            more=_OF_KNOWN,
        ),
        _case("direct", get("/direct")),
        Case(
            "the_filters_own", [get("/")], listener="own", stats=["http.own.fault.aborts_injected"]
        ),
        Case(
            "the_client_leaves",
            [
                get("/one"),
                Until("http.on.fault.active_faults", 1),
                Finish("close"),
                Until("http.on.fault.active_faults", 0),
                Settle(),
            ],
            stats=_STATS,
        ),
    ],
    listener="on",
)
