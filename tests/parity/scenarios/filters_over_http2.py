"""Filters between HTTP/2 and HTTP/2: bodies with trailers, heads alone, and calls of gRPC."""

# ruff: noqa: E501 - YAML of one line each is easier to compare.

import gzip

from tests.parity.config import Node, bootstrap, cluster, filtered, http_filter
from tests.parity.http2 import H2Reply, fields, status
from tests.parity.scenario import Case, Group, Loose, Server
from tests.parity.steps import Settle, Step
from tests.parity.steps_h2 import Data, Headers, StreamDone

_ON = "{default_value: {numerator: 100}}"
_COMPRESSION = "type.googleapis.com/envoy.extensions.compression.gzip"
_ZERO = "{max_tokens: 1, fill_interval: 100000s}"
_FILTERS: dict[str, Node] = {
    "buffer": http_filter("f", "buffer.v3.Buffer", "{max_request_bytes: 4}"),
    "fault": http_filter(
        "f", "fault.v3.HTTPFault", "{abort: {grpc_status: 5, percentage: {numerator: 100}}}"
    ),
    "rbac": http_filter("f", "rbac.v3.RBAC", "{rules: {policies: {}}}"),
    "limit": http_filter(
        "f",
        "local_ratelimit.v3.LocalRateLimit",
        f"{{stat_prefix: l, token_bucket: {_ZERO}, filter_enabled: {_ON}, filter_enforced: {_ON}, rate_limited_as_resource_exhausted: true}}",
    ),
    "cors": http_filter("f", "cors.v3.Cors"),
    "compressor": http_filter(
        "f",
        "compressor.v3.Compressor",
        f'{{compressor_library: {{name: gzip, typed_config: {{"@type": {_COMPRESSION}.compressor.v3.Gzip}}}}, response_direction_config: {{status_header_enabled: true}}}}',
    ),
    "decompressor": http_filter(
        "f",
        "decompressor.v3.Decompressor",
        f'{{decompressor_library: {{name: gzip, typed_config: {{"@type": {_COMPRESSION}.decompressor.v3.Gzip}}}}}}',
    ),
    "health": http_filter(
        "f",
        "health_check.v3.HealthCheck",
        "{pass_through_mode: false, headers: [{name: ':path', string_match: {exact: /hc}}]}",
    ),
    "mutation": http_filter(
        "f",
        "header_mutation.v3.HeaderMutation",
        "{mutations: {request_trailers_mutations: [{append: {header: {key: a, value: b}}}], response_trailers_mutations: [{remove: x-sum}]}}",
    ),
    "emptied": http_filter(
        "f",
        "header_mutation.v3.HeaderMutation",
        "{mutations: {request_trailers_mutations: [{remove: x-sum}], response_trailers_mutations: [{remove: x-sum}]}}",
    ),
}
_CORS = "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy"
_ROUTES = f'[{{match: {{prefix: /}}, route: {{cluster: up}}, typed_per_filter_config: {{f: {{"@type": {_CORS}, allow_origin_string_match: [{{prefix: http}}], allow_methods: GET}}}}}}]'
_GRPC = ("content-type", "application/grpc")
_SUM = (("x-sum", "1"),)
_LOOSE = [
    Loose(r"^.*\\x[0-9a-f]{2}.*$", "<compressed>", "compressors of one format differ"),
    Loose(r"(tx|rx)=[1-9]\d*", r"\1=<n>", "so do the lengths of what they give"),
]


def _with_body(
    listener: str,
    name: str,
    *more: tuple[str, str],
    body: bytes = b"hello",
    reply: H2Reply | None = None,
) -> Case:
    steps = [
        Headers(fields("/", *more, method="POST")),
        Data(body),
        Headers(_SUM, end=True),
        StreamDone(),
    ]
    answer = reply or H2Reply(status(200, ("content-type", "text/plain")), b"x" * 64, _SUM)
    loose = _LOOSE if "compressor" in listener else []
    return Case(f"{listener}_{name}", steps, [answer], listener=listener, loose=loose)


def _head(
    listener: str, name: str, *more: tuple[str, str], path: str = "/", method: str = "GET"
) -> Case:
    steps = [Headers(fields(path, *more, method=method), end=True), StreamDone()]
    return Case(f"{listener}_{name}", steps, [H2Reply(status(204), b"")], listener=listener)


def _at_once(name: str, *bodies: bytes) -> Case:
    """A body whose last piece ends the stream, which a filter that gathers it does not measure."""
    pieces: list[Step] = []
    for number, body in enumerate(bodies, 1):
        pieces += [Data(body, end=number == len(bodies)), Settle()]
    steps = [Headers(fields("/", method="POST")), *pieces, StreamDone()]
    return Case(f"buffer_{name}", steps, listener="buffer", stats=_REFUSED)


def _limited() -> Case:
    """One request passes, and what comes after it is refused."""
    steps: list[Step] = []
    for client in ("first", "then_of_grpc"):
        steps += [
            Headers(fields("/", _GRPC, method="POST"), on=client),
            Data(b"hello", on=client),
            Headers(_SUM, end=True, on=client),
            StreamDone(on=client),
        ]
    alone = "then_a_head_alone"
    steps += [Headers(fields("/"), end=True, on=alone), StreamDone(on=alone)]
    return Case("limit_of_one", steps, [H2Reply(status(200), b"x", _SUM)], listener="limit")


_REFUSED = ["http.buffer.downstream_rq_too_large"]
_ZIPPED = H2Reply(
    status(200, ("content-encoding", "gzip")), gzip.compress(b"hello " * 4, mtime=0), _SUM
)
_ORIGIN = ("origin", "http://b.test")
GROUP = Group(
    bootstrap(
        [
            filtered(name, [node], _ROUTES if name == "cors" else "")
            for name, node in _FILTERS.items()
        ],
        [cluster(h2=True)],
    ),
    [
        _with_body("buffer", "too_much"),
        _with_body("buffer", "enough", body=b"hey"),
        _with_body("buffer", "too_much_of_grpc", _GRPC),
        _head("buffer", "a_head_alone"),
        _at_once("too_much_at_once", b"hello"),
        _at_once("enough_at_once", b"hey"),
        _at_once("too_much_with_the_last_piece", b"hey", b"you"),
        _at_once("too_much_before_the_end", b"hello", b""),
        _at_once("too_much_before_the_last_piece", b"hello", b"you"),
        _with_body("fault", "of_grpc", _GRPC),
        _head("fault", "a_head_alone"),
        _with_body("rbac", "of_grpc", _GRPC),
        _head("rbac", "a_head_alone"),
        _limited(),
        _head(
            "cors", "preflight", _ORIGIN, ("access-control-request-method", "GET"), method="OPTIONS"
        ),
        _with_body("cors", "with_trailers", _ORIGIN),
        _with_body("compressor", "with_trailers", ("accept-encoding", "gzip")),
        _head("compressor", "a_head_alone", ("accept-encoding", "gzip")),
        _with_body("decompressor", "with_trailers", reply=_ZIPPED),
        _head("decompressor", "a_head_alone"),
        _head("health", "answered", path="/hc"),
        _head("health", "passed", path="/other"),
        _with_body("mutation", "of_trailers"),
        _head("mutation", "without_trailers"),
        _with_body("emptied", "trailers"),
    ],
    upstreams={"up": Server("h2")},
    protocol="h2",
)
