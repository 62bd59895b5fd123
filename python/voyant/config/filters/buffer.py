"""The buffer filter: holds requests back until they are whole."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto

BUFFER = Fields(
    "envoy.extensions.filters.http.buffer.v3.Buffer",
    reads={"max_request_bytes"},
)
PER_ROUTE = Fields(
    "envoy.extensions.filters.http.buffer.v3.BufferPerRoute",
    reads={"disabled", "buffer"},
)


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """The filter's own limit."""
    BUFFER.check(message, at)
    return ir.HttpFilterKindBuffer(max_request_bytes=message.max_request_bytes.value)


def translate_per_route(message: Proto, at: At) -> ir.PerRouteKind:
    """What a route changes: its own limit, or the filter switched off."""
    PER_ROUTE.check(message, at)
    limit = message.buffer.max_request_bytes.value if message.HasField("buffer") else None
    return ir.PerRouteKindBuffer(disabled=message.disabled, max_request_bytes=limit)
