"""Responses of the proxy's own: what the route, the method and the client's body make of them."""

from collections.abc import Sequence

from tests.parity.config import (
    LOG_FORMAT,
    Node,
    access_log,
    bootstrap,
    cluster,
    http,
    text_format,
)
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, Server, get, post, request
from tests.parity.sessions import Reply
from tests.parity.steps import Answered, Ended, Messages
from tests.parity.steps_h2 import Data, Headers, StreamDone

_LOG = LOG_FORMAT.replace(
    "\n",
    " %ROUTE_NAME% %RESPONSE_HEADER(X-ADDED)% %CONNECTION_TERMINATION_DETAILS%\n",
)
_ROUTES = """
- {match: {prefix: /refused}, name: refused, route: {cluster: refused}}
- {match: {prefix: /empty}, name: empty, route: {cluster: empty}}
- {match: {prefix: /missing}, name: missing, route: {cluster_header: x-cluster}}
- {match: {prefix: /full}, name: full, route: {cluster: full}}
- {match: {prefix: /queue}, name: queue, route: {cluster: queue}}
- {match: {prefix: /slow}, name: slow, route: {cluster: up, timeout: 0.05s}}
- match: {prefix: /longest}
  name: longest
  route: {cluster: up, max_stream_duration: {max_stream_duration: 0.05s}}
- {match: {prefix: /idle}, name: idle, route: {cluster: up, idle_timeout: 0.05s}}
- match: {prefix: /split}
  name: split
  route:
    weighted_clusters:
      clusters:
      - name: refused
        weight: 1
        response_headers_to_add: [{header: {key: x-share, value: one}}]
- {match: {prefix: /body}, name: body, direct_response: {status: 200, body: {inline_string: b}}}
- match: {prefix: /json}
  name: json
  direct_response: {status: 403, body: {inline_string: '{}'}}
  response_headers_to_add:
  - {header: {key: content-type, value: application/json}}
  - {header: {key: x-code, value: '%RESPONSE_CODE% %RESPONSE_FLAGS%'}}
- {match: {prefix: /nothing}, name: nothing, direct_response: {status: 204}}
- match: {prefix: /unmodified}
  name: unmodified
  direct_response: {status: 304, body: {inline_string: x}}
- match: {prefix: /length}
  name: length
  direct_response: {status: 200, body: {inline_string: abc}}
  response_headers_to_add: [{header: {key: content-length, value: '1'}}]
- {match: {prefix: /new}, name: new, redirect: {path_redirect: /newer}}
- {match: {prefix: /never}, name: never, non_forwarding_action: {}}
- {match: {prefix: /up}, name: up, route: {cluster: up}}
"""
_HOSTS = f"""
- name: all
  domains: ["*"]
  include_attempt_count_in_response: true
  include_request_attempt_count: true
  response_headers_to_add:
  - {{header: {{key: x-added, value: '%RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_CLUSTER%'}}}}
  routes:{_ROUTES.replace(chr(10), chr(10) + "  ").rstrip()}
"""
_UNCHECKED = """
- name: all
  domains: ["*"]
  routes: [{match: {prefix: /}, name: nowhere, route: {cluster: nowhere}}]
"""
_UPGRADE = ("Connection: Upgrade", "Upgrade: websocket")
_CHARGED = [f"cluster.up.upstream_rq_{code}" for code in ("408", "504", "completed", "tx_reset")]
_COUNTED = [
    f"http.http.{name}" for name in ("rq_total", "no_route", "downstream_rq_ws_on_non_ws_route")
]
_NEVER = Reply(when="never")
_HALF = b"halfwhole"


def _listener(name: str, hcm: str = "{}", hosts: str = _HOSTS, table: str = "{}") -> Node:
    node = http(name, virtual_hosts=hosts, route_config=table, hcm=hcm, plain=True)
    chain = node["filter_chains"][0]["filters"][0]["typed_config"]
    chain["access_log"] = access_log(f"$dir/{name}.log", text_format(_LOG))
    return node


def _unfinished(path: str) -> bytes:
    return request(f"POST {path} HTTP/1.1", "Host: a.test", "Content-Length: 9", body=b"half")


CASES = [
    Case("no_route", [get("/none")]),
    Case("a_route_for_others", [get("/never")]),
    Case("refused", [get("/refused"), Messages(1)]),
    Case("no_hosts", [get("/empty")]),
    Case("no_cluster", [get("/missing", "x-cluster: nowhere")]),
    Case("no_cluster_header", [get("/missing")]),
    Case("overflow", [get("/full")]),
    Case("timeout", [get("/slow"), Messages(1)], [_NEVER], _CHARGED),
    Case("stream_too_long", [get("/longest"), Messages(1)], [_NEVER], _CHARGED),
    Case("stream_too_long_and_unfinished", [_unfinished("/longest"), Answered()], [_NEVER]),
    Case("idle", [get("/idle"), Messages(1)], [_NEVER], _CHARGED),
    Case("idle_and_unfinished", [_unfinished("/idle"), Answered()], [_NEVER]),
    Case("reset", [get("/up"), Messages(1)], [Reply(then="reset")]),
    Case("a_share_is_refused", [get("/split"), Messages(1)]),
    Case("garbage", [get("/up"), Messages(1)], [b"\x00\r\n\r\n"]),
    Case("upgrade_where_there_is_a_cluster", [get("/up", *_UPGRADE), Messages(1)], stats=_COUNTED),
    Case("upgrade_where_there_is_a_share", [get("/split", *_UPGRADE), Messages(1)]),
    Case(
        "upgrade_where_a_header_names_the_cluster",
        [get("/missing", "x-cluster: up", *_UPGRADE), Messages(1)],
    ),
    Case(
        "upgrade_where_a_header_names_no_cluster",
        [get("/missing", "x-cluster: nowhere", *_UPGRADE), Messages(1)],
    ),
    Case("upgrade_where_there_is_no_route", [get("/none", *_UPGRADE), Messages(1)], stats=_COUNTED),
    Case("upgrade_where_there_is_a_reply", [get("/body", *_UPGRADE), Messages(1)]),
    Case("upgrade_where_there_is_a_redirect", [get("/new", *_UPGRADE), Messages(1)]),
    Case("head_of_a_failure", [get("/refused", method="HEAD"), Messages(1)]),
    Case("head_of_no_route", [get("/none", method="HEAD"), Messages(1)]),
    Case("head_of_a_reply", [get("/body", method="HEAD"), Messages(1)]),
    Case("head_of_an_empty_reply", [get("/nothing", method="HEAD"), Messages(1)]),
    Case("head_of_a_redirect", [get("/new", method="HEAD"), Messages(1)]),
    Case("reply_of_another_type", [get("/json"), Messages(1)]),
    Case("reply_without_content", [get("/nothing"), get("/body"), Messages(2)]),
    Case("reply_that_has_no_body", [get("/unmodified"), Messages(1)]),
    Case("reply_of_another_length", [get("/length"), get("/body"), Messages(2)]),
    Case("reply_to_a_post", [post("/body", _HALF), Ended()]),
    Case("reply_to_half_a_post", [_unfinished("/body"), Answered()]),
    Case("refused_after_half_a_post", [_unfinished("/refused"), Answered()]),
    Case("refused_after_a_post", [post("/refused", _HALF), get("/body"), Messages(2)]),
    Case("no_hosts_for_a_post", [post("/empty", _HALF), Ended()]),
    Case("overflow_of_a_post", [post("/full", _HALF), Messages(1)]),
    Case("overflow_of_what_waits_of_a_post", [post("/queue", _HALF), Answered()]),
    Case("no_cluster_that_is_configured", [get("/nowhere")], listener="unchecked"),
    Case("no_route_for_half_a_post", [_unfinished("/none"), Answered()]),
    Case("no_host", [b"GET /body HTTP/1.1\r\n\r\n", Answered()]),
    Case("fragment", [get("/body#x"), Answered()]),
    Case("asterisk", [request("OPTIONS * HTTP/1.1", "Host: a.test"), Answered()]),
    Case("connect_without_a_route", [request("CONNECT a.test:80 HTTP/1.1", "Host: a.test:80")]),
    Case(
        "request_too_slow",
        [_unfinished("/up"), Answered()],
        [_NEVER],
        _CHARGED,
        listener="hurried",
    ),
    Case(
        "post_of_grpc_refused",
        [post("/refused", _HALF, "Content-Type: application/grpc"), Messages(1)],
    ),
    Case(
        "reply_to_grpc",
        [post("/json", _HALF, "Content-Type: application/grpc"), Messages(1)],
    ),
    Case(
        "reply_to_grpc_without_a_body",
        [post("/nothing", _HALF, "Content-Type: application/grpc"), Messages(1)],
    ),
    Case(
        "upgrade_of_grpc",
        [get("/up", *_UPGRADE, "Content-Type: application/grpc"), Messages(1)],
    ),
    Case(
        "stream_of_grpc_too_long",
        [post("/longest", _HALF, "Content-Type: application/grpc"), Messages(1)],
        [_NEVER],
    ),
    Case(
        "timeout_of_grpc",
        [post("/slow", _HALF, "Content-Type: application/grpc"), Messages(1)],
        [_NEVER],
    ),
]

_ON_HTTP2 = (
    ("no_route", "/none", ()),
    ("no_route_for_half_a_post", "/none", (Data(b"half"),)),
    ("refused", "/refused", (Data(b"half", end=True),)),
    ("no_hosts_for_a_post", "/empty", (Data(b"half", end=True),)),
    ("no_hosts_for_half_a_post", "/empty", (Data(b"half"),)),
    ("overflow", "/full", ()),
    ("timeout", "/slow", ()),
    ("stream_too_long", "/longest", ()),
    ("stream_too_long_and_unfinished", "/longest", (Data(b"half"),)),
    ("idle_and_unfinished", "/idle", (Data(b"half"),)),
    ("reply_of_another_type", "/json", ()),
    ("reply_to_half_a_post", "/body", (Data(b"half"),)),
    ("redirect_of_half_a_post", "/new", (Data(b"half"),)),
)


def _on_http2(name: str, path: str, body: Sequence[Data]) -> Case:
    head = Headers(fields(path, method="POST" if body else "GET"), end=not body)
    return Case(f"{name}_on_http2", [head, *body, StreamDone()], [_NEVER], protocol="h2")


CASES += [_on_http2(*case) for case in _ON_HTTP2]
CASES += [
    Case(
        f"head_of_{name}_on_http2",
        [Headers(fields(path, method="HEAD"), end=True), StreamDone()],
        protocol="h2",
    )
    for name, path in (("a_reply", "/body"), ("a_redirect", "/new"), ("a_failure", "/refused"))
]
GROUP = Group(
    bootstrap(
        [
            _listener("http"),
            _listener("hurried", "request_timeout: 0.05s"),
            _listener("unchecked", hosts=_UNCHECKED, table="validate_clusters: false"),
        ],
        [
            cluster(),
            cluster("refused"),
            cluster("full", "circuit_breakers: {thresholds: [{max_requests: 0}]}", to=["up"]),
            cluster(
                "queue", "circuit_breakers: {thresholds: [{max_pending_requests: 0}]}", to=["up"]
            ),
            cluster("empty", "load_assignment: {cluster_name: empty, endpoints: []}"),
        ],
    ),
    CASES,
    upstreams={"up": Server(), "refused": Server("refused")},
)
