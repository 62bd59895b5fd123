"""The compressor filter."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.compression import compressor_library
from voyant.config.descriptors import Proto
from voyant.config.matcher import string_matcher
from voyant.config.scalar import optional_bool, wrapped_bool, wrapped_int

_V3 = "envoy.extensions.filters.http.compressor.v3"
COMPRESSOR = Fields(
    f"{_V3}.Compressor",
    reads={
        "content_length",
        "content_type",
        "disable_on_etag_header",
        "remove_accept_encoding_header",
        "runtime_enabled",
        "compressor_library",
        "request_direction_config",
        "response_direction_config",
        "choose_first",
    },
)
REQUEST = Fields(f"{_V3}.Compressor.RequestDirectionConfig", reads={"common_config"})
RESPONSE = Fields(
    f"{_V3}.Compressor.ResponseDirectionConfig",
    reads={
        "common_config",
        "disable_on_etag_header",
        "weaken_etag_on_compress",
        "remove_accept_encoding_header",
        "uncompressible_response_codes",
        "status_header_enabled",
    },
)
COMMON = Fields(
    f"{_V3}.Compressor.CommonDirectionConfig",
    reads={"enabled", "min_content_length", "content_type", "content_type_matcher"},
)
FLAG = Fields("envoy.config.core.v3.RuntimeFeatureFlag", reads={"default_value", "runtime_key"})
PER_ROUTE = Fields(f"{_V3}.CompressorPerRoute", reads={"disabled", "overrides"})
OVERRIDES = Fields(
    f"{_V3}.CompressorOverrides", reads={"response_direction_config", "compressor_library"}
)
RESPONSE_OVERRIDES = Fields(
    f"{_V3}.ResponseDirectionOverrides", reads={"remove_accept_encoding_header"}
)

DEFAULT_MIN_LENGTH = 30
CONTENT_TYPES = (
    "text/html",
    "text/plain",
    "text/css",
    "application/javascript",
    "application/x-javascript",
    "text/javascript",
    "text/x-javascript",
    "text/ecmascript",
    "text/js",
    "text/jscript",
    "text/x-js",
    "application/ecmascript",
    "application/x-json",
    "application/xml",
    "application/json",
    "image/svg+xml",
    "text/xml",
    "application/xhtml+xml",
)
_NOTHING = ir.CompressorLibraryGzip(level=1, window_bits=15)


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """What is compressed, and how."""
    COMPRESSOR.check(message, at)
    there = at.field("response_direction_config")
    newer = message.HasField("response_direction_config")
    response = message.response_direction_config if newer else message
    if newer:
        RESPONSE.check(response, there)
    library = compressor_library(message.compressor_library, at.field("compressor_library"))
    return ir.HttpFilterKindCompressor(
        stat_name=library[1] if library else "",
        library=library[0] if library else _NOTHING,
        request=_request(message, at),
        response=_common(response.common_config, there) if newer else _older(message, at),
        response_has_stats_of_its_own=newer,
        disable_on_etag_header=response.disable_on_etag_header,
        weaken_etag_on_compress=newer and response.weaken_etag_on_compress,
        remove_accept_encoding_header=response.remove_accept_encoding_header,
        uncompressible_response_codes=list(response.uncompressible_response_codes) if newer else [],
        status_header=newer and response.status_header_enabled,
        choose_first=message.choose_first,
    )


def translate_per_route(message: Proto, at: At) -> ir.PerRouteKind:
    """What a route changes."""
    PER_ROUTE.check(message, at)
    overrides, there = message.overrides, at.field("overrides")
    OVERRIDES.check(overrides, there)
    response = overrides.response_direction_config
    RESPONSE_OVERRIDES.check(response, there.field("response_direction_config"))
    library = None
    if overrides.HasField("compressor_library"):
        field = there.field("compressor_library")
        library = compressor_library(overrides.compressor_library, field)
    told = overrides.HasField("response_direction_config")
    return ir.PerRouteKindCompressor(
        enabled=False if message.disabled else (True if told else None),
        remove_accept_encoding_header=optional_bool(response, "remove_accept_encoding_header"),
        library=library[0] if library else None,
    )


def runtime_flag(message: Proto, field: str, at: At) -> ir.RuntimeFlag:
    """A truth value that runtime may override; it is true where nothing is said."""
    flag = getattr(message, field)
    FLAG.check(flag, at.field(field))
    return ir.RuntimeFlag(
        default=wrapped_bool(flag, "default_value", True), runtime_key=flag.runtime_key
    )


def _request(message: Proto, at: At) -> ir.CompressedDirection | None:
    if not message.HasField("request_direction_config"):
        return None
    request, there = message.request_direction_config, at.field("request_direction_config")
    REQUEST.check(request, there)
    return _common(request.common_config, there)


def _common(message: Proto, at: At) -> ir.CompressedDirection:
    there = at.field("common_config")
    COMMON.check(message, there)
    matchers = [
        string_matcher(each, there.item("content_type_matcher", i))
        for i, each in enumerate(message.content_type_matcher)
    ]
    types = list(message.content_type)
    return ir.CompressedDirection(
        enabled=runtime_flag(message, "enabled", there),
        min_content_length=wrapped_int(message, "min_content_length", 0) or DEFAULT_MIN_LENGTH,
        content_types=_types(types) + matchers if types or matchers else _types(CONTENT_TYPES),
    )


def _older(message: Proto, at: At) -> ir.CompressedDirection:
    """The fields of the filter itself, of which Envoy says that they are deprecated."""
    return ir.CompressedDirection(
        enabled=runtime_flag(message, "runtime_enabled", at),
        min_content_length=wrapped_int(message, "content_length", 0) or DEFAULT_MIN_LENGTH,
        content_types=_types(list(message.content_type) or CONTENT_TYPES),
    )


def _types(names: list[str] | tuple[str, ...]) -> list[ir.StringMatcher]:
    return [ir.StringMatcherExact(value=name, ignore_case=True) for name in names]
