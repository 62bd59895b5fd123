"""Who allows an extended CONNECT, and which filters it passes: as upgrades of HTTP/1."""

from tests.parity.config import Node, bootstrap, cluster, http
from tests.parity.http2 import Fields, fields
from tests.parity.scenario import Case, Group, Server, response
from tests.parity.sessions import Reply
from tests.parity.steps import Ended, Settle
from tests.parity.steps_h2 import Data, Headers, Rst, StreamDone, StreamHead

_BUFFER = "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer"
_ROUTER = (
    '{name: router, typed_config: {"@type": '
    "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}"
)
_TINY = f'{{name: buffer, typed_config: {{"@type": {_BUFFER}, max_request_bytes: 4}}}}'
_WS = "upgrade_configs: [{upgrade_type: websocket}]"
_ROUTES = """
- {match: {prefix: /off}, route: {cluster: up, upgrade_configs: [
    {upgrade_type: WebSocket, enabled: false}, {upgrade_type: CONNECT, enabled: false}]}}
- {match: {prefix: /on}, route: {cluster: up, upgrade_configs: [
    {upgrade_type: websocket}, {upgrade_type: Other}, {upgrade_type: none, enabled: false}]}}
- {match: {prefix: /idle}, route: {cluster: up, idle_timeout: 0.1s}}
- {match: {prefix: /quick}, route: {cluster: up, timeout: 0.1s}}
- {match: {prefix: /short}, route: {cluster: up, max_stream_duration: {max_stream_duration: 0.1s}}}
- {match: {prefix: /direct}, direct_response: {status: 200, body: {inline_string: hi}}}
- {match: {prefix: /new}, redirect: {path_redirect: /there}}
- {match: {prefix: /gone}, route: {cluster: refused}}
- {match: {prefix: /nowhere}, route: {cluster: nowhere}}
- {match: {prefix: /}, route: {cluster: up}}
"""
_LISTENERS = {
    "ws": _WS,
    "none": "",
    "disabled": "upgrade_configs: [{upgrade_type: websocket, enabled: false}]",
    "filtered": (
        f"http_filters: [{_TINY}, {_ROUTER}], upgrade_configs: ["
        f"{{upgrade_type: websocket, filters: [{_ROUTER}]}}, {{upgrade_type: other}}]"
    ),
    "filtered_off": (
        f"http_filters: [{_TINY}, {_ROUTER}], upgrade_configs: ["
        f"{{upgrade_type: websocket, enabled: false, filters: [{_ROUTER}]}}, "
        f"{{upgrade_type: other, filters: [{_TINY}, {_ROUTER}]}}]"
    ),
}


def _listener(name: str, hcm: str) -> Node:
    allow = "http2_protocol_options: {allow_connect: true}"
    comma = ", " if hcm else ""
    return http(
        name,
        routes=_ROUTES,
        hcm=f"{{{allow}{comma}{hcm}}}",
        route_config="validate_clusters: false",
    )


_SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
_OK = Reply(_SWITCH, when="head")


def _stats(listener: str) -> list[str]:
    down = (
        *("cx_upgrades_total", "cx_upgrades_active", "rq_ws_on_non_ws_route", "rq_1xx", "rq_2xx"),
        *("rq_4xx", "rq_5xx", "rq_completed", "rq_rx_reset", "rq_tx_reset", "rq_idle_timeout"),
        *("rq_response_before_rq_complete", "rq_max_duration_reached"),
    )
    up = ("rq_total", "rq_1xx", "rq_completed", "rq_rx_reset", "rq_tx_reset", "cx_destroy_local")
    return [
        *(f"http.{listener}.downstream_{name}" for name in down),
        *(f"cluster.up.upstream_{name}" for name in up),
        *("http2.rx_reset", "http2.tx_reset"),
    ]


def _head(path: str = "/", kind: str = "websocket", *more: tuple[str, str]) -> Fields:
    return (*fields(path, method="CONNECT"), (":protocol", kind), *more)


def _refused(name: str, listener: str, path: str = "/", kind: str = "websocket") -> Case:
    return Case(
        name,
        [Headers(_head(path, kind)), StreamDone()],
        listener=listener,
        protocol="h2",
        stats=_stats(listener),
    )


def _taken(
    name: str, listener: str, path: str = "/", kind: str = "websocket", data: bytes = b"123456"
) -> Case:
    return Case(
        name,
        [Headers(_head(path, kind)), StreamHead(), Data(data), Settle(), Rst(), Ended("up")],
        [_OK],
        listener=listener,
        protocol="h2",
        stats=_stats(listener),
    )


def _ended(name: str, path: str) -> Case:
    return Case(
        name,
        [Headers(_head(path)), StreamHead(), StreamDone()],
        [_OK],
        protocol="h2",
        stats=_stats("ws"),
    )


CASES = [
    _refused("refused", "none"),
    _taken("a_route_allows", "none", "/on"),
    _taken("a_route_allows_in_any_case", "none", "/on", "OTHER"),
    _refused("a_route_allows_but_not_this", "none", "/on", "more"),
    _refused("a_route_forbids", "ws", "/off"),
    _refused("of_another_kind", "ws", "/", "other"),
    _refused("disabled", "disabled"),
    _taken("disabled_but_for_a_route", "disabled", "/on"),
    _taken("in_any_case", "ws", "/", "WebSocket"),
    _taken("filters_of_its_own", "filtered"),
    _taken("filters_of_its_own_by_a_route", "filtered_off", "/on"),
    _refused("filters_of_its_own_are_off", "filtered_off"),
    _refused("a_route_forbids_what_has_filters", "filtered", "/off"),
    Case(
        "filters_of_all",
        [Headers(_head("/", "other")), Data(b"123456"), StreamDone()],
        listener="filtered",
        protocol="h2",
        stats=_stats("filtered"),
    ),
    Case(
        "filters_of_another",
        [Headers(_head("/", "other")), Data(b"123456"), StreamDone()],
        listener="filtered_off",
        protocol="h2",
        stats=_stats("filtered_off"),
    ),
    _ended("idle", "/idle"),
    _ended("as_long_as_it_may_last", "/short"),
    Case(
        "no_answer_in_time",
        [Headers(_head("/quick")), StreamDone()],
        [Reply(when="never")],
        protocol="h2",
        stats=_stats("ws"),
    ),
    *(
        _refused(name, "ws", path)
        for name, path in (
            ("a_direct_response", "/direct"),
            ("a_redirect", "/new"),
            ("nobody_listens", "/gone"),
            ("no_such_cluster", "/nowhere"),
        )
    ),
    Case(
        "upstream_closes_without_an_answer",
        [Headers(_head()), StreamDone()],
        [Reply(when="head", then="close")],
        protocol="h2",
        stats=_stats("ws"),
    ),
    Case(
        "upstream_answers_with_a_body",
        [Headers(_head()), StreamDone()],
        [Reply(response("426 Upgrade Required", "upgrade: h2c", body=b"more"), when="head")],
        protocol="h2",
        stats=_stats("ws"),
    ),
    Case(
        "client_ends_at_once",
        [Headers(_head(), end=True), StreamHead(), Settle(), Rst(), Ended("up")],
        [_OK],
        protocol="h2",
        stats=_stats("ws"),
    ),
    Case(
        "client_resets_before_the_answer",
        [Headers(_head()), Data(b"x"), Settle(), Rst(), Ended("up")],
        [Reply(when="never")],
        protocol="h2",
        stats=_stats("ws"),
    ),
    Case(
        "with_an_upgrade_header",
        [Headers(_head("/", "websocket", ("upgrade", "other"))), Settle()],
        [_OK],
        protocol="h2",
        stats=_stats("ws"),
    ),
    Case(
        "without_a_scheme",
        [
            Headers(
                ((":method", "CONNECT"), (":authority", "a"), (":path", "/"), (":protocol", "x"))
            ),
            Settle(),
        ],
        protocol="h2",
        stats=_stats("ws"),
    ),
    Case(
        "a_protocol_of_a_get",
        [Headers((*fields(), (":protocol", "websocket")), end=True), Settle()],
        protocol="h2",
        stats=_stats("ws"),
    ),
]
GROUP = Group(
    bootstrap(
        [_listener(name, hcm) for name, hcm in _LISTENERS.items()],
        [cluster(), cluster("refused", to=["gone"])],
    ),
    CASES,
    upstreams={"up": Server(), "gone": Server("refused")},
    listener="ws",
)
