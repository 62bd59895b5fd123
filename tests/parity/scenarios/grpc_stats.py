"""The gRPC statistics filter: calls and messages by method, and what the log can tell of them."""

from tests.parity.config import (
    LOG_FORMAT,
    Node,
    access_log,
    bootstrap,
    cluster,
    filtered,
    http_filter,
    text_format,
)
from tests.parity.http2 import Fields, H2Reply, fields, status
from tests.parity.scenario import Case, Group, Server, post, response
from tests.parity.steps import Answered
from tests.parity.steps_h2 import Data, Headers, Rst, StreamData, StreamDone, StreamHead

_STATE = "%FILTER_STATE(envoy.filters.http.grpc_stats"
_LOG = LOG_FORMAT.replace(
    "\n",
    f" {_STATE}:TYPED)% {_STATE}:PLAIN)% {_STATE}:FIELD:request_message_count)% "
    f"{_STATE}:FIELD:response_message_count)%\n",
)
_ROUTES = """[
    {match: {prefix: /a.B/refused}, route: {cluster: refused}},
    {match: {prefix: /a.B/plain}, route: {cluster: plain}},
    {match: {prefix: /a.B/named}, route: {cluster: named}},
    {match: {prefix: /a.B/direct}, direct_response: {status: 503, body: {inline_string: "no"}}},
    {match: {prefix: /}, route: {cluster: up}}]"""
_TYPE = ("content-type", "application/grpc")
_FRAME = b"\0\0\0\0\x02hi"
_HEAD = status(200, _TYPE)
_OK = (("grpc-status", "0"),)


def _listener(name: str, config: str) -> Node:
    node = filtered(name, [http_filter("stats", "grpc_stats.v3.FilterConfig", config)], _ROUTES)
    manager = node["filter_chains"][0]["filters"][0]["typed_config"]
    manager["access_log"] = access_log(f"$dir/{name}.log", text_format(_LOG))
    return node


def _names(prefix: str, *statuses: str) -> list[str]:
    common = ("success", "failure", "total", "request_message_count", "response_message_count")
    return [f"cluster.{prefix}.{name}" for name in (*statuses, *common)]


_ALL = _names("up.grpc.a.B.C", "0", "5")
_ANY = _names("up.grpc", "0", "5")


def _call(path: str = "/a.B/C", *more: tuple[str, str]) -> Headers:
    kind = () if any(name == "content-type" for name, _ in more) else (_TYPE,)
    return Headers(fields(path, *kind, *more, method="POST"))


def _case(
    name: str,
    reply: H2Reply | None = None,
    listener: str = "all",
    path: str = "/a.B/C",
    body: bytes = _FRAME,
    stats: list[str] | None = None,
    more: tuple[tuple[str, str], ...] = (),
) -> Case:
    return Case(
        name,
        [_call(path, *more), Data(body, end=True), StreamDone()],
        [reply or H2Reply(_HEAD, _FRAME, _OK)],
        listener=listener,
        stats=_ALL if stats is None else stats,
    )


def _trailers(*pairs: tuple[str, str]) -> H2Reply:
    return H2Reply(_HEAD, _FRAME, pairs)


_STREAM = ("content-type", "application/connect+proto")
_UNARY: tuple[tuple[str, str], ...] = (
    ("content-type", "application/proto"),
    ("connect-protocol-version", "1"),
)


def _connect(name: str, end: bytes, code: int = 200) -> Case:
    last = b"\x02" + len(end).to_bytes(4, "big") + end
    reply = H2Reply(status(code, _STREAM), _FRAME + last)
    return _case("connect_stream_" + name, reply, "state", more=(_STREAM,))


def _plain(*lines: tuple[str, str]) -> Fields:
    return status(200, *lines)


CASES = [
    _case("a_call"),
    _case("a_failed_call", _trailers(("grpc-status", "5"), ("grpc-message", "none"))),
    _case("trailers_only", H2Reply(status(200, _TYPE, ("grpc-status", "5")), b"")),
    _case(
        "status_in_head_and_trailers",
        H2Reply(status(200, _TYPE, ("grpc-status", "0")), _FRAME, _OK),
    ),
    _case("no_status", H2Reply(_HEAD, _FRAME)),
    _case("unknown_status", _trailers(("grpc-status", "17")), stats=_names("up.grpc.a.B.C", "17")),
    _case("odd_status", _trailers(("grpc-status", "a.b")), stats=_names("up.grpc.a.B.C", "a.b")),
    _case(
        "status_with_a_zero",
        _trailers(("grpc-status", "00")),
        stats=_names("up.grpc.a.B.C", "00", "0"),
    ),
    _case("empty_status", _trailers(("grpc-status", "")), stats=_names("up.grpc.a.B.C", "0")),
    _case("suffix", more=(("content-type", "application/grpc+proto"),)),
    _case("parameters", more=(("content-type", "application/grpc;x=y"),)),
    _case("ordinary", more=(("content-type", "text/plain"),)),
    _case("ordinary_answer", H2Reply(_plain(("content-type", "text/plain")), _FRAME, _OK)),
    _case("answer_503", H2Reply(status(503, _TYPE), _FRAME, (("grpc-status", "5"),))),
    _case("with_a_query", path="/a.B/C?x=/y"),
    _case("more_slashes", path="//a.B//C/"),
    _case("longer_path", path="/a.B/C/D", stats=[*_ALL, *_names("up.grpc.a.B.C.D", "0"), *_ANY]),
    _case("shorter_path", path="/a.B", stats=[*_ANY, *_names("up.grpc.a.B")]),
    _case("service_without_dots", path="/B/C", stats=_names("up.grpc.B.C", "0")),
    _case("two_messages", H2Reply(_HEAD, _FRAME * 3, _OK), body=_FRAME * 2),
    _case("an_empty_message", H2Reply(_HEAD, b"\0\0\0\0\0", _OK), body=b"\0\0\0\0\0" * 2),
    _case("half_a_message", H2Reply(_HEAD, b"\0", _OK), body=b"\0\0\0"),
    _case("odd_flags", H2Reply(_HEAD, b"\xff\0\0\0\0", _OK), body=b"\x80\0\0\0\x01a"),
    Case(
        "messages_in_pieces",
        [
            _call(),
            Data(_FRAME[:1]),
            StreamHead(1, "up"),
            StreamData(1, 1, "up"),
            Data(_FRAME[1:6]),
            StreamData(6, 1, "up"),
            Data(_FRAME[6:] + _FRAME, end=True),
            StreamDone(),
        ],
        [H2Reply(_HEAD, _FRAME, _OK)],
        listener="all",
        stats=_ALL,
    ),
    Case(
        "the_client_cancels",
        [
            _call(),
            Data(_FRAME),
            StreamHead(1, "up"),
            StreamData(7, 1, "up"),
            Rst(),
            StreamDone(1, "up"),
        ],
        [H2Reply(when="never")],
        listener="state",
        stats=_ALL,
    ),
    Case(
        "the_upstream_resets",
        [_call(), Data(_FRAME, end=True), StreamDone()],
        [H2Reply((), b"", reset=8)],
        listener="all",
        stats=[*_ALL, *_names("up.grpc.a.B.C", "14")],
    ),
    _case("refused", path="/a.B/refused", stats=_names("refused.grpc.a.B.refused", "14")),
    _case("direct", path="/a.B/direct", stats=_names("up.grpc.a.B.direct", "14")),
    _case("another_stat_name", path="/a.B/named", stats=_names("other.grpc.a.B.named", "0")),
    Case(
        "over_http1",
        [post("/a.B/plain", _FRAME, "Content-Type: application/grpc"), Answered()],
        {"plain": [response("200 OK", "content-type: application/grpc", body=_FRAME)]},
        listener="state",
        protocol="h1",
        stats=_names("plain.grpc.a.B.plain", "0"),
    ),
    _case("none", listener="none", stats=[*_ANY, *_ALL]),
    _case("none_and_no_method", listener="none", path="/a", stats=_ANY),
    _case("off", listener="off", stats=[*_ANY, *_ALL]),
    _case("listed", listener="listed", path="/l.S/M", stats=[*_ANY, *_names("up.grpc.l.S.M", "0")]),
    _case(
        "listed_with_another_method",
        listener="listed",
        path="/l.S/D",
        stats=[*_ANY, *_names("up.grpc.l.S.D", "0")],
    ),
    _case(
        "listed_with_another_service",
        listener="listed",
        path="/S/M",
        stats=[*_ANY, *_names("up.grpc.S.M", "0")],
    ),
    _case("dots", listener="dots", stats=[*_ALL, *_names("up.grpc.a_B.C", "0")]),
    _case(
        "dots_in_a_method", listener="dots", path="/a.B/C.D", stats=_names("up.grpc.a_B.C.D", "0")
    ),
    _case(
        "dots_listed",
        listener="dots_listed",
        path="/l.S/M",
        stats=[*_ANY, *_names("up.grpc.l_S.M", "0"), *_names("up.grpc.l.S.M", "0")],
    ),
    _case("state", listener="state", body=_FRAME * 2),
    _case("state_of_an_ordinary_call", listener="state", more=(("content-type", "text/plain"),)),
    _case(
        "state_of_no_message",
        H2Reply(status(200, _TYPE, ("grpc-status", "5")), b""),
        "state",
        body=b"",
    ),
    _connect("that_succeeds", b"{}"),
    _connect("that_fails", b'{"error": {"code": "not_found"}}'),
    _connect("that_fails_without_a_code", b'{"error": {}}'),
    _connect("with_a_bad_end", b"{"),
    _connect("with_an_empty_end", b""),
    _connect("that_is_refused", b"{}", 503),
    _case(
        "connect_stream_without_an_end",
        H2Reply(status(200, _STREAM), _FRAME),
        "state",
        more=(_STREAM,),
    ),
    _case("connect_stream_answered_by_grpc", listener="state", more=(_STREAM,)),
    _case(
        "connect_unary", H2Reply(status(200, _UNARY[0]), b"hi"), "state", body=b"hi", more=_UNARY
    ),
    _case(
        "connect_unary_that_fails",
        H2Reply(status(404, _UNARY[0]), b"hi"),
        "state",
        body=b"hi",
        more=_UNARY,
    ),
]

GROUP = Group(
    bootstrap(
        [
            _listener("all", "{stats_for_all_methods: true, enable_upstream_stats: true}"),
            _listener("none", "{}"),
            _listener("off", "{stats_for_all_methods: false}"),
            _listener(
                "listed",
                "{individual_method_stats_allowlist: {services: [{name: l.S, method_names: [C]}]}}",
            ),
            _listener(
                "dots", "{stats_for_all_methods: true, replace_dots_in_grpc_service_name: true}"
            ),
            _listener(
                "dots_listed",
                "{individual_method_stats_allowlist: {services: [{name: l.S, "
                "method_names: [M]}]}, replace_dots_in_grpc_service_name: true}",
            ),
            _listener("state", "{stats_for_all_methods: true, emit_filter_state: true}"),
        ],
        [
            cluster(h2=True),
            cluster("plain"),
            cluster("named", "alt_stat_name: other", to=["up"], h2=True),
            cluster("refused", h2=True),
        ],
    ),
    CASES,
    upstreams={"up": Server("h2"), "plain": Server(), "refused": Server("refused")},
    listener="all",
    protocol="h2",
)
