"""How much filters may hold: the listener's limit, that of a route, and that of a buffer filter,
which holds for the answer as well."""

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter
from tests.parity.http2 import H2Reply, status
from tests.parity.scenario import Case, Group, Server, get, post, response
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Heads, Send, Settle, Step

_PER_ROUTE = '{"@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute'
_TO = "{allow_cross_scheme_redirect: true}"


def _route(path: str, fields: str = "", action: str = "") -> str:
    return f"{{match: {{prefix: /{path}}}, route: {{cluster: up{action}}}{fields}}}"


def _buffers(config: str) -> str:
    return f", typed_per_filter_config: {{buffer: {_PER_ROUTE}, {config}}}}}"


_ROUTES = [
    _route("request.small", ", per_request_buffer_limit_bytes: 100"),
    _route("request.large", ", per_request_buffer_limit_bytes: 5000"),
    "{match: {prefix: /body.large.grpc}, route: {cluster: grpc}, request_body_buffer_limit: 5000}",
    _route("body.small", ", request_body_buffer_limit: 100"),
    _route("body.large", ", request_body_buffer_limit: 5000"),
    _route("off", _buffers("disabled: true")),
    _route("more", _buffers("buffer: {max_request_bytes: 2000}")),
    _route("redirect", action=f", internal_redirect_policy: {_TO}"),
    "{match: {prefix: /grpc}, route: {cluster: grpc}}",
    _route(""),
]
_BUFFER = {
    size: http_filter("buffer", "buffer.v3.Buffer", f"{{max_request_bytes: {size}}}")
    for size in (100, 5000)
}
_WEB = http_filter("web", "grpc_web.v3.GrpcWeb")
_BRIDGE = http_filter("bridge", "grpc_http1_bridge.v3.Config", "{upgrade_protobuf_to_grpc: true}")


def _listener(name: str, *filters: Node, limit: int = 0) -> Node:
    node = filtered(name, filters, f"[{', '.join(_ROUTES)}]")
    return node | ({"per_connection_buffer_limit_bytes": limit} if limit else {})


_KINDS = {"web": "application/grpc-web", "bridge": "application/grpc"}
_CALLED = H2Reply(
    status(200, ("content-type", "application/grpc")), b"\0\0\0\0\x02hi", (("grpc-status", "0"),)
)
_FRAME = b"\0\0\0\0\x02hi"


def _stats(listener: str) -> list[str]:
    return [
        *(f"http.{listener}.{name}" for name in ("rs_too_large", "downstream_rq_too_large")),
        "cluster.up.upstream_rq_404",
        "cluster.up.upstream_rq_500",
    ]


def _case(
    name: str, listener: str, size: int, path: str = "", kind: str = "web", body: bytes = _FRAME
) -> Case:
    """The answer is an HTTP/1 upstream's, and no gRPC."""
    return Case(
        f"{listener}_{name}",
        [post(f"/{path}", body, f"content-type: {_KINDS[kind]}"), Answered()],
        [response("404 Not Found", "content-type: text/html", body=b"x" * size)],
        listener=listener,
        stats=_stats(listener),
    )


def _in_pieces(name: str, listener: str, *sizes: int) -> Case:
    steps: list[Step] = [
        Send(post("/", _FRAME, "content-type: application/grpc-web")),
        Heads(1, "up"),
        Send(b"HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n", "up"),
    ]
    for size in sizes:
        steps += [Send(f"{size:x}\r\n{'x' * size}\r\n".encode(), "up"), Settle()]
    steps += [Send(b"0\r\n\r\n", "up"), Answered()]
    return Case(
        f"{listener}_{name}",
        steps,
        [Reply(when="never")],
        listener=listener,
        stats=_stats(listener),
    )


def _grpc(
    name: str, listener: str, size: int, kind: str = "web", trailers: bool = True, fits: bool = True
) -> Case:
    """An upstream of gRPC answers; not as it should where the client is a browser."""
    head = status(200, ("content-type", "text/html" if kind == "web" else _KINDS[kind]))
    ends = (("grpc-status", "0"),) if trailers and fits else ()
    return Case(
        f"{listener}_grpc_{name}",
        [post("/grpc", _FRAME, f"content-type: {_KINDS[kind]}"), Answered()],
        {"grpc": [H2Reply(head, b"x" * size, ends, end=fits)]},
        listener=listener,
        stats=_stats(listener),
    )


def _redirected(listener: str, size: int) -> Case:
    return Case(
        f"{listener}_redirected_with_{size}",
        [post("/redirect", b"x" * size), Answered()],
        [response("302 Found", "location: http://a.test/p"), response("303 See Other")],
        listener=listener,
        stats=["cluster.up.upstream_internal_redirect_succeeded_total"],
    )


_SIZES = (100, 101, 150)
CASES = [
    *[_case(str(size), "web", size) for size in (1000, 1024, 1025, 3000)],
    _in_pieces("in_pieces", "web", 500, 500),
    _in_pieces("in_pieces_too_many", "web", 500, 525),
    _in_pieces("in_pieces_of_too_much", "web", 1025, 1),
    _grpc("large", "web", 3000, fits=False),
    _grpc("large_without_trailers", "web", 3000, trailers=False),
    *[
        _case(f"{path}_{size}", "web", size, path)
        for path in ("request.small", "request.large", "body.small", "body.large")
        for size in (150, 3000, 6000)
    ],
    *[_case(str(size), "buffer_web", size) for size in _SIZES],
    *[_case(f"off_{size}", "buffer_web", size, "off") for size in (150, 20000)],
    *[_case(f"more_{size}", "buffer_web", size, "more") for size in (150, 2001)],
    *[_case(f"body_{size}", "buffer_web", size, "body.large") for size in (150, 6000)],
    _case("without_a_body", "buffer_web", 150, body=b""),
    *[_case(str(size), "web_buffer", size) for size in _SIZES],
    *[_case(str(size), "raised_web", size) for size in (3000, 5001)],
    *[_grpc(str(size), "buffer_bridge", size, "bridge", fits=size == 100) for size in _SIZES],
    _grpc("101_without_trailers", "buffer_bridge", 101, "bridge", trailers=False),
    *[
        _grpc(str(size), "raised_bridge", size, "bridge", fits=size == 3000)
        for size in (3000, 5001)
    ],
    *[
        Case(
            f"{listener}_upgraded_{size}{path.replace('/', '_')}",
            [post(path, b"x" * size, "content-type: application/x-protobuf"), Answered()],
            {"grpc": [_CALLED]},
            listener=listener,
            stats=_stats(listener),
        )
        for listener, path in (
            ("raised_bridge", "/grpc"),
            ("bridge", "/grpc"),
            ("bridge", "/body.large.grpc"),
            ("bridge_raised", "/grpc"),
        )
        for size in (1000, 3000)
    ],
    *[_redirected(listener, size) for listener in ("web", "raised_web") for size in (1000, 3000)],
    Case("get", [get("/redirect")], [response("302 Found", "location: /p")], listener="web"),
]

GROUP = Group(
    bootstrap(
        [
            _listener("web", _WEB, limit=1024),
            _listener("buffer_web", _BUFFER[100], _WEB),
            _listener("web_buffer", _WEB, _BUFFER[100]),
            _listener("raised_web", _BUFFER[5000], _WEB, limit=1024),
            _listener("buffer_bridge", _BUFFER[100], _BRIDGE),
            _listener("bridge", _BRIDGE, limit=1024),
            _listener("raised_bridge", _BUFFER[5000], _BRIDGE, limit=1024),
            _listener("bridge_raised", _BRIDGE, _BUFFER[5000], limit=1024),
        ],
        [cluster(), cluster("grpc", h2=True)],
    ),
    CASES,
    upstreams={"up": Server(), "grpc": Server("h2")},
    listener="web",
)
