"""HTTP/2 clients that break rules, stretch limits or flood."""

from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import Fields, fields
from tests.parity.scenario import Case, Group
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Finish, Step, Until
from tests.parity.steps_h2 import Data, Frames, Headers, Raw, StreamDone

_GET = Headers(fields(), end=True)
_POST = Headers(fields(method="POST"))


def _fields(*changed: tuple[str, str | None]) -> Fields:
    """The pseudo headers of a GET, with some replaced, or left out where None."""
    pseudo = dict(fields())
    for name, value in changed:
        if value is None:
            del pseudo[name]
        else:
            pseudo[name] = value
    return tuple(pseudo.items())


_BAD_HEADS: dict[str, Fields] = {
    "no_path": _fields((":path", None)),
    "no_method": _fields((":method", None)),
    "no_scheme": _fields((":scheme", None)),
    "no_authority": _fields((":authority", None)),
    "path_empty": _fields((":path", "")),
    "path_without_slash": _fields((":path", "a")),
    "path_with_a_space": _fields((":path", "/a b")),
    "path_with_a_fragment": _fields((":path", "/a#b")),
    "path_asterisk": _fields((":path", "*")),
    "path_twice": (*fields(), (":path", "/b")),
    "method_with_a_space": _fields((":method", "GET /")),
    "method_unknown": _fields((":method", "BREW")),
    "method_lower_case": _fields((":method", "get")),
    "scheme_odd": _fields((":scheme", "ht tp")),
    "authority_with_a_path": _fields((":authority", "a.test/x")),
    "authority_empty": _fields((":authority", "")),
    "authority_with_user": _fields((":authority", "u@a.test")),
    "pseudo_of_a_response": (*fields(), (":status", "200")),
    "pseudo_unknown": (*fields(), (":odd", "1")),
    "pseudo_after_others": (*fields()[:3], ("x-a", "1"), (":path", "/")),
    "name_with_a_capital": fields("/", ("X-A", "1")),
    "name_with_a_space": fields("/", ("x a", "1")),
    "name_empty": fields("/", ("", "1")),
    "name_with_a_colon": fields("/", ("x:a", "1")),
    "value_with_crlf": fields("/", ("x-a", "1\r\nx-b: 2")),
    "value_with_a_nul": fields("/", ("x-a", "1\x002")),
    "value_with_spaces_around": fields("/", ("x-a", " 1 ")),
    "connection": fields("/", ("connection", "close")),
    "keep_alive": fields("/", ("keep-alive", "5")),
    "proxy_connection": fields("/", ("proxy-connection", "close")),
    "transfer_encoding": fields("/", ("transfer-encoding", "chunked")),
    "upgrade": fields("/", ("upgrade", "websocket")),
    "te_gzip": fields("/", ("te", "gzip")),
    "length_on_a_bodyless_get": fields("/", ("content-length", "5")),
    "length_words": fields("/", ("content-length", "five")),
    "length_twice": fields("/", ("content-length", "0"), ("content-length", "5")),
    "underscore": fields("/", ("x_a", "1")),
    "headers_too_large": fields("/", ("x-a", "a" * 62000)),
    "headers_too_many": fields("/", *[("x-a", "1")] * 101),
    "headers_almost_too_many": fields("/", *[("x-a", "1")] * 95),
}
_STREAMS: dict[str, list[Step]] = {
    "body_longer_than_its_length": [
        Headers(fields("/", ("content-length", "2"), method="POST")),
        Data(b"hello", end=True),
    ],
    "body_shorter_than_its_length": [
        Headers(fields("/", ("content-length", "9"), method="POST")),
        Data(b"hello", end=True),
    ],
    "trailers_with_pseudo_headers": [_POST, Data(b"x"), Headers(((":path", "/"),), end=True)],
    "trailers_without_an_end": [_POST, Data(b"x"), Headers((("x-a", "1"),))],
    "data_after_the_end": [_GET, StreamDone(), Data(b"x", end=True)],
    "headers_after_the_end": [_GET, StreamDone(), Headers(fields(), end=True)],
    "data_on_an_idle_stream": [Data(b"x", stream=5)],
    "data_on_stream_zero": [Raw(b"\x00\x00\x01\x00\x00\x00\x00\x00\x00x")],
    "an_even_stream": [Headers(fields(), end=True, stream=2)],
    "a_smaller_stream": [
        Headers(fields(), end=True, stream=5),
        StreamDone(5),
        Headers(fields(), end=True, stream=3),
    ],
}
_FRAMES: dict[str, list[Frame]] = {
    "reset_of_an_idle_stream": [RstStreamFrame(5, 8)],
    "window_of_the_connection_overflows": [WindowUpdateFrame(0, window_increment=2**31 - 1)] * 2,
    "setting_of_a_bad_window": [SettingsFrame(0, settings={4: 2**31})],
    "setting_of_a_bad_frame_size": [SettingsFrame(0, settings={5: 1})],
    "setting_of_a_bad_push": [SettingsFrame(0, settings={2: 2})],
    "an_unknown_setting": [SettingsFrame(0, settings={0x99: 1})],
    "ping": [PingFrame(0, b"12345678")],
    "continuation_without_headers": [ContinuationFrame(1, b"x", flags=["END_HEADERS"])],
    "headers_not_continued": [HeadersFrame(1, b"\x82"), PingFrame(0, b"12345678")],
    "bad_compression": [HeadersFrame(1, b"\xff\xff\xff\xff\xff\xff", flags=["END_HEADERS"])],
    "a_stream_that_depends_on_itself": [PriorityFrame(1, depends_on=1)],
}
_RAW = {
    "a_frame_that_is_too_large": b"\x00\x40\x02\x04\x00\x00\x00\x00\x00" + b"\x00" * 16386,
    "an_unknown_frame": b"\x00\x00\x01\xee\x00\x00\x00\x00\x00x",
    "a_ping_of_seven_bytes": b"\x00\x00\x07\x06\x00\x00\x00\x00\x00" + b"1234567",
    "settings_of_five_bytes": b"\x00\x00\x05\x04\x00\x00\x00\x00\x00" + b"12345",
    "a_window_update_of_zero": b"\x00\x00\x04\x08\x00\x00\x00\x00\x00" + b"\x00" * 4,
    "a_push_promise": b"\x00\x00\x04\x05\x04\x00\x00\x00\x01" + b"\x00\x00\x00\x02",
}

_LIMITED = """
http2_protocol_options:
  max_outbound_control_frames: 50
  max_consecutive_inbound_frames_with_empty_payload: 1
  max_inbound_priority_frames_per_stream: 10
  max_inbound_window_update_frames_per_data_frame_sent: 1
"""
_FLOODS: dict[str, list[Step]] = {
    "empty_data_frames": [_POST, Frames([DataFrame(1, b"")] * 3), Ended()],
    "priority_frames": [_POST, Frames([PriorityFrame(3, depends_on=0)] * 60), Ended()],
    "window_updates": [
        _POST,
        Frames([WindowUpdateFrame(0, window_increment=1)] * 60),
        Ended(),
    ],
    "continuations": [
        Frames([HeadersFrame(1, b""), *([ContinuationFrame(1, b"")] * 20)]),
        Ended(),
    ],
}
# The upstream never answers and has one connection, so that no reset comes too late.
_RESETS = Case(
    "flood_of_resets",
    [
        *(
            step
            for number in range(1, 1300, 2)
            for step in (Headers(fields(), stream=number), Frames([RstStreamFrame(number, 8)]))
        ),
        Ended(),
    ],
    [Reply(when="never")],
    ["http.resets.downstream_rq_too_many_premature_resets", "http.resets.downstream_rq_rx_reset"],
    listener="resets",
)
_COUNTS = [
    "http2.inbound_empty_frames_flood",
    "http2.inbound_priority_frames_flood",
    "http2.inbound_window_update_frames_flood",
    "http2.outbound_control_flood",
    "http.limited.downstream_cx_protocol_error",
]
_DESTROYED = ["active_rq", "local", "local_active_rq", "remote", "remote_active_rq"]

CASES = [
    *(Case(f"head_{name}", [Headers(head, end=True)]) for name, head in _BAD_HEADS.items()),
    *(
        Case(
            f"head_{name}_is_a_stream_error",
            [Headers(_BAD_HEADS[name], end=True)],
            listener="lenient",
        )
        for name in (
            "name_with_a_capital",
            "connection",
            "path_empty",
            "headers_too_many",
            "length_words",
        )
    ),
    *(
        Case(
            f"end_by_{name}",
            [
                *(Headers(_BAD_HEADS[name], end=True), Ended(), Finish("close")),
                Until("http.http.downstream_cx_destroy", 1),
            ],
            stats=[f"http.http.downstream_cx_destroy_{name}" for name in _DESTROYED],
        )
        for name in ("no_authority", "connection", "value_with_crlf", "path_twice")
    ),
    *(Case(f"stream_{name}", steps) for name, steps in _STREAMS.items()),
    *(Case(f"frame_{name}", [Frames(frames)]) for name, frames in _FRAMES.items()),
    *(Case(f"frame_{name}", [Raw(data)]) for name, data in _RAW.items()),
    *(
        Case(f"flood_of_{name}", steps, listener="limited", stats=_COUNTS)
        for name, steps in _FLOODS.items()
    ),
    _RESETS,
]

GROUP = Group(
    bootstrap(
        [
            http(plain=True),
            http(
                "lenient",
                hcm="http2_protocol_options: {override_stream_error_on_invalid_http_message: true}",
                plain=True,
            ),
            http("limited", hcm=_LIMITED, plain=True),
            http(
                "resets",
                routes="[{match: {prefix: /}, route: {cluster: narrow}}]",
                hcm="access_log: null",
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
