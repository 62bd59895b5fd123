"""Headers that come more than once, and empty ones among them."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, response

_REQUESTS = {
    "empty_then_full": ("User-Agent:", "User-Agent: a"),
    "full_then_empty": ("User-Agent: a", "User-Agent:"),
    "empty_twice": ("User-Agent:", "User-Agent: "),
    "empty_between": ("Accept: a", "Accept:", "Accept: b"),
    "not_joined": ("X-A:", "X-A: a", "X-A:"),
    "forwarded_for_empty": ("X-Forwarded-For:",),
    "forwarded_for_then_empty": ("X-Forwarded-For: 1.2.3.4", "X-Forwarded-For:"),
    "via_empty": ("Via:", "Via: b"),
    "cookies": ("Cookie:", "Cookie: a=b", "Cookie:"),
    "te_empty": ("TE:",),
    "te_twice": ("TE:", "TE: trailers"),
    "te_unknown": ("TE: deflate",),
    "te_unknown_and_empty": ("TE: deflate", "TE:"),
    "te_empty_and_nominated": ("Connection: te", "TE:"),
    "te_unknown_and_nominated": ("Connection: te", "TE: deflate"),
    "te_trailers_and_nominated": ("Connection: te", "TE: deflate, trailers"),
    "connection_empty": ("Connection:", "Connection: close"),
}
_RESPONSES = {
    "vary": ("Vary:", "Vary: a"),
    "server": ("Server: a", "Server:"),
    "set_cookie": ("Set-Cookie:", "Set-Cookie: a=b"),
    "not_joined": ("X-A:", "X-A: a"),
    "via": ("Via: a", "Via:", "Via: b"),
}

GROUP = Group(
    bootstrap(
        [
            http("http", plain=True),
            http("edge", hcm="{use_remote_address: true, via: us}", plain=True),
            http("passing", hcm="{server_header_transformation: PASS_THROUGH}", plain=True),
        ],
        [cluster()],
    ),
    [
        *(
            Case(f"{listener}_{name}", [get("/", *lines)], listener=listener)
            for listener in ("http", "edge")
            for name, lines in _REQUESTS.items()
        ),
        *(
            Case(
                f"{listener}_response_{name}",
                [get()],
                replies=[response("200 OK", *lines)],
                listener=listener,
            )
            for listener in ("edge", "passing")
            for name, lines in _RESPONSES.items()
        ),
    ],
)
