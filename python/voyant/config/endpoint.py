"""The endpoints of a cluster: its `load_assignment`."""

from voyant import ir
from voyant.config.address import endpoint_address
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.metadata import metadata
from voyant.config.scalar import wrapped_int

LOAD_ASSIGNMENT = Fields(
    "envoy.config.endpoint.v3.ClusterLoadAssignment",
    reads={"endpoints", "policy"},
    no_effect={
        "cluster_name": "the cluster that holds the endpoints has a name",
        "named_endpoints": "only endpoint_name refers to it, which is refused",
    },
)
POLICY = Fields(
    "envoy.config.endpoint.v3.ClusterLoadAssignment.Policy",
    reads={"overprovisioning_factor"},
    no_effect={"endpoint_stale_after": "endpoints that stand in the configuration do not age"},
    unsupported={"drop_overloads", "weighted_priority_health"},
)
LOCALITY_ENDPOINTS = Fields(
    "envoy.config.endpoint.v3.LocalityLbEndpoints",
    reads={"locality", "lb_endpoints", "load_balancing_weight", "priority"},
    no_effect={
        "metadata": "nothing reads it yet",
        "proximity": "nothing reads it, here as in Envoy",
    },
    unsupported={"load_balancer_endpoints", "leds_cluster_locality_config"},
)
LOCALITY = Fields("envoy.config.core.v3.Locality", reads={"region", "zone", "sub_zone"})
LB_ENDPOINT = Fields(
    "envoy.config.endpoint.v3.LbEndpoint",
    reads={"endpoint", "endpoint_name", "health_status", "load_balancing_weight", "metadata"},
)
ENDPOINT = Fields(
    "envoy.config.endpoint.v3.Endpoint",
    reads={"address", "hostname"},
    no_effect={"health_check_config": "there are no health checks yet"},
    unsupported={"additional_addresses", "observability_name"},
)

OVERPROVISIONING = 140
_HEALTH: dict[int, ir.HealthStatus] = {
    0: "unknown",
    1: "healthy",
    2: "unhealthy",
    3: "draining",
    4: "timeout",
    5: "degraded",
}


def localities(assignment: Proto, at: At, *, names: bool) -> list[ir.LocalityEndpoints]:
    """The endpoints by locality and priority; `names`: the cluster resolves host names."""
    LOAD_ASSIGNMENT.check(assignment, at)
    if assignment.HasField("policy"):
        _check_policy(assignment.policy, at.field("policy"))
    return [
        _locality(group, at.item("endpoints", i), names=names)
        for i, group in enumerate(assignment.endpoints)
    ]


def _check_policy(policy: Proto, at: At) -> None:
    POLICY.check(policy, at)
    factor = wrapped_int(policy, "overprovisioning_factor", OVERPROVISIONING)
    if factor != OVERPROVISIONING:
        at.field("overprovisioning_factor").error(
            f"{factor} is not supported yet", expected=str(OVERPROVISIONING)
        )


def _locality(group: Proto, at: At, *, names: bool) -> ir.LocalityEndpoints:
    LOCALITY_ENDPOINTS.check(group, at)
    locality = group.locality
    found = (
        _lb_endpoint(each, at.item("lb_endpoints", i), names=names)
        for i, each in enumerate(group.lb_endpoints)
    )
    return ir.LocalityEndpoints(
        region=locality.region,
        zone=locality.zone,
        sub_zone=locality.sub_zone,
        priority=group.priority,
        weight=wrapped_int(group, "load_balancing_weight", 0),
        endpoints=[endpoint for endpoint in found if endpoint is not None],
    )


def _lb_endpoint(message: Proto, at: At, *, names: bool) -> ir.Endpoint | None:
    LB_ENDPOINT.check(message, at)
    endpoint, there = message.endpoint, at.field("endpoint")
    ENDPOINT.check(endpoint, there)
    if not endpoint.HasField("address"):
        there.field("address").error("Address must be set", expected="socket_address or pipe")
        return None
    address = endpoint_address(endpoint.address, there.field("address"), names=names)
    if address is None:
        return None
    return ir.Endpoint(
        address=address,
        hostname=endpoint.hostname,
        weight=wrapped_int(message, "load_balancing_weight", 1),
        health=_HEALTH[message.health_status],
        metadata=metadata(message, at),
    )
