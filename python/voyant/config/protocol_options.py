"""Options of the HTTP protocols, with Envoy's defaults, for both sides."""

import math

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.http2_settings import custom_settings
from voyant.config.matcher import string_matcher
from voyant.config.scalar import duration_ms, enum_name, milliseconds, wrapped_bool, wrapped_int
from voyant.config.unpack import type_name, unpack

HTTP1 = Fields(
    "envoy.config.core.v3.Http1ProtocolOptions",
    reads={
        "allow_absolute_url",
        "accept_http_10",
        "default_host_for_http_10",
        "header_key_format",
        "enable_trailers",
        "allow_chunked_length",
        "override_stream_error_on_invalid_http_message",
        "send_fully_qualified_url",
        "allow_custom_methods",
        "ignore_http_11_upgrade",
    },
    no_effect={"use_balsa_parser": "there is one parser, and it decides as balsa does"},
)
HEADER_KEY_FORMAT = Fields(
    "envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat",
    reads={"proper_case_words", "stateful_formatter"},
)
PROPER_CASE_WORDS = Fields(
    "envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat.ProperCaseWords", reads=()
)
TYPED_EXTENSION = Fields(
    "envoy.config.core.v3.TypedExtensionConfig",
    reads={"typed_config"},
    no_effect={"name": "the type of typed_config decides"},
)
PRESERVE_CASE = Fields(
    "envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig",
    reads={"formatter_type_on_envoy_headers", "forward_reason_phrase"},
)
HTTP2 = Fields(
    "envoy.config.core.v3.Http2ProtocolOptions",
    reads={
        "hpack_table_size",
        "max_concurrent_streams",
        "initial_stream_window_size",
        "initial_connection_window_size",
        "allow_connect",
        "max_outbound_frames",
        "max_outbound_control_frames",
        "max_consecutive_inbound_frames_with_empty_payload",
        "max_inbound_priority_frames_per_stream",
        "max_inbound_window_update_frames_per_data_frame_sent",
        "stream_error_on_invalid_http_messaging",
        "override_stream_error_on_invalid_http_message",
        "connection_keepalive",
        "custom_settings_parameters",
        "enable_huffman_encoding",
        "max_header_field_size_kb",
        "stream_reset_burst",
        "stream_reset_rate",
    },
    no_effect={
        "use_oghttp2_codec": "there is one codec",
        "disallow_obs_text": "obs-text passes, as it does with Envoy's default codec",
        "max_metadata_size": "only allow_metadata makes use of it, which is refused",
    },
    unsupported={"allow_metadata"},
)
KEEPALIVE = Fields(
    "envoy.config.core.v3.KeepaliveSettings",
    reads={"interval", "timeout", "interval_jitter", "connection_idle_interval"},
)
PERCENT = Fields("envoy.type.v3.Percent", reads={"value"})
COMMON_FIELDS = frozenset(
    {
        "idle_timeout",
        "max_connection_duration",
        "max_connection_duration_jitter",
        "max_headers_count",
        "max_response_headers_kb",
        "max_stream_duration",
        "headers_with_underscores_action",
        "max_requests_per_connection",
    }
)

HOUR_MS = 3_600_000
_UNDERSCORES: dict[str, ir.HeadersWithUnderscores] = {
    "ALLOW": "allow",
    "REJECT_REQUEST": "reject_request",
    "DROP_HEADER": "drop_header",
}


def connection_duration_ms(common: Proto, at: At) -> tuple[int, int]:
    """How long a connection may last, and its jitter."""
    longest = duration_ms(common, "max_connection_duration", 0)
    return longest, jitter_ms(common, "max_connection_duration_jitter", longest, at)


def jitter_ms(message: Proto, field: str, duration: int, at: At) -> int:
    """By how much less than this a duration may be longer: a percentage of it."""
    if not message.HasField(field):
        return 0
    percent: Proto = getattr(message, field)
    PERCENT.check(percent, at.field(field))
    share: float = percent.value / 100
    return math.ceil(duration * share)


def underscores(common: Proto) -> ir.HeadersWithUnderscores:
    """What happens to header names with `_`."""
    return _UNDERSCORES[enum_name(common, "headers_with_underscores_action")]


def http1_options(message: Proto, at: At, *, stream_error: bool = False) -> ir.Http1Options:
    """HTTP/1; `stream_error` is what holds unless the options say otherwise."""
    HTTP1.check(message, at)
    override = "override_stream_error_on_invalid_http_message"
    header_case, forward_reason_phrase = _header_format(message, at)
    return ir.Http1Options(
        allow_absolute_url=wrapped_bool(message, "allow_absolute_url", True),
        accept_http_10=message.accept_http_10,
        default_host_for_http_10=message.default_host_for_http_10,
        header_case=header_case,
        forward_reason_phrase=forward_reason_phrase,
        enable_trailers=message.enable_trailers,
        allow_chunked_length=message.allow_chunked_length,
        stream_error_on_invalid_http_message=wrapped_bool(message, override, stream_error),
        send_fully_qualified_url=message.send_fully_qualified_url,
        allow_custom_methods=message.allow_custom_methods,
        ignore_http_11_upgrade=[
            string_matcher(matcher, at.item("ignore_http_11_upgrade", i))
            for i, matcher in enumerate(message.ignore_http_11_upgrade)
        ],
    )


def _header_format(message: Proto, at: At) -> tuple[ir.HeaderCase, bool]:
    """How names are written, and whether reason phrases are passed on."""
    if not message.HasField("header_key_format"):
        return "lower", False
    there = at.field("header_key_format")
    form = message.header_key_format
    HEADER_KEY_FORMAT.check(form, there)
    if form.WhichOneof("header_format") != "stateful_formatter":
        return "proper_case_words", False
    there = there.field("stateful_formatter")
    TYPED_EXTENSION.check(form.stateful_formatter, there)
    typed = unpack(form.stateful_formatter.typed_config, there.field("typed_config"))
    if typed is None:
        return "lower", False
    if typed.DESCRIPTOR.full_name != PRESERVE_CASE.full_name:
        name = type_name(form.stateful_formatter.typed_config)
        there.error(f"the header formatter {name} is not supported yet")
        return "lower", False
    PRESERVE_CASE.check(typed, there.field("typed_config"))
    on_own = enum_name(typed, "formatter_type_on_envoy_headers")
    case: ir.HeaderCase = "preserve_else_proper_case" if on_own == "PROPER_CASE" else "preserve"
    return case, typed.forward_reason_phrase


def http2_options(message: Proto, at: At, *, stream_error: bool = False) -> ir.Http2Options:
    """HTTP/2; `stream_error` is what holds unless the options say otherwise."""
    HTTP2.check(message, at)
    stream_error = message.stream_error_on_invalid_http_messaging or stream_error
    override = "override_stream_error_on_invalid_http_message"
    if not wrapped_bool(message, "enable_huffman_encoding", True):
        there = at.field("enable_huffman_encoding")
        there.error("HTTP/2 without Huffman coding is not supported yet", expected="true")

    def number(field: str, default: int) -> int:
        return wrapped_int(message, field, default)

    return ir.Http2Options(
        hpack_table_size=number("hpack_table_size", 4096),
        max_concurrent_streams=number("max_concurrent_streams", 1024),
        initial_stream_window_size=number("initial_stream_window_size", 16 << 20),
        initial_connection_window_size=number("initial_connection_window_size", 24 << 20),
        allow_connect=message.allow_connect,
        max_outbound_frames=number("max_outbound_frames", 10_000),
        max_outbound_control_frames=number("max_outbound_control_frames", 1_000),
        max_consecutive_inbound_frames_with_empty_payload=number(
            "max_consecutive_inbound_frames_with_empty_payload", 1
        ),
        max_inbound_priority_frames_per_stream=number(
            "max_inbound_priority_frames_per_stream", 100
        ),
        max_inbound_window_update_frames_per_data_frame_sent=number(
            "max_inbound_window_update_frames_per_data_frame_sent", 10
        ),
        stream_error_on_invalid_http_message=wrapped_bool(message, override, stream_error),
        keepalive=_keepalive(message, at),
        custom_settings=custom_settings(message, at),
        max_header_field_size_bytes=number("max_header_field_size_kb", 64) << 10,
        stream_reset_burst=number("stream_reset_burst", 1_000),
        stream_reset_rate=number("stream_reset_rate", 33),
    )


def _keepalive(message: Proto, at: At) -> ir.Http2Keepalive | None:
    if not message.HasField("connection_keepalive"):
        return None
    keepalive, there = message.connection_keepalive, at.field("connection_keepalive")
    KEEPALIVE.check(keepalive, there)
    jitter = 15.0
    if keepalive.HasField("interval_jitter"):
        PERCENT.check(keepalive.interval_jitter, there.field("interval_jitter"))
        jitter = keepalive.interval_jitter.value
    return ir.Http2Keepalive(
        interval_ms=duration_ms(keepalive, "interval", 0),
        timeout_ms=milliseconds(keepalive.timeout),
        interval_jitter_percent=int(jitter),
        connection_idle_interval_ms=duration_ms(keepalive, "connection_idle_interval", 0),
    )
