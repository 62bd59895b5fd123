"""The gRPC-Web filter: calls of browsers, in binary and in base64, and what they are answered."""

import base64

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter
from tests.parity.http2 import Fields, H2Reply, fields, status
from tests.parity.scenario import Case, Group, Server, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Ended, Heads, Send, Settle, Step
from tests.parity.steps_h2 import Data, Headers, StreamData, StreamDone, StreamHead

_ROUTES = """[
    {match: {prefix: /a.B/refused}, route: {cluster: refused}},
    {match: {prefix: /a.B/plain}, route: {cluster: plain}},
    {match: {prefix: /a.B/direct}, direct_response: {status: 403, body: {inline_string: "no %"}}},
    {match: {prefix: /a.B/empty}, direct_response: {status: 404}},
    {match: {prefix: /a.B/redirect}, redirect: {path_redirect: /x}},
    {match: {prefix: /a.B/grpc, grpc: {}}, route: {cluster: up}},
    {match: {prefix: /a.B/quick}, route: {cluster: up, timeout: 0.1s}},
    {match: {prefix: /a.B/grpc}, direct_response: {status: 200}},
    {match: {prefix: /a.B}, route: {cluster: up}}]"""
_WEB, _PROTO = "application/grpc-web", "application/grpc-web+proto"
_TEXT, _TEXT_PROTO = "application/grpc-web-text", "application/grpc-web-text+proto"
_FRAME = b"\0\0\0\0\x02hi"
_TYPE = ("content-type", "application/grpc")
_HEAD = status(200, _TYPE)
_OK = (("grpc-status", "0"), ("grpc-message", ""), ("x-own", "1"))
_ANSWER = H2Reply(_HEAD, _FRAME, _OK)


def _listener(name: str, fields: str = "{}") -> Node:
    return filtered(name, [http_filter("web", "grpc_web.v3.GrpcWeb")], _ROUTES, fields)


def _names(prefix: str, *statuses: str) -> list[str]:
    return [f"cluster.{prefix}.{name}" for name in (*statuses, "success", "failure", "total")]


_STATS = _names("up.grpc-web.a.B.C", "0", "5")


def _lines(kind: str, accept: str, *more: str) -> list[str]:
    return [f"Content-Type: {kind}", *([f"Accept: {accept}"] if accept else []), *more]


def _case(
    name: str,
    reply: H2Reply | None = None,
    kind: str = _WEB,
    accept: str = "",
    body: bytes = _FRAME,
    path: str = "/a.B/C",
    stats: list[str] | None = None,
    more: tuple[str, ...] = (),
) -> Case:
    return Case(
        name,
        [post(path, body, *_lines(kind, accept, *more)), Answered()],
        [reply or _ANSWER],
        stats=_STATS if stats is None else stats,
    )


def _text(*pieces: bytes, answer: H2Reply | None = None, name: str) -> Case:
    """A request in base64 whose pieces arrive one by one."""
    steps: list[Step] = [Headers(_head(_TEXT)), StreamHead(1, "up")]
    for number, piece in enumerate(pieces):
        steps += [Settle(), Data(piece, end=number == len(pieces) - 1)]
    return Case(name, [*steps, StreamDone()], [answer or _ANSWER], protocol="h2")


def _head(kind: str, accept: str = "") -> Fields:
    more = (("accept", accept),) if accept else ()
    return fields("/a.B/C", ("content-type", kind), *more, method="POST")


def _answered(name: str, *pieces: bytes, end: bool = False) -> Case:
    """An answer in base64 whose pieces come one by one."""
    steps: list[Step] = [
        Headers(_head(_TEXT_PROTO, _TEXT)),
        Data(base64.b64encode(_FRAME), end=True),
        StreamDone(1, "up"),
        Headers(_HEAD, on="up"),
        StreamHead(),
    ]
    for piece in pieces:
        steps += [Data(piece, on="up"), Settle()]
    steps += [Headers(_OK, end=True, on="up"), StreamDone()]
    return Case(name, steps, [H2Reply(when="never")], protocol="h2")


def _plain(*lines: tuple[str, str], code: int = 200) -> Fields:
    return status(code, *lines)


_LONG = b"x" * 20000
_B64 = base64.b64encode

CASES = [
    _case("binary"),
    _case("binary_proto", kind=_PROTO),
    _case("binary_with_parameters", kind=_WEB + ";x=y"),
    _case("binary_in_capitals", kind="Application/grpc-web"),
    _case("binary_json", kind=_WEB + "+json"),
    _case("grpc_itself", kind="application/grpc"),
    _case("ordinary", kind="text/plain"),
    _case("accepts_text", accept=_TEXT),
    _case("accepts_text_proto", accept=_TEXT_PROTO),
    _case("accepts_several", accept=f"{_TEXT}, */*"),
    _case("accepts_binary", kind=_TEXT, body=_B64(_FRAME), accept=_WEB),
    _case("text", kind=_TEXT, body=_B64(_FRAME)),
    _case("text_both_ways", kind=_TEXT_PROTO, body=_B64(_FRAME), accept=_TEXT_PROTO),
    _case("has_te_and_encodings", more=("te: gzip", "grpc-accept-encoding: gzip")),
    _case("failed_call", H2Reply(_HEAD, b"", (("grpc-status", "5"), ("grpc-message", "n%20o")))),
    _case("trailers_only", H2Reply(status(200, _TYPE, ("grpc-status", "5")), b"")),
    _case(
        "trailers_only_in_text",
        H2Reply(status(200, _TYPE, ("grpc-status", "5")), b""),
        kind=_TEXT,
        body=_B64(_FRAME),
        accept=_TEXT,
    ),
    _case(
        "length_of_the_answer", H2Reply(status(200, _TYPE, ("content-length", "7")), _FRAME, _OK)
    ),
    _case("no_trailers", H2Reply(_HEAD, _FRAME)),
    _case("no_body", H2Reply(_HEAD, b"", _OK)),
    _case("answered_in_grpc_web", H2Reply(status(200, ("content-type", _PROTO)), _FRAME)),
    _case(
        "answered_in_grpc_web_with_parameters",
        H2Reply(status(200, ("content-type", "Application/GRPC-web ; a=b")), _FRAME),
    ),
    _case(
        "answered_in_grpc_web_as_503",
        H2Reply(status(503, ("content-type", _PROTO)), b"no \xc3\xa9%\n"),
    ),
    _case("answered_503", H2Reply(_plain(code=503), b"busy")),
    _case("answered_503_without_a_body", H2Reply(_plain(code=503), b"")),
    _case(
        "answered_503_in_text",
        H2Reply(_plain(code=503), b"busy"),
        kind=_TEXT,
        body=_B64(_FRAME),
        accept=_TEXT,
    ),
    _case("answered_404_in_grpc", H2Reply(status(404, _TYPE), b"where", _OK)),
    _case("answered_in_plain_text", H2Reply(_plain(("content-type", "text/plain")), b"hi")),
    _case("answered_with_trailers", H2Reply(_plain(code=500), b"oh", (("x-t", "1"),))),
    _case("answered_with_trailers_alone", H2Reply(_plain(code=500), b"", (("x-t", "1"),))),
    _case("answered_at_length", H2Reply(_plain(code=500), _LONG)),
    Case(
        "answered_at_length_over_http1",
        [post("/a.B/plain", _FRAME, *_lines(_WEB, "")), Answered()],
        {"plain": [response("500 Internal Server Error", body=_LONG)]},
    ),
    Case(
        "answered_over_http1",
        [post("/a.B/plain", _FRAME, *_lines(_WEB, "")), Answered()],
        {
            "plain": [
                response("200 OK", "content-type: application/grpc", "grpc-status: 0", body=_FRAME)
            ]
        },
        stats=_names("plain.grpc-web.a.B.plain", "0"),
    ),
    Case(
        "answered_slowly_over_http1",
        [
            post("/a.B/plain", _FRAME, *_lines(_WEB, "")),
            Heads(1, "plain"),
            Settle(),
            Send(response("502 Bad Gateway", body=b"slow")[:-2], "plain"),
            Settle(),
            Send(b"ow", "plain"),
            Answered(),
        ],
        {"plain": [Reply(when="never")]},
    ),
    Case(
        "answered_in_chunks_with_trailers",
        [post("/a.B/plain", _FRAME, *_lines(_WEB, "")), Answered()],
        {
            "plain": [
                request(
                    "HTTP/1.1 200 OK",
                    "content-type: application/grpc",
                    "transfer-encoding: chunked",
                    body=b"2\r\nhi\r\n0\r\ngrpc-status: 5\r\n\r\n",
                )
            ]
        },
    ),
    Case(
        "cut_answer",
        [post("/a.B/C", _FRAME, *_lines(_WEB, "")), Answered()],
        [H2Reply(_plain(code=500), b"oh", reset=2, end=False)],
    ),
    Case(
        "cut_answer_in_grpc",
        [post("/a.B/C", _FRAME, *_lines(_WEB, "")), Ended()],
        [H2Reply(_HEAD, _FRAME, reset=2, end=False)],
    ),
    _case("refused", path="/a.B/refused", stats=_names("refused.grpc-web.a.B.refused", "14")),
    _case("direct", path="/a.B/direct"),
    _case("direct_and_empty", path="/a.B/empty"),
    _case("redirect", path="/a.B/redirect"),
    _case("no_route", path="/c"),
    _case("late", H2Reply(when="never"), path="/a.B/quick"),
    _case("reset", H2Reply((), b"", reset=8)),
    _case("the_route_is_not_found_anew", path="/a.B/grpc"),
    _case("a_query", path="/a.B/C?x"),
    _case("no_method", path="/a.B", stats=[*_STATS, *_names("up.grpc-web", "0")]),
    Case(
        "of_two_bodies_in_chunks",
        [
            request(
                "POST /a.B/C HTTP/1.1",
                "Host: a.test",
                "Transfer-Encoding: chunked",
                *_lines(_WEB, ""),
                body=b"2\r\n\0\0\r\n5\r\n\0\0\x02hi\r\n0\r\n\r\n",
            )
        ],
        [_ANSWER],
    ),
    Case("without_a_body", [get("/a.B/C", *_lines(_WEB, ""))], [_ANSWER]),
    Case(
        "a_head",
        [get("/a.B/C", *_lines(_WEB, ""), method="HEAD")],
        [H2Reply(status(200, _TYPE), b"")],
    ),
    Case(
        "old_client",
        [
            request(
                "POST /a.B/C HTTP/1.0",
                "Host: a",
                "Content-Length: 7",
                *_lines(_WEB, ""),
                body=_FRAME,
            ),
            Ended(),
        ],
        [_ANSWER],
        listener="old",
    ),
    Case(
        "over_http2",
        [Headers(_head(_WEB)), Data(_FRAME, end=True), StreamDone()],
        [_ANSWER],
        protocol="h2",
    ),
    Case(
        "over_http2_with_trailers",
        [Headers(_head(_WEB)), Data(_FRAME), Headers((("x-t", "1"),), end=True), StreamDone()],
        [_ANSWER],
        protocol="h2",
    ),
    _text(_B64(_FRAME), name="text_in_one_piece"),
    _text(*(bytes([byte]) for byte in _B64(_FRAME)), name="text_byte_by_byte"),
    _text(_B64(_FRAME)[:6], _B64(_FRAME)[6:], name="text_across_groups"),
    _text(_B64(_FRAME), b"", name="text_and_an_empty_end"),
    _text(_B64(_FRAME[:1]) + _B64(_FRAME[1:]), name="text_padded_in_its_midst"),
    _text(_B64(_FRAME[:1]), _B64(_FRAME[1:]), name="text_padded_piece_by_piece"),
    _text(b"", name="text_of_nothing"),
    _text(_B64(_FRAME) + b"AA", name="text_of_a_bad_length"),
    _text(_B64(_FRAME), b"AA", name="text_of_a_bad_length_at_its_end"),
    _text(b"AA", b"!!", name="text_that_is_none"),
    _text(b"AAA", b"AAA", b"", name="text_with_a_rest"),
    _text(b"AB==", name="text_with_loose_bits"),
    _text(b"A===", name="text_of_too_much_padding"),
    _text(b"AAAA", b"AA\nA", name="text_with_a_line_end"),
    _text(b"AA_-", name="text_for_urls"),
    Case(
        "bad_text_over_http1",
        [
            *(post("/a.B/C", b"AAAAA", *_lines(_TEXT, _TEXT))[:-5], StreamHead(1, "up")),
            *(Send(b"AAAA"), StreamData(3, 1, "up"), Send(b"A"), Answered()),
        ],
        [_ANSWER],
        stats=_STATS,
    ),
    Case(
        "text_with_trailers",
        [
            Headers(_head(_TEXT)),
            Data(_B64(_FRAME)),
            Headers((("x-t", "1"),), end=True),
            StreamDone(),
        ],
        [_ANSWER],
        protocol="h2",
    ),
    Case(
        "text_with_a_rest_and_trailers",
        [
            Headers(_head(_TEXT)),
            Data(_B64(_FRAME) + b"AA"),
            Headers((("x-t", "1"),), end=True),
            StreamDone(),
        ],
        [_ANSWER],
        protocol="h2",
    ),
    _answered("answer_in_one_piece", _FRAME),
    _answered("answer_of_two_frames", _FRAME * 2),
    _answered("answer_byte_by_byte", *(bytes([byte]) for byte in _FRAME)),
    _answered("answer_across_frames", _FRAME + _FRAME[:3], _FRAME[3:]),
    _answered("answer_of_an_empty_frame", b"\0\0\0\0\0"),
    _answered("answer_that_is_compressed", b"\x01" + _FRAME[1:]),
    _answered("answer_with_odd_flags", b"\x02" + _FRAME[1:], _FRAME),
    _answered("answer_with_odd_flags_behind", _FRAME + b"\x80\0\0\0\0", _FRAME),
    _answered("answer_cut_short", _FRAME[:6]),
    _case("text_answer_without_trailers", H2Reply(_HEAD, _FRAME), accept=_TEXT),
    _case("text_answer_without_a_body", H2Reply(_HEAD, b"", _OK), accept=_TEXT),
]

GROUP = Group(
    bootstrap(
        [
            _listener("web"),
            filtered("old", [http_filter("web", "grpc_web.v3.GrpcWeb")], _ROUTES),
        ],
        [cluster(h2=True), cluster("plain"), cluster("refused", h2=True)],
    ),
    CASES,
    upstreams={"up": Server("h2"), "plain": Server(), "refused": Server("refused")},
    listener="web",
)
_OLD = GROUP.config["static_resources"]["listeners"][1]["filter_chains"][0]["filters"][0]
_OLD["typed_config"]["http_protocol_options"] = {"accept_http_10": True}
