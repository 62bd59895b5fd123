"""Which timeout holds: of the route, a gRPC client, a client inside, as the upstream is told."""

from tests.parity.config import Node, bootstrap, cluster, http
from tests.parity.scenario import Case, Group, Server, get, post
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Messages

_INSIDE = (
    "{use_remote_address: true, internal_address_config: "
    "{cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]}}"
)
_NEVER = Reply(when="never")
_HALF = Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
_ROUTES = {
    "default": "",
    "seven": "timeout: 7s",
    "none": "timeout: 0s",
    "older": "timeout: 7s, max_grpc_timeout: 5s, grpc_timeout_offset: 0.1s",
    "unbound": "timeout: 7s, max_grpc_timeout: 0s",
    "stream": "timeout: 7s, max_stream_duration: {max_stream_duration: 9s}",
    "newer": "max_stream_duration: {grpc_timeout_header_max: 5s, grpc_timeout_header_offset: 0.1s}",
    "all": "timeout: 7s, max_stream_duration: {max_stream_duration: 9s, "
    "grpc_timeout_header_max: 5s}, max_grpc_timeout: 3s",
    "early": "early_data_policy: {name: x, typed_config: {'@type': type.googleapis.com/"
    "envoy.extensions.early_data.v3.DefaultEarlyDataPolicy}}",
}
_ENDING = {
    "stream": "max_stream_duration: {max_stream_duration: 0.1s}",
    "header_max": "max_stream_duration: {grpc_timeout_header_max: 0.1s}",
    "header_free": "max_stream_duration: {grpc_timeout_header_max: 0s}",
    "offset": "max_stream_duration: "
    "{grpc_timeout_header_max: 0s, grpc_timeout_header_offset: 9.9s}",
    "past": "max_stream_duration: {grpc_timeout_header_max: 0s, grpc_timeout_header_offset: 99s}",
    "both": "max_stream_duration: {max_stream_duration: 0.1s, grpc_timeout_header_max: 9s}",
    "older": "timeout: 9s, max_grpc_timeout: 0.1s",
    "older_free": "timeout: 9s, max_grpc_timeout: 0s, grpc_timeout_offset: 9.9s",
    "idle": "timeout: 0s, idle_timeout: 0.1s",
    "flush": "timeout: 0s, idle_timeout: 9s, flush_timeout: 0.1s",
}
_GRPC = "content-type: application/grpc"
_CLIENTS: dict[str, tuple[str, ...]] = {
    "plain": (),
    "grpc_timeout_without_grpc": ("grpc-timeout: 3S",),
    "grpc": (_GRPC,),
    "grpc_3s": (_GRPC, "grpc-timeout: 3S"),
    "grpc_3000m": (_GRPC, "grpc-timeout: 3000m"),
    "grpc_hour": (_GRPC, "grpc-timeout: 1H"),
    "grpc_nothing": (_GRPC, "grpc-timeout: 0m"),
    "grpc_nanoseconds": (_GRPC, "grpc-timeout: 1n"),
    "grpc_bad": (_GRPC, "grpc-timeout: 3x"),
    "grpc_long": (_GRPC, "grpc-timeout: 123456789S"),
    "rq": ("x-envoy-upstream-rq-timeout-ms: 900",),
    "rq_off": ("x-envoy-upstream-rq-timeout-ms: 0",),
    "grpc_and_rq": (_GRPC, "grpc-timeout: 3S", "x-envoy-upstream-rq-timeout-ms: 900"),
    "try": ("x-envoy-upstream-rq-per-try-timeout-ms: 400",),
    "try_and_rq": (
        "x-envoy-upstream-rq-per-try-timeout-ms: 400",
        "x-envoy-upstream-rq-timeout-ms: 900",
    ),
    "grpc_and_try": (_GRPC, "grpc-timeout: 3S", "x-envoy-upstream-rq-per-try-timeout-ms: 400"),
    "expected": ("x-envoy-expected-rq-timeout-ms: 800",),
    "all": (
        _GRPC,
        "grpc-timeout: 3S",
        "x-envoy-expected-rq-timeout-ms: 800",
        "x-envoy-upstream-rq-timeout-ms: 900",
        "x-envoy-upstream-rq-per-try-timeout-ms: 400",
        "x-envoy-upstream-stream-duration-ms: 9000",
    ),
}
_TABLE = "".join(
    f"- {{match: {{prefix: /{name}}}, route: {{cluster: up{fields and ', ' + fields}}}}}\n"
    for name, fields in _ROUTES.items()
)
_SHORT = "".join(
    f"- {{match: {{prefix: /{name}}}, route: {{cluster: up, {fields}}}}}\n"
    for name, fields in _ENDING.items()
)
_STATS = [
    "http.short.downstream_rq_max_duration_reached",
    "http.short.downstream_rq_idle_timeout",
    "cluster.up.upstream_rq_timeout",
    "cluster.up.upstream_rq_per_try_timeout",
    "cluster.up.upstream_rq_max_duration_reached",
]


def _listener(name: str, hcm: str = "{}", router: str = "{}") -> Node:
    return http(name, routes=_TABLE, hcm=hcm, router_fields=router)


def _ends(name: str, route: str, *lines: str, reply: Reply = _NEVER) -> Case:
    done = Messages(1) if reply is _NEVER else Ended()
    return Case(f"ends_{name}", [get(f"/{route}", *lines), done], [reply], _STATS, listener="short")


_TOLD = [
    Case(f"{where}_{route}_{client}", [get(f"/{route}", *lines)], listener=where)
    for where in ("outside", "inside")
    for route in _ROUTES
    for client, lines in _CLIENTS.items()
    if (where == "inside" or client in {"plain", "grpc_3s", "all"})
    # What ends at once might be answered before.
    and not (client == "grpc_nothing" and route in {"newer", "all"})
    and not (client == "grpc_nanoseconds" and route in {"newer", "all", "older", "unbound"})
]
_RESPECTED = [
    Case(f"respected_{route}_{client}", [get(f"/{route}", *_CLIENTS[client])], listener="respected")
    for route in ("seven", "older", "newer")
    for client in ("plain", "grpc_3s", "rq", "expected", "all")
]
GROUP = Group(
    bootstrap(
        [
            _listener("outside"),
            _listener("inside", _INSIDE),
            _listener("respected", _INSIDE, "respect_expected_rq_timeout: true"),
            http("short", routes=_SHORT, hcm=_INSIDE),
        ],
        [cluster()],
    ),
    [
        *_TOLD,
        *_RESPECTED,
        _ends("a_stream", "stream"),
        _ends("a_stream_with_half_a_response", "stream", reply=_HALF),
        _ends("a_stream_of_grpc", "stream", _GRPC, "grpc-timeout: 9S"),
        _ends("at_the_maximum", "header_max", _GRPC, "grpc-timeout: 9S"),
        _ends("at_the_maximum_without_a_type", "header_max", "grpc-timeout: 9S"),
        _ends("at_the_maximum_halfway", "header_max", "grpc-timeout: 9S", reply=_HALF),
        _ends("as_the_client_says", "header_free", _GRPC, "grpc-timeout: 100m"),
        _ends("as_the_client_says_sooner", "header_max", _GRPC, "grpc-timeout: 50m"),
        _ends("with_an_offset", "offset", _GRPC, "grpc-timeout: 10S"),
        _ends("at_the_clients_though_both", "both", _GRPC, "grpc-timeout: 100m"),
        _ends("without_the_clients", "both"),
        _ends("older_maximum", "older", _GRPC, "grpc-timeout: 9S"),
        _ends("older_of_the_client", "older_free", _GRPC, "grpc-timeout: 10S"),
        _ends("older_of_the_client_halfway", "older_free", _GRPC, "grpc-timeout: 10S", reply=_HALF),
        _ends("idle", "idle"),
        _ends("idle_halfway", "idle", reply=_HALF),
        _ends("as_a_client_inside_says", "flush", "x-envoy-upstream-rq-timeout-ms: 100"),
        _ends("a_try", "flush", "x-envoy-upstream-rq-per-try-timeout-ms: 100"),
        _ends("a_try_of_grpc", "header_free", _GRPC, "x-envoy-upstream-rq-per-try-timeout-ms: 100"),
        _ends("with_an_offset_that_is_more", "past", _GRPC, "grpc-timeout: 10S"),
        _ends("at_once", "header_free", _GRPC, "grpc-timeout: 0m"),
        _ends("at_a_nanosecond", "header_max", _GRPC, "grpc-timeout: 1n"),
        Case("a_post", [post("/flush", b"x")], stats=_STATS, listener="short"),
    ],
    upstreams={"up": Server()},
)
