"""The HTTP connection manager, with Envoy's defaults."""

from voyant import ir
from voyant.config.access_log import access_logs
from voyant.config.access_log_options import http_log_options
from voyant.config.address import cidr_range
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.filters import FILTERS, ONLY_UPSTREAM
from voyant.config.http_filter import http_filter, misplaced, never_disabled
from voyant.config.local_reply import local_reply, proxy_status
from voyant.config.protocol_options import (
    COMMON_FIELDS,
    HOUR_MS,
    connection_duration_ms,
    http1_options,
    http2_options,
    jitter_ms,
    underscores,
)
from voyant.config.request_sanitizing import (
    early_header_mutations,
    host_normalization,
    original_ip_detection,
    pack_trace_reason,
    path_normalization,
    scheme_transformation,
)
from voyant.config.scalar import duration_ms, enum_name, optional_ms, wrapped_bool, wrapped_int
from voyant.config.scoped_routes import scoped_routes
from voyant.config.upgrade import upgrades

HCM = Fields(
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    reads={
        "codec_type",
        "stat_prefix",
        "route_config",
        "http_filters",
        "common_http_protocol_options",
        "http_protocol_options",
        "http2_protocol_options",
        "server_name",
        "server_header_transformation",
        "max_request_headers_kb",
        "stream_idle_timeout",
        "request_timeout",
        "request_headers_timeout",
        "drain_timeout",
        "delayed_close_timeout",
        "access_log",
        "use_remote_address",
        "xff_num_trusted_hops",
        "internal_address_config",
        "skip_xff_append",
        "via",
        "generate_request_id",
        "preserve_external_request_id",
        "always_set_request_id_in_response",
        "proxy_100_continue",
        "stream_error_on_invalid_http_message",
        "upgrade_configs",
        "add_user_agent",
        "scheme_header_transformation",
        "original_ip_detection_extensions",
        "early_header_mutation_extensions",
        "normalize_path",
        "merge_slashes",
        "path_with_escaped_slashes_action",
        "request_id_extension",
        "strip_matching_host_port",
        "strip_any_host_port",
        "strip_trailing_host_dot",
        "append_x_forwarded_port",
        "scoped_routes",
        "record_route_resolution_stats",
        "http1_safe_max_connection_duration",
        "drain_timeout_jitter",
        "stream_flush_timeout",
        "local_reply_config",
        "proxy_status_config",
        "access_log_flush_interval",
        "flush_access_log_on_new_request",
        "access_log_options",
        "forward_client_cert_details",
    },
    no_effect={
        "http3_protocol_options": "the connection manager does not serve HTTP/3",
        "represent_ipv4_remote_address_as_ipv4_mapped_ipv6": "addresses keep the family they have",
        "add_proxy_protocol_connection_state": "there is no PROXY protocol yet",
        "append_local_overload": "there is no overload manager yet",
        "path_normalization_options": "Envoy reads it not either",
        "forward_proto_config": "no connection has a destination other than its own yet",
        "set_current_client_cert_details": "there are no client certificates without TLS",
    },
    unsupported={
        "rds",
        "tracing",
        "forward_client_cert_matcher",
        "typed_header_validation_config",
    },
)
INTERNAL_ADDRESSES = Fields(
    "envoy.extensions.filters.network.http_connection_manager.v3"
    ".HttpConnectionManager.InternalAddressConfig",
    reads={"unix_sockets", "cidr_ranges"},
)
COMMON_OPTIONS = Fields(
    "envoy.config.core.v3.HttpProtocolOptions",
    reads=COMMON_FIELDS,
    where="downstream",
)

_CODECS: dict[str, ir.CodecType] = {"AUTO": "auto", "HTTP1": "http1", "HTTP2": "http2"}
_SERVER_HEADERS: dict[str, ir.ServerHeader] = {
    "OVERWRITE": "overwrite",
    "APPEND_IF_ABSENT": "append_if_absent",
    "PASS_THROUGH": "pass_through",
}
_CLIENT_CERTS: dict[str, ir.ForwardClientCertDetails] = {
    "SANITIZE": "sanitize",
    "FORWARD_ONLY": "forward_only",
    "APPEND_FORWARD": "append_forward",
    "SANITIZE_SET": "sanitize_set",
    "ALWAYS_FORWARD_ONLY": "always_forward_only",
}
MAX_KB = 60
DEFAULT_MAX_HEADERS = 100
DEFAULT_STREAM_IDLE_MS = 300_000
DEFAULT_DRAIN_MS = 5_000
DELAYED_CLOSE_MS = 1_000


def http_connection_manager(
    message: Proto, at: At, route_configuration: str
) -> ir.NetworkFilterHttpConnectionManager:
    """A connection manager whose routes have the given id."""
    HCM.check(message, at)
    common, longest, jitter = _common_options(message, at)
    cidrs, unix_sockets = _internal_addresses(message, at)
    filters = _http_filters(message, at, "http_filters")
    return ir.NetworkFilterHttpConnectionManager(
        stat_prefix=message.stat_prefix,
        codec_type=_codec_type(message, at),
        route_configuration=route_configuration,
        http_filters=filters,
        access_logs=access_logs(message.access_log, at),
        server_name=message.server_name or "envoy",
        server_header=_SERVER_HEADERS[enum_name(message, "server_header_transformation")],
        via=message.via,
        use_remote_address=wrapped_bool(message, "use_remote_address", False),
        xff_num_trusted_hops=message.xff_num_trusted_hops,
        skip_xff_append=message.skip_xff_append,
        internal_addresses=cidrs,
        internal_unix_sockets=unix_sockets,
        add_user_agent=wrapped_bool(message, "add_user_agent", False),
        generate_request_id=wrapped_bool(message, "generate_request_id", True),
        preserve_external_request_id=message.preserve_external_request_id,
        always_set_request_id_in_response=message.always_set_request_id_in_response,
        proxy_100_continue=message.proxy_100_continue,
        http1=_http1(message, at),
        http2=_http2(message, at),
        headers_with_underscores=underscores(common),
        max_request_headers_bytes=1024 * wrapped_int(message, "max_request_headers_kb", MAX_KB),
        max_request_headers_count=wrapped_int(common, "max_headers_count", DEFAULT_MAX_HEADERS),
        max_requests_per_connection=wrapped_int(common, "max_requests_per_connection", 0),
        idle_timeout_ms=duration_ms(common, "idle_timeout", HOUR_MS),
        stream_idle_timeout_ms=duration_ms(message, "stream_idle_timeout", DEFAULT_STREAM_IDLE_MS),
        request_timeout_ms=duration_ms(message, "request_timeout", 0),
        request_headers_timeout_ms=duration_ms(message, "request_headers_timeout", 0),
        max_connection_duration_ms=longest,
        max_connection_duration_jitter_ms=jitter,
        max_stream_duration_ms=duration_ms(common, "max_stream_duration", 0),
        drain_timeout_ms=_drain_ms(message),
        delayed_close_timeout_ms=duration_ms(message, "delayed_close_timeout", DELAYED_CLOSE_MS),
        path_normalization=path_normalization(message),
        host_normalization=host_normalization(message, at),
        scheme_transformation=scheme_transformation(message, at),
        original_ip_detection=original_ip_detection(message, at),
        append_x_forwarded_port=message.append_x_forwarded_port,
        early_header_mutations=early_header_mutations(message, at),
        pack_trace_reason=pack_trace_reason(message, at),
        local_reply=local_reply(message, at),
        proxy_status=proxy_status(message, at),
        access_log_options=http_log_options(message, at),
        scoped_routes=scoped_routes(message, at, route_configuration),
        stream_flush_timeout_ms=optional_ms(message, "stream_flush_timeout"),
        drain_timeout_jitter_ms=jitter_ms(message, "drain_timeout_jitter", _drain_ms(message), at),
        http1_safe_max_connection_duration=message.http1_safe_max_connection_duration,
        record_route_resolution_stats=message.record_route_resolution_stats,
        upgrades=upgrades(message, at, _http_filters),
        forward_client_cert_details=_client_certs(message),
    )


def _common_options(message: Proto, at: At) -> tuple[Proto, int, int]:
    """The common options, with how long a connection may last and how much longer by chance."""
    common, there = message.common_http_protocol_options, at.field("common_http_protocol_options")
    COMMON_OPTIONS.check(common, there)
    if common.HasField("max_response_headers_kb"):
        there.field("max_response_headers_kb").error(
            "max_response_headers_kb cannot be set on http_connection_manager"
        )
    longest, jitter = connection_duration_ms(common, there)
    return common, longest, jitter


def _http1(message: Proto, at: At) -> ir.Http1Options:
    stream_error = wrapped_bool(message, "stream_error_on_invalid_http_message", False)
    there = at.field("http_protocol_options")
    return http1_options(message.http_protocol_options, there, stream_error=stream_error)


def _http2(message: Proto, at: At) -> ir.Http2Options:
    stream_error = wrapped_bool(message, "stream_error_on_invalid_http_message", False)
    there = at.field("http2_protocol_options")
    return http2_options(message.http2_protocol_options, there, stream_error=stream_error)


def _drain_ms(message: Proto) -> int:
    return duration_ms(message, "drain_timeout", DEFAULT_DRAIN_MS)


def _client_certs(message: Proto) -> ir.ForwardClientCertDetails:
    return _CLIENT_CERTS[enum_name(message, "forward_client_cert_details")]


def _codec_type(message: Proto, at: At) -> ir.CodecType:
    codec = enum_name(message, "codec_type")
    if codec not in _CODECS:
        at.field("codec_type").error(
            f"{codec} is not supported yet", expected="AUTO, HTTP1 or HTTP2"
        )
    return _CODECS.get(codec, "auto")


_PRIVATE = [
    ir.CidrRange(ip="10.0.0.0", prefix_len=8),
    ir.CidrRange(ip="172.16.0.0", prefix_len=12),
    ir.CidrRange(ip="192.168.0.0", prefix_len=16),
    ir.CidrRange(ip="127.0.0.1", prefix_len=32),
    ir.CidrRange(ip="fd00::", prefix_len=8),
    ir.CidrRange(ip="::1", prefix_len=128),
]
"""What is inside for a configuration that names no range."""


def _internal_addresses(message: Proto, at: At) -> tuple[list[ir.CidrRange], bool]:
    config, there = message.internal_address_config, at.field("internal_address_config")
    INTERNAL_ADDRESSES.check(config, there)
    if message.HasField("internal_address_config") and not config.cidr_ranges:
        return _PRIVATE, config.unix_sockets
    ranges = (
        cidr_range(each, there.item("cidr_ranges", i)) for i, each in enumerate(config.cidr_ranges)
    )
    return [each for each in ranges if each is not None], config.unix_sockets


def _http_filters(message: Proto, at: At, field: str) -> list[ir.HttpFilter]:
    filters: list[ir.HttpFilter] = []
    listed = getattr(message, field)
    last = len(listed) - 1
    for i, each in enumerate(listed):
        there = at.item(field, i)
        if i == last and each.disabled:
            there.field("disabled").error(never_disabled(each.name))
        found = http_filter(each, there, FILTERS, ONLY_UPSTREAM)
        if found is None:
            continue
        ends = isinstance(found.kind, ir.HttpFilterKindRouter)
        if ends != (i == last):
            kind = "http upgrade" if field == "filters" else "http"
            there.error(misplaced(each, kind, terminal=ends))
        filters.append(found)
    return filters
