"""The buffer filter, and what routes say of filters."""

from tests.parity.config import Node, bootstrap, cluster, http
from tests.parity.scenario import Case, Group, get, request
from tests.parity.steps import Answered, Ended, Heads, Messages, Send, Settle

_BUFFER = "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer"
_PER_ROUTE = "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute"
_CONFIG = "type.googleapis.com/envoy.config.route.v3.FilterConfig"
_ROUTER = (
    '{name: router, typed_config: {"@type": '
    "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}"
)


def _route(path: str, config: str) -> str:
    return (
        f"{{match: {{prefix: {path}}}, route: {{cluster: up}}, "
        f"typed_per_filter_config: {{buffer: {config}}}}}"
    )


def _filters(name: str, more: str = "") -> Node:
    buffer = f'{{name: buffer, typed_config: {{"@type": {_BUFFER}, max_request_bytes: 8}}{more}}}'
    routes = [
        _route("/off", f'{{"@type": {_PER_ROUTE}, disabled: true}}'),
        _route("/more", f'{{"@type": {_PER_ROUTE}, buffer: {{max_request_bytes: 12}}}}'),
        _route("/disabled", f'{{"@type": {_CONFIG}, disabled: true}}'),
        _route("/enabled", f'{{"@type": {_CONFIG}, config: {{}}}}'),
        "{match: {prefix: /direct}, direct_response: {status: 200, body: {inline_string: hi}}}",
        "{match: {prefix: /}, route: {cluster: up}}",
    ]
    return http(
        name,
        routes=f"[{', '.join(routes)}]",
        hcm=f"http_filters: [{buffer}, {_ROUTER}]",
    )


def _post(path: str, body: bytes, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return request(f"POST {path} HTTP/1.1", "Host: a.test", f"Content-Length: {size}", body=body)


def _chunked(path: str, body: bytes) -> bytes:
    return request(f"POST {path} HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked", body=body)


def _expecting(path: str, length: int) -> bytes:
    lines = ("Expect: 100-continue", f"Content-Length: {length}")
    return request(f"POST {path} HTTP/1.1", "Host: a.test", *lines)


_STATS = [
    "http.on.downstream_rq_4xx",
    "http.on.downstream_rq_too_large",
    "http.on.downstream_rq_rx_reset",
    "http.on.downstream_rq_response_before_rq_complete",
    "cluster.up.upstream_rq_total",
]

GROUP = Group(
    bootstrap([_filters("on"), _filters("off", ", disabled: true")], [cluster()]),
    [
        Case("a_body_as_large_as_the_limit", [_post("/", b"12345678")], stats=_STATS),
        Case("a_body_one_byte_larger", [_post("/", b"123456789"), Answered()], stats=_STATS),
        Case("it_comes_in_pieces", [_post("/", b"1234", 8), Settle(), Send(b"5678"), Messages(1)]),
        Case("chunks_get_a_length", [_chunked("/", b"4\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n")]),
        Case("trailers_follow", [_chunked("/", b"4\r\nabcd\r\n0\r\nx-t: 1\r\n\r\n")]),
        Case("chunks_beyond_the_limit", [_chunked("/", b"9\r\n123456789\r\n"), Ended()]),
        Case("without_a_body", [get()]),
        Case("a_bad_chunk", [_chunked("/", b"4\r\nabcd\r\n"), Settle(), b"z\r\n", Ended()]),
        Case("the_answer_is_direct", [_post("/direct", b"1234", 8), Settle(), Send(b"5678")]),
        Case("no_route", [_post("/off", b"123456789"), Messages(1), _post("/", b"12", 2)]),
        Case("a_route_switches_it_off", [_post("/off", b"1234", 9), Heads(1, "up"), b"56789"]),
        Case("a_route_has_more", [_post("/more", b"123456789abc"), _post("/more", b"1" * 13)]),
        Case("a_route_disables_it", [_post("/disabled", b"1234", 9), Heads(1, "up"), b"56789"]),
        Case(
            "disabled_by_default",
            [_post("/", b"1234", 9), Heads(1, "up"), b"56789"],
            listener="off",
        ),
        Case(
            "enabled_by_a_route",
            [_post("/more", b"1" * 13), Answered()],
            listener="off",
        ),
        *(
            Case(
                f"expects_{name}",
                [_expecting(path, len(body)), Settle(), Send(body), Answered()],
                stats=_STATS,
            )
            for name, path, body in (
                ("to_go_on", "/", b"12345678"),
                ("to_go_on_with_too_much", "/", b"123456789"),
                ("to_go_on_where_it_is_off", "/off", b"123456789"),
                ("to_go_on_and_is_answered", "/direct", b"1234"),
            )
        ),
        Case(
            "expects_and_sends_at_once",
            [_expecting("/", 8) + b"12345678", Messages(1)],
            stats=_STATS,
        ),
        Case(
            "expects_and_sends_too_much_at_once",
            [_expecting("/", 9) + b"123456789", Answered()],
            stats=_STATS,
        ),
        Case("enabled_without_config", [_post("/enabled", b"1" * 13), Answered()], listener="off"),
    ],
    listener="on",
)
