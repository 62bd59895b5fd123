"""`request_mirror_policies`: where copies of requests go."""

from collections.abc import Callable

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.matcher import runtime_fraction
from voyant.config.request_sanitizing import early_header_mutation

MIRROR_POLICY = Fields(
    "envoy.config.route.v3.RouteAction.RequestMirrorPolicy",
    reads={
        "cluster",
        "cluster_header",
        "runtime_fraction",
        "disable_shadow_host_suffix_append",
        "request_headers_mutations",
        "host_rewrite_literal",
    },
    no_effect={"trace_sampled": "there is no tracing yet"},
)


def request_mirror_policies(
    message: Proto, at: At, check_cluster: Callable[[str, At], None]
) -> list[ir.MirrorPolicy]:
    """The policies of a route, a virtual host or a table."""
    policies = message.request_mirror_policies
    return [
        _policy(policy, at.item("request_mirror_policies", i), check_cluster)
        for i, policy in enumerate(policies)
    ]


def _policy(message: Proto, at: At, check_cluster: Callable[[str, At], None]) -> ir.MirrorPolicy:
    MIRROR_POLICY.check(message, at)
    if message.cluster and message.cluster_header:
        at.error(
            f"Only one of cluster {message.cluster!r} or cluster_header "
            f"{message.cluster_header!r} in request mirror policy can be specified"
        )
    elif message.cluster:
        check_cluster(message.cluster, at.field("cluster"))
    elif not message.cluster_header:
        at.error(
            "Exactly one of cluster or cluster_header in request mirror policy need to be specified"
        )
    fraction = None
    if message.HasField("runtime_fraction"):
        fraction = runtime_fraction(message.runtime_fraction, at.field("runtime_fraction"))
    mutations = message.request_headers_mutations
    return ir.MirrorPolicy(
        cluster=message.cluster,
        cluster_header=message.cluster_header.lower(),
        runtime_fraction=fraction,
        disable_shadow_host_suffix_append=message.disable_shadow_host_suffix_append,
        host_rewrite_literal=message.host_rewrite_literal,
        request_headers_mutations=[
            early_header_mutation(mutation, at.item("request_headers_mutations", i))
            for i, mutation in enumerate(mutations)
        ],
    )
