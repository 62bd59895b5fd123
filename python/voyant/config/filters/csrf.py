"""The CSRF filter: refuses requests that change something and come from other sites."""

from msgspec.structs import asdict

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.matcher import optional_fraction, runtime_fraction, string_matcher

CSRF = Fields(
    "envoy.extensions.filters.http.csrf.v3.CsrfPolicy",
    reads={"filter_enabled", "shadow_enabled", "additional_origins"},
)


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """The filter's own policy."""
    return _policy(message, at)


def translate_per_route(message: Proto, at: At) -> ir.PerRouteKind:
    """A route's policy, in place of the filter's."""
    return ir.PerRouteKindCsrf(**asdict(_policy(message, at)))


def _policy(message: Proto, at: At) -> ir.HttpFilterKindCsrf:
    CSRF.check(message, at)
    return ir.HttpFilterKindCsrf(
        filter_enabled=runtime_fraction(message.filter_enabled, at.field("filter_enabled")),
        shadow_enabled=optional_fraction(message, "shadow_enabled", at),
        additional_origins=_origins(message, at),
    )


def _origins(message: Proto, at: At) -> list[ir.StringMatcher]:
    origins = enumerate(message.additional_origins)
    return [string_matcher(origin, at.item("additional_origins", i)) for i, origin in origins]
