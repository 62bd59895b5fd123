"""What an HTTP/2 client makes the proxy send: answers, refusals, responses; and resets beyond the
bucket. A burst is one write, which Envoy reads before it writes anything."""

from hyperframe.frame import Frame, PingFrame, RstStreamFrame, SettingsFrame

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, response
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Heads, Step, Until
from tests.parity.steps_h2 import Frames, GoneAway, Headers, Rst, StreamDone

_HTTP2 = "http2_protocol_options: "
_DIRECT = "[{match: {prefix: /}, direct_response: {status: 200, body: {inline_string: hi}}}]"


def _pings(count: int) -> list[Frame]:
    return [PingFrame(0, b"12345678")] * count


def _settings(count: int) -> list[Frame]:
    return [SettingsFrame(0)] * count


def _streams(first: int, count: int, method: str = "GET") -> list[Step]:
    return [
        Headers(fields(method=method), end=method == "GET", stream=number)
        for number in range(first, first + 2 * count, 2)
    ]


# The first answer is awaited, so that the greeting is no part of the burst.
_GREETED: list[Step] = [*_streams(1, 1), StreamDone(1)]
_POSTS = _streams(1, 1, method="POST")
_POST = _streams(3, 1, method="POST")
_REPLIES: list[bytes | Reply] = [response(), Reply(when="never")]
# One connection that is never answered holds back all that follows, which is reset unseen.
_HELD = [*_POSTS, Heads(1, "up")]
_COUNTS = (
    "http2.outbound_control_flood",
    "http2.outbound_flood",
    "http2.tx_reset",
    "http2.goaway_sent",
    "http.{}.downstream_cx_protocol_error",
    "http.{}.downstream_cx_destroy_local",
    "http.{}.downstream_cx_destroy_remote",
    "http.{}.downstream_cx_destroy_active_rq",
    "http.{}.downstream_cx_destroy_local_active_rq",
    "http.{}.downstream_cx_delayed_close_timeout",
    "http.{}.downstream_rq_rx_reset",
    "http.{}.downstream_rq_total",
)


def _case(name: str, steps: list[Step], listener: str = "http") -> Case:
    stats = [stat.format(listener) for stat in _COUNTS]
    # Envoy counts it before it closes, this proxy after: the peer has the time to close first.
    if isinstance(steps[-1], Ended):
        steps = [*steps, Until(f"http.{listener}.downstream_cx_delayed_close_timeout", 1)]
    replies = _REPLIES[1:] if listener == "resets" else _REPLIES
    return Case(name, steps, replies, stats, listener=listener)


def _burst(frames: list[Frame], *more: Step) -> list[Step]:
    return [*_GREETED, *_POST, Heads(2, "up"), Frames(frames), *more]


def _resets(first: int, count: int) -> list[Step]:
    return [
        step
        for number in range(first, first + 2 * count, 2)
        for step in (Headers(fields(method="POST"), stream=number), Rst(8, number))
    ]


CASES = [
    _case("as_many_pings_as_may_be", _burst(_pings(1000))),
    _case("one_ping_too_many", _burst(_pings(1001), Ended())),
    _case("as_many_settings_as_may_be", _burst(_settings(1000))),
    _case("one_settings_too_many", _burst(_settings(1001), Ended())),
    _case("pings_and_settings_together", _burst(_pings(600) + _settings(600), Ended())),
    _case(
        "pings_beyond_a_higher_limit",
        _burst(_pings(3000), Ended()),
        listener="wide",
    ),
    # Before the client has agreed to the limit; Envoy leaves one that goes beyond it then.
    _case(
        "as_many_refused_streams_as_may_be",
        [*_POSTS, *_streams(3, 9), StreamDone(19)],
        listener="narrow",
    ),
    _case("one_refused_stream_too_many", [*_POSTS, *_streams(3, 10), Ended()], "narrow"),
    _case(
        "as_many_responses_as_may_be", [*_GREETED, *_streams(3, 25), StreamDone(51)], "direct"
    ),
    _case("one_response_too_many", [*_GREETED, *_streams(3, 26), Ended()], "direct"),
    _case("one_frame_too_many", [*_GREETED, Frames(_pings(51)), Ended()], "direct"),
    _case("as_many_resets_as_may_be", [*_HELD, *_resets(3, 5)], "resets"),
    _case("one_reset_too_many", [*_HELD, *_resets(3, 6), GoneAway(), Ended()], "resets"),
    _case("resets_of_streams_that_are_done", [
        *_streams(1, 6), StreamDone(11),
        Frames([RstStreamFrame(number, 8) for number in range(1, 13, 2)]), GoneAway(), Ended(),
    ], "direct_resets"),
]  # fmt: skip

GROUP = Group(
    bootstrap(
        [
            http(plain=True),
            http("wide", hcm=_HTTP2 + "{max_outbound_control_frames: 2000}", plain=True),
            http(
                "narrow",
                hcm=_HTTP2 + "{max_concurrent_streams: 1, max_outbound_control_frames: 10}",
                plain=True,
            ),
            http("direct", hcm=_HTTP2 + "{max_outbound_frames: 50}", routes=_DIRECT, plain=True),
            http(
                "resets",
                hcm=_HTTP2 + "{stream_reset_burst: 5, stream_reset_rate: 0}\naccess_log: null",
                routes="[{match: {prefix: /}, route: {cluster: narrow}}]",
                plain=True,
            ),
            http(
                "direct_resets",
                hcm=_HTTP2 + "{stream_reset_burst: 5, stream_reset_rate: 0}",
                routes=_DIRECT,
                plain=True,
            ),
        ],
        [
            cluster(),
            cluster("narrow", "circuit_breakers: {thresholds: [{max_connections: 1}]}", to=["up"]),
        ],
    ),
    CASES,
    protocol="h2",
)
