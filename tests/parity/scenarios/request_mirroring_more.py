"""Copies of requests that go wrong, end early, are bodies, trailers or tunnels, or are refused."""

import json
from collections.abc import Mapping

from tests.parity.config import (
    Node,
    access_log,
    bootstrap,
    cluster,
    http,
    http_filter,
    http_protocol,
    load,
    router,
    text_format,
)
from tests.parity.http2 import fields
from tests.parity.scenario import Case, Group, Replies, Server, get, post, request, response
from tests.parity.sessions import Reply
from tests.parity.steps import Finish, Messages, Send, Settle, Step, Until
from tests.parity.steps_h2 import Data, Headers, Rst, StreamHead

_RULES = "{action: DENY, policies: {p: {permissions: [{any: true}], principals: [{any: true}]}}}"
_FILTERS = json.dumps(
    [
        http_filter("rbac", "rbac.v3.RBAC", f"{{rules: {_RULES}}}"),
        http_filter("codec", "upstream_codec.v3.UpstreamCodec"),
    ]
)
_LINE = text_format(
    "%ACCESS_LOG_TYPE% %REQ(:METHOD)% %REQ(:AUTHORITY)% %REQ(:PATH)% %PROTOCOL% %RESPONSE_CODE% "
    "%TRAILER(X-T)% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% "
    "%UPSTREAM_CLUSTER% %UPSTREAM_HOST% %UPSTREAM_PROTOCOL% %UPSTREAM_TRANSPORT_FAILURE_REASON% "
    "%COMMON_DURATION(DS_CX_BEG:DS_RX_BEG:ms)% %FILTER_CHAIN_NAME% %METADATA(LISTENER:a)%\n"
)


def _to(name: str, more: str = "", cluster: str = "up") -> str:
    copies = f"request_mirror_policies: [{{cluster: {name}}}]"
    return f"- {{match: {{prefix: /{name}}}, route: {{cluster: {cluster}, {copies}{more}}}}}\n"


_ROUTES = (
    "".join(_to(name) for name in ("full", "lasting", "shadow2"))
    + _to("shadow").replace("/shadow", "/empty").replace("cluster: up", "cluster: empty")
    + _to("shadow").replace("/shadow", "/refused").replace("cluster: up", "cluster: full")
    + _to("shadow").replace("/shadow", "/dead").replace("cluster: up", "cluster: dead")
    + _to("shadow").replace("/shadow", "/denied").replace("cluster: up", "cluster: denied")
    + _to("shadow").replace("/shadow", "/late").replace("cluster: up", "cluster: up, timeout: 0.1s")
    + _to("shadow").replace("/shadow", "/slow").replace("cluster: up", "cluster: up, timeout: 0s")
    + _to("shadow", ", internal_redirect_policy: {}").replace("/shadow", "/redirect")
    + _to("shadow")
    + """
- match: {prefix: /limit}
  route: {cluster: up, request_mirror_policies: [{cluster: shadow}]}
  request_body_buffer_limit: 4
- {match: {prefix: /none}, route: {cluster: none, request_mirror_policies: [{cluster: shadow}]}}
- {match: {prefix: /lost}, route: {cluster: lost}}
- {match: {prefix: /named}, route: {cluster: named}}
- {match: {prefix: /ports}, route: {cluster: ports}}
- {match: {prefix: /keyed}, route: {cluster: keyed}}
- match: {connect_matcher: {}}
  route: {cluster: up, request_mirror_policies: [{cluster: shadow}]}
"""
)


def _http(name: str, hcm: str = "{}", log: bool = False, **more: str) -> Node:
    spoken = load("{suppress_envoy_headers: true}")
    if log:
        spoken["upstream_log"] = access_log(f"$dir/{name}_up.log", _LINE)
    manager: Node = {"http_filters": [router(json.dumps(spoken))], "generate_request_id": False}
    manager["route_config"] = {"validate_clusters": False}
    return http(name, routes=_ROUTES, hcm=json.dumps(manager | load(hcm)), **more)  # type: ignore[arg-type]


def _own() -> Node:
    """Upgrades pass a router of their own, which has a log."""
    logs = {"upstream_log": access_log("$dir/own_up.log", _LINE), "suppress_envoy_headers": True}
    upgrade = {"upgrade_type": "websocket", "filters": [router(json.dumps(logs))]}
    return _http("own", json.dumps({"upgrade_configs": [upgrade]}))


def _mirroring(name: str, policies: str) -> Node:
    options = "explicit_http_config: {http_protocol_options: {}}"
    return cluster(name, to=["up"]) | http_protocol(
        f"{{{options}, request_mirror_policies: {policies}}}"
    )


_KINDS = (
    "total",
    "completed",
    "1xx",
    "200",
    "403",
    "503",
    "504",
    "timeout",
    "tx_reset",
    "rx_reset",
    "active",
    "cancelled",
    "pending_overflow",
    "pending_total",
    "max_duration_reached",
)
_MORE = ("retry_or_shadow_abandoned", "upstream_cx_none_healthy", "upstream_cx_overflow")
_ORDER = "Envoy opens connections in the order in which the kernel reports them"
_REPLY = response("200 OK")
_HALF = ("Host: a.test", "Content-Length: 6")


def _half(path: str) -> bytes:
    return request(f"POST {path} HTTP/1.1", *_HALF, body=b"abc")


def _copied(name: str, times: int = 1, code: int = 200) -> Until:
    return Until(f"cluster.{name}.upstream_rq_{code}", times)


def _active(name: str, times: int = 1) -> Until:
    return Until(f"cluster.{name}.upstream_rq_active", times)


def _case(
    name: str,
    of: str,
    *steps: bytes | Step,
    replies: Mapping[str, Replies] | None = None,
    listener: str = "http",
    protocol: str = "h1",
) -> Case:
    """A case that compares what the clusters named in `of` count."""
    counted = [f"cluster.{each}.upstream_rq_{kind}" for each in of.split() for kind in _KINDS]
    counted += [f"cluster.{each}.{kind}" for each in of.split() for kind in _MORE]
    return Case(
        name,
        [*steps, Settle()],
        replies or {},
        stats=counted,
        listener=listener,
        protocol=protocol,
        any_upstream_order=_ORDER,
    )


_UPGRADE = ("Connection: Upgrade", "Upgrade: websocket")
_SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
_OPEN = Reply(_SWITCH, when="head")
_INFORMED = b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n" + _REPLY
_EARLY = Reply(_REPLY, when="head")
_REDIRECT = response("302 Found", "Location: http://a.test/shadow")
_CUT = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab"
_NEVER = Reply(when="never")

_BEFORE_COPIES = [
    _case("no_such_cluster", "shadow", get("/none"), Messages(1)),
    _case("no_hosts", "empty shadow", get("/empty"), Messages(1)),
    _case("refused_by_the_breaker", "full shadow", get("/refused"), Messages(1)),
    _case("nobody_listens", "dead shadow", get("/dead"), Messages(1), _copied("shadow")),
    _case("denied_before_the_upstream", "denied shadow", get("/denied"), Messages(1)),
    _case(
        "redirected",
        "up shadow",
        get("/redirect"),
        _copied("shadow"),
        _active("up"),
        Send(_REDIRECT, on="up"),
        _copied("shadow", 2),
        Messages(1),
        replies={"up": [_NEVER]},
    ),
    _case(
        "the_request_is_late",
        "up shadow",
        get("/late"),
        Messages(1),
        _copied("shadow"),
        replies={"up": [_NEVER]},
    ),
]
_COPIES = [
    _case("to_a_full_cluster", "full", get("/full"), Messages(1)),
    _case("to_a_full_cluster_logged", "full", get("/full"), Messages(1), listener="logged"),
    _case(
        "lasting_too_long",
        "lasting",
        get("/lasting"),
        Messages(1),
        Until("cluster.lasting.upstream_rq_max_duration_reached", 1),
        replies={"shadow": [_NEVER]},
    ),
    _case(
        "lasting_too_long_logged",
        "lasting",
        get("/lasting"),
        Messages(1),
        Until("cluster.lasting.upstream_rq_max_duration_reached", 1),
        replies={"shadow": [_NEVER]},
        listener="logged",
    ),
    _case(
        "informed",
        "shadow",
        get("/shadow"),
        _copied("shadow"),
        replies={"shadow": [Reply(_INFORMED)]},
    ),
    _case(
        "continued",
        "shadow",
        request("POST /shadow HTTP/1.1", "Expect: 100-continue", *_HALF, body=b"abcdef"),
        _copied("shadow"),
    ),
    _case(
        "answered_early",
        "up shadow",
        _half("/shadow"),
        _copied("shadow"),
        _active("up"),
        Settle(),
        Send(b"def"),
        Messages(1),
        replies={"shadow": [_EARLY]},
    ),
    _case(
        "answered_early_over_http2",
        "up shadow2",
        _half("/shadow2"),
        _active("up"),
        StreamHead(1, "shadow2"),
        Headers(((":status", "200"),), end=True, on="shadow2"),
        _copied("shadow2"),
        Settle(),
        Send(b"def"),
        Messages(1),
        replies={"shadow2": [_NEVER]},
    ),
    _case(
        "the_request_is_answered_early",
        "up shadow",
        _half("/shadow"),
        _active("shadow"),
        Messages(1),
        Settle(),
        Send(b"def"),
        Settle(),
        replies={"up": [_EARLY]},
    ),
    _case(
        "the_client_leaves",
        "up shadow",
        _half("/shadow"),
        _active("up"),
        _active("shadow"),
        Settle(),
        Finish("close"),
        _active("shadow", 0),
        listener="logged",
    ),
    _case(
        "the_client_leaves_http2",
        "up shadow2",
        _half("/shadow2"),
        _active("up"),
        StreamHead(1, "shadow2"),
        Settle(),
        Finish("close"),
        _active("shadow2", 0),
        listener="logged",
    ),
    _case(
        "closed_in_the_middle",
        "shadow",
        get("/shadow"),
        _copied("shadow"),
        Settle(),
        Send(_REPLY, on="up"),
        Messages(1),
        replies={
            "up": [_NEVER],
            "shadow": [Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab", then="close")],
        },
        listener="logged",
    ),
    _case(
        "closed_without_an_answer",
        "shadow",
        get("/shadow"),
        _copied("shadow", code=503),
        Settle(),
        Send(_REPLY, on="up"),
        Messages(1),
        replies={"up": [_NEVER], "shadow": [Reply(b"", then="close")]},
        listener="logged",
    ),
    _case(
        "not_http",
        "shadow",
        get("/shadow"),
        _copied("shadow", code=502),
        Settle(),
        Send(_REPLY, on="up"),
        Messages(1),
        replies={"up": [_NEVER], "shadow": [Reply(b"nonsense\r\n\r\n")]},
        listener="logged",
    ),
    _case("over_a_limit", "up shadow", post("/limit", b"0123456789"), _copied("shadow")),
]
_TRAILERS = [
    _case(
        f"trailers_to_{name}",
        name,
        Headers(fields(f"/{name}", method="POST")),
        Settle(),
        Data(b"body"),
        Settle(),
        Headers((("x-t", "end"),), end=True),
        _copied(name),
        protocol="h2",
    )
    for name in ("shadow", "shadow2")
] + [
    _case(
        "reset_by_the_client",
        "up shadow2",
        Headers(fields("/shadow2", method="POST")),
        Data(b"body"),
        StreamHead(1, "shadow2"),
        _active("up"),
        Settle(),
        Rst(),
        _active("shadow2", 0),
        protocol="h2",
    ),
]
_TUNNELS = [
    _case(
        "websocket",
        "up shadow",
        get("/shadow", *_UPGRADE),
        Settle(),
        Send(b"data"),
        Settle(),
        Finish("close"),
        Settle(),
        replies={"up": [_OPEN], "shadow": [_REPLY]},
        listener="ws",
    ),
    _case(
        "websocket_twice",
        "up shadow",
        get("/shadow", *_UPGRADE),
        Settle(),
        Send(b"data"),
        Settle(),
        Finish("close"),
        Settle(),
        replies={"up": [_OPEN], "shadow": [_OPEN]},
        listener="ws",
    ),
    _case(
        "websocket_of_another_router",
        "up shadow",
        get("/shadow", *_UPGRADE),
        Settle(),
        Send(b"data"),
        Settle(),
        Finish("close"),
        Settle(),
        replies={"up": [_OPEN], "shadow": [_OPEN]},
        listener="own",
    ),
    _case(
        "connect",
        "up shadow",
        request("CONNECT a.test:80 HTTP/1.1", "Host: a.test:80"),
        Settle(),
        Send(b"data"),
        Settle(),
        Finish("close"),
        Settle(),
        replies={"up": [Reply(b"HTTP/1.1 200 OK\r\n\r\n", when="head")], "shadow": [_EARLY]},
        listener="ws",
    ),
]
_OF_CLUSTERS = [
    _case("cluster_to_nowhere", "lost other", get("/lost"), Messages(1), _copied("other")),
    _case("cluster_by_a_missing_header", "named shadow", get("/named"), Messages(1)),
    _case(
        "cluster_by_an_unknown_header",
        "named shadow",
        get("/named", "x-mirror: nobody"),
        Messages(1),
    ),
    _case("cluster_host_with_port", "shadow", get("/ports", host="a.test:81"), _copied("shadow")),
    _case("cluster_host_kept", "other", get("/ports", host="a.test:81"), _copied("other")),
    _case("cluster_by_runtime", "keyed shadow other", get("/keyed"), _copied("shadow")),
]
GROUP = Group(
    bootstrap(
        [
            _http("http"),
            _http("logged", log=True),
            _own(),
            _http("ws", "upgrade_configs: [{upgrade_type: websocket}, {upgrade_type: CONNECT}]"),
        ],
        [
            cluster(),
            cluster("shadow"),
            cluster("other"),
            cluster("dead"),
            cluster("shadow2", h2=True),
            cluster("empty", "load_assignment: {cluster_name: empty, endpoints: null}"),
            cluster(
                "full",
                "circuit_breakers: {thresholds: [{max_pending_requests: 0, max_connections: 0}]}",
                to=["other"],
            ),
            cluster("lasting", to=["shadow"])
            | http_protocol(
                "{explicit_http_config: {http_protocol_options: {}}, "
                "common_http_protocol_options: {max_stream_duration: 0.1s}}"
            ),
            cluster("denied", to=["up"])
            | http_protocol(
                "{explicit_http_config: {http_protocol_options: {}}, "
                f"http_filters: {_FILTERS}}}"
            ),
            _mirroring("lost", "[{cluster: nowhere}, {cluster: other}]"),
            _mirroring("named", "[{cluster_header: x-mirror}]"),
            _mirroring(
                "ports",
                "[{cluster: shadow}, {cluster: other, disable_shadow_host_suffix_append: true}]",
            ),
            _mirroring(
                "keyed",
                "[{cluster: shadow, runtime_fraction: "
                "{default_value: {numerator: 0}, runtime_key: mirror.all}}, "
                "{cluster: other, runtime_fraction: "
                "{default_value: {numerator: 100}, runtime_key: mirror.none}}]",
            ),
        ],
        "layered_runtime: {layers: [{name: l, static_layer: {mirror.all: 100, mirror.none: 0}}]}",
    ),
    [*_BEFORE_COPIES, *_COPIES, *_TRAILERS, *_TUNNELS, *_OF_CLUSTERS],
    upstreams={
        "up": Server(),
        "shadow": Server(),
        "other": Server(),
        "dead": Server("refused"),
        "shadow2": Server("h2"),
    },
)
