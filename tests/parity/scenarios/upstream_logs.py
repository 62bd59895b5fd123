"""Logs that a router writes of its upstream requests."""

import json

from tests.parity.config import (
    Node,
    access_log,
    bootstrap,
    cluster,
    http,
    http_filter,
    http_protocol,
    load,
    text_format,
)
from tests.parity.http2 import H2Reply
from tests.parity.scenario import Case, Group, Loose, Server, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Finish, Messages, Send, Step
from tests.parity.world import Failed, World

_FORMAT = text_format(
    "%ACCESS_LOG_TYPE% %REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL% %RESPONSE_CODE% %RESP(X-A)% "
    "%TRAILER(X-T)% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% rx=%BYTES_RECEIVED% "
    "tx=%BYTES_SENT% downstream=%DOWNSTREAM_WIRE_BYTES_RECEIVED%,%DOWNSTREAM_WIRE_BYTES_SENT%,"
    "%DOWNSTREAM_HEADER_BYTES_SENT% upstream=%UPSTREAM_WIRE_BYTES_RECEIVED%,"
    "%UPSTREAM_WIRE_BYTES_SENT%,%UPSTREAM_HEADER_BYTES_SENT%,%UPSTREAM_HEADER_BYTES_RECEIVED% "
    "%UPSTREAM_CLUSTER% %UPSTREAM_HOST% %UPSTREAM_PROTOCOL% %ROUTE_NAME% "
    "%UPSTREAM_REQUEST_ATTEMPT_COUNT% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% "
    "%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT% %DYNAMIC_METADATA(of:filter)% "
    "%FILTER_STATE(of.filter:PLAIN)% %UPSTREAM_TRANSPORT_FAILURE_REASON% "
    "%CONNECTION_TERMINATION_DETAILS% %RESPONSE_HEADERS_BYTES% %REQUEST_HEADERS_BYTES% "
    "%REQUEST_DURATION% %RESPONSE_TX_DURATION% %GRPC_STATUS%\n"
)
_TIMES = text_format(
    "%ACCESS_LOG_TYPE% %DURATION% %REQUEST_TX_DURATION% %RESPONSE_DURATION% "
    "%UPSTREAM_CONNECTION_POOL_READY_DURATION%\n"
)
_CLIENT = text_format(
    "%ACCESS_LOG_TYPE% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% "
    "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT% %REQUESTED_SERVER_NAME(HOST_FIRST)%\n"
)
_ROUTES = """
- {name: here, match: {prefix: /here}, direct_response: {status: 200, body: {inline_string: hi}}}
- name: up
  match: {prefix: /up}
  route: {cluster: up}
  response_headers_to_add: [{header: {key: x-a, value: route}}]
- {name: refused, match: {prefix: /refused}, route: {cluster: refused}}
- {name: timeout, match: {prefix: /timeout}, route: {cluster: up, timeout: 0.1s}}
- {name: nowhere, match: {prefix: /nowhere}, route: {cluster_header: x-cluster}}
- {name: h2, match: {prefix: /h2}, route: {cluster: h2}}
- {name: nobody, match: {prefix: /nobody}, route: {cluster: nobody}}
- {name: filtered, match: {prefix: /filtered}, route: {cluster: filtered}}
- {name: changed, match: {prefix: /changed}, route: {cluster: changed}}
- name: redirect
  match: {prefix: /redirect}
  route: {cluster: up, internal_redirect_policy: {}}
"""
_META = http_filter(
    "meta",
    "set_metadata.v3.Config",
    "metadata: [{metadata_namespace: of, value: {filter: downstream}}]",
)
_STATE = http_filter(
    "state",
    "set_filter_state.v3.Config",
    "on_request_headers: [{object_key: of.filter, factory_key: envoy.string, "
    "format_string: {text_format_source: {inline_string: state}}}]",
)
_RBAC = http_filter(
    "rbac",
    "rbac.v3.RBAC",
    "rules: {action: DENY, policies: {p: {permissions: [{any: true}], principals: [{any: true}]}}}",
)
_CHANGED = http_filter(
    "changes",
    "header_mutation.v3.HeaderMutation",
    "mutations: {request_mutations: [{append: {header: {key: x-b, value: added}}}], "
    "response_mutations: [{append: {header: {key: x-a, value: added}}}]}",
)
_CODEC = http_filter("codec", "upstream_codec.v3.UpstreamCodec")


def _http(name: str, options: str = "{}", condition: str = "", lines: Node = _FORMAT) -> Node:
    log = access_log(f"$dir/{name}_up.log", lines)
    if condition:
        log[0]["filter"] = load("{" + condition + "}")
    fields = {"upstream_log": log, "upstream_log_options": load(options)}
    router = http_filter("router", "router.v3.Router", json.dumps(fields))
    manager = {"http_filters": [_META, _STATE, router], "generate_request_id": False}
    return http(name, routes=_ROUTES, hcm=json.dumps(manager))


def _behind(name: str, inner: Node) -> Node:
    chain = json.dumps([inner, _CODEC])
    options = f"{{explicit_http_config: {{http_protocol_options: {{}}}}, http_filters: {chain}}}"
    return cluster(name, to=["up"]) | http_protocol(options)


class OneMoreLine(Step):
    """Waits until a log has a line that it has not now."""

    def play(self, world: World) -> None:
        def lines() -> int:
            return world.read_stats([_LINES])[_LINES]

        before = lines()
        if not world.poll(lambda: lines() > before):
            raise Failed("no line was logged")


_LINES = "filesystem.write_buffered"
_REPLY = response("200 OK", "X-A: b")
_TRAILERS = b"2\r\nok\r\n0\r\nx-t: 1\r\n\r\n"
_CHUNKED = "Transfer-Encoding: chunked"
_AGAIN = Loose(
    r"(?:<\d+ times> )?(UpstreamPeriodic .*\n)",
    r"\1",
    "how many intervals pass is a matter of luck",
    "log",
)
_HPACK = Loose(r"upstream=\d+,\d+,\d+,\d+", "upstream=", "compressed heads differ in length", "log")
_LAST = Loose(
    r"downstream=34,\d+",
    "downstream=34",
    "Envoy writes the line before the last piece of the response is sent",
    "log",
)
_TE = Loose(
    r"(34|10) 101",
    "10 101",
    "Envoy counts the upstream's transfer-encoding among its headers",
    "log",
)
_TOOK = Loose(r"(?<= )\d+(?= |$)", "<ms>", "times differ", "log")
_STATUS = (
    "status_code_filter: {comparison: {op: GE, value: {default_value: 500, runtime_key: none}}}"
)
_CASES = [
    Case("up", [get("/up")], [_REPLY]),
    Case("a_body", [post("/up", b"12345")], [_REPLY]),
    Case(
        "trailers",
        [get("/up")],
        [request("HTTP/1.1 200 OK", _CHUNKED, body=_TRAILERS)],
        loose=[_LAST, _TE],
    ),
    Case("a_client", [get("/up", "X-Forwarded-For: 1.2.3.4")], [_REPLY], listener="client"),
    Case("a_refused_client", [get("/refused", "X-Forwarded-For: 1.2.3.4")], listener="client"),
    Case("two", [get("/up"), Messages(1), get("/up")], [_REPLY, _REPLY]),
    Case("nothing_asked", [get("/here")]),
    Case("refused", [get("/refused")]),
    Case("refused_body", [post("/refused", b"x" * 30)]),
    Case("no_host_for_a_body", [post("/nobody", b"x" * 30)]),
    Case("a_filter_answers_a_body", [post("/filtered", b"x" * 30)]),
    Case("reset_after_a_body", [post("/up", b"x" * 30)], [Reply(b"", then="reset")]),
    Case("timeout_of_a_body", [post("/timeout", b"x" * 30), Messages()], [Reply(when="never")]),
    Case("timeout", [get("/timeout"), Messages()], [Reply(when="never")]),
    Case("no_cluster", [get("/nowhere")]),
    Case("no_host", [get("/nobody")]),
    Case("http2", [get("/h2")], loose=[_HPACK, _LAST]),
    Case(
        "http2_trailers",
        [get("/h2")],
        {"h2": [H2Reply([(":status", "200")], b"ok", [("x-t", "1")])]},
        loose=[_HPACK, _LAST],
    ),
    Case("a_filter_answers", [get("/filtered")]),
    Case("a_filter_changes", [get("/changed")], [_REPLY]),
    Case(
        "redirect",
        [get("/redirect")],
        [response("302 Found", "location: http://a.test/up"), _REPLY],
    ),
    Case("reset", [get("/up")], [Reply(b"", then="reset")]),
    Case("half", [get("/up"), Ended()], [Reply(_REPLY[:-1], then="reset")]),
    Case("no_http", [get("/up")], [b"what?\r\n\r\n"]),
    Case(
        "client_leaves",
        [get("/up"), Messages(1, "up"), Finish("close"), Ended("up")],
        [Reply(when="never")],
    ),
    Case("on_stream", [get("/up")], [_REPLY], listener="on_stream"),
    Case(
        "on_stream_two",
        [get("/up"), Messages(1), get("/up")],
        [_REPLY, _REPLY],
        listener="on_stream",
    ),
    Case("on_stream_refused", [get("/refused")], listener="on_stream"),
    Case("on_stream_filtered", [get("/filtered")], listener="on_stream"),
    Case("only_errors_of_200", [get("/up")], [_REPLY], listener="errors"),
    Case("only_errors_of_503", [get("/up")], [response("503 No")], listener="errors"),
    Case("only_errors_of_none", [get("/refused")], listener="errors"),
    Case("only_the_end", [get("/up")], [_REPLY], listener="end"),
    Case("times", [get("/up")], [_REPLY], listener="times", loose=[_TOOK]),
    Case(
        "periodic",
        [get("/up"), Messages(1, "up"), OneMoreLine(), Send(_REPLY, "up"), Messages(1)],
        [Reply(when="never")],
        listener="periodic",
        loose=[_AGAIN],
    ),
    Case("periodic_of_a_short_one", [get("/up")], [_REPLY], listener="periodic"),
]
_ON_STREAM = "{flush_upstream_log_on_upstream_stream: true}"
GROUP = Group(
    bootstrap(
        [
            _http("http"),
            _http("on_stream", _ON_STREAM),
            _http("periodic", "{upstream_log_flush_interval: 0.2s}"),
            _http("errors", _ON_STREAM, _STATUS),
            _http("end", _ON_STREAM, "log_type_filter: {types: [UpstreamEnd]}"),
            _http("times", _ON_STREAM, lines=_TIMES),
            _http("client", lines=_CLIENT),
        ],
        [
            cluster(),
            cluster("refused"),
            cluster("h2", h2=True),
            cluster("nobody") | {"load_assignment": {"cluster_name": "nobody"}},
            _behind("filtered", _RBAC),
            _behind("changed", _CHANGED),
        ],
    ),
    _CASES,
    upstreams={"up": Server(), "refused": Server("refused"), "h2": Server("h2")},
)
