"""The CORS filter, and the older `cors` fields of routes and virtual hosts."""

from msgspec.structs import asdict

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.matcher import optional_fraction, string_matcher
from voyant.config.scalar import optional_bool

CORS = Fields("envoy.extensions.filters.http.cors.v3.Cors", reads=())
_FIELDS = frozenset(
    {
        "allow_origin_string_match",
        "allow_methods",
        "allow_headers",
        "expose_headers",
        "max_age",
        "allow_credentials",
        "filter_enabled",
        "shadow_enabled",
        "allow_private_network_access",
        "forward_not_matching_preflights",
    }
)
POLICY = Fields("envoy.extensions.filters.http.cors.v3.CorsPolicy", reads=_FIELDS)
OLDER_POLICY = Fields("envoy.config.route.v3.CorsPolicy", reads=_FIELDS)


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """The filter has no options but those of routes."""
    CORS.check(message, at)
    return ir.HttpFilterKindCors()


def translate_per_route(message: Proto, at: At) -> ir.PerRouteKind:
    """A level's policy."""
    POLICY.check(message, at)
    return ir.PerRouteKindCors(**asdict(_policy(message, at)))


def older_policy(message: Proto, at: At) -> ir.CorsPolicy | None:
    """The policy in the field `cors` of a route or virtual host, if there is one."""
    if not message.HasField("cors"):
        return None
    OLDER_POLICY.check(message.cors, at.field("cors"))
    return _policy(message.cors, at.field("cors"))


def _policy(message: Proto, at: At) -> ir.CorsPolicy:
    return ir.CorsPolicy(
        allow_origins=[
            string_matcher(origin, at.item("allow_origin_string_match", i))
            for i, origin in enumerate(message.allow_origin_string_match)
        ],
        allow_methods=message.allow_methods,
        allow_headers=message.allow_headers,
        expose_headers=message.expose_headers,
        max_age=message.max_age,
        allow_credentials=optional_bool(message, "allow_credentials"),
        allow_private_network_access=optional_bool(message, "allow_private_network_access"),
        forward_not_matching_preflights=optional_bool(message, "forward_not_matching_preflights"),
        filter_enabled=optional_fraction(message, "filter_enabled", at),
        shadow_enabled=optional_fraction(message, "shadow_enabled", at),
    )
