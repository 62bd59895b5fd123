"""The decompressor filter."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.compression import decompressor_library
from voyant.config.descriptors import Proto
from voyant.config.filters.compressor import runtime_flag
from voyant.config.scalar import wrapped_bool

_V3 = "envoy.extensions.filters.http.decompressor.v3.Decompressor"
DECOMPRESSOR = Fields(
    _V3, reads={"decompressor_library", "request_direction_config", "response_direction_config"}
)
REQUEST = Fields(
    f"{_V3}.RequestDirectionConfig", reads={"common_config", "advertise_accept_encoding"}
)
RESPONSE = Fields(f"{_V3}.ResponseDirectionConfig", reads={"common_config"})
COMMON = Fields(f"{_V3}.CommonDirectionConfig", reads={"enabled", "ignore_no_transform_header"})


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """What is decompressed, and how."""
    DECOMPRESSOR.check(message, at)
    request, response = message.request_direction_config, message.response_direction_config
    of_request, of_response = (
        at.field("request_direction_config"),
        at.field("response_direction_config"),
    )
    REQUEST.check(request, of_request)
    RESPONSE.check(response, of_response)
    library = decompressor_library(message.decompressor_library, at.field("decompressor_library"))
    return ir.HttpFilterKindDecompressor(
        library_name=message.decompressor_library.name,
        # One that is not known is reported.
        library=library or ir.DecompressorLibraryZstd(dictionaries=[]),
        request=_common(request.common_config, of_request),
        response=_common(response.common_config, of_response),
        advertise_accept_encoding=wrapped_bool(request, "advertise_accept_encoding", True),
    )


def _common(message: Proto, at: At) -> ir.DecompressedDirection:
    there = at.field("common_config")
    COMMON.check(message, there)
    return ir.DecompressedDirection(
        enabled=runtime_flag(message, "enabled", there),
        ignore_no_transform=message.ignore_no_transform_header,
    )
