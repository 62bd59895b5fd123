"""HTTP filters: one file a filter, one line in each list below."""

from collections.abc import Callable

from voyant import ir
from voyant.config.at import At
from voyant.config.descriptors import Proto
from voyant.config.filters import (
    buffer,
    compressor,
    cors,
    csrf,
    decompressor,
    fault,
    header_mutation,
    local_ratelimit,
    router,
)

Translate = Callable[[Proto, At], ir.HttpFilterKind]
TranslatePerRoute = Callable[[Proto, At], ir.PerRouteKind]

FILTERS: dict[str, Translate] = {
    buffer.BUFFER.full_name: buffer.translate,
    compressor.COMPRESSOR.full_name: compressor.translate,
    cors.CORS.full_name: cors.translate,
    csrf.CSRF.full_name: csrf.translate,
    decompressor.DECOMPRESSOR.full_name: decompressor.translate,
    fault.FAULT.full_name: fault.translate,
    header_mutation.HEADER_MUTATION.full_name: header_mutation.translate,
    local_ratelimit.LOCAL_RATE_LIMIT.full_name: local_ratelimit.translate,
    router.ROUTER.full_name: router.translate,
}
"""What translates the configuration of each filter, by the name of its message."""

PER_ROUTE: dict[str, TranslatePerRoute] = {
    buffer.PER_ROUTE.full_name: buffer.translate_per_route,
    compressor.PER_ROUTE.full_name: compressor.translate_per_route,
    cors.POLICY.full_name: cors.translate_per_route,
    csrf.CSRF.full_name: csrf.translate_per_route,
    fault.FAULT.full_name: fault.translate_per_route,
    header_mutation.PER_ROUTE.full_name: header_mutation.translate_per_route,
    local_ratelimit.LOCAL_RATE_LIMIT.full_name: local_ratelimit.translate_per_route,
}
"""What translates the configuration of each filter for a route, by the name of its message."""
