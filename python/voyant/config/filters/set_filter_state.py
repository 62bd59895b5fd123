"""The set-filter-state filter: objects that each request leaves.

https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/set_filter_state
"""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.errors import nearest
from voyant.config.filter_state import OBJECT_KINDS
from voyant.config.format.substitution import format_string
from voyant.config.scalar import enum_name

SET_FILTER_STATE = Fields(
    "envoy.extensions.filters.http.set_filter_state.v3.Config",
    reads={"on_request_headers", "clear_route_cache"},
)
VALUE = Fields(
    "envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue",
    reads={
        "object_key",
        "factory_key",
        "format_string",
        "read_only",
        "shared_with_upstream",
        "skip_if_empty",
    },
)

_SHARING: dict[str, ir.Sharing] = {"NONE": "none", "ONCE": "once", "TRANSITIVE": "transitive"}


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """The objects of all requests."""
    values, clear = _values(message, at)
    return ir.HttpFilterKindSetFilterState(on_request_headers=values, clear_route_cache=clear)


def translate_per_route(message: Proto, at: At) -> ir.PerRouteKind:
    """The objects of a route's requests, beside those of all."""
    values, clear = _values(message, at)
    return ir.PerRouteKindSetFilterState(on_request_headers=values, clear_route_cache=clear)


def _values(message: Proto, at: At) -> tuple[list[ir.FilterStateValue], bool]:
    SET_FILTER_STATE.check(message, at)
    values = (
        _value(each, at.item("on_request_headers", i))
        for i, each in enumerate(message.on_request_headers)
    )
    return [each for each in values if each is not None], message.clear_route_cache


def _value(message: Proto, at: At) -> ir.FilterStateValue | None:
    VALUE.check(message, at)
    factory = message.factory_key or message.object_key
    kind = OBJECT_KINDS.get(factory)
    if kind is None:
        there = at.field("factory_key" if message.factory_key else "object_key")
        there.error(
            f"{message.object_key!r} does not have an object factory",
            hint=nearest(factory, OBJECT_KINDS),
        )
        return None
    return ir.FilterStateValue(
        key=message.object_key,
        kind=kind,
        value=format_string(message.format_string, at.field("format_string")),
        read_only=message.read_only,
        sharing=_SHARING[enum_name(message, "shared_with_upstream")],
        skip_if_empty=message.skip_if_empty,
    )
