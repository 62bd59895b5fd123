"""`internal_redirect_policy`: redirects of upstreams that are followed.

https://www.envoyproxy.io/docs/envoy/v1.40.0/intro/arch_overview/http/http_connection_management#internal-redirects
"""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.protocol_options import TYPED_EXTENSION
from voyant.config.scalar import enum_name, wrapped_int
from voyant.config.unpack import type_name, unpack

POLICY = Fields(
    "envoy.config.route.v3.InternalRedirectPolicy",
    reads={
        "max_internal_redirects",
        "redirect_response_codes",
        "predicates",
        "allow_cross_scheme_redirect",
        "response_headers_to_copy",
    },
)
_EXTENSIONS = "envoy.extensions.internal_redirect"
PREVIOUS_ROUTES = Fields(f"{_EXTENSIONS}.previous_routes.v3.PreviousRoutesConfig", reads=())
ALLOW_LISTED_ROUTES = Fields(
    f"{_EXTENSIONS}.allow_listed_routes.v3.AllowListedRoutesConfig", reads={"allowed_route_names"}
)
SAFE_CROSS_SCHEME = Fields(f"{_EXTENSIONS}.safe_cross_scheme.v3.SafeCrossSchemeConfig", reads=())

_CODES = (301, 302, 303, 307, 308)
_DEFAULT_CODES = [302]
_DEFAULT_MAX = 1


def internal_redirect(message: Proto, at: At) -> ir.InternalRedirectPolicy | None:
    """The policy of a `RouteAction`, by its field or by the older ones."""
    if message.HasField("internal_redirect_policy"):
        return _policy(message.internal_redirect_policy, at.field("internal_redirect_policy"))
    if enum_name(message, "internal_redirect_action") != "HANDLE_INTERNAL_REDIRECT":
        return None
    return ir.InternalRedirectPolicy(
        max_internal_redirects=wrapped_int(message, "max_internal_redirects", _DEFAULT_MAX),
        redirect_response_codes=_DEFAULT_CODES,
        predicates=[],
        allow_cross_scheme_redirect=False,
        response_headers_to_copy=[],
    )


def _policy(message: Proto, at: At) -> ir.InternalRedirectPolicy:
    POLICY.check(message, at)
    codes = [code for code in message.redirect_response_codes if code in _CODES]
    predicates = (
        _predicate(predicate, at.item("predicates", i))
        for i, predicate in enumerate(message.predicates)
    )
    return ir.InternalRedirectPolicy(
        max_internal_redirects=wrapped_int(message, "max_internal_redirects", _DEFAULT_MAX),
        redirect_response_codes=codes if message.redirect_response_codes else _DEFAULT_CODES,
        predicates=[predicate for predicate in predicates if predicate is not None],
        allow_cross_scheme_redirect=message.allow_cross_scheme_redirect,
        response_headers_to_copy=[
            _copied(name, at.item("response_headers_to_copy", i))
            for i, name in enumerate(message.response_headers_to_copy)
        ],
    )


def _copied(name: str, at: At) -> str:
    if name.startswith(":") or name.lower() == "host":
        at.error(":-prefixed headers or Hosts may not be specified here.")
    return name.lower()


def _predicate(extension: Proto, at: At) -> ir.RedirectPredicate | None:
    TYPED_EXTENSION.check(extension, at)
    there = at.field("typed_config")
    typed = unpack(extension.typed_config, there)
    if typed is None:
        return None
    kind = typed.DESCRIPTOR.full_name
    if kind == PREVIOUS_ROUTES.full_name:
        return ir.RedirectPredicatePreviousRoutes()
    if kind == ALLOW_LISTED_ROUTES.full_name:
        ALLOW_LISTED_ROUTES.check(typed, there)
        return ir.RedirectPredicateAllowListedRoutes(names=list(typed.allowed_route_names))
    if kind == SAFE_CROSS_SCHEME.full_name:
        return ir.RedirectPredicateSafeCrossScheme()
    there.field("@type").error(
        f"the internal redirect predicate {type_name(extension.typed_config)} is not known",
        expected="previous_routes, allow_listed_routes or safe_cross_scheme",
    )
    return None
