"""Load balancers: `lb_policy` with its options, or the first supported `load_balancing_policy`."""

from collections.abc import Callable

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.protocol_options import TYPED_EXTENSION
from voyant.config.scalar import enum_name, wrapped_bool, wrapped_int
from voyant.config.unpack import type_name, unpack

_NO_LOCAL_CLUSTER = "zone aware routing needs a local cluster, and none can be named yet"
COMMON_LB = Fields(
    "envoy.config.cluster.v3.Cluster.CommonLbConfig",
    reads={
        "healthy_panic_threshold",
        "zone_aware_lb_config",
        "consistent_hashing_lb_config",
    },
    no_effect={
        "update_merge_window": "there are no changes of health or weight to be merged",
        "ignore_new_hosts_until_first_hc": "there are no health checks yet",
        "override_host_status": "no filter chooses hosts yet",
    },
    unsupported={"locality_weighted_lb_config", "close_connections_on_host_set_change"},
)
ZONE_AWARE = Fields(
    "envoy.config.cluster.v3.Cluster.CommonLbConfig.ZoneAwareLbConfig",
    reads=(),
    no_effect={"routing_enabled": _NO_LOCAL_CLUSTER, "min_cluster_size": _NO_LOCAL_CLUSTER},
    unsupported={"fail_traffic_on_panic"},
)
CONSISTENT_HASHING = Fields(
    "envoy.config.cluster.v3.Cluster.CommonLbConfig.ConsistentHashingLbConfig",
    reads=(),
    no_effect={
        "use_hostname_for_hashing": "no supported load balancer hashes",
        "hash_balance_factor": "no supported load balancer hashes",
    },
)
ROUND_ROBIN_OLD = Fields(
    "envoy.config.cluster.v3.Cluster.RoundRobinLbConfig",
    reads=(),
    unsupported={"slow_start_config"},
)
LEAST_REQUEST_OLD = Fields(
    "envoy.config.cluster.v3.Cluster.LeastRequestLbConfig",
    reads={"choice_count", "active_request_bias"},
    unsupported={"slow_start_config"},
)
POLICIES = Fields("envoy.config.cluster.v3.LoadBalancingPolicy", reads={"policies"})
POLICY = Fields(
    "envoy.config.cluster.v3.LoadBalancingPolicy.Policy", reads={"typed_extension_config"}
)
ROUND_ROBIN = Fields(
    "envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin",
    reads={"locality_lb_config"},
    unsupported={"slow_start_config"},
)
LEAST_REQUEST = Fields(
    "envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest",
    reads={
        "choice_count",
        "active_request_bias",
        "locality_lb_config",
        "enable_full_scan",
        "selection_method",
    },
    unsupported={"slow_start_config"},
)
RANDOM = Fields(
    "envoy.extensions.load_balancing_policies.random.v3.Random", reads={"locality_lb_config"}
)
LOCALITY_LB = Fields(
    "envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig",
    reads={"zone_aware_lb_config"},
    unsupported={"locality_weighted_lb_config"},
)
LOCALITY_ZONE_AWARE = Fields(
    "envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.ZoneAwareLbConfig",
    reads=(),
    no_effect={
        "routing_enabled": _NO_LOCAL_CLUSTER,
        "min_cluster_size": _NO_LOCAL_CLUSTER,
        "force_locality_direct_routing": _NO_LOCAL_CLUSTER,
        "force_local_zone": _NO_LOCAL_CLUSTER,
        "locality_basis": _NO_LOCAL_CLUSTER,
    },
    unsupported={"fail_traffic_on_panic"},
)
RUNTIME_DOUBLE = Fields(
    "envoy.config.core.v3.RuntimeDouble", reads={"default_value", "runtime_key"}
)

DEFAULT_PANIC_PERCENT = 50.0
DEFAULT_CHOICES = 2
DEFAULT_BIAS = 1.0
_ROUND_ROBIN = ir.LoadBalancerRoundRobin()
_RANDOM = ir.LoadBalancerRandom()
# What a load balancer's type is called, and what may stand for one.
_KNOWN = ("envoy.extensions.load_balancing_policies.", "xds.type.v3.", "udpa.type.v1.")


def panic_threshold(cluster: Proto, at: At) -> float:
    """The share of healthy hosts below which health is ignored; checks `common_lb_config`."""
    if not cluster.HasField("common_lb_config"):
        return DEFAULT_PANIC_PERCENT
    common, there = cluster.common_lb_config, at.field("common_lb_config")
    COMMON_LB.check(common, there)
    ZONE_AWARE.check(common.zone_aware_lb_config, there.field("zone_aware_lb_config"))
    if common.HasField("consistent_hashing_lb_config"):
        inner = there.field("consistent_hashing_lb_config")
        CONSISTENT_HASHING.check(common.consistent_hashing_lb_config, inner)
    if not common.HasField("healthy_panic_threshold"):
        return DEFAULT_PANIC_PERCENT
    return float(common.healthy_panic_threshold.value)


def load_balancer(cluster: Proto, at: At, *, provides: bool = False) -> ir.LoadBalancer:
    """How a host is picked; `provides`: the cluster may bring a balancer of its own."""
    if cluster.HasField("load_balancing_policy"):
        _check_alone(cluster, at)
        there = at.field("load_balancing_policy")
        return _first_supported(cluster.load_balancing_policy, there, cluster.name)
    policy = enum_name(cluster, "lb_policy")
    if policy == "ROUND_ROBIN":
        if cluster.HasField("round_robin_lb_config"):
            ROUND_ROBIN_OLD.check(cluster.round_robin_lb_config, at.field("round_robin_lb_config"))
        return _ROUND_ROBIN
    if policy == "RANDOM":
        return _RANDOM
    if policy == "LEAST_REQUEST":
        options, there = cluster.least_request_lb_config, at.field("least_request_lb_config")
        LEAST_REQUEST_OLD.check(options, there)
        return _least_request(options, there, full_scan=False)
    if policy != "CLUSTER_PROVIDED" or not provides:
        _refuse(policy, cluster.name, at.field("lb_policy"))
    return _ROUND_ROBIN


def _refuse(policy: str, cluster: str, at: At) -> None:
    if policy == "CLUSTER_PROVIDED":
        at.error(
            f"cluster provided LB specified but cluster '{cluster}' did not provide one",
            expected="ROUND_ROBIN, LEAST_REQUEST or RANDOM",
        )
    elif policy == "LOAD_BALANCING_POLICY_CONFIG":
        at.error("the field load_balancing_policy needs to be set")
    else:
        at.error(f"{policy} is not supported yet", expected="ROUND_ROBIN, LEAST_REQUEST or RANDOM")


def _check_alone(cluster: Proto, at: At) -> None:
    """Envoy refuses these beside a policy that has options of its own for them."""
    if not cluster.HasField("common_lb_config"):
        return
    names = ("zone_aware_lb_config", "locality_weighted_lb_config", "consistent_hashing_lb_config")
    for name in names:
        if cluster.common_lb_config.HasField(name):
            at.field("common_lb_config").field(name).error(
                f"load_balancing_policy cannot be combined with {name} of common_lb_config",
                key=True,
            )


def _first_supported(message: Proto, at: At, cluster: str) -> ir.LoadBalancer:
    """The first that Envoy knows: it passes over the others."""
    POLICIES.check(message, at)
    names = []
    for i, policy in enumerate(message.policies):
        there = at.item("policies", i)
        POLICY.check(policy, there)
        extension, there = policy.typed_extension_config, there.field("typed_extension_config")
        TYPED_EXTENSION.check(extension, there)
        names.append(extension.name)
        there = there.field("typed_config")
        name = type_name(extension.typed_config)
        typed = unpack(extension.typed_config, there) if name.startswith(_KNOWN) else None
        if typed is None:
            continue
        translate = _BY_TYPE.get(typed.DESCRIPTOR.full_name)
        if translate is not None:
            return translate(typed, there)
        there.field("@type").error(
            f"the load balancer {name} is not supported yet",
            expected="one of round_robin, least_request and random",
        )
        return _ROUND_ROBIN
    at.error(
        "didn't find a registered load balancer factory implementation for cluster: "
        f"{cluster!r} with names from [{', '.join(names)}]",
        expected="one of round_robin, least_request and random",
    )
    return _ROUND_ROBIN


def _round_robin(message: Proto, at: At) -> ir.LoadBalancer:
    ROUND_ROBIN.check(message, at)
    _check_locality(message, at)
    return _ROUND_ROBIN


def _random(message: Proto, at: At) -> ir.LoadBalancer:
    RANDOM.check(message, at)
    _check_locality(message, at)
    return _RANDOM


def _typed_least_request(message: Proto, at: At) -> ir.LoadBalancer:
    LEAST_REQUEST.check(message, at)
    _check_locality(message, at)
    full_scan = enum_name(message, "selection_method") == "FULL_SCAN"
    old = wrapped_bool(message, "enable_full_scan", False)
    return _least_request(message, at, full_scan=full_scan or old)


def _check_locality(message: Proto, at: At) -> None:
    if message.HasField("locality_lb_config"):
        config, there = message.locality_lb_config, at.field("locality_lb_config")
        LOCALITY_LB.check(config, there)
        LOCALITY_ZONE_AWARE.check(config.zone_aware_lb_config, there.field("zone_aware_lb_config"))


def _least_request(message: Proto, at: At, *, full_scan: bool) -> ir.LoadBalancerLeastRequest:
    return ir.LoadBalancerLeastRequest(
        choice_count=wrapped_int(message, "choice_count", DEFAULT_CHOICES),
        active_request_bias=_bias(message, at),
        full_scan=full_scan,
    )


def _bias(message: Proto, at: At) -> ir.RuntimeDouble:
    if not message.HasField("active_request_bias"):
        return ir.RuntimeDouble(default=DEFAULT_BIAS, runtime_key="")
    bias, there = message.active_request_bias, at.field("active_request_bias")
    RUNTIME_DOUBLE.check(bias, there)
    value = bias.default_value
    if value < 0:
        there.warn(f"a negative bias is taken as {DEFAULT_BIAS}", expected="0.0 or more")
        value = DEFAULT_BIAS
    return ir.RuntimeDouble(default=value, runtime_key=bias.runtime_key)


_BY_TYPE: dict[str, Callable[[Proto, At], ir.LoadBalancer]] = {
    ROUND_ROBIN.full_name: _round_robin,
    LEAST_REQUEST.full_name: _typed_least_request,
    RANDOM.full_name: _random,
}
