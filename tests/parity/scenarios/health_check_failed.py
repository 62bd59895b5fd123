"""The health check filter while health checks fail; every case has a process of its own."""

from tests.parity.config import bootstrap, cluster, filtered
from tests.parity.scenario import Case, Group, Loose, get, post, response
from tests.parity.scenarios.health_check import check, counters
from tests.parity.steps import Answered, Messages, Open, Send, Settle

_ADMIN = Open("a", listener="admin")
_HOSTS = Loose(r"^up::(?!.*rq_(error|success|total)).*$", "<dropped>", "others tell of those")
_STATS = [f"http.own.downstream_rq_{name}" for name in ("total", "completed", "2xx", "5xx")]
_STATS += counters("own")


def _command(path: str, count: int = 1) -> list[Send | Messages]:
    return [Send(get(path, method="POST"), "a"), Messages(count, "a")]


def _failed() -> list[Open | Send | Messages]:
    return [_ADMIN, *_command("/healthcheck/fail")]


def _ask(path: str, on: str, listener: str = "own") -> list[Open | Send | Answered]:
    return [Open(on, listener), Send(get(path), on), Answered(1, on)]


GROUP = Group(
    bootstrap(
        [
            filtered("own", [check("pass_through_mode: false")]),
            filtered("passes", [check("pass_through_mode: true")]),
            filtered("caches", [check("pass_through_mode: true, cache_time: 600s")]),
        ],
        [cluster()],
    ),
    [
        Case("own", [*_failed(), *_ask("/health", "c")], stats=_STATS),
        Case(
            "own_and_well_again",
            [
                *_failed(),
                *_ask("/health", "c"),
                *_command("/healthcheck/ok", 2),
                *_ask("/health", "d"),
                *_ask("/other", "e"),
            ],
        ),
        Case("others_are_told", [*_failed(), *_ask("/other", "c")]),
        Case("a_bad_request_is_told", [*_failed(), Send(b"GET / HTTP/1.1\r\n\r\n"), Answered()]),
        Case(
            "passes",
            [*_failed(), *_ask("/health", "c", "passes"), *_ask("/o", "d", "passes")],
            stats=counters("passes"),
        ),
        Case(
            "caches_the_failure",
            [
                *_failed(),
                *_ask("/health", "c", "caches"),
                *_command("/healthcheck/ok", 2),
                *_ask("/health", "d", "caches"),
                *_ask("/other", "e", "caches"),
            ],
            stats=counters("caches"),
        ),
        Case(
            "fails_during_the_request",
            [Send(post("/health", b"body")[:-2]), Settle(), *_failed(), Send(b"dy"), Answered()],
        ),
        Case(
            "what_hosts_count",
            [
                *_ask("/health", "c", "passes"),
                *_ask("/health", "d", "passes"),
                *_ask("/other", "e", "passes"),
                *(_ADMIN, Send(get("/clusters"), "a"), Messages(1, "a")),
            ],
            [response(), response("503 Service Unavailable"), response("503 Service Unavailable")],
            loose=[_HOSTS],
        ),
    ],
    listener="own",
    fresh=True,
)
