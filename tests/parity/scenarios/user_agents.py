"""What is counted of clients by their `user-agent`, and what `add_user_agent` writes."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, Loose, get, response
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Finish, Heads, Messages, Open, Send, Settle
from tests.parity.steps_h2 import Headers, StreamDone

_LISTENERS = {
    "plain": "{}",
    "named": "add_user_agent: true",
    "unused": "{}",
    "edge": "{add_user_agent: true, use_remote_address: true}",
}
_ROUTES = """
- {match: {prefix: /again}, route: {cluster: up, internal_redirect_policy: {}}}
- {match: {prefix: /}, route: {cluster: up}}
"""
_AGENTS = {
    "none": "",
    "ios": "My App/1.0 (iOS 17)",
    "android": "My App/1.0 (Android 14)",
    "both": "Android, or iOS",
    "in_small_letters": "ios and android",
    "iphone": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)",
    "within": "xiOSx",
    "another": "curl/8",
}


def _stats(listener: str) -> list[str]:
    counted = ("cx_total", "rq_total", "cx_destroy_remote_active_rq")
    return [
        f"http.{listener}.user_agent.{agent}.downstream_{name}"
        for agent in ("ios", "android")
        for name in counted
    ]


def _lines(agent: str) -> list[str]:
    return [f"User-Agent: {agent}"] if agent else []


def _h2(path: str, agent: str = "") -> Headers:
    return Headers(fields(path, ("user-agent", agent)), end=True)


_IOS, _ANDROID = "User-Agent: iOS", "User-Agent: an android"
CASES = [
    *(
        Case(
            f"{listener}_{name}",
            [get("/", *_lines(agent)), Messages(1)],
            listener=listener,
            stats=_stats(listener),
        )
        for listener in ("plain", "named", "edge")
        for name, agent in _AGENTS.items()
    ),
    Case(
        "the_first_of_a_connection_decides",
        [get("/1", _IOS), get("/2", _ANDROID), get("/3", _IOS), get("/4"), Messages(4)],
        listener="named",
        stats=_stats("named"),
    ),
    Case(
        "the_first_has_none",
        [get("/1"), get("/2", _IOS), get("/3", "User-Agent: curl"), get("/4", _IOS), Messages(4)],
        listener="named",
        stats=_stats("named"),
    ),
    Case(
        "two_connections",
        [
            *(get("/1", _IOS), Messages(1), Open("d"), Finish("shut", "d"), Ended("d")),
            get("/2", _IOS),
            Messages(2),
        ],
        listener="named",
        stats=_stats("named"),
    ),
    Case(
        "leaves_with_a_request",
        [get("/1", _IOS), Heads(1, "up"), Settle(), Finish("close"), Ended("up")],
        [Reply(when="never")],
        listener="named",
        stats=_stats("named"),
    ),
    Case(
        "resets_with_a_request",
        [get("/1", _ANDROID), Heads(1, "up"), Settle(), Finish("reset"), Ended("up")],
        [Reply(when="never")],
        listener="named",
        stats=_stats("named"),
    ),
    Case(
        "leaves_after_a_request",
        [get("/1", _IOS), Messages(1), Finish("close")],
        listener="named",
        stats=_stats("named"),
    ),
    Case(
        "of_a_bad_request",
        [b"GET / HTTP/1.1\r\nUser-Agent: iOS\r\n\r\n", Ended()],
        listener="named",
        stats=_stats("named"),
    ),
    Case(
        "two_lines",
        [get("/", "User-Agent: curl", "User-Agent: iOS"), Messages(1)],
        listener="named",
        stats=_stats("named"),
    ),
    Case(
        "streams_of_one_connection",
        [_h2("/", "iOS"), StreamDone(), Headers(fields(), end=True, stream=3), StreamDone(3)],
        listener="named",
        protocol="h2",
        stats=_stats("named"),
    ),
    Case(
        "redirected_within",
        [get("/again", _IOS), Messages(1)],
        [response("302 Found", "location: http://a.test/there")],
        listener="plain",
        stats=_stats("plain"),
    ),
    Case(
        "names_of_what_is_counted",
        [
            *(Open("d", listener="named"), Send(get("/", _IOS), "d"), Messages(1, "d")),
            *(
                Finish("close", "d"),
                Settle(),
                get("/stats?filter=http.named.user_agent.ios"),
                Messages(1),
            ),
        ],
        listener="admin",
        loose=[
            Loose(
                r": (\d+|P0.*|No recorded values)$",
                ": <n>",
                "other cases have counted, too",
                "client",
            )
        ],
    ),
    Case(
        "names_of_what_nobody_is",
        [get("/stats?filter=http.unused.user_agent"), Messages(1)],
        listener="admin",
    ),
    Case(
        "empty",
        [_h2("/"), StreamDone()],
        listener="named",
        protocol="h2",
        stats=_stats("named"),
    ),
    Case(
        "leaves_with_two_streams",
        [
            Headers(fields("/", ("user-agent", "android")), end=True),
            Headers(fields("/", ("user-agent", "iOS")), end=True, stream=3),
            *(Heads(1, "up.0"), Heads(1, "up.1"), Settle(), Finish("close")),
            *(Ended("up.0"), Ended("up.1")),
        ],
        [Reply(when="never"), Reply(when="never")],
        listener="named",
        protocol="h2",
        stats=_stats("named"),
    ),
]
GROUP = Group(
    bootstrap(
        [http(name, hcm=hcm, routes=_ROUTES) for name, hcm in _LISTENERS.items()], [cluster()]
    ),
    CASES,
    listener="named",
)
