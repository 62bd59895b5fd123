"""What a request must be for a route."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.matcher import (
    header_matcher,
    query_parameter_matcher,
    runtime_fraction,
    string_matcher,
)
from voyant.config.protocol_options import TYPED_EXTENSION
from voyant.config.regex import regex
from voyant.config.scalar import wrapped_bool
from voyant.config.unpack import unpack
from voyant.config.uri_template import MATCH as URI_TEMPLATE_MATCH
from voyant.config.uri_template import NEVER, match_pattern
from voyant.config.value_matcher import filter_state_matcher, metadata_matcher

ROUTE_MATCH = Fields(
    "envoy.config.route.v3.RouteMatch",
    reads={
        "prefix",
        "path",
        "safe_regex",
        "path_separated_prefix",
        "case_sensitive",
        "runtime_fraction",
        "headers",
        "query_parameters",
        "grpc",
        "connect_matcher",
        "path_match_policy",
        "cookies",
        "dynamic_metadata",
        "filter_state",
    },
    unsupported={"tls_context"},
)
CONNECT_MATCHER = Fields("envoy.config.route.v3.RouteMatch.ConnectMatcher", reads=())
COOKIE_MATCHER = Fields(
    "envoy.config.route.v3.CookieMatcher", reads={"name", "string_match", "invert_match"}
)
GRPC_OPTIONS = Fields("envoy.config.route.v3.RouteMatch.GrpcRouteMatchOptions", reads=())


def route_match(message: Proto, at: At) -> ir.RouteMatch:
    """All conditions of a route."""
    ROUTE_MATCH.check(message, at)
    fraction = None
    if message.HasField("runtime_fraction"):
        fraction = runtime_fraction(message.runtime_fraction, at.field("runtime_fraction"))
    headers, parameters = message.headers, message.query_parameters
    return ir.RouteMatch(
        path=_path_match(message, at),
        headers=[header_matcher(m, at.item("headers", i)) for i, m in enumerate(headers)],
        query_parameters=[
            query_parameter_matcher(m, at.item("query_parameters", i))
            for i, m in enumerate(parameters)
        ],
        runtime_fraction=fraction,
        grpc=message.HasField("grpc"),
        cookies=[_cookie(m, at.item("cookies", i)) for i, m in enumerate(message.cookies)],
        dynamic_metadata=[
            metadata_matcher(m, at.item("dynamic_metadata", i))
            for i, m in enumerate(message.dynamic_metadata)
        ],
        filter_state=[
            filter_state_matcher(m, at.item("filter_state", i))
            for i, m in enumerate(message.filter_state)
        ],
    )


def _path_match(message: Proto, at: At) -> ir.PathMatch:
    kind = message.WhichOneof("path_specifier")
    case = wrapped_bool(message, "case_sensitive", True)
    if kind == "path":
        return ir.PathMatchExact(value=message.path, case_sensitive=case)
    if kind == "path_separated_prefix":
        value = message.path_separated_prefix
        return ir.PathMatchPathSeparatedPrefix(value=value, case_sensitive=case)
    if kind == "safe_regex":
        return ir.PathMatchRegex(pattern=regex(message.safe_regex, at.field("safe_regex")))
    if kind == "connect_matcher":
        CONNECT_MATCHER.check(message.connect_matcher, at.field(kind))
        return ir.PathMatchConnect()
    if kind == "path_match_policy":
        return ir.PathMatchRegex(
            pattern=path_match_policy(message.path_match_policy, at.field(kind))
        )
    return ir.PathMatchPrefix(value=message.prefix, case_sensitive=case)


def uri_template(message: Proto, at: At) -> str | None:
    """The URI template that a `RouteMatch` matches by, if it does."""
    if message.WhichOneof("path_specifier") != "path_match_policy":
        return None
    policy = message.path_match_policy
    typed = unpack(policy.typed_config, at.field("path_match_policy").field("typed_config"))
    if typed is None or typed.DESCRIPTOR.full_name != URI_TEMPLATE_MATCH.full_name:
        return None
    template: str = typed.path_template
    return template


def path_match_policy(extension: Proto, at: At) -> str:
    """The expression of an extension that matches paths."""
    TYPED_EXTENSION.check(extension, at)
    there = at.field("typed_config")
    typed = unpack(extension.typed_config, there)
    if typed is None:
        return NEVER
    if typed.DESCRIPTOR.full_name != URI_TEMPLATE_MATCH.full_name:
        at.error(f"Didn't find a registered implementation for {extension.name!r}")
        return NEVER
    return match_pattern(typed, there)


def _cookie(message: Proto, at: At) -> ir.CookieMatcher:
    COOKIE_MATCHER.check(message, at)
    return ir.CookieMatcher(
        name=message.name,
        matcher=string_matcher(message.string_match, at.field("string_match")),
        invert=message.invert_match,
    )
