"""The timeouts of a route hold from where it is chosen: filters that keep the request do not
escape them, and what the connection manager says does not hold any more."""

from collections.abc import Sequence

from tests.parity.config import Node, bootstrap, cluster, filtered, http, http_filter, merged
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, get, post
from tests.parity.steps import Ended, Messages, Open, Send, Step
from tests.parity.steps_h2 import Data, Headers, StreamDone

_ROUTES = {
    "plain": "",
    "idle": "idle_timeout: 0.1s",
    "not_idle": "idle_timeout: 0s",
    "long_idle": "idle_timeout: 9s",
    "lasting": "max_stream_duration: {max_stream_duration: 0.1s}",
    "not_lasting": "max_stream_duration: {max_stream_duration: 0s}",
    "long_lasting": "max_stream_duration: {max_stream_duration: 9s}",
    "grpc": "max_stream_duration: {grpc_timeout_header_max: 0s}",
    "grpc_most": "max_stream_duration: {max_stream_duration: 9s, grpc_timeout_header_max: 0.1s}",
    "grpc_offset": "max_stream_duration: "
    "{grpc_timeout_header_max: 0s, grpc_timeout_header_offset: 1s}",
    "flush": "flush_timeout: 0.1s",
    "timeout": "timeout: 0.1s",
}
_TABLE = "".join(
    f"- {{match: {{path: /{name}}}, route: {{cluster: up{text and ', ' + text}}}}}\n"
    for name, text in _ROUTES.items()
)
# From the first of a pair to the second, by a header that a filter makes state of.
_PAIRS = (
    *(("idle", "plain"), ("idle", "not_idle"), ("plain", "idle"), ("idle", "long_idle")),
    *(("lasting", "plain"), ("lasting", "not_lasting"), ("plain", "lasting")),
    *(("lasting", "long_lasting"), ("grpc", "plain"), ("plain", "grpc")),
    *(("grpc_offset", "grpc_offset"), ("idle", "lasting"), ("not_idle", "lasting")),
    *(("idle", "direct"), ("lasting", "direct"), ("not_idle", "direct")),
)


def _action(name: str) -> str:
    if name == "direct":
        return "direct_response: {status: 299}"
    return f"route: {{cluster: up{_ROUTES[name] and ', ' + _ROUTES[name]}}}"


_AGAIN = "".join(
    f"- match: {{prefix: /{first}_{second}/, "
    "filter_state: [{key: k, string_match: {exact: again}}]}\n"
    f"  {_action(second)}\n"
    f"- {{match: {{prefix: /{first}_{second}/}}, {_action(first)}}}\n"
    for first, second in _PAIRS
)
_BUFFER = http_filter("buffer", "buffer.v3.Buffer", "max_request_bytes: 1000")
_DELAY = http_filter(
    "fault",
    "fault.v3.HTTPFault",
    "delay: {fixed_delay: 0.6s, percentage: {numerator: 100}}",
)
_STATE = http_filter(
    "state",
    "set_filter_state.v3.Config",
    "{clear_route_cache: true, on_request_headers: [{object_key: k, factory_key: envoy.string, "
    "format_string: {text_format_source: {inline_string: again}}}]}",
)
_GRPC = ("content-type", "application/grpc")
_SHORT_IDLE = {"stream_idle_timeout": "0.2s"}
_SHORT_LASTING = {"common_http_protocol_options": {"max_stream_duration": "0.2s"}}


def _with(listener: Node, hcm: Node) -> Node:
    chain = listener["filter_chains"][0]["filters"][0]
    chain["typed_config"] = merged(chain["typed_config"], hcm)
    return listener


# Ends later than what is too short would.
_LATER: list[bytes | Step] = [Open("d", "aged", "h1"), Ended("d")]
_HALF = b"POST /%s HTTP/1.1\r\nhost: a.test\r\ncontent-length: 4\r\n\r\nha"


def _half(path: str) -> Send:
    return Send(_HALF % path.encode())


def _case(name: str, listener: str, steps: Sequence[bytes | Step], protocol: str = "") -> Case:
    stats = [
        f"http.{listener}.downstream_rq_{what}"
        for what in ("idle_timeout", "max_duration_reached", "timeout", "rx_reset", "tx_reset")
    ]
    return Case(name, steps, stats=stats, listener=listener, protocol=protocol)


_ENDING = ("idle", "lasting")
_WAITING = ("plain", "not_idle", "long_idle", "not_lasting", "flush", "timeout")
CASES = [
    # A body that never comes as a whole.
    *(_case(f"half_a_body_{name}", "buffered", [_half(name), Ended()]) for name in _ENDING),
    *(
        _case(
            f"half_a_body_over_http2_{name}",
            "buffered",
            [Headers(fields(f"/{name}", method="POST")), Data(b"ha"), StreamDone()],
            "h2",
        )
        for name in _ENDING
    ),
    *(
        _case(
            f"half_a_message_{name}_{asked}",
            "buffered",
            [
                Headers(fields(f"/{name}", _GRPC, ("grpc-timeout", asked), method="POST")),
                *(Data(b"\0\0"), StreamDone()),
            ],
            "h2",
        )
        for name, asked in (
            *(("idle", "9S"), ("lasting", "9S"), ("lasting", "10m"), ("grpc", "100m")),
            *(("grpc_most", "9S"), ("grpc_offset", "1100m"), ("grpc", "0m")),
        )
    ),
    # A body that comes late, where the connection manager alone would not wait for it.
    *(
        _case(
            f"late_body_{listener}_{name}",
            listener,
            [_half(name), *_LATER, Send(b"lf"), Messages(1)],
        )
        for listener, names in (
            ("buffered", _WAITING),
            ("not_idle", ("not_idle", "long_idle")),
            ("not_lasting", ("not_lasting", "long_lasting")),
        )
        for name in names
    ),
    *(
        _case(f"late_body_{listener}_{name}", listener, [_half(name), Ended()])
        for listener, names in (
            ("not_idle", ("plain", "flush", "timeout", "lasting")),
            ("not_lasting", ("plain", "flush", "timeout", "idle")),
        )
        for name in names
    ),
    # A filter that waits by itself.
    *(
        _case(f"delayed_{listener}_{name}", f"delayed_{listener}", [get(f"/{name}"), Messages(1)])
        for listener, names in (
            ("any", ("plain", "idle", "lasting", "timeout")),
            ("idle", ("plain", "not_idle", "long_idle", "lasting")),
            ("lasting", ("plain", "not_lasting", "long_lasting", "idle")),
        )
        for name in names
    ),
    *(
        _case(
            f"delayed_with_a_body_{name}", "delayed_any", [post(f"/{name}", b"body"), Messages(1)]
        )
        for name in ("plain", "idle", "lasting")
    ),
    # What the upstream is told of a limit.
    *(
        _case(
            f"told_{name}_{listener}",
            listener,
            [
                Headers(
                    fields(f"/{name}", _GRPC, ("grpc-timeout", "9S"), ("te", "trailers")), end=True
                ),
                StreamDone(),
            ],
            "h2",
        )
        for listener in ("buffered", "rerouted")
        for name in ("plain", "grpc", "grpc_offset", "long_lasting", "not_lasting")
    ),
    *(
        _case(
            f"told_{name}_{listener}",
            listener,
            [
                Headers(fields(f"/{name}", *more, ("grpc-timeout", "9S")), end=True),
                StreamDone(),
            ],
            "h2",
        )
        for listener in ("lasting", "not_lasting")
        for name, more in (("not_lasting", [_GRPC]), ("plain", [_GRPC]), ("grpc", []))
    ),
    *(
        _case(
            f"told_again_{first}_{second}",
            "rerouted",
            [
                Headers(
                    fields(f"/{first}_{second}/", _GRPC, ("grpc-timeout", "9S")),
                    end=True,
                ),
                StreamDone(),
            ],
            "h2",
        )
        for first, second in _PAIRS
        if second != "direct"
    ),
    # Another route is found, and then the body does not come for long.
    *(
        _case(
            f"another_route_{first}_{second}",
            "rerouted",
            [
                Headers(fields(f"/{first}_{second}/", method="POST")),
                *(Data(b"ha"), *_LATER, Data(b"lf", end=True), StreamDone()),
            ],
            "h2",
        )
        for first, second in _PAIRS
    ),
    *(
        _case(
            f"another_route_not_idle_{first}_{second}",
            "rerouted_idle",
            [
                Headers(fields(f"/{first}_{second}/", method="POST")),
                *(Data(b"ha"), *_LATER, Data(b"lf", end=True), StreamDone()),
            ],
            "h2",
        )
        for first, second in _PAIRS
        if "idle" in first + second
    ),
]
_LISTENERS = [
    filtered("buffered", [_BUFFER], _TABLE),
    _with(filtered("not_idle", [_BUFFER], _TABLE), _SHORT_IDLE),
    _with(filtered("not_lasting", [_BUFFER], _TABLE), _SHORT_LASTING),
    _with(http("lasting", routes=_TABLE), _SHORT_LASTING),
    filtered("delayed_any", [_DELAY], _TABLE),
    _with(filtered("delayed_idle", [_DELAY], _TABLE), _SHORT_IDLE),
    _with(filtered("delayed_lasting", [_DELAY], _TABLE), _SHORT_LASTING),
    filtered("rerouted", [_STATE, _BUFFER], _AGAIN + _TABLE),
    _with(filtered("rerouted_idle", [_STATE, _BUFFER], _AGAIN + _TABLE), _SHORT_IDLE),
    http("aged", hcm="common_http_protocol_options: {idle_timeout: 0.6s}"),
]
GROUP = Group(bootstrap(_LISTENERS, [cluster()]), CASES, listener="buffered")
