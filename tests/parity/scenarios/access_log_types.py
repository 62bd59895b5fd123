"""Lines of access logs beside the one at the end, and logs of listeners."""

import json

from tests.parity.config import Node, access_log, bootstrap, cluster, http, load, tcp, text_format
from tests.parity.scenario import Case, Group, Loose, Server, get, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Bytes, Ended, Finish, Heads, Messages, Send, Settle, Step
from tests.parity.world import Failed, World

_HTTP = text_format(
    "%ACCESS_LOG_TYPE% %REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL% %RESPONSE_CODE% %RESP(X-A)% "
    "%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% "
    "%DOWNSTREAM_WIRE_BYTES_RECEIVED% %DOWNSTREAM_WIRE_BYTES_SENT% %DOWNSTREAM_HEADER_BYTES_SENT% "
    "%UPSTREAM_CLUSTER% %UPSTREAM_HOST% %ROUTE_NAME% %REQUEST_HEADERS_BYTES%\n"
)
_TCP = text_format(
    "%ACCESS_LOG_TYPE% %PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS% rx=%BYTES_RECEIVED% "
    "tx=%BYTES_SENT% %DOWNSTREAM_WIRE_BYTES_RECEIVED% %UPSTREAM_CLUSTER% %UPSTREAM_HOST% "
    "%UPSTREAM_WIRE_BYTES_SENT% %CONNECTION_TERMINATION_DETAILS% %RESPONSE_CODE_DETAILS% "
    "%FILTER_CHAIN_NAME% %REQ(:PATH)% %UPSTREAM_REQUEST_ATTEMPT_COUNT% "
    "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%\n"
)
_ROUTES = """
- {name: here, match: {prefix: /here}, direct_response: {status: 200, body: {inline_string: hi}}}
- {name: up, match: {prefix: /up}, route: {cluster: up}}
- {name: refused, match: {prefix: /refused}, route: {cluster: refused}}
- name: split
  match: {prefix: /split}
  route: {weighted_clusters: {clusters: [{name: up, weight: 1}]}}
- {name: nowhere, match: {prefix: /nowhere}, route: {cluster_header: x-cluster}}
"""


def _http(name: str, options: str, listener: str = "{}") -> Node:
    hcm = load(options) | {"access_log": access_log(f"$dir/{name}.log", _HTTP)}
    return http(name, routes=_ROUTES, hcm=json.dumps(hcm), listener=listener, plain=True)


def _tcp(name: str, options: str, listener: str = "{}", to: str = "tcp") -> Node:
    proxy = load(options) | {"cluster": to, "access_log": access_log(f"$dir/{name}.log", _TCP)}
    return tcp(name, proxy=json.dumps(proxy), listener=listener)


_PERIODIC = "access_log_options: {access_log_flush_interval: 0.2s}"
_WAITING = {
    "silent": "",
    "connect": ", tunneling_config: {hostname: h}",
    "post": ", tunneling_config: {hostname: h, use_post: true, post_path: /p}",
}
_CLUSTERS = [
    cluster("silent", "connect_timeout: 0.3s"),
    cluster("connect"),
    cluster("post"),
]


def _of_listener(name: str, condition: str = "") -> str:
    log = access_log(f"$dir/{name}_listener.log", _TCP)
    if condition:
        log[0]["filter"] = load("{" + condition + "}")
    return json.dumps({"access_log": log})


_CONFIG = bootstrap(
    [
        _http("start", "access_log_options: {flush_access_log_on_new_request: true}"),
        _http("start_older", "flush_access_log_on_new_request: true"),
        _http("periodic", "access_log_options: {access_log_flush_interval: 0.2s}"),
        _http("periodic_older", "access_log_flush_interval: 0.2s"),
        _http("of_listener", "{}", _of_listener("of_listener")),
        _http(
            "long_of_listener",
            "{}",
            _of_listener(
                "long_of_listener",
                "duration_filter: {comparison: {op: GE, value: "
                "{default_value: 60000, runtime_key: none}}}",
            ),
        ),
        _tcp("tcp_start", "access_log_options: {flush_access_log_on_start: true}"),
        _tcp("tcp_connected", "flush_access_log_on_connected: true"),
        _tcp(
            "tcp_all",
            "access_log_options: "
            "{flush_access_log_on_start: true, flush_access_log_on_connected: true}",
            _of_listener("tcp_all"),
        ),
        _tcp("tcp_periodic", "access_log_options: {access_log_flush_interval: 0.2s}"),
        *[
            _tcp(f"tcp_periodic_{to}", f"{{{_PERIODIC}{fields}}}", to=to)
            for to, fields in _WAITING.items()
        ],
        _tcp(
            "tcp_refused",
            "access_log_options: {flush_access_log_on_start: true}",
            _of_listener("tcp_refused"),
            to="refused",
        ),
        _tcp(
            "tcp_nowhere",
            "access_log_options: {flush_access_log_on_start: true}",
            _of_listener("tcp_nowhere"),
            to="none",
        ),
    ],
    [cluster(), cluster("refused"), cluster("tcp"), *_CLUSTERS],
)
_AGAIN = [
    Loose(
        r"(?:<\d+ times> )?((?:Downstream|Tcp)Periodic .*\n)",
        r"\1",
        "how many intervals pass is a matter of luck",
        "log",
    )
]
_ONCE = [Loose(r"(?s)(TcpPeriodic [^\n]*\n)+", "<lines>\n", _AGAIN[0].reason, "log")]
_HALF = request("POST /up HTTP/1.1", "Host: a.test", "Content-Length: 4", body=b"12")
_REPLY = response("200 OK", "X-A: b")


class OneMoreLine(Step):
    """Waits until a log has a line that it has not now."""

    def play(self, world: World) -> None:
        def lines() -> int:
            return world.read_stats([_LINES])[_LINES]

        before = lines()
        if not world.poll(lambda: lines() > before):
            raise Failed("no line was logged")


_LINES = "filesystem.write_buffered"
_WRITTEN = OneMoreLine()
CASES = [
    *(
        Case(f"{name}_{path}", [get(f"/{path}")], listener=name)
        for name in ("start", "start_older")
        for path in ("up", "here", "refused", "split", "missing")
    ),
    Case("start_of_a_named_cluster", [get("/nowhere", "X-Cluster: none")], listener="start"),
    Case("start_of_a_bad_request", [b"bad\r\n\r\n", Ended()], listener="start"),
    Case("start_without_a_host", [request("GET /up HTTP/1.1", "X: 1"), Ended()], listener="start"),
    Case("start_of_two", [get("/up"), Messages(1), get("/here")], listener="start"),
    Case("of_listener", [get("/up"), Messages(1), Finish("close")], listener="of_listener"),
    Case(
        "of_listener_two_requests",
        [get("/up"), Messages(1), get("/here"), Messages(2), Finish("close")],
        listener="of_listener",
    ),
    Case("of_listener_bad_request", [b"bad\r\n\r\n", Ended()], listener="of_listener"),
    Case(
        "of_listener_filtered",
        [get("/up"), Messages(1), Finish("close")],
        listener="long_of_listener",
    ),
    *(
        Case(
            name,
            [Send(b"ping"), Settle(), Finish("close")],
            {"tcp": [Reply(b"pong")]},
            listener=name,
            protocol="tcp",
        )
        for name in ("tcp_start", "tcp_connected", "tcp_all")
    ),
    *(
        Case(
            name,
            [get("/up"), Messages(1, "up"), _WRITTEN, Send(_REPLY, "up"), Messages(1)],
            [Reply(when="never")],
            listener=name,
            loose=_AGAIN,
        )
        for name in ("periodic", "periodic_older")
    ),
    Case(
        "periodic_of_a_half_request",
        [_HALF, Heads(1, "up"), Bytes(2, "up"), _WRITTEN, b"34", Messages(1)],
        listener="periodic",
        loose=_AGAIN,
    ),
    Case(
        "periodic_of_a_half_answer",
        [
            *(get("/up"), Messages(1, "up"), Send(_REPLY[:-2], "up"), Heads(1)),
            *(_WRITTEN, Send(_REPLY[-2:], "up"), Messages(1)),
        ],
        [Reply(when="never")],
        listener="periodic",
        loose=_AGAIN,
    ),
    Case("periodic_of_a_short_one", [get("/up")], listener="periodic"),
    Case(
        "tcp_periodic",
        [Send(b"ping"), Bytes(4, "tcp"), _WRITTEN, Finish("reset"), Ended("tcp")],
        listener="tcp_periodic",
        protocol="tcp",
        loose=_AGAIN,
    ),
    *(
        Case(
            f"tcp_periodic_{name}",
            [Send(b"ping"), Heads(1, name), _WRITTEN, Finish("close", name), Ended()],
            {name: [Reply(when="never")]},
            stats=[
                f"tcp.tcp_periodic_{name}.tcpproxy_tunneling.{counter}"
                for counter in ("no_route", "no_cluster", "rq_total", "rq_redirect")
            ],
            listener=f"tcp_periodic_{name}",
            protocol="tcp",
            loose=_ONCE,
        )
        for name in ("connect", "post")
    ),
    Case(
        "tcp_periodic_silent",
        [Send(b"ping"), _WRITTEN, Ended()],
        listener="tcp_periodic_silent",
        protocol="tcp",
        loose=_ONCE,
    ),
    *(
        Case(name, [Send(b"ping"), Ended()], listener=name, protocol="tcp")
        for name in ("tcp_refused", "tcp_nowhere")
    ),
]
GROUP = Group(
    _CONFIG,
    CASES,
    upstreams={
        "up": Server(),
        "refused": Server("refused"),
        "tcp": Server("tcp"),
        "silent": Server("silent"),
        "connect": Server(),
        "post": Server(),
    },
)
