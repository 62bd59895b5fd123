"""HTTP filters: one file a filter, one line in each list below."""

from collections.abc import Callable

from voyant import ir
from voyant.config import upstream_filters
from voyant.config.at import At
from voyant.config.descriptors import Proto
from voyant.config.filters import (
    buffer,
    compressor,
    cors,
    csrf,
    decompressor,
    extension_with_matcher,
    fault,
    grpc_http1_bridge,
    grpc_stats,
    grpc_web,
    header_mutation,
    header_to_metadata,
    health_check,
    ip_tagging,
    local_ratelimit,
    on_demand,
    rbac,
    router,
    set_filter_state,
    set_metadata,
)

Translate = Callable[[Proto, At], ir.HttpFilterKind]
TranslatePerRoute = Callable[[Proto, At], ir.PerRouteKind]


def _with_matcher(message: Proto, at: At) -> ir.HttpFilterKind:
    return extension_with_matcher.translate_with(message, at, FILTERS)


def _with_matcher_upstream(message: Proto, at: At) -> ir.HttpFilterKind:
    return extension_with_matcher.translate_with(message, at, UPSTREAM_FILTERS)


def _router(message: Proto, at: At) -> ir.HttpFilterKind:
    return router.translate_with(message, at, UPSTREAM_FILTERS, ONLY_DOWNSTREAM)


FILTERS: dict[str, Translate] = {
    buffer.BUFFER.full_name: buffer.translate,
    compressor.COMPRESSOR.full_name: compressor.translate,
    cors.CORS.full_name: cors.translate,
    csrf.CSRF.full_name: csrf.translate,
    decompressor.DECOMPRESSOR.full_name: decompressor.translate,
    extension_with_matcher.EXTENSION_WITH_MATCHER.full_name: _with_matcher,
    fault.FAULT.full_name: fault.translate,
    grpc_http1_bridge.CONFIG.full_name: grpc_http1_bridge.translate,
    grpc_stats.CONFIG.full_name: grpc_stats.translate,
    grpc_web.GRPC_WEB.full_name: grpc_web.translate,
    header_mutation.HEADER_MUTATION.full_name: header_mutation.translate,
    header_to_metadata.CONFIG.full_name: header_to_metadata.translate,
    health_check.HEALTH_CHECK.full_name: health_check.translate,
    ip_tagging.IP_TAGGING.full_name: ip_tagging.translate,
    local_ratelimit.LOCAL_RATE_LIMIT.full_name: local_ratelimit.translate,
    on_demand.ON_DEMAND.full_name: on_demand.translate,
    rbac.RBAC.full_name: rbac.translate,
    router.ROUTER.full_name: _router,
    set_filter_state.SET_FILTER_STATE.full_name: set_filter_state.translate,
    set_metadata.SET_METADATA.full_name: set_metadata.translate,
}
"""What translates the configuration of each filter, by the name of its message."""

UPSTREAM_FILTERS: dict[str, Translate] = {
    buffer.BUFFER.full_name: buffer.translate,
    compressor.COMPRESSOR.full_name: compressor.translate,
    extension_with_matcher.EXTENSION_WITH_MATCHER.full_name: _with_matcher_upstream,
    header_mutation.HEADER_MUTATION.full_name: header_mutation.translate,
    rbac.RBAC.full_name: rbac.translate,
}
"""The same for those that Envoy lets stand before upstreams."""

ONLY_DOWNSTREAM = frozenset(FILTERS) - frozenset(UPSTREAM_FILTERS)
ONLY_UPSTREAM = frozenset({upstream_filters.UPSTREAM_CODEC.full_name})

PER_ROUTE: dict[str, TranslatePerRoute] = {
    buffer.PER_ROUTE.full_name: buffer.translate_per_route,
    compressor.PER_ROUTE.full_name: compressor.translate_per_route,
    cors.POLICY.full_name: cors.translate_per_route,
    csrf.CSRF.full_name: csrf.translate_per_route,
    extension_with_matcher.PER_ROUTE.full_name: extension_with_matcher.translate_per_route,
    fault.FAULT.full_name: fault.translate_per_route,
    header_mutation.PER_ROUTE.full_name: header_mutation.translate_per_route,
    header_to_metadata.CONFIG.full_name: header_to_metadata.translate_per_route,
    local_ratelimit.LOCAL_RATE_LIMIT.full_name: local_ratelimit.translate_per_route,
    on_demand.PER_ROUTE.full_name: on_demand.translate_per_route,
    rbac.PER_ROUTE.full_name: rbac.translate_per_route,
    set_filter_state.SET_FILTER_STATE.full_name: set_filter_state.translate_per_route,
    set_metadata.SET_METADATA.full_name: set_metadata.translate_per_route,
}
"""What translates the configuration of each filter for a route, by the name of its message."""
