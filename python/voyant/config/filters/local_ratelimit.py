"""The local rate limit filter: refuses requests beyond a rate."""

from msgspec.structs import asdict

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.header_mutation import header_additions
from voyant.config.matcher import optional_fraction
from voyant.config.rate_limit import rate_limits
from voyant.config.scalar import enum_name, milliseconds, wrapped_bool, wrapped_int

_COMMON = "envoy.extensions.common.ratelimit.v3"
LOCAL_RATE_LIMIT = Fields(
    "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
    reads={
        "stat_prefix",
        "status",
        "token_bucket",
        "filter_enabled",
        "filter_enforced",
        "request_headers_to_add_when_not_enforced",
        "response_headers_to_add",
        "descriptors",
        "stage",
        "local_rate_limit_per_downstream_connection",
        "enable_x_ratelimit_headers",
        "vh_rate_limits",
        "always_consume_default_token_bucket",
        "rate_limited_as_resource_exhausted",
        "rate_limits",
        "max_dynamic_descriptors",
        "enable_retry_after_header",
        "local_cluster_rate_limit",
    },
)
LOCAL_CLUSTER = Fields(f"{_COMMON}.LocalClusterRateLimit", reads=())
HTTP_STATUS = Fields("envoy.type.v3.HttpStatus", reads={"code"})
TOKEN_BUCKET = Fields(
    "envoy.type.v3.TokenBucket", reads={"max_tokens", "tokens_per_fill", "fill_interval"}
)
DESCRIPTOR = Fields(
    f"{_COMMON}.LocalRateLimitDescriptor", reads={"entries", "token_bucket", "shadow_mode"}
)
ENTRY = Fields(f"{_COMMON}.RateLimitDescriptor.Entry", reads={"key", "value"})

TOO_MANY_REQUESTS = 429
MIN_INTERVAL_MS = 50
_VIRTUAL_HOST: dict[str, ir.VirtualHostRateLimits] = {
    "OVERRIDE": "override",
    "INCLUDE": "include",
    "IGNORE": "ignore",
}


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """The filter's own buckets."""
    return _config(message, at)


def translate_per_route(message: Proto, at: At) -> ir.PerRouteKind:
    """A route's buckets, in place of the filter's."""
    if not message.HasField("token_bucket"):
        at.error("local rate limit token bucket must be set for per filter configs")
    return ir.PerRouteKindLocalRatelimit(**asdict(_config(message, at)))


def _config(message: Proto, at: At) -> ir.HttpFilterKindLocalRatelimit:
    LOCAL_RATE_LIMIT.check(message, at)
    HTTP_STATUS.check(message.status, at.field("status"))
    status = int(message.status.code)
    to_request = "request_headers_to_add_when_not_enforced"
    return ir.HttpFilterKindLocalRatelimit(
        stat_prefix=message.stat_prefix,
        status=status if status >= 400 else TOO_MANY_REQUESTS,
        token_bucket=_token_bucket(message, at),
        filter_enabled=optional_fraction(message, "filter_enabled", at),
        filter_enforced=optional_fraction(message, "filter_enforced", at),
        request_headers_when_not_enforced=header_additions(message, at, to_request),
        response_headers=header_additions(message, at, "response_headers_to_add"),
        descriptors=_descriptors(message, at),
        stage=message.stage,
        per_downstream_connection=message.local_rate_limit_per_downstream_connection,
        x_ratelimit_headers=enum_name(message, "enable_x_ratelimit_headers") == "DRAFT_VERSION_03",
        retry_after_header=message.enable_retry_after_header,
        virtual_host_rate_limits=_VIRTUAL_HOST[enum_name(message, "vh_rate_limits")],
        always_consume_default_token_bucket=wrapped_bool(
            message, "always_consume_default_token_bucket", True
        ),
        rate_limited_as_resource_exhausted=message.rate_limited_as_resource_exhausted,
        rate_limits=rate_limits(message, at, of_filter=True),
        max_dynamic_descriptors=wrapped_int(message, "max_dynamic_descriptors", 20),
        local_cluster=_local_cluster(message, at),
    )


def _local_cluster(message: Proto, at: At) -> str | None:
    if not message.HasField("local_cluster_rate_limit"):
        return None
    there = at.field("local_cluster_rate_limit")
    LOCAL_CLUSTER.check(message.local_cluster_rate_limit, there)
    if message.local_rate_limit_per_downstream_connection:
        there.error(
            "local_cluster_rate_limit is set and local_rate_limit_per_downstream_connection is "
            "set to true",
            key=True,
        )
    name = at.report.local_cluster
    if not name:
        there.error(
            "local_cluster_rate_limit is set but no local cluster name is present",
            expected="cluster_manager.local_cluster_name",
            key=True,
        )
    return name or None


def _token_bucket(message: Proto, at: At) -> ir.TokenBucket | None:
    if not message.HasField("token_bucket"):
        return None
    bucket, there = message.token_bucket, at.field("token_bucket")
    TOKEN_BUCKET.check(bucket, there)
    interval = milliseconds(bucket.fill_interval)
    if interval < MIN_INTERVAL_MS:
        there.field("fill_interval").error(
            "local rate limit token bucket fill timer must be >= 50ms"
        )
    return ir.TokenBucket(
        max_tokens=bucket.max_tokens,
        tokens_per_fill=wrapped_int(bucket, "tokens_per_fill", 1),
        fill_interval_ms=interval,
    )


def _descriptors(message: Proto, at: At) -> list[ir.LimitedDescriptor]:
    found: list[ir.LimitedDescriptor] = []
    seen: set[tuple[tuple[str, str], ...]] = set()
    for i, descriptor in enumerate(message.descriptors):
        there = at.item("descriptors", i)
        DESCRIPTOR.check(descriptor, there)
        for j, entry in enumerate(descriptor.entries):
            ENTRY.check(entry, there.item("entries", j))
        pairs = tuple((entry.key, entry.value) for entry in descriptor.entries)
        if pairs in seen:
            text = ", ".join(f"{key}={value}" for key, value in pairs)
            there.error(f"duplicate descriptor in the local rate descriptor: {text}")
        seen.add(pairs)
        bucket = _token_bucket(descriptor, there)
        if bucket is not None:
            entries = [ir.DescriptorEntry(key=key, value=value) for key, value in pairs]
            found.append(
                ir.LimitedDescriptor(
                    entries=entries, token_bucket=bucket, shadow_mode=descriptor.shadow_mode
                )
            )
    return found
