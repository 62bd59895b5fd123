"""Headers that come more than once, and empty ones among them."""

from tests.parity.config import bootstrap, cluster, http
from tests.parity.http2 import H2Reply, fields, status
from tests.parity.scenario import Case, Group, Server, get, response
from tests.parity.steps import Open
from tests.parity.steps_h2 import Headers, StreamDone

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
_FIELDS = {
    "accept_encoding": (("accept-encoding", "gzip"), ("x-b", "c"), ("accept-encoding", "br")),
    "forwarded_for": (("x-forwarded-for", "bad"), ("x-forwarded-for", "1.2.3.4, 5.6.7.8")),
    "request_id": (("x-request-id", "a"), ("x-request-id", "b")),
    "user_agent_empty_then_full": (("user-agent", ""), ("user-agent", "a")),
    "user_agent_full_then_empty": (("user-agent", "a"), ("user-agent", "")),
    "te": (("te", "trailers"), ("te", "trailers")),
    "not_joined": (("x-a", "a"), ("x-a", ""), ("x-a", "b"), ("vary", "a"), ("vary", "b")),
    "origin": (("origin", "http://a.test"), ("origin", "null")),
    "cookies": (("cookie", "a=b"), ("cookie", ""), ("cookie", "c=d")),
}
_RESPONSE_FIELDS = {
    "vary": (("vary", ""), ("vary", "a"), ("vary", "b")),
    "server": (("server", "a"), ("x-b", "c"), ("server", "b")),
    "not_joined": (("x-a", "a"), ("x-a", "b"), ("accept-encoding", "a"), ("accept-encoding", "b")),
    "set_cookie": (("set-cookie", "a=b"), ("set-cookie", "c=d")),
    "location": (("location", "/a"), ("location", "/b")),
}


def _few(name: str) -> str:
    return f"{{common_http_protocol_options: {{max_headers_count: {name}}}}}"


def _asked(listener: str, name: str, lines: tuple[tuple[str, str], ...]) -> Case:
    steps = [Open(protocol="h2"), Headers(fields("/", *lines), end=True), StreamDone()]
    return Case(f"{listener}_http2_{name}", steps, listener=listener)


GROUP = Group(
    bootstrap(
        [
            http("http", plain=True),
            http("edge", hcm="{use_remote_address: true, via: us}", plain=True),
            http("passing", hcm="{server_header_transformation: PASS_THROUGH}", plain=True),
            http("five", hcm=_few("5"), plain=True),
            http(
                "up_http2",
                routes="[{match: {prefix: /}, route: {cluster: up2}}]",
                hcm="{server_header_transformation: PASS_THROUGH}",
                plain=True,
            ),
        ],
        [cluster(), cluster("up2", h2=True)],
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
        *(
            _asked(listener, name, lines)
            for listener in ("http", "edge")
            for name, lines in _FIELDS.items()
        ),
        _asked("five", "joined_count_as_one", (("origin", "a"), ("origin", "b"))),
        _asked("five", "others_count_each", (("x-a", "a"), ("x-a", "b"))),
        *(
            Case(
                f"response_http2_{name}",
                [get()],
                replies={"up2": [H2Reply(status(200, *lines), b"")]},
                listener="up_http2",
            )
            for name, lines in _RESPONSE_FIELDS.items()
        ),
    ],
    upstreams={"up": Server(), "up2": Server("h2")},
)
