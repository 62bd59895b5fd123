"""Circuit breakers: limits by priority, with Envoy's defaults."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.scalar import enum_name, wrapped_int

CIRCUIT_BREAKERS = Fields(
    "envoy.config.cluster.v3.CircuitBreakers",
    reads={"thresholds"},
    unsupported={"per_host_thresholds"},
)
THRESHOLDS = Fields(
    "envoy.config.cluster.v3.CircuitBreakers.Thresholds",
    reads={
        "priority",
        "max_connections",
        "max_pending_requests",
        "max_requests",
        "max_retries",
        "track_remaining",
    },
    unsupported={"retry_budget", "max_connection_pools"},
)

DEFAULT = ir.CircuitBreaker(
    max_connections=1024,
    max_pending_requests=1024,
    max_requests=1024,
    max_retries=3,
    track_remaining=False,
)
DEFAULTS = (DEFAULT, DEFAULT)


def circuit_breakers(cluster: Proto, at: At) -> tuple[ir.CircuitBreaker, ir.CircuitBreaker]:
    """Limits of requests of default priority and of high priority."""
    if not cluster.HasField("circuit_breakers"):
        return DEFAULTS
    there = at.field("circuit_breakers")
    CIRCUIT_BREAKERS.check(cluster.circuit_breakers, there)
    found: dict[str, ir.CircuitBreaker] = {}
    for i, thresholds in enumerate(cluster.circuit_breakers.thresholds):
        THRESHOLDS.check(thresholds, there.item("thresholds", i))
        # Of several for one priority Envoy takes the first.
        found.setdefault(enum_name(thresholds, "priority"), _circuit_breaker(thresholds))
    return found.get("DEFAULT", DEFAULT), found.get("HIGH", DEFAULT)


def _circuit_breaker(message: Proto) -> ir.CircuitBreaker:
    return ir.CircuitBreaker(
        max_connections=wrapped_int(message, "max_connections", DEFAULT.max_connections),
        max_pending_requests=wrapped_int(
            message, "max_pending_requests", DEFAULT.max_pending_requests
        ),
        max_requests=wrapped_int(message, "max_requests", DEFAULT.max_requests),
        max_retries=wrapped_int(message, "max_retries", DEFAULT.max_retries),
        track_remaining=message.track_remaining,
    )
