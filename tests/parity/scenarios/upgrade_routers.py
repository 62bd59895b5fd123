"""Upgrades whose filters end with a router that is told something else than the connection
manager's."""

from tests.parity.config import (
    Node,
    access_log,
    bootstrap,
    cluster,
    http,
    http_filter,
    router,
    text_format,
)
from tests.parity.http2 import Fields, fields
from tests.parity.scenario import Case, Group, Server, get
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Finish, Heads, Messages, Open, Settle, Step
from tests.parity.steps_h2 import Data, Headers, StreamDone, StreamHead

_HOSTS = """
- name: v
  domains: ["*"]
  virtual_clusters: [{name: all, headers: [{name: ":path", string_match: {prefix: "/"}}]}]
  routes:
  - {match: {prefix: /gone}, route: {cluster: refused}}
  - match: {prefix: /rewritten}
    route: {cluster: up, prefix_rewrite: /, host_rewrite_literal: new.test}
  - {match: {prefix: /one}, route: {cluster: one}}
  - {match: {prefix: /direct}, direct_response: {status: 200, body: {inline_string: hi}}}
  - match: {connect_matcher: {}}
    route: {cluster: up, upgrade_configs: [{upgrade_type: CONNECT, connect_config: {}}]}
  - {match: {prefix: /}, route: {cluster: up}}
"""


def _log(name: str) -> Node:
    line = "%ACCESS_LOG_TYPE% %RESPONSE_CODE% %UPSTREAM_CLUSTER% %BYTES_SENT%\n"
    return {"upstream_log": access_log(f"$dir/router-{name}.log", text_format(line))}


def _told(name: str, options: str, more: Node | None = None) -> Node:
    """A router with a header mutation of its own, its options and its log."""
    made = router(options)
    made["typed_config"] |= _log(name) | (more or {})
    return made


def _marks(name: str) -> Node:
    mutation = (
        "{mutations: {response_mutations: [{append: {header: {key: x-by, value: " + name + "}}}]}}"
    )
    return http_filter("marks", "header_mutation.v3.HeaderMutation", mutation)


_BEFORE_HOSTS = {
    "upstream_http_filters": [
        _marks("before-hosts"),
        http_filter("codec", "upstream_codec.v3.UpstreamCodec"),
    ]
}
_QUIET = "suppress_envoy_headers: true"
_UNCOUNTED = "dynamic_stats: false"
_STRICT = "strict_check_headers: [x-envoy-upstream-rq-timeout-ms]"
_UPGRADES = [
    {"upgrade_type": "quiet", "filters": [_marks("quiet"), _told("quiet", _QUIET)]},
    {"upgrade_type": "strict", "filters": [_told("strict", f"{{{_STRICT}}}")]},
    {"upgrade_type": "uncounted", "filters": [_told("uncounted", _UNCOUNTED)]},
    {"upgrade_type": "before", "filters": [_told("before", "{}", _BEFORE_HOSTS)]},
    {"upgrade_type": "plain", "filters": [router()]},
    {"upgrade_type": "inherits"},
    {"upgrade_type": "off", "enabled": False, "filters": [_told("off", _QUIET)]},
    {
        "upgrade_type": "CONNECT",
        "filters": [_told("connect", "reject_connect_request_early_data: true")],
    },
]
_KINDS = ("quiet", "strict", "uncounted", "before", "plain", "inherits", "off", "unknown")


def _listener(name: str, options: str) -> Node:
    node = http(name, virtual_hosts=_HOSTS, hcm="{internal_address_config: {}}")
    manager = node["filter_chains"][0]["filters"][0]["typed_config"]
    manager["http_filters"] = [_told(f"{name}-main", options)]
    manager["upgrade_configs"] = _UPGRADES
    manager["http2_protocol_options"] = {"allow_connect": True}
    return node


_LEAVES = ("upstream_rq_total", "upstream_rq_101", "upstream_rq_503", "upstream_rq_completed")
_STATS = [
    *(f"cluster.{name}.{leaf}" for name in ("up", "refused") for leaf in _LEAVES),
    "vhost.v.vcluster.all.upstream_rq_101",
    "cluster.up.external.upstream_rq_101",
    "cluster.up.internal.upstream_rq_101",
]
_ONE = "circuit_breakers: {thresholds: [{max_requests: 0}]}"


def _asks(kind: str, path: str, *more: str) -> bytes:
    return get(path, "Connection: Upgrade", f"Upgrade: {kind}", *more)


def _switch(kind: str) -> Reply:
    head = f"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: {kind}\r\n\r\n"
    return Reply(head.encode(), when="head")


def _cases(listener: str) -> list[Case]:
    def case(name: str, *steps: bytes | Step, replies: list[Reply] | None = None) -> Case:
        steps_ = [*steps]
        return Case(f"{listener}_{name}", steps_, replies or [], _STATS, listener=listener)

    accepted = [kind for kind in _KINDS if kind not in {"off", "unknown"}]
    late = "x-envoy-upstream-rq-timeout-ms: soon"
    connect = get("a.test:443", method="CONNECT")
    h2: Fields = ((":method", "CONNECT"), (":authority", "a.test:443"))
    return [
        *(
            case(
                kind,
                _asks(kind, "/"),
                *(Heads(1), b"hello", Settle(), Finish("close"), Ended("up")),
                replies=[_switch(kind)],
            )
            for kind in accepted
        ),
        *(
            case(f"{kind}_is_not_taken", _asks(kind, "/"), Messages(1))
            for kind in ("off", "unknown")
        ),
        *(
            case(
                f"{kind}_rewritten",
                _asks(kind, "/rewritten/x"),
                *(Heads(1), Settle(), Finish("close"), Ended("up")),
                replies=[_switch(kind)],
            )
            for kind in ("quiet", "plain")
        ),
        *(case(f"{kind}_without_a_host", _asks(kind, "/gone"), Messages(1)) for kind in accepted),
        *(case(f"{kind}_overloaded", _asks(kind, "/one"), Messages(1)) for kind in accepted),
        *(case(f"{kind}_answered_here", _asks(kind, "/direct"), Messages(1)) for kind in accepted),
        *(
            case(f"{kind}_checked", _asks(kind, "/gone", late), Messages(1))
            for kind in ("strict", "plain", "inherits")
        ),
        case("no_upgrade", get("/"), Messages(1)),
        case("no_upgrade_rewritten", get("/rewritten/x"), Messages(1)),
        case("no_upgrade_checked", get("/", late), Messages(1)),
        case("connect", connect, Heads(1), b"hello", Settle(), Finish("close")),
        case("connect_and_data", connect + b"hello", Messages(1)),
        case(
            "connect_over_http2",
            *(Open(protocol="h2"), Headers(h2), StreamHead(), Data(b"hello", end=True), Settle()),
        ),
        case(
            "get_over_http2", *(Open(protocol="h2"), Headers(fields("/"), end=True), StreamDone())
        ),
    ]


GROUP = Group(
    bootstrap(
        [_listener("plain", "{}"), _listener("quiet", f"{{{_QUIET}}}")],
        [cluster(), cluster("refused"), cluster("one", _ONE, to=["up"])],
    ),
    [case for listener in ("plain", "quiet") for case in _cases(listener)],
    upstreams={"up": Server(), "refused": Server("refused")},
)
