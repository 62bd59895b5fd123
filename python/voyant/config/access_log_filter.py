"""The filters of access logs: which streams a log tells of."""

from msgspec.structs import replace

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.matcher import fractional_percent, header_matcher
from voyant.config.scalar import enum_name, wrapped_bool
from voyant.config.unpack import type_name
from voyant.config.value_matcher import metadata_matcher

_PACKAGE = "envoy.config.accesslog.v3"
FILTER = Fields(
    f"{_PACKAGE}.AccessLogFilter",
    reads={
        "status_code_filter",
        "duration_filter",
        "not_health_check_filter",
        "traceable_filter",
        "runtime_filter",
        "and_filter",
        "or_filter",
        "header_filter",
        "response_flag_filter",
        "grpc_status_filter",
        "log_type_filter",
        "extension_filter",
        "metadata_filter",
    },
)
STATUS_CODE = Fields(f"{_PACKAGE}.StatusCodeFilter", reads={"comparison"})
DURATION = Fields(f"{_PACKAGE}.DurationFilter", reads={"comparison"})
NOT_HEALTH_CHECK = Fields(f"{_PACKAGE}.NotHealthCheckFilter", reads=())
TRACEABLE = Fields(f"{_PACKAGE}.TraceableFilter", reads=())
RUNTIME = Fields(
    f"{_PACKAGE}.RuntimeFilter",
    reads={"runtime_key", "percent_sampled", "use_independent_randomness"},
)
AND = Fields(f"{_PACKAGE}.AndFilter", reads={"filters"})
OR = Fields(f"{_PACKAGE}.OrFilter", reads={"filters"})
HEADER = Fields(f"{_PACKAGE}.HeaderFilter", reads={"header"})
RESPONSE_FLAG = Fields(f"{_PACKAGE}.ResponseFlagFilter", reads={"flags"})
GRPC_STATUS = Fields(f"{_PACKAGE}.GrpcStatusFilter", reads={"statuses", "exclude"})
METADATA = Fields(f"{_PACKAGE}.MetadataFilter", reads={"matcher", "match_if_key_not_found"})
LOG_TYPE = Fields(f"{_PACKAGE}.LogTypeFilter", reads={"types", "exclude"})
EXTENSION = Fields(
    f"{_PACKAGE}.ExtensionFilter",
    reads={"typed_config"},
    no_effect={"name": "the type of typed_config decides"},
)
COMPARISON = Fields(f"{_PACKAGE}.ComparisonFilter", reads={"op", "value"})
RUNTIME_UINT32 = Fields(
    "envoy.config.core.v3.RuntimeUInt32", reads={"default_value", "runtime_key"}
)

_NO_FILTER = ir.AccessLogFilterAnd(filters=[])


def access_log_filter(message: Proto, at: At) -> ir.AccessLogFilter:
    """A condition on the streams that a log tells of."""
    FILTER.check(message, at)
    kind = message.WhichOneof("filter_specifier")
    translate = _TRANSLATORS.get(kind)
    if translate is None:
        # What is not there or not supported has been reported.
        return _NO_FILTER
    return translate(getattr(message, kind), at.field(kind))


def _comparison(message: Proto, at: At) -> ir.Comparison:
    COMPARISON.check(message, at)
    RUNTIME_UINT32.check(message.value, at.field("value"))
    return ir.Comparison(
        op=enum_name(message, "op").lower(),  # type: ignore[arg-type]  # one of the API's four
        value=message.value.default_value,
        runtime_key=message.value.runtime_key,
    )


def _status_code(message: Proto, at: At) -> ir.AccessLogFilter:
    STATUS_CODE.check(message, at)
    comparison = _comparison(message.comparison, at.field("comparison"))
    return ir.AccessLogFilterStatusCode(comparison=comparison)


def _duration(message: Proto, at: At) -> ir.AccessLogFilter:
    DURATION.check(message, at)
    comparison = _comparison(message.comparison, at.field("comparison"))
    return ir.AccessLogFilterDuration(comparison=comparison)


def _not_health_check(message: Proto, at: At) -> ir.AccessLogFilter:
    NOT_HEALTH_CHECK.check(message, at)
    return ir.AccessLogFilterNotHealthCheck()


def _traceable(message: Proto, at: At) -> ir.AccessLogFilter:
    TRACEABLE.check(message, at)
    return ir.AccessLogFilterTraceable()


def _runtime(message: Proto, at: At) -> ir.AccessLogFilter:
    RUNTIME.check(message, at)
    return ir.AccessLogFilterRuntime(
        percent=fractional_percent(
            message.percent_sampled, at.field("percent_sampled"), message.runtime_key
        ),
        use_independent_randomness=message.use_independent_randomness,
    )


def _filters(message: Proto, at: At) -> list[ir.AccessLogFilter]:
    return [
        access_log_filter(each, at.item("filters", i)) for i, each in enumerate(message.filters)
    ]


def _and(message: Proto, at: At) -> ir.AccessLogFilter:
    AND.check(message, at)
    return ir.AccessLogFilterAnd(filters=_filters(message, at))


def _or(message: Proto, at: At) -> ir.AccessLogFilter:
    OR.check(message, at)
    return ir.AccessLogFilterOr(filters=_filters(message, at))


def _header(message: Proto, at: At) -> ir.AccessLogFilter:
    HEADER.check(message, at)
    return ir.AccessLogFilterHeader(matcher=header_matcher(message.header, at.field("header")))


def _response_flag(message: Proto, at: At) -> ir.AccessLogFilter:
    RESPONSE_FLAG.check(message, at)
    return ir.AccessLogFilterResponseFlag(flags=list(message.flags))


def _grpc_status(message: Proto, at: At) -> ir.AccessLogFilter:
    GRPC_STATUS.check(message, at)
    return ir.AccessLogFilterGrpcStatus(statuses=list(message.statuses), exclude=message.exclude)


def _metadata(message: Proto, at: At) -> ir.AccessLogFilter:
    METADATA.check(message, at)
    matcher = None
    if message.HasField("matcher"):
        there = at.field("matcher")
        matcher = metadata_matcher(message.matcher, there)
        if matcher.invert:
            there.field("invert").warn("Envoy does not look at it in access logs either")
            matcher = replace(matcher, invert=False)
    return ir.AccessLogFilterMetadata(
        matcher=matcher,
        match_if_key_not_found=wrapped_bool(message, "match_if_key_not_found", True),
    )


def _log_type(message: Proto, at: At) -> ir.AccessLogFilter:
    LOG_TYPE.check(message, at)
    values = message.DESCRIPTOR.fields_by_name["types"].enum_type.values_by_number
    types = [_LOG_TYPES[values[number].name] for number in message.types if number in values]
    return ir.AccessLogFilterLogType(types=types, exclude=message.exclude)


def _extension(message: Proto, at: At) -> ir.AccessLogFilter:
    EXTENSION.check(message, at)
    at.field("typed_config").field("@type").error(
        f"the access log filter {type_name(message.typed_config) or message.name} "
        "is not supported yet",
        expected="one of Envoy's own filters",
    )
    return _NO_FILTER


_TRANSLATORS = {
    "status_code_filter": _status_code,
    "duration_filter": _duration,
    "not_health_check_filter": _not_health_check,
    "traceable_filter": _traceable,
    "runtime_filter": _runtime,
    "and_filter": _and,
    "or_filter": _or,
    "header_filter": _header,
    "response_flag_filter": _response_flag,
    "grpc_status_filter": _grpc_status,
    "log_type_filter": _log_type,
    "metadata_filter": _metadata,
    "extension_filter": _extension,
}
_LOG_TYPES: dict[str, ir.AccessLogType] = {
    "NotSet": "not_set",
    "TcpUpstreamConnected": "tcp_upstream_connected",
    "TcpPeriodic": "tcp_periodic",
    "TcpConnectionStart": "tcp_connection_start",
    "TcpConnectionEnd": "tcp_connection_end",
    "DownstreamStart": "downstream_start",
    "DownstreamPeriodic": "downstream_periodic",
    "DownstreamEnd": "downstream_end",
    "UpstreamPoolReady": "upstream_pool_ready",
    "UpstreamPeriodic": "upstream_periodic",
    "UpstreamEnd": "upstream_end",
    "DownstreamTunnelSuccessfullyEstablished": "downstream_tunnel_successfully_established",
    "UdpTunnelUpstreamConnected": "udp_tunnel_upstream_connected",
    "UdpPeriodic": "udp_periodic",
    "UdpSessionEnd": "udp_session_end",
}
