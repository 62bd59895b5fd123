"""How HTTP/2 connections that were told to go end: with half a frame on the way, with a client
that does not read, and before the client has said anything."""

from collections.abc import Sequence

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import PREFACE, fields
from tests.parity.scenario import Case, Group, Loose, response
from tests.parity.sessions import Reply
from tests.parity.steps import (
    Ended,
    Finish,
    Heads,
    Open,
    Reading,
    Send,
    Settle,
    Step,
    Until,
)
from tests.parity.steps_h2 import (
    Credit,
    Data,
    GoneAway,
    Greeted,
    Headers,
    Raw,
    StreamDone,
    StreamHead,
    Window,
)

_LAST = "common_http_protocol_options: {max_requests_per_connection: 1}"
_AGED = "common_http_protocol_options: {max_connection_duration: 0.2s}, drain_timeout: 0.1s"
_IDLE = "common_http_protocol_options: {idle_timeout: 0.2s}, drain_timeout: 0.1s"
_LISTENERS = {
    "last": f"{{{_LAST}, drain_timeout: 0.1s}}",
    "at_once": f"{{{_LAST}, drain_timeout: 0s}}",
    "stuck": (
        f"{{{_LAST}, drain_timeout: 0.1s, stream_flush_timeout: 0.3s, stream_idle_timeout: 0.3s}}"
    ),
    "aged": f"{{{_AGED}}}",
    "aged_h2": f"{{{_AGED}, codec_type: HTTP2}}",
    "idle_h2": f"{{{_IDLE}, codec_type: HTTP2}}",
}


def _stats(listener: str) -> list[str]:
    names = (
        *("cx_max_requests_reached", "cx_max_duration_reached", "cx_idle_timeout", "cx_destroy"),
        *("cx_destroy_local", "cx_destroy_remote", "cx_destroy_local_active_rq"),
        *("cx_destroy_remote_active_rq", "rq_rx_reset", "rq_tx_reset", "cx_protocol_error"),
    )
    return [*(f"http.{listener}.downstream_{name}" for name in names), "http2.goaway_sent"]


def _case(
    name: str,
    listener: str,
    steps: Sequence[bytes | Step],
    *replies: Reply | bytes,
    late: bool = False,
    loose: Sequence[Loose] = (),
) -> Case:
    stats = _stats(listener)
    if late:
        # What was not taken is not sent.
        stats[-1] = f"http.{listener}.downstream_cx_delayed_close_timeout"
    return Case(name, steps, replies, stats, listener=listener, protocol="h2", loose=loose)


def _gone(listener: str) -> list[Step]:
    return [Until(f"http.{listener}.downstream_cx_destroy", 1)]


_GET = Headers(fields(), end=True)
_POST = Headers(fields("/", ("content-length", "100"), method="POST"))
_NEVER = Reply(when="never")
_HALF_OF_DATA = b"\0\0\x64\0\1\0\0\0\1half"
_HALF_OF_A_PING = b"\0\0\x08\x06\0\0\0\0\x00half"
_HEAD = b"\0\0\x0b\x01\x05\0\0\0\x03\x82\x86\x84\x41\x06a.test"
_WINDOW = Loose(
    r"(\\x00){2}\\x04\\x08(\\x00){5}\\x01\\x7f\\x00\\x01",
    "",
    "the window of a connection on which nothing follows",
)
# Ends later than the drain does.
_LATER: list[bytes | Step] = [Open("d", listener="aged"), Ended("d")]
_MUCH = response(body=b"x" * 8_000_000)
_OK = response()

CASES = [
    _case("one_stream", "last", [_GET, StreamDone(), GoneAway(2), Ended()]),
    _case("one_stream_at_once", "at_once", [_GET, StreamDone(), GoneAway(2), Ended()]),
    _case(
        "answered_after_the_drain",
        "last",
        [_GET, Heads(1, "up"), GoneAway(2), Send(_OK, "up"), StreamDone(), Ended()],
        _NEVER,
    ),
    _case(
        "answered_after_a_drain_at_once",
        "at_once",
        [_GET, Heads(1, "up"), GoneAway(2), Send(_OK, "up"), StreamDone(), Ended()],
        _NEVER,
    ),
    _case(
        "shut_and_answered_after_the_drain",
        "last",
        [_GET, Heads(1, "up"), Finish("shut"), Settle()],
        _NEVER,
    ),
    _case(
        "another_while_told",
        "stuck",
        [
            *(_GET, StreamDone(), GoneAway(1), Headers(fields("/2"), end=True, stream=3)),
            *(StreamDone(3), GoneAway(2), Ended()),
        ],
    ),
    _case(
        "another_after_the_drain",
        "last",
        [
            *(_GET, Heads(1, "up"), GoneAway(2), Headers(fields("/2"), end=True, stream=3)),
            *(Settle(), Send(_OK, "up"), StreamDone(), Ended()),
        ],
        _NEVER,
    ),
    _case(
        "a_body_after_the_drain",
        "last",
        [
            *(_POST, Heads(1, "up"), GoneAway(2), Data(b"x" * 100, end=True)),
            *(StreamDone(), Ended()),
        ],
    ),
    _case(
        "half_a_frame_of_data",
        "last",
        [
            *(_POST, Heads(1, "up"), Raw(_HALF_OF_DATA), Settle(), Send(_OK, "up")),
            *(StreamDone(), GoneAway(2), Ended()),
        ],
        _NEVER,
    ),
    _case(
        "half_a_ping",
        "last",
        [_GET, StreamDone(), Raw(_HALF_OF_A_PING), GoneAway(2), Ended()],
    ),
    _case(
        "half_a_head_and_the_rest",
        "last",
        [
            *(_GET, StreamDone(), Raw(_HEAD[:11]), *_LATER, Raw(_HEAD[11:])),
            *(StreamDone(3), GoneAway(2), Ended()),
        ],
    ),
    _case(
        "does_not_read",
        "stuck",
        [
            Open(settings={4: 2**31 - 1}, receive_buffer=4096),
            *(Greeted(), Window(2**30), Reading(False), _GET, *_gone("stuck")),
        ],
        _MUCH,
        late=True,
        loose=[Loose(r"tx=\d+", "tx=<much>", "it depends on what the kernel takes")],
    ),
    _case(
        "takes_no_data",
        "stuck",
        [Open(settings={4: 10}), Credit(False), _GET, StreamHead(), *_gone("stuck")],
        response(body=b"x" * 100),
        late=True,
    ),
    *(
        _case(
            f"{listener}_{name}",
            listener,
            [Open(protocol="tcp"), *steps, Ended()],
            loose=[_WINDOW] if name == "half_a_preface" else [],
        )
        for listener in ("aged", "aged_h2", "idle_h2")
        for name, steps in (
            ("and_silent", []),
            ("half_a_preface", [Send(PREFACE[:18])]),
            ("a_preface", [Send(PREFACE)]),
            ("a_preface_and_half_of_the_settings", [Send(PREFACE + b"\0\0\0\4")]),
        )
    ),
    *(
        _case(f"{listener}_and_greeted", listener, [Greeted(), Ended()])
        for listener in ("aged", "aged_h2", "idle_h2")
    ),
]
GROUP = Group(
    bootstrap([http(name, hcm=hcm, plain=True) for name, hcm in _LISTENERS.items()], [cluster()]),
    CASES,
    listener="last",
)
