"""The health check filter: answers health checks that others make.

https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/health_check_filter
"""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.matcher import header_matcher
from voyant.config.scalar import duration_ms, wrapped_bool

HEALTH_CHECK = Fields(
    "envoy.extensions.filters.http.health_check.v3.HealthCheck",
    reads={"pass_through_mode", "cache_time", "cluster_min_healthy_percentages", "headers"},
)
PERCENT = Fields("envoy.type.v3.Percent", reads={"value"})


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """Which requests are checks, and what they are answered by."""
    HEALTH_CHECK.check(message, at)
    pass_through = wrapped_bool(message, "pass_through_mode", False)
    cache_time_ms = duration_ms(message, "cache_time", 0)
    if cache_time_ms and not pass_through:
        at.field("cache_time").error(
            "cache_time_ms must not be set when path_through_mode is disabled", key=True
        )
    return ir.HttpFilterKindHealthCheck(
        pass_through_mode=pass_through,
        cache_time_ms=cache_time_ms,
        cluster_min_healthy_percentages=_percentages(message, at, pass_through),
        headers=[header_matcher(m, at.item("headers", i)) for i, m in enumerate(message.headers)],
    )


def _percentages(message: Proto, at: At, pass_through: bool) -> list[ir.MinHealthy]:
    clusters = message.cluster_min_healthy_percentages
    if pass_through and clusters:
        at.field("cluster_min_healthy_percentages").warn(
            "has no effect in pass_through_mode: the upstream answers", key=True
        )
        return []
    for name in clusters:
        PERCENT.check(clusters[name], at.key("cluster_min_healthy_percentages", name))
    # Envoy cuts what is behind the point.
    return [
        ir.MinHealthy(cluster=name, percentage=int(clusters[name].value))
        for name in sorted(clusters)
    ]
