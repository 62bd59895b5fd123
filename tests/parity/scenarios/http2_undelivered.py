"""Responses that an HTTP/2 client does not take as a whole: the exchange lasts until the last byte
has left or the client has, and is counted, timed and logged then."""

from collections.abc import Sequence

from tests.parity.config import (
    Node,
    access_log,
    bootstrap,
    cluster,
    http,
    merged,
    text_format,
)
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, Loose, response
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Finish, Note, Open, Settle, Step, Until
from tests.parity.steps_h2 import (
    Credit,
    GoAway,
    GoneAway,
    Headers,
    Rst,
    StreamData,
    StreamDone,
    Window,
)

_LARGE = "x" * 200_000
_ROUTES = f"""
- {{match: {{path: /direct}}, direct_response: {{status: 200, body: {{inline_string: {_LARGE}}}}}}}
- {{match: {{path: /redirect}}, redirect: {{path_redirect: /there}}}}
- {{match: {{path: /none}}, route: {{cluster: none}}}}
- {{match: {{path: /late}}, route: {{cluster: up, flush_timeout: 0.1s}}}}
- {{match: {{prefix: /}}, route: {{cluster: up}}}}
"""
_TYPE = "type.googleapis.com/envoy.extensions"
_TIMES = (
    "%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% "
    "tx=%BYTES_SENT% all=%DURATION% sending=%RESPONSE_TX_DURATION% "
    "%CONNECTION_TERMINATION_DETAILS%\n"
)


def _listener(name: str, hcm: Node, log: str = "") -> Node:
    listener = http(
        name,
        routes=_ROUTES,
        route_config="max_direct_response_body_size_bytes: 300000",
        plain=True,
    )
    chain = listener["filter_chains"][0]["filters"][0]
    if log:
        hcm = {**hcm, "access_log": access_log(f"$dir/{name}.log", text_format(log))}
    chain["typed_config"] = merged(chain["typed_config"], hcm)
    return listener


_STATS = (
    *("rq_active", "rq_rx_reset", "rq_tx_reset", "rq_2xx", "rq_5xx", "cx_destroy_remote_active_rq"),
    *("cx_destroy_local_active_rq", "cx_destroy_active_rq", "cx_destroy_remote"),
    *("cx_destroy_local", "rq_response_before_rq_complete"),
)
_LATER: list[bytes | Step] = [Open("d", "aged", "h1"), Ended("d")]
_SMALL = response(body=b"x" * 100)
_BIG = response(body=_LARGE.encode())
_ACTIVE = ["http.http.downstream_rq_active", "cluster.up.upstream_rq_active"]


def _asks(path: str = "/", stream: int = 1) -> list[bytes | Step]:
    return [Headers(fields(path), end=True, stream=stream)]


def _opened(window: int = 10) -> list[bytes | Step]:
    return [Open(protocol="h2", settings={4: window}), Credit(False)]


def _gone(name: str = "http") -> Until:
    return Until(f"http.{name}.downstream_cx_destroy", 1)


_LEAVES: dict[str, list[bytes | Step]] = {
    "closes": [Finish("close"), _gone()],
    "resets_the_connection": [Finish("reset"), _gone()],
    "resets": [Rst(), Settle(), Finish("close"), _gone()],
    "resets_without_an_error": [Rst(0), Settle(), Finish("close"), _gone()],
    "shuts": [Finish("shut"), _gone()],
    "says_goodbye": [GoAway(0), Settle(), Note(_ACTIVE), Finish("close"), _gone()],
    "reads_on": [Window(1_000_000, 1), Window(1_000_000), StreamDone(), Settle()],
    "reads_on_and_closes": [
        *(Window(1_000_000, 1), Window(1_000_000), StreamDone(), Settle()),
        *(Finish("close"), _gone()),
    ],
}


def _case(
    name: str,
    steps: Sequence[bytes | Step],
    *replies: Reply | bytes,
    listener: str = "http",
    loose: Sequence[Loose] = (),
) -> Case:
    stats = [f"http.{listener}.downstream_{what}" for what in _STATS]
    cluster_stats = [f"cluster.up.upstream_rq_{what}" for what in ("200", "active", "rx_reset")]
    return Case(
        name,
        steps,
        replies,
        [*stats, *cluster_stats, "http2.tx_reset", "http2.tx_flush_timeout"],
        listener=listener,
        protocol="h2",
        loose=loose,
    )


_LONG = [
    Loose(r"(all|sending)=\d{3,4} ", r"\1=<long> ", "how long exactly is a matter of luck"),
    Loose(r"(all|sending)=\d{1,2} ", r"\1=<short> ", "how long exactly is a matter of luck"),
]
CASES = [
    *(
        _case(
            f"small_{name}",
            [*_opened(), *_asks(), StreamData(10), Settle(), Note(_ACTIVE), *steps],
            _SMALL,
        )
        for name, steps in _LEAVES.items()
    ),
    *(
        _case(
            f"large_{name}",
            [*_opened(65535), *_asks(), StreamData(65535), Settle(), Note(_ACTIVE), *steps],
            _BIG,
        )
        for name, steps in _LEAVES.items()
    ),
    *(
        _case(
            f"direct_{name}",
            [
                *_opened(65535),
                *_asks("/direct"),
                StreamData(65535),
                Settle(),
                Note(_ACTIVE),
                *steps,
            ],
        )
        for name, steps in _LEAVES.items()
    ),
    *(
        _case(
            f"refused_{name}",
            [*_opened(), *_asks("/none"), StreamData(10), Settle(), Note(_ACTIVE), *steps],
        )
        for name, steps in _LEAVES.items()
    ),
    _case(
        "without_a_body_closes",
        [*_opened(), *_asks("/redirect"), StreamDone(), Note(_ACTIVE), Finish("close"), _gone()],
    ),
    *(
        _case(
            f"two_{name}",
            [
                *(*_opened(), *_asks(), *_asks("/3", 3), StreamData(10), StreamData(10, 3)),
                *(Settle(), Note(_ACTIVE), *steps),
            ],
            _SMALL,
            _SMALL,
            loose=[
                Loose("GET /3? ", "GET /<any> ", "which of the two is told of first is its own")
            ],
        )
        for name, steps in _LEAVES.items()
        if name in {"closes", "resets", "shuts"}
    ),
    _case(
        "told_to_go",
        [
            *(*_opened(), *_asks(), StreamData(10), GoneAway(1), *_LATER),
            *(Window(1000, 1), StreamDone(), GoneAway(2), Ended(), _gone("last")),
        ],
        _SMALL,
        listener="last",
    ),
    *(
        _case(
            f"times_{path}_{name}",
            [*_opened(), *_asks(f"/{path}"), StreamData(10), *_LATER, *steps],
            _SMALL,
            listener="timed",
            loose=_LONG,
        )
        for path in ("up", "direct")
        for name, steps in (
            ("read", [Window(1_000_000, 1), Window(1_000_000), StreamDone(), Settle()]),
            ("left", [Finish("close"), _gone("timed")]),
            ("reset", [Rst(), Settle()]),
        )
    ),
    _case(
        "times_late",
        [*_opened(), *_asks("/late"), StreamData(10), StreamDone(), *_LATER],
        _SMALL,
        listener="timed",
        loose=_LONG,
    ),
]
GROUP = Group(
    bootstrap(
        [
            _listener("http", {}),
            _listener(
                "last",
                {
                    "common_http_protocol_options": {"max_requests_per_connection": 1},
                    "drain_timeout": "0.1s",
                },
            ),
            _listener("timed", {}, _TIMES),
            http("aged", hcm="common_http_protocol_options: {idle_timeout: 0.4s}"),
        ],
        [cluster(), cluster("none", "load_assignment: {cluster_name: none, endpoints: null}")],
    ),
    CASES,
)
