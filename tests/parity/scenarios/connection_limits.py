"""How many requests a connection may carry, and how long one that is closed waits for its
client: both protocols, with what is counted."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Heads, Messages, Send, Settle, Step, Until
from tests.parity.steps_h2 import Data, GoneAway, Headers, StreamDone, StreamHead

_LISTENERS = {
    # The time between what the client is told is longer than a case may take.
    "one": "{common_http_protocol_options: {max_requests_per_connection: 1}, drain_timeout: 60s}",
    "one_drained": (
        "{common_http_protocol_options: {max_requests_per_connection: 1}, drain_timeout: 0.05s}"
    ),
    "two": "common_http_protocol_options: {max_requests_per_connection: 2}",
    "two_at_once": (
        "{common_http_protocol_options: {max_requests_per_connection: 2}, drain_timeout: 0.05s}"
    ),
    "hasty": "delayed_close_timeout: 0.1s",
    "at_once": "delayed_close_timeout: 0s",
}
_ROUTES = """
- {match: {path: /here}, direct_response: {status: 200, body: {inline_string: here}}}
- {match: {prefix: /}, route: {cluster: up}}
"""


def _stats(listener: str) -> list[str]:
    counted = (
        *("cx_max_requests_reached", "cx_drain_close", "cx_destroy"),
        *("cx_destroy_local", "cx_destroy_remote", "cx_destroy_local_active_rq"),
        *("cx_destroy_remote_active_rq", "rq_total", "rq_rx_reset", "rq_tx_reset"),
    )
    shown = [*(f"http.{listener}.downstream_{name}" for name in counted), "http2.goaway_sent"]
    # Who is half-closed at once closes in time, unless there is none.
    late = f"http.{listener}.downstream_cx_delayed_close_timeout"
    return [*shown, late] if listener == "at_once" else shown


def _case(name: str, listener: str, steps: list[bytes | Step], *replies: Reply | bytes) -> Case:
    return Case(name, steps, replies, _stats(listener), listener=listener)


def _two(name: str, listener: str, steps: list[bytes | Step], *replies: Reply | bytes) -> Case:
    return Case(name, steps, replies, _stats(listener), listener=listener, protocol="h2")


def _get(stream: int, path: str = "/") -> Headers:
    return Headers(fields(path), end=True, stream=stream)


_HALF = request("POST /here HTTP/1.1", "Host: a.test", "Content-Length: 9", body=b"half")
CASES = [
    _case("one_request", "one", [get(), Messages(1), Ended()]),
    _case("one_and_one_behind", "one", [get("/1") + get("/2"), Messages(1), Ended()]),
    _case("one_with_a_body", "one", [post("/", b"hello"), Messages(1), Ended()]),
    _case("one_of_our_own", "one", [get("/here"), Messages(1), Ended()]),
    _case("two_requests", "two", [get("/1"), Messages(1), get("/2"), Messages(2), Ended()]),
    _case("two_at_once_pipelined", "two", [get("/1") + get("/2") + get("/3"), Ended()]),
    _case("two_and_the_first_closes", "two", [get("/1", "Connection: close"), Ended()]),
    _two("one_stream", "one_drained", [_get(1), StreamDone(), GoneAway(2), Ended()]),
    _two(
        "two_streams",
        "two_at_once",
        [_get(1), StreamDone(), Settle(), _get(3), StreamDone(3), GoneAway(2), Ended()],
    ),
    _two(
        "three_streams_at_once",
        "two_at_once",
        [
            *(_get(1), _get(3), _get(5), Heads(1, "up.2")),
            *(Send(response(), f"up.{number}") for number in range(3)),
            *(StreamDone(1), StreamDone(3), StreamDone(5), Ended()),
        ],
        *[Reply(when="never")] * 3,
    ),
    _two(
        "a_stream_that_goes_on",
        "one",
        [
            *(_get(1), StreamHead(), GoneAway(1), Settle()),
            *(Send(b"2\r\nok\r\n0\r\n\r\n", "up"), StreamDone(), Settle()),
        ],
        Reply(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", when="head"),
    ),
    *(
        case
        for name in ("hasty", "at_once")
        for case in (
            _case(f"{name}_half_a_request", name, [_HALF, Messages(1), Ended()]),
            _case(f"{name}_says_close", name, [get("/here", "Connection: close"), Ended()]),
            _case(f"{name}_bad_request", name, [b"nonsense\r\n\r\n", Ended()]),
            _two(
                f"{name}_half_a_stream",
                name,
                [
                    Headers(fields("/here", method="POST")),
                    *(Data(b"half"), StreamDone(), Settle()),
                ],
            ),
        )
    ),
    _case(
        "hasty_and_the_client_stays",
        "hasty",
        [_HALF, Messages(1), Until("http.hasty.downstream_cx_delayed_close_timeout", 1)],
    ),
]
GROUP = Group(
    bootstrap(
        [http(name, hcm=hcm, routes=_ROUTES) for name, hcm in _LISTENERS.items()], [cluster()]
    ),
    CASES,
    listener="one",
)
