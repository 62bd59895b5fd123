"""`headers_with_underscores_action`: three actions on both protocols, in heads, trailers and
responses, with what is counted and logged."""

from tests.parity.config import Node, bootstrap, cluster, http, http_protocol, merged
from tests.parity.http2 import Fields, H2Reply, fields
from tests.parity.scenario import Case, Group, Server, get, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Step
from tests.parity.steps_h2 import Data, Headers, StreamDone

_TRAILERS = "http_protocol_options: {enable_trailers: true}"
_STREAM_ERROR = "stream_error_on_invalid_http_message: true"
_ACTIONS = {"allowed": "ALLOW", "dropped": "DROP_HEADER", "rejected": "REJECT_REQUEST"}


def _options(action: str) -> str:
    return f"common_http_protocol_options: {{headers_with_underscores_action: {action}}}"


def _listener(name: str, hcm: str, up: str = "up") -> Node:
    to = f"[{{match: {{prefix: /}}, route: {{cluster: {up}}}}}]"
    return http(name, hcm=f"{{{_TRAILERS}, {hcm}}}", routes=to, plain=True)


def _cluster(name: str, to: str, explicit: str, action: str) -> Node:
    protocol = f"{{explicit_http_config: {{{explicit}}}, {_options(action)}}}"
    return merged(cluster(name, to=[to]), http_protocol(protocol))


_H1, _H2 = "http_protocol_options: {enable_trailers: true}", "http2_protocol_options: {}"
_CONFIG = bootstrap(
    [
        *(_listener(name, _options(action)) for name, action in _ACTIONS.items()),
        _listener("patient", f"{_STREAM_ERROR}, {_options('REJECT_REQUEST')}"),
        _listener("to_rejecting", _options("ALLOW"), "rejecting"),
        _listener("to_dropping", _options("ALLOW"), "dropping"),
        _listener("to_rejecting_two", _options("ALLOW"), "rejecting_two"),
        _listener("to_dropping_two", _options("ALLOW"), "dropping_two"),
    ],
    [
        merged(cluster(), http_protocol(f"explicit_http_config: {{{_H1}}}")),
        _cluster("rejecting", "up", _H1, "REJECT_REQUEST"),
        _cluster("dropping", "up", _H1, "DROP_HEADER"),
        _cluster("rejecting_two", "two", _H2, "REJECT_REQUEST"),
        _cluster("dropping_two", "two", _H2, "DROP_HEADER"),
    ],
)


def _stats(listener: str) -> list[str]:
    counted = ("rq_total", "rq_2xx", "rq_4xx", "rq_rx_reset", "cx_protocol_error")
    codecs = ("dropped_headers_with_underscores", "requests_rejected_with_underscores_in_headers")
    return [
        *(f"http.{listener}.downstream_{name}" for name in counted),
        *(f"http{version}.{name}" for version in (1, 2) for name in codecs),
    ]


_BODY = b"2\r\nhi\r\n0\r\nx_t: 1\r\nx-t: 2\r\n\r\n"
_CHUNKED = request(
    "POST / HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked", "Trailer: x", body=_BODY
)
_NAMES = {
    "one": "x_a",
    "first": "_xa",
    "last": "xa_",
    "alone": "_",
    "known": "content_length",
    "many": "a_b_c_d",
}


def _h1(listener: str) -> list[Case]:
    def case(name: str, sent: bytes) -> Case:
        return Case(
            f"{listener}_{name}", [sent, Answered()], listener=listener, stats=_stats(listener)
        )

    return [
        *(case(name, get("/", f"{field}: 1", "x-b: 2")) for name, field in _NAMES.items()),
        case("value", get("/", "x-a: a_b")),
        case("path", get("/a_b?c_d=e_f")),
        case("host", get(host="a_b.test")),
        case("two_of_them", get("/", "x_a: 1", "X_A: 3", "y_b: 2")),
        case("in_trailers", _CHUNKED),
        case("twice", get("/", "x-b: 1") + get("/", "x_b: 1")),
    ]


def _h2(listener: str) -> list[Case]:
    def case(name: str, *steps: Step) -> Case:
        return Case(
            f"{listener}_{name}_on_http2",
            [*steps],
            listener=listener,
            protocol="h2",
            stats=_stats(listener),
        )

    def head(*names: str) -> Fields:
        return fields("/", *((name, "1") for name in names), ("x-b", "2"))

    return [
        *(
            case(name, Headers(head(field), end=True), StreamDone())
            for name, field in _NAMES.items()
        ),
        case("value", Headers(fields("/a_b", ("x-a", "a_b")), end=True), StreamDone()),
        case("two_of_them", Headers(head("x_a", "x_a", "y_b"), end=True), StreamDone()),
        case(
            "in_trailers",
            Headers(fields("/", method="POST")),
            Data(b"hi"),
            Headers((("x_t", "1"), ("x-t", "2")), end=True),
            StreamDone(),
        ),
        case(
            "twice",
            Headers(head(), end=True),
            StreamDone(),
            Headers(head("x_a"), end=True, stream=3),
            StreamDone(3),
            Headers(head(), end=True, stream=5),
            StreamDone(5),
        ),
    ]


_ANSWER = request(
    *("HTTP/1.1 200 OK", "x_r: 1", "x-r: 2", "transfer-encoding: chunked"),
    body=b"2\r\nok\r\n0\r\nx_t: 1\r\nx-t: 2\r\n\r\n",
)
_TWO = H2Reply(
    ((":status", "200"), ("x_r", "1"), ("x-r", "2")), b"ok", (("x_t", "1"), ("x-t", "2"))
)


def _response(upstream: str) -> Case:
    two = upstream.endswith("_two")
    names = ("rq_2xx", "rq_5xx", "cx_protocol_error", "rq_rx_reset")
    return Case(
        f"response_{upstream}",
        [get("/", "x_q: 1"), Answered()],
        {"two": [_TWO]} if two else {"up": [Reply(_ANSWER)]},
        listener=f"to_{upstream}",
        stats=[
            *(f"cluster.{upstream}.upstream_{name}" for name in names),
            f"cluster.{upstream}.http{2 if two else 1}.dropped_headers_with_underscores",
        ],
    )


CASES = [
    *(case for name in _ACTIONS for case in (*_h1(name), *_h2(name))),
    *_h1("patient"),
    *_h2("patient"),
    *(_response(name) for name in ("rejecting", "dropping", "rejecting_two", "dropping_two")),
    Case(
        "response_to_one_that_drops",
        [get(), Answered()],
        [Reply(response("200 OK", "x_r: 1"))],
        listener="dropped",
        stats=_stats("dropped"),
    ),
]
GROUP = Group(_CONFIG, CASES, upstreams={"up": Server(), "two": Server("h2")}, listener="allowed")
