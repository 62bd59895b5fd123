"""The gRPC bridge: HTTP/1 clients call gRPC services, with frames or without."""

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter
from tests.parity.http2 import H2Reply, fields, status
from tests.parity.scenario import Case, Group, Server, get, post, request, response
from tests.parity.steps import Answered, Ended, Send, Settle, Step
from tests.parity.steps_h2 import Data, Headers, StreamDone, StreamHead

_ROUTES = """[
    {match: {prefix: /refused}, route: {cluster: refused}},
    {match: {prefix: /plain}, route: {cluster: plain}},
    {match: {prefix: /direct}, direct_response: {status: 403, body: {inline_string: "no, really"}}},
    {match: {prefix: /anew, grpc: {}}, route: {cluster: up}},
    {match: {prefix: /anew}, direct_response: {status: 404}},
    {match: {prefix: /quick}, route: {cluster: up, timeout: 0.1s}},
    {match: {prefix: /}, route: {cluster: up}}]"""
_GRPC, _PROTOBUF = "Content-Type: application/grpc", "Content-Type: application/x-protobuf"
_FRAME = b"\0\0\0\0\x02hi"
_TYPE = ("content-type", "application/grpc")
_HEAD = status(200, _TYPE)
_OK = (("grpc-status", "0"), ("grpc-message", ""), ("x-own", "1"))
_ANSWER = H2Reply(_HEAD, _FRAME, _OK)
_STATS = [
    *(f"http.bridge.downstream_rq_{name}" for name in ("2xx", "5xx", "4xx", "too_large")),
    *(f"cluster.up.upstream_rq_{name}" for name in ("2xx", "5xx")),
    "http.bridge.rs_too_large",
]


def _listener(name: str, config: str, more: str = "{}") -> Node:
    node = filtered(name, [http_filter("bridge", "grpc_http1_bridge.v3.Config", config)], _ROUTES)
    if more != "{}":
        node["per_connection_buffer_limit_bytes"] = int(more)
    return node


def _case(
    name: str,
    reply: H2Reply | None = None,
    kind: str = _GRPC,
    body: bytes = _FRAME,
    path: str = "/a.B/C",
    listener: str = "bridge",
    more: tuple[str, ...] = (),
) -> Case:
    return Case(
        name,
        [post(path, body, kind, *more), Answered()],
        [reply or _ANSWER],
        stats=[name.replace("bridge", listener) for name in _STATS],
        listener=listener,
    )


def _failed(*pairs: tuple[str, str]) -> H2Reply:
    return H2Reply(_HEAD, b"", pairs)


def _upgraded(name: str, reply: H2Reply | None = None, body: bytes = b"hi") -> Case:
    return _case("upgraded_" + name, reply, _PROTOBUF, body, listener="upgrades")


def _answered(name: str, *pieces: bytes, end: bytes | None = None) -> Case:
    """The answer's pieces come one by one; `end` ends it without trailers."""
    steps: list[Step] = [
        *(Send(post("/a.B/C", b"hi", _PROTOBUF)), StreamDone(1, "up"), Headers(_HEAD, on="up")),
    ]
    for piece in pieces:
        steps += [Settle(), Data(piece, on="up")]
    last = Headers(_OK, end=True, on="up") if end is None else Data(end, end=True, on="up")
    return Case(
        "upgraded_answer_" + name,
        [*steps, Settle(), last, Answered()],
        [H2Reply(when="never")],
        listener="upgrades",
    )


_LARGE = b"x" * 3000
CASES = [
    _case("a_call"),
    _case("a_suffix", kind=_GRPC + "+proto"),
    _case("ordinary", kind="Content-Type: text/plain"),
    _case("protobuf_that_is_not_upgraded", kind=_PROTOBUF),
    _case("failed", _failed(("grpc-status", "5"), ("grpc-message", "no%20such"))),
    _case("failed_with_a_body", H2Reply(_HEAD, _FRAME, (("grpc-status", "5"),))),
    _case("failed_oddly", _failed(("grpc-status", "five"))),
    _case("failed_negatively", _failed(("grpc-status", "-1"))),
    _case("succeeded_with_zeros", _failed(("grpc-status", "00"))),
    _case("succeeded_with_spaces", H2Reply(_HEAD, _FRAME, (("grpc-status", "0 "),))),
    _case("failed_emptily", _failed(("grpc-status", ""))),
    _case("a_message_alone", _failed(("grpc-message", "well"))),
    _case("other_trailers", _failed(("x-t", "1"))),
    _case("trailers_only", H2Reply(status(200, _TYPE, ("grpc-status", "5")), b"")),
    _case(
        "status_in_both",
        H2Reply(status(200, _TYPE, ("grpc-status", "0")), _FRAME, (("grpc-status", "5"),)),
    ),
    _case("no_trailers", H2Reply(_HEAD, _FRAME)),
    _case("answered_503", H2Reply(status(503), b"busy")),
    _case("answered_404_with_trailers", H2Reply(status(404, _TYPE), b"none", _OK)),
    _case("wrong_length", H2Reply(status(200, _TYPE, ("content-length", "7")), _FRAME, _OK)),
    _case("query", path="/a.B/C?x=y"),
    _case("query_ignored", path="/a.B/C?x=y", listener="ignores"),
    _case(
        "query_ignored_of_grpc_alone",
        path="/a.B/C?x=y",
        kind="Content-Type: text/plain",
        listener="ignores",
    ),
    _case("fragment_of_a_query", path="/a.B/C?", listener="ignores"),
    _case("refused", path="/refused"),
    _case("direct", path="/direct"),
    _case("late", H2Reply(when="never"), path="/quick"),
    _case("reset", H2Reply((), b"", reset=8)),
    Case("a_head", [get("/a.B/C", _GRPC, method="HEAD")], [H2Reply(_HEAD, b"", _OK)]),
    Case(
        "old_client",
        [
            request("POST /a.B/C HTTP/1.0", "Host: a", "Content-Length: 7", _GRPC, body=_FRAME),
            Ended(),
        ],
        [_ANSWER],
        listener="old",
    ),
    Case(
        "over_http2",
        [Headers(fields("/a.B/C?x", _TYPE, method="POST")), Data(_FRAME, end=True), StreamDone()],
        [H2Reply(_HEAD, _FRAME, (("grpc-status", "5"),))],
        listener="ignores",
        protocol="h2",
    ),
    Case(
        "over_http1_upstream",
        [post("/plain", _FRAME, _GRPC), Answered()],
        {"plain": [response("200 OK", "content-type: application/grpc", body=_FRAME)]},
    ),
    Case(
        "trailers_of_http1",
        [post("/plain", _FRAME, _GRPC), Answered()],
        {
            "plain": [
                request(
                    "HTTP/1.1 200 OK",
                    "transfer-encoding: chunked",
                    body=b"2\r\nhi\r\n0\r\ngrpc-status: 5\r\n\r\n",
                )
            ]
        },
    ),
    Case(
        "slow_answer",
        [
            post("/a.B/C", _FRAME, _GRPC),
            StreamDone(1, "up"),
            Headers(_HEAD, on="up"),
            Settle(),
            Data(_FRAME[:3], on="up"),
            Settle(),
            Data(_FRAME[3:], on="up"),
            Settle(),
            Headers(_OK, end=True, on="up"),
            Answered(),
        ],
        [H2Reply(when="never")],
    ),
    Case(
        "cut_answer",
        [post("/a.B/C", _FRAME, _GRPC), Answered()],
        [H2Reply(_HEAD, _FRAME, reset=2, end=False)],
    ),
    Case(
        "large_answer",
        [
            *(post("/a.B/C", _FRAME, _GRPC), StreamDone(1, "up"), Headers(_HEAD, on="up")),
            *(Data(_LARGE, on="up"), Answered()),
        ],
        [H2Reply(when="never")],
        stats=[name.replace("bridge", "small") for name in _STATS],
        listener="small",
    ),
    _case("large_answer_without_trailers", H2Reply(_HEAD, _LARGE), listener="small"),
    _upgraded("call"),
    _upgraded("failed_call", _failed(("grpc-status", "5"), ("grpc-message", "no"))),
    _upgraded("call_without_trailers", H2Reply(_HEAD, _FRAME)),
    _upgraded("trailers_only", H2Reply(status(200, _TYPE, ("grpc-status", "5")), b"")),
    _upgraded("call_answered_503", H2Reply(status(503), b"busy, sorry")),
    _upgraded("call_with_an_empty_answer", H2Reply(_HEAD, b"\0\0\0\0\0", _OK)),
    _upgraded("call_with_nothing", H2Reply(_HEAD, b"", _OK)),
    _upgraded("call_of_nothing", body=b""),
    _upgraded("call_of_two_messages", H2Reply(_HEAD, _FRAME * 2, _OK)),
    _case("upgraded_parameters", kind=_PROTOBUF + "; a=b", listener="upgrades"),
    _case("upgraded_capitals", kind="Content-Type: Application/X-Protobuf", listener="upgrades"),
    _case("upgraded_grpc_itself", listener="upgrades"),
    _case("upgraded_on_a_new_route", kind=_PROTOBUF, path="/anew", listener="upgrades"),
    _case("upgraded_and_refused", kind=_PROTOBUF, path="/refused", listener="upgrades"),
    _case("upgraded_and_direct", kind=_PROTOBUF, path="/direct", listener="upgrades"),
    Case(
        "upgraded_without_a_body",
        [get("/a.B/C", _PROTOBUF), Answered()],
        [_ANSWER],
        listener="upgrades",
    ),
    Case(
        "upgraded_in_chunks",
        [
            request(
                "POST /a.B/C HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked", _PROTOBUF
            ),
            Settle(),
            Send(b"2\r\nhi\r\n"),
            Settle(),
            Send(b"4\r\n you\r\n"),
            Settle(),
            Send(b"0\r\n\r\n"),
            Answered(),
        ],
        [_ANSWER],
        listener="upgrades",
    ),
    Case(
        "upgraded_with_trailers",
        [
            request(
                "POST /a.B/C HTTP/1.1",
                "Host: a.test",
                "Transfer-Encoding: chunked",
                _PROTOBUF,
                body=b"2\r\nhi\r\n0\r\nx-t: 1\r\n\r\n",
            ),
            Answered(),
        ],
        [_ANSWER],
        listener="trailers",
    ),
    Case(
        "upgraded_over_http2",
        [
            Headers(fields("/a.B/C", ("content-type", "application/x-protobuf"), method="POST")),
            Data(b"hi", end=True),
            StreamDone(),
        ],
        [_ANSWER],
        listener="upgrades",
        protocol="h2",
    ),
    _answered("in_pieces", _FRAME[:3], _FRAME[3:6], _FRAME[6:]),
    _answered("in_two", _FRAME[:5], _FRAME[5:]),
    _answered("at_once", _FRAME),
    _answered("without_trailers", end=_FRAME),
    _answered("in_pieces_without_trailers", _FRAME[:6], end=_FRAME[6:]),
    _answered("with_an_empty_end", _FRAME, end=b""),
    _case("upgraded_large_call", kind=_PROTOBUF, body=_LARGE, listener="small"),
    Case(
        "late_answer",
        [post("/quick", _FRAME, _GRPC), StreamHead(1, "up"), Headers(_HEAD, on="up"), Answered()],
        [H2Reply(when="never")],
        stats=_STATS,
    ),
    Case(
        "late_answer_to_protobuf",
        [
            *(post("/quick", b"hi", _PROTOBUF), StreamHead(1, "up"), Headers(_HEAD, on="up")),
            *(Data(_FRAME, on="up"), Answered()),
        ],
        [H2Reply(when="never")],
        listener="upgrades",
    ),
    Case(
        "client_leaves",
        [post("/a.B/C", _FRAME, _GRPC), StreamHead(1, "up"), Headers(_HEAD, on="up"), Settle()],
        [H2Reply(when="never")],
    ),
]

GROUP = Group(
    bootstrap(
        [
            _listener("bridge", "{}"),
            _listener("old", "{}"),
            _listener("ignores", "{ignore_query_parameters: true}"),
            _listener("upgrades", "{upgrade_protobuf_to_grpc: true}"),
            _listener("trailers", "{upgrade_protobuf_to_grpc: true}"),
            _listener("small", "{upgrade_protobuf_to_grpc: true}", "1024"),
        ],
        [cluster(h2=True), cluster("plain"), cluster("refused", h2=True)],
    ),
    CASES,
    upstreams={"up": Server("h2"), "plain": Server(), "refused": Server("refused")},
    listener="bridge",
)
for _number, _options in ((1, {"accept_http_10": True}), (4, {"enable_trailers": True})):
    _chain = GROUP.config["static_resources"]["listeners"][_number]["filter_chains"][0]
    _chain["filters"][0]["typed_config"]["http_protocol_options"] = _options
