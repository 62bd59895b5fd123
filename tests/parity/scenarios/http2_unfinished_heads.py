"""HTTP/2 clients that begin a header block and do not end it."""

from hyperframe.frame import ContinuationFrame, Frame, HeadersFrame, PingFrame, RstStreamFrame

from tests.parity.config import Node, bootstrap, cluster, http
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Finish, Heads, Messages, Send, Settle, Step, Until
from tests.parity.steps_h2 import Credit, Frames, GoneAway, Greeted, Headers, Raw, StreamDone

# GET, http, /; then the authority, which enters the table of both sides; then what names it there.
_BEGIN = b"\x82\x86\x84"
_REST = b"\x41\x06a.test"
_AGAIN = b"\x82\x86\x84\xbe"
_FIRST = HeadersFrame(1, _BEGIN)
_LAST = ContinuationFrame(1, _REST, flags=["END_HEADERS"])
_WHOLE = HeadersFrame(3, _AGAIN, flags=["END_HEADERS", "END_STREAM"])
# Fields that enter no table.
_FIELD = b"\x00\x01a\x01b"
_TEN_KILOBYTES = b"\x00\x01a\x7f\x91\x4d" + b"v" * 10000
_PING = PingFrame(0, b"12345678")


def _listener(name: str, hcm: str) -> Node:
    return http(name, hcm=hcm, plain=True)


_LISTENERS = [
    _listener("patient", "{}"),
    _listener("headers", "request_headers_timeout: 0.3s"),
    _listener("request", "request_timeout: 0.3s"),
    _listener("stream_idle", "stream_idle_timeout: 0.3s"),
    _listener("duration", "common_http_protocol_options: {max_stream_duration: 0.3s}"),
    _listener("shortest", "request_timeout: 0.3s\nrequest_headers_timeout: 5s"),
    _listener(
        "idle", "common_http_protocol_options: {idle_timeout: 0.1s}\nstream_idle_timeout: 0.5s"
    ),
    _listener(
        "worded",
        "request_headers_timeout: 0.3s\n"
        "local_reply_config: {body_format: {text_format_source: {inline_string:"
        ' "%RESPONSE_CODE% %LOCAL_REPLY_BODY% at %REQUEST_HEADER(:PATH)%"}}}',
    ),
]


def _stats(listener: str) -> list[str]:
    return [
        f"http.{listener}.{name}"
        for name in (
            "downstream_rq_total",
            "downstream_rq_http2_total",
            "downstream_rq_active",
            "downstream_rq_completed",
            "downstream_rq_4xx",
            "downstream_rq_5xx",
            "downstream_rq_header_timeout",
            "downstream_rq_timeout",
            "downstream_rq_idle_timeout",
            "downstream_rq_max_duration_reached",
            "downstream_rq_rx_reset",
            "downstream_rq_tx_reset",
            "downstream_cx_protocol_error",
            "downstream_cx_destroy_remote_active_rq",
            "downstream_cx_destroy_local_active_rq",
        )
    ]


def _case(name: str, steps: list[Step], listener: str = "headers", reply: str = "request") -> Case:
    replies = [Reply(when="never")] if reply == "never" else []
    script: list[Step] = [Greeted(), Credit(False), *steps]
    return Case(name, script, replies, _stats(listener), listener=listener)


def _frames(*frames: Frame) -> Frames:
    return Frames(list(frames))


def _with(*flags: str) -> HeadersFrame:
    return HeadersFrame(1, _BEGIN, flags=list(flags))


_BYTES = _with("END_HEADERS").serialize()
_PADDED = HeadersFrame(1, _BEGIN, flags=["PADDED"], pad_length=5)
_WEIGHED = HeadersFrame(1, _BEGIN, flags=["PRIORITY"], depends_on=0, stream_weight=16)
_COUNTED = [
    Until(f"http.{name}.downstream_rq_{stat}", 1)
    for name, stat in (("patient", "total"), ("patient", "active"))
]

CASES = [
    *(
        _case(f"late_by_{listener}", [_frames(_FIRST), StreamDone(), Settle()], listener)
        for listener in ("headers", "request", "stream_idle", "duration", "shortest")
    ),
    _case("late_on_an_idle_connection", [_frames(_FIRST), StreamDone(), GoneAway()], "idle"),
    *(
        _case(
            f"continued_by_{count}0_kilobytes",
            [_frames(_FIRST, *[ContinuationFrame(1, _TEN_KILOBYTES)] * count), Settle()],
            "patient",
        )
        for count in (5, 9, 30)
    ),
    _case(
        "by_far_too_many_fields",
        [_frames(_FIRST, *[ContinuationFrame(1, _FIELD)] * 3000), Settle()],
        "patient",
    ),
    _case(
        "too_many_fields",
        [_frames(_FIRST, *[ContinuationFrame(1, _FIELD)] * 300), Settle()],
        "patient",
    ),
    _case("with_a_body_of_its_own", [_frames(_FIRST), StreamDone()], "worded"),
    _case("counted_at_once", [_frames(_FIRST), *_COUNTED], "patient"),
    _case("continued_in_time", [_frames(_FIRST), Settle(), _frames(_LAST), Heads(1, "up")]),
    _case(
        "continued_and_ended",
        [_frames(_with("END_STREAM")), Settle(), _frames(_LAST), Messages(1)],
    ),
    _case("ended_with_its_head", [_frames(_with("END_STREAM")), StreamDone()]),
    _case("padded", [_frames(_PADDED), StreamDone()]),
    _case("weighed", [_frames(_WEIGHED), StreamDone()]),
    _case("continued_in_part", [_frames(_FIRST, ContinuationFrame(1, _REST)), StreamDone()]),
    _case(
        "continued_too_late",
        [_frames(_FIRST), StreamDone(), _frames(_LAST, _WHOLE), StreamDone(3)],
    ),
    _case(
        "continued_too_late_with_more",
        [
            _frames(_FIRST),
            StreamDone(),
            _frames(ContinuationFrame(1, b"\x00\x01a\x01b")),
            Settle(),
            _frames(_LAST, _PING, _WHOLE),
            StreamDone(3),
        ],
    ),
    _case(
        "continued_too_late_and_wrong",
        [
            _frames(_FIRST),
            StreamDone(),
            _frames(ContinuationFrame(1, b"\xff" * 6, flags=["END_HEADERS"])),
        ],
    ),
    _case("reset_too_late", [_frames(_FIRST), StreamDone(), _frames(_LAST, RstStreamFrame(1, 8))]),
    _case("not_continued_but_pinged", [_frames(_FIRST), StreamDone(), _frames(_PING)]),
    _case("cut_in_its_payload", [Raw(_with().serialize()[:11]), StreamDone()]),
    _case("cut_in_the_last_payload", [Raw(_BYTES[:11]), StreamDone()]),
    _case("cut_behind_its_header", [Raw(_BYTES[:9]), StreamDone()]),
    _case(
        "cut_and_continued",
        [Raw(_BYTES[:5]), Settle(), Raw(_BYTES[5:10]), StreamDone(), Raw(_BYTES[10:])],
    ),
    _case(
        "beside_another",
        [
            Headers(fields("/a"), end=True),
            Heads(1, "up"),
            _frames(HeadersFrame(3, _BEGIN)),
            StreamDone(3),
            Send(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "up"),
            StreamDone(1),
        ],
        reply="never",
    ),
    _case(
        "behind_another",
        [
            Headers(fields("/a"), end=True),
            StreamDone(),
            _frames(HeadersFrame(3, _BEGIN)),
            StreamDone(3),
        ],
    ),
    _case("client_closes", [_frames(_FIRST), *_COUNTED, Finish("close")], "patient"),
    _case("client_resets", [_frames(_FIRST), *_COUNTED, Finish("reset")], "patient"),
    _case("client_shuts", [_frames(_FIRST), *_COUNTED, Finish("shut"), Ended()], "patient"),
    _case(
        "interrupted_by_a_ping", [_frames(_FIRST), *_COUNTED, _frames(_PING), Ended()], "patient"
    ),
    _case(
        "interrupted_by_data",
        [_frames(_FIRST), *_COUNTED, Raw(b"\0\0\1\0\0\0\0\0\1x"), Ended()],
        "patient",
    ),
    _case(
        "interrupted_by_another_head",
        [_frames(_FIRST), *_COUNTED, _frames(_WHOLE), Ended()],
        "patient",
    ),
]

GROUP = Group(bootstrap(_LISTENERS, [cluster()]), CASES, protocol="h2")
