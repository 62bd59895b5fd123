"""Where hosts come from and which one is picked: types of clusters, weights, health, priorities."""

from tests.parity.config import Node, bootstrap, cluster, http
from tests.parity.scenario import Case, Group, Server, get
from tests.parity.steps import Messages, Note

_THREE = ["x", "y", "z"]


def _endpoints(name: str, *endpoints: str, priority: int = 0) -> str:
    listed = ", ".join(endpoints)
    locality = f"{{priority: {priority}, lb_endpoints: [{listed}]}}"
    return f"load_assignment: {{cluster_name: {name}, endpoints: [{locality}]}}"


def _host(port: str, more: str = "", address: str = "127.0.0.1") -> str:
    socket = f"{{socket_address: {{address: {address}, port_value: {port}}}}}"
    return f"{{endpoint: {{address: {socket}}}{more}}}"


_V4 = "dns_lookup_family: V4_ONLY"
_DNS_TYPE = "type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster"
_POLICY_TYPE = "type.googleapis.com/envoy.extensions.load_balancing_policies"
_POLICY = f"""
load_balancing_policy:
  policies:
  - typed_extension_config:
      name: any
      typed_config: {{"@type": {_POLICY_TYPE}.round_robin.v3.RoundRobin}}
"""
_PRIORITIES = f"""
load_assignment:
  cluster_name: priorities
  endpoints:
  - lb_endpoints: [{_host("$x", ", health_status: UNHEALTHY")}]
  - priority: 1
    lb_endpoints: [{_host("$y")}]
"""
_CLUSTERS: list[Node] = [
    cluster("round", to=_THREE),
    cluster(
        "weights",
        _endpoints(
            "weights",
            _host("$x", ", load_balancing_weight: 2"),
            _host("$y", ", load_balancing_weight: 1"),
        ),
    ),
    cluster(
        "unhealthy",
        _endpoints(
            "unhealthy",
            _host("$x", ", health_status: UNHEALTHY"),
            _host("$y"),
            _host("$z", ", health_status: DRAINING"),
        ),
    ),
    cluster(
        "all_unhealthy",
        _endpoints(
            "all_unhealthy",
            _host("$x", ", health_status: UNHEALTHY"),
            _host("$y", ", health_status: TIMEOUT"),
        ),
    ),
    cluster(
        "no_panic",
        _endpoints("no_panic", _host("$x", ", health_status: UNHEALTHY"))
        + "\ncommon_lb_config: {healthy_panic_threshold: {value: 0}}",
    ),
    cluster("priorities", _PRIORITIES),
    cluster("least", "lb_policy: LEAST_REQUEST", to=_THREE),
    cluster("random", "lb_policy: RANDOM", to=["x"]),
    cluster(
        "policy",
        _POLICY,
        to=_THREE,
    ),
    cluster(
        "strict",
        "type: STRICT_DNS\ndns_lookup_family: V4_ONLY\n"
        + _endpoints("strict", _host("$x", address="localhost"), _host("$y", address="localhost")),
    ),
    cluster(
        "logical",
        "type: LOGICAL_DNS\ndns_lookup_family: V4_ONLY\n"
        + _endpoints("logical", _host("$x", address="localhost")),
    ),
    cluster(
        "typed",
        f"cluster_type: {{name: any, typed_config: {{'@type': {_DNS_TYPE}, {_V4}}}}}\n"
        + _endpoints("typed", _host("$x", address="localhost")),
    ),
    cluster(
        "unknown",
        "type: STRICT_DNS\n" + _endpoints("unknown", _host("$x", address="nowhere.invalid")),
    ),
    cluster("empty", "load_assignment: {cluster_name: empty, endpoints: []}"),
    cluster(
        "empty_no_panic",
        "load_assignment: {cluster_name: empty_no_panic, endpoints: []}"
        "\ncommon_lb_config: {healthy_panic_threshold: {value: 0}}",
    ),
    cluster(
        "empty_locality",
        "load_assignment: {cluster_name: empty_locality, endpoints: [{lb_endpoints: []}]}",
    ),
    cluster(
        "empty_random",
        "lb_policy: RANDOM\nload_assignment: {cluster_name: empty_random, endpoints: []}",
    ),
    cluster("unix", _endpoints("unix", "{endpoint: {address: {pipe: {path: $unix}}}}")),
    cluster("named", "alt_stat_name: other", to=["x"]),
    cluster(
        "hostname",
        _endpoints(
            "hostname",
            "{endpoint: {hostname: h.test, "
            "address: {socket_address: {address: 127.0.0.1, port_value: $x}}}}",
        ),
    ),
]
_NAMES = [node["name"] for node in _CLUSTERS]


def _listener(name: str) -> Node:
    rewrite = ", auto_host_rewrite: true" if name in ("hostname", "strict") else ""
    routes = f"[{{match: {{prefix: /}}, route: {{cluster: {name}{rewrite}}}}}]"
    return http(name, routes=routes, plain=True)


def _times(count: int) -> list[bytes | Messages]:
    return [step for number in range(count) for step in (get(), Messages(number + 1))]


def _membership(name: str) -> Note:
    gauges = ("total", "healthy", "degraded", "excluded")
    return Note([f"cluster.{name}.membership_{gauge}" for gauge in gauges])


CASES = [
    Case("round_robin", _times(6), listener="round"),
    Case("round_robin_by_weight", _times(6), listener="weights"),
    Case("round_robin_as_a_policy", _times(6), listener="policy"),
    Case(
        "unhealthy_hosts_are_left_out", [*_times(3), _membership("unhealthy")], listener="unhealthy"
    ),
    Case(
        "all_unhealthy_means_panic",
        [*_times(4), _membership("all_unhealthy")],
        listener="all_unhealthy",
        stats=["cluster.all_unhealthy.lb_healthy_panic"],
    ),
    Case(
        "no_panic_when_told",
        _times(1),
        listener="no_panic",
        stats=["cluster.no_panic.upstream_cx_none_healthy"],
    ),
    Case("the_next_priority", _times(2), listener="priorities"),
    Case("random_of_one", _times(2), listener="random"),
    Case("strict_dns", [*_times(4), _membership("strict")], listener="strict"),
    Case("logical_dns", [*_times(2), _membership("logical")], listener="logical"),
    Case("typed_dns", [*_times(2), _membership("typed")], listener="typed"),
    Case("a_name_that_does_not_resolve", [*_times(1), _membership("unknown")], listener="unknown"),
    *(
        Case(
            f"panic_of_{name}",
            _times(2),
            listener=name,
            stats=[f"cluster.{name}.lb_healthy_panic", f"cluster.{name}.upstream_cx_none_healthy"],
        )
        for name in ("unknown", "empty", "empty_no_panic", "empty_locality", "empty_random")
    ),
    Case("a_unix_socket", _times(2), listener="unix"),
    Case(
        "alt_stat_name",
        _times(1),
        listener="named",
        stats=["cluster.other.upstream_rq_200", "cluster.named.upstream_rq_200"],
    ),
    Case("hostname_of_the_endpoint", _times(1), listener="hostname"),
    Case("hosts_are_counted", [_membership("round")], listener="round"),
]
GROUP = Group(
    bootstrap([_listener(name) for name in _NAMES], _CLUSTERS),
    CASES,
    upstreams={"x": Server(), "y": Server(), "z": Server(), "unix": Server(unix=True)},
    listener="round",
)
