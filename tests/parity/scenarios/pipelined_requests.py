"""Clients that leave while a request is answered and the next one waits."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Finish, Heads, Settle

_STATS = [
    "http.http.downstream_rq_rx_reset",
    "http.http.downstream_cx_destroy_remote_active_rq",
    "cluster.up.upstream_cx_destroy_local_with_active_rq",
]
_SECOND = {"a_request": get("/2"), "a_large_one": get("/2", f"x: {'y' * 40_000}")}
CASES = [
    case
    for name, second in _SECOND.items()
    for case in (
        Case(
            f"client_closes_behind_{name}",
            [get("/1") + second, Heads(1, "up"), Settle(), Finish("close"), Ended("up")],
            [Reply(when="never")],
            stats=_STATS,
        ),
        Case(
            f"client_half_closes_behind_{name}",
            [get("/1") + second, Heads(1, "up"), Settle(), Finish("shut"), Ended(), Ended("up")],
            [Reply(when="never")],
            stats=_STATS,
        ),
    )
]
GROUP = Group(bootstrap([http()], [cluster()]), CASES)
