"""gRPC through the proxy: trailers, trailers-only, and what local replies become."""

from tests.parity.config import LOG_FORMAT, access_log, bootstrap, cluster, http, text_format
from tests.parity.http2 import H2Reply, fields, status
from tests.parity.scenario import Case, Group, Server, get
from tests.parity.steps import Answered, Settle
from tests.parity.steps_h2 import Data, Headers, Rst, StreamDone, StreamHead

_TYPE = ("content-type", "application/grpc")
_CALL = Headers(fields("/a.B/C", _TYPE, ("te", "trailers"), method="POST"))
_FRAME = b"\x00\x00\x00\x00\x02hi"
_HEAD = status(200, _TYPE)
_TRAILERS = (("grpc-status", "0"), ("grpc-message", ""))
_LOG = LOG_FORMAT.replace("\n", " grpc=%GRPC_STATUS% %GRPC_STATUS_NUMBER%\n")
_ROUTES = """
- {match: {prefix: /refused}, route: {cluster: refused}}
- {match: {prefix: /missing}, route: {cluster_header: x-cluster}}
- {match: {prefix: /empty}, route: {cluster: empty}}
- {match: {prefix: /quick}, route: {cluster: up, timeout: 0.1s}}
- match: {prefix: /longest}
  route: {cluster: up, max_stream_duration: {grpc_timeout_header_max: 0.1s}}
- match: {prefix: /any}
  route: {cluster: up, max_stream_duration: {grpc_timeout_header_max: 0s}}
- match: {prefix: /offset}
  route:
    cluster: up
    max_stream_duration: {grpc_timeout_header_max: 60s, grpc_timeout_header_offset: 0.1s}
- {match: {prefix: /own}, route: {cluster: up, max_stream_duration: {max_stream_duration: 9s}}}
- match: {prefix: /both}
  route:
    cluster: up
    max_stream_duration: {max_stream_duration: 9s, grpc_timeout_header_max: 60s}
- {match: {prefix: /oldest}, route: {cluster: up, max_grpc_timeout: 0.1s}}
- {match: {prefix: /old}, route: {cluster: up, max_grpc_timeout: 60s, grpc_timeout_offset: 0.1s}}
- {match: {prefix: /unlimited}, route: {cluster: up, timeout: 3s, max_grpc_timeout: 0s}}
- {match: {prefix: /forbidden}, direct_response: {status: 403, body: {inline_string: "no %, é"}}}
- {match: {prefix: /redirect}, redirect: {path_redirect: /x}}
- {match: {prefix: /a.B, grpc: {}}, route: {cluster: up}}
"""


def _call(path: str) -> list[Headers | Data | StreamDone]:
    call = Headers(fields(path, _TYPE, method="POST"))
    return [call, Data(_FRAME, end=True), StreamDone()]


_TIMES = (
    ("any", "/any", ("grpc-timeout", "50S")),
    ("any_in_hours", "/any", ("grpc-timeout", "99999999H")),
    ("any_in_nanoseconds", "/any", ("grpc-timeout", "99999999n")),
    ("any_in_microseconds", "/any", ("grpc-timeout", "99999999u")),
    ("any_too_long", "/any", ("grpc-timeout", "100000000m")),
    ("any_of_no_unit", "/any", ("grpc-timeout", "50")),
    ("any_of_an_odd_unit", "/any", ("grpc-timeout", "50s")),
    ("any_that_is_no_number", "/any", ("grpc-timeout", "soon")),
    ("any_missing", "/any"),
    ("capped", "/offset", ("grpc-timeout", "90S")),
    ("with_an_offset", "/offset", ("grpc-timeout", "50S")),
    ("own", "/own", ("grpc-timeout", "50S")),
    ("both", "/both", ("grpc-timeout", "50S")),
    ("both_and_none_asked", "/both"),
    ("old", "/old", ("grpc-timeout", "50S")),
    ("old_missing", "/old"),
    ("old_capped", "/old", ("grpc-timeout", "70S")),
    ("old_too_short", "/old", ("grpc-timeout", "50m")),
    ("old_unlimited", "/unlimited", ("grpc-timeout", "50S")),
    ("old_unlimited_missing", "/unlimited"),
    ("no_max", "/a.B/C", ("grpc-timeout", "50S")),
    ("ordinary", "/both", ("grpc-timeout", "50S"), ("content-type", "text/plain")),
    ("ordinary_old", "/old", ("grpc-timeout", "50S"), ("content-type", "text/plain")),
)


_CODES = [
    f"cluster.up.{of}upstream_rq_{what}"
    for of in ("", "external.")
    for what in ("completed", "unknown", "2xx", "200", "5xx", "503", "504")
] + ["http.quiet.downstream_rq_2xx", "http.quiet.downstream_rq_5xx", "cluster.up.upstream_rq_total"]


def _times(name: str, path: str, *headers: tuple[str, str]) -> Case:
    kind = () if any(name == "content-type" for name, _ in headers) else (_TYPE,)
    call = fields(path, *kind, *headers, method="POST")
    steps = [Headers(call, end=True), StreamDone()]
    return Case("timeout_" + name, steps, listener="told")


CASES = [
    Case(
        "a_call",
        [_CALL, Data(_FRAME, end=True)],
        [H2Reply(_HEAD, _FRAME, _TRAILERS)],
        stats=[
            "cluster.up.upstream_rq_2xx",
        ],
    ),
    Case(
        "a_failed_call",
        [_CALL, Data(_FRAME, end=True)],
        [H2Reply(_HEAD, _FRAME, (("grpc-status", "5"), ("grpc-message", "not%20found")))],
    ),
    Case(
        "trailers_only",
        [_CALL, Data(_FRAME, end=True)],
        [H2Reply(status(200, _TYPE, ("grpc-status", "7")), b"")],
    ),
    Case(
        "a_stream_both_ways",
        [
            *(
                _CALL,
                Data(_FRAME),
                StreamHead(1, "up"),
                Headers(_HEAD, on="up"),
                StreamHead(),
                Data(_FRAME, on="up"),
            ),
            *(
                Settle(),
                Data(_FRAME),
                Settle(),
                Data(_FRAME, on="up"),
                Settle(),
                Data(b"", end=True),
            ),
            *(StreamDone(1, "up"), Headers(_TRAILERS, end=True, on="up"), StreamDone()),
        ],
        [H2Reply(when="never")],
    ),
    Case(
        "the_client_cancels",
        [_CALL, Data(_FRAME), StreamHead(1, "up"), Rst(), StreamDone(1, "up")],
        [H2Reply(when="never")],
    ),
    Case(
        "the_upstream_cancels",
        [_CALL, Data(_FRAME, end=True), StreamDone()],
        [H2Reply((), b"", reset=8)],
    ),
    Case(
        "the_upstream_answers_503", [_CALL, Data(_FRAME, end=True)], [H2Reply(status(503), b"busy")]
    ),
    Case("no_such_service", _call("/nothing")),
    Case("refused", _call("/refused")),
    Case("no_hosts", _call("/empty")),
    Case("no_cluster", _call("/missing")),
    Case("forbidden", _call("/forbidden")),
    Case("redirect", _call("/redirect")),
    Case("timeout", _call("/quick"), [H2Reply(when="never")]),
    Case(
        "timeout_of_the_client",
        [
            Headers(fields("/longest", _TYPE, ("grpc-timeout", "50m"), method="POST"), end=True),
            StreamDone(),
        ],
        [H2Reply(when="never")],
    ),
    Case(
        "timeout_larger_than_allowed",
        [
            Headers(fields("/longest", _TYPE, ("grpc-timeout", "50S"), method="POST"), end=True),
            StreamDone(),
        ],
        [H2Reply(when="never")],
    ),
    *(_times(name, path, *headers) for name, path, *headers in _TIMES),
    Case(
        "timeout_of_all_streams",
        [Headers(fields("/a.B/C", _TYPE, method="POST"), end=True), StreamDone()],
        listener="streams",
    ),
    Case(
        "timeout_of_all_streams_and_the_client",
        [
            Headers(fields("/a.B/C", _TYPE, ("grpc-timeout", "5S"), method="POST"), end=True),
            StreamDone(),
        ],
        listener="streams",
    ),
    Case(
        "timeout_of_an_ordinary_client",
        [
            Headers(fields("/both", ("grpc-timeout", "50m"), method="POST"), end=True),
            StreamDone(),
        ],
        [H2Reply(when="never")],
    ),
    Case(
        "timeout_of_a_client_in_a_hurry",
        [
            Headers(fields("/any", _TYPE, ("grpc-timeout", "0m"), method="POST"), end=True),
            StreamDone(),
        ],
        [H2Reply(when="never")],
    ),
    Case(
        "timeout_of_a_client_and_too_great_an_offset",
        [
            Headers(fields("/offset", _TYPE, ("grpc-timeout", "50m"), method="POST"), end=True),
            StreamDone(),
        ],
        [H2Reply(when="never")],
    ),
    Case(
        "old_timeout_passes",
        [Headers(fields("/oldest", _TYPE, method="POST"), end=True), StreamDone()],
        [H2Reply(when="never")],
    ),
    Case(
        "not_found_over_http1",
        [get("/nothing", "Content-Type: application/grpc", method="POST"), Answered()],
        protocol="h1",
    ),
    Case(
        "grpc_web_is_an_ordinary_request",
        [
            Headers(
                fields("/nothing", ("content-type", "application/grpc-web"), method="POST"),
                end=True,
            )
        ],
    ),
    Case(
        "grpc_with_a_suffix",
        [
            Headers(
                fields("/nothing", ("content-type", "application/grpc+json"), method="POST"),
                end=True,
            )
        ],
    ),
    Case(
        "quiet_call",
        [_CALL, Data(_FRAME, end=True), StreamDone()],
        [H2Reply(_HEAD, _FRAME, _TRAILERS)],
        listener="quiet",
        stats=_CODES,
    ),
    Case(
        "quiet_call_that_is_answered_503",
        [_CALL, Data(_FRAME, end=True), StreamDone()],
        [H2Reply(status(503), b"busy")],
        listener="quiet",
        stats=_CODES,
    ),
    Case(
        "quiet_call_that_times_out",
        _call("/quick"),
        [H2Reply(when="never")],
        listener="quiet",
        stats=_CODES,
    ),
    Case(
        "quiet_and_ordinary",
        [Headers(fields("/both", method="POST"), end=True), StreamDone()],
        [H2Reply(status(503), b"busy")],
        listener="quiet",
        stats=_CODES,
    ),
    Case(
        "an_ordinary_request_misses_a_grpc_route",
        [Headers(fields("/a.B/C", method="POST"), end=True)],
    ),
]

GROUP = Group(
    bootstrap(
        [
            http(routes=_ROUTES, plain=True),
            http("told", routes=_ROUTES),
            http(
                "streams",
                routes=_ROUTES,
                hcm="common_http_protocol_options: {max_stream_duration: 9s}",
                plain=True,
            ),
            http(
                "quiet",
                routes=_ROUTES,
                router_fields="{suppress_grpc_request_failure_code_stats: true}",
            ),
        ],
        [
            cluster(h2=True),
            cluster("refused"),
            cluster("empty", "load_assignment: {cluster_name: empty, endpoints: []}"),
        ],
    ),
    CASES,
    upstreams={"up": Server("h2"), "refused": Server("refused")},
    protocol="h2",
)
GROUP.config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"][
    "access_log"
] = access_log("$dir/http.log", text_format(_LOG))
