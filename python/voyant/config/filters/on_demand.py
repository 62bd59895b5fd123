"""The on-demand filter, which lets all pass: nothing is found on demand."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto

ON_DEMAND = Fields(
    "envoy.extensions.filters.http.on_demand.v3.OnDemand", reads=(), unsupported={"odcds"}
)
PER_ROUTE = Fields(
    "envoy.extensions.filters.http.on_demand.v3.PerRouteConfig", reads=(), unsupported={"odcds"}
)


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """The filter, which has nothing to say."""
    ON_DEMAND.check(message, at)
    return ir.HttpFilterKindOnDemand()


def translate_per_route(message: Proto, at: At) -> ir.PerRouteKind:
    """A route's word, which changes nothing."""
    PER_ROUTE.check(message, at)
    return ir.PerRouteKindOnDemand()
