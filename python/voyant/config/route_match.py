"""What a request must be for a route."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.matcher import header_matcher, query_parameter_matcher, runtime_fraction
from voyant.config.regex import regex
from voyant.config.scalar import wrapped_bool

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
    },
    unsupported={
        "connect_matcher",
        "path_match_policy",
        "cookies",
        "tls_context",
        "dynamic_metadata",
        "filter_state",
    },
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
    return ir.PathMatchPrefix(value=message.prefix, case_sensitive=case)
