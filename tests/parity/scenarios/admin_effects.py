"""Admin commands that change what the proxy does; every case has a process of its own."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, Loose, get
from tests.parity.steps import Messages, Note, Open, Send

_LOGGERS = Loose(r"^  (?!admin|http2?|main)\w+: \w+$", "<dropped>", "loggers of one's own")
_ADMIN = Open("a", listener="admin")


def _command(path: str, count: int = 1) -> list[Send | Messages]:
    return [Send(get(path, method="POST"), "a"), Messages(count, "a")]


def _asked(path: str, count: int) -> list[Send | Messages]:
    return [Send(get(path), "a"), Messages(count, "a")]


CASES = [
    Case(
        "fail_and_ok",
        [
            *(get("/1"), Messages(1), _ADMIN, *_command("/healthcheck/fail"), *_asked("/ready", 2)),
            *(get("/2"), Messages(2), *_command("/healthcheck/ok", 3), *_asked("/ready", 4)),
            *(Send(get("/3"), "d"), Messages(1, "d")),
        ],
        stats=["http.http.downstream_cx_drain_close"],
    ),
    Case(
        "reset_counters",
        [
            *(get("/1"), Messages(1), Note(["http.http.downstream_rq_total"]), _ADMIN),
            *(*_command("/reset_counters"), Note(["http.http.downstream_rq_total"])),
        ],
    ),
    Case(
        "logging",
        [_ADMIN, *_command("/logging?level=off"), *_command("/logging?admin=info", 2)],
        loose=[_LOGGERS],
    ),
]
GROUP = Group(bootstrap([http()], [cluster()]), CASES, fresh=True)
