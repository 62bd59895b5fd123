"""Listeners: families of addresses, Unix sockets, several addresses, default filter chains."""

import copy

from tests.parity.config import Node, bootstrap, cluster, http, tcp
from tests.parity.scenario import Case, Group, Server, get
from tests.parity.steps import Ended, Finish, Messages, Note, Open, Send, Settle, Until

_COUNTS = ["downstream_cx_total", "downstream_cx_destroy"]


def _default_chain(node: Node) -> Node:
    """The only chain as the default one."""
    changed = copy.deepcopy(node)
    (changed["default_filter_chain"],) = changed.pop("filter_chains")
    return changed


_UNIX = "address: {socket_address: null, pipe: {path: $dir/http.sock}}"
_SIX = "address: {socket_address: {address: '::1', port_value: 0}}"
_MORE = "additional_addresses: [{address: {socket_address: {address: 127.0.0.1, port_value: 0}}}]"
_OPTIONS = """
tcp_backlog_size: 16
enable_reuse_port: true
max_connections_to_accept_per_socket_event: 1
connection_balance_config: {exact_balance: {}}
tcp_keepalive: {}
socket_options: [{level: 6, name: 1, int_value: 1, state: STATE_PREBIND}]
"""
_LISTENERS = [
    http("http", plain=True),
    http("unix", listener=_UNIX, plain=True),
    http("six", listener=_SIX, plain=True),
    http("more", listener=_MORE, plain=True),
    http("options", listener=_OPTIONS, plain=True),
    http("fast_open", listener="tcp_fast_open_queue_length: 5", plain=True),
    http("multipath", listener="enable_mptcp: true", plain=True),
    http("bound", routes="[{match: {prefix: /}, route: {cluster: bound}}]", plain=True),
    _default_chain(http("default", plain=True)),
    tcp("tcp"),
    http("few", plain=True),
]
_FREEBIND = (
    "upstream_bind_config: {source_address: {address: 127.0.0.1, port_value: 0}, freebind: true}"
)
_CLUSTERS = [cluster(), cluster("bound", _FREEBIND, to=["up"])]
_LIMIT = "envoy.resource_limits.listener.few.connection_limit"
_RUNTIME = f"layered_runtime: {{layers: [{{name: limits, static_layer: {{{_LIMIT}: 2}}}}]}}"

CASES = [
    Case("unix", [get()], listener="unix", stats=["listener.unix.downstream_cx_total"]),
    Case("ipv6", [get()], listener="six", stats=["listener.six.downstream_cx_total"]),
    Case(
        "two_addresses",
        [
            get("/1"),
            Messages(1),
            Open("d", listener="more+1"),
            Send(get("/2"), "d"),
            Messages(1, "d"),
        ],
        listener="more",
        stats=["listener.more.downstream_cx_total"],
    ),
    Case("options", [get()], listener="options"),
    Case("fast_open", [get()], listener="fast_open"),
    Case("multipath_tcp", [get()], listener="multipath"),
    Case("freely_bound_to_the_upstream", [get()], listener="bound"),
    Case("default_chain", [get()], listener="default"),
    Case(
        "connections_are_counted",
        [
            *(Open("c"), Open("d"), Settle(), Note(["listener.http.downstream_cx_active"])),
            *(Finish("shut", "d"), Ended("d"), Note(["listener.http.downstream_cx_active"])),
        ],
        stats=[f"listener.http.{name}" for name in _COUNTS],
    ),
    Case(
        "one_connection_too_many",
        [
            *(get("/1"), Messages(1), Send(get("/2"), "d"), Messages(1, "d")),
            *(Open("e"), Ended("e"), Finish("close", "d")),
            *(Until("listener.few.downstream_cx_active", 1), Send(get("/3"), "f")),
            Messages(1, "f"),
        ],
        listener="few",
        stats=["listener.few.downstream_cx_total", "listener.few.downstream_cx_overflow"],
    ),
    Case(
        "listeners_are_counted",
        [
            Note(
                [
                    "listener_manager.total_listeners_active",
                    "listener_manager.listener_added",
                    "listener_manager.listener_create_success",
                    "listener_manager.workers_started",
                    "cluster_manager.active_clusters",
                    "cluster_manager.cluster_added",
                    "server.live",
                    "server.state",
                    "server.concurrency",
                ]
            )
        ],
    ),
]
GROUP = Group(bootstrap(_LISTENERS, _CLUSTERS, _RUNTIME), CASES, upstreams={"up": Server()})
