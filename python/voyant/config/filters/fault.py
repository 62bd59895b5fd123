"""The fault injection filter: delays, refusals, slow responses."""

from msgspec.structs import asdict

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.matcher import fractional_percent, header_matcher
from voyant.config.metadata import struct
from voyant.config.scalar import milliseconds

_FAULT = "envoy.extensions.filters.http.fault.v3"
_COMMON = "envoy.extensions.filters.common.fault.v3"
FAULT = Fields(
    f"{_FAULT}.HTTPFault",
    reads={
        "delay",
        "abort",
        "upstream_cluster",
        "headers",
        "downstream_nodes",
        "max_active_faults",
        "response_rate_limit",
        "delay_percent_runtime",
        "abort_percent_runtime",
        "delay_duration_runtime",
        "abort_http_status_runtime",
        "max_active_faults_runtime",
        "response_rate_limit_percent_runtime",
        "abort_grpc_status_runtime",
        "disable_downstream_cluster_stats",
        "filter_metadata",
    },
)
ABORT = Fields(
    f"{_FAULT}.FaultAbort",
    reads={"http_status", "grpc_status", "header_abort", "percentage", "response_body"},
)
HEADER_ABORT = Fields(f"{_FAULT}.FaultAbort.HeaderAbort", reads=())
DELAY = Fields(f"{_COMMON}.FaultDelay", reads={"fixed_delay", "header_delay", "percentage"})
HEADER_DELAY = Fields(f"{_COMMON}.FaultDelay.HeaderDelay", reads=())
RATE_LIMIT = Fields(
    f"{_COMMON}.FaultRateLimit", reads={"fixed_limit", "header_limit", "percentage"}
)
FIXED_LIMIT = Fields(f"{_COMMON}.FaultRateLimit.FixedLimit", reads={"limit_kbps"})
HEADER_LIMIT = Fields(f"{_COMMON}.FaultRateLimit.HeaderLimit", reads=())


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """The filter's own faults."""
    return _fault(message, at)


def translate_per_route(message: Proto, at: At) -> ir.PerRouteKind:
    """A route's faults, in place of the filter's."""
    return ir.PerRouteKindFault(**asdict(_fault(message, at)))


def _fault(message: Proto, at: At) -> ir.HttpFilterKindFault:
    FAULT.check(message, at)
    limit = message.max_active_faults
    return ir.HttpFilterKindFault(
        delay=_delay(message, at) if message.HasField("delay") else None,
        abort=_abort(message, at) if message.HasField("abort") else None,
        response_rate_limit=_rate_limit(message, at),
        upstream_cluster=message.upstream_cluster,
        headers=[header_matcher(m, at.item("headers", i)) for i, m in enumerate(message.headers)],
        downstream_nodes=list(message.downstream_nodes),
        max_active_faults=limit.value if message.HasField("max_active_faults") else None,
        max_active_faults_runtime_key=message.max_active_faults_runtime
        or "fault.http.max_active_faults",
        disable_downstream_cluster_stats=message.disable_downstream_cluster_stats,
        metadata=struct(message.filter_metadata) if message.HasField("filter_metadata") else None,
    )


def _delay(message: Proto, at: At) -> ir.FaultDelay:
    delay, there = message.delay, at.field("delay")
    DELAY.check(delay, there)
    HEADER_DELAY.check(delay.header_delay, there.field("header_delay"))
    fixed = delay.WhichOneof("fault_delay_secifier") == "fixed_delay"
    return ir.FaultDelay(
        fixed_ms=milliseconds(delay.fixed_delay) if fixed else None,
        percentage=fractional_percent(
            delay.percentage,
            there.field("percentage"),
            message.delay_percent_runtime or "fault.http.delay.fixed_delay_percent",
        ),
        duration_runtime_key=message.delay_duration_runtime or "fault.http.delay.fixed_duration_ms",
    )


def _abort(message: Proto, at: At) -> ir.FaultAbort:
    abort, there = message.abort, at.field("abort")
    ABORT.check(abort, there)
    HEADER_ABORT.check(abort.header_abort, there.field("header_abort"))
    status: ir.FaultStatus = ir.FaultStatusHeader()
    if abort.WhichOneof("error_type") == "http_status":
        status = ir.FaultStatusHttp(status=abort.http_status)
    elif abort.WhichOneof("error_type") == "grpc_status":
        status = ir.FaultStatusGrpc(status=abort.grpc_status)
    return ir.FaultAbort(
        status=status,
        percentage=fractional_percent(
            abort.percentage,
            there.field("percentage"),
            message.abort_percent_runtime or "fault.http.abort.abort_percent",
        ),
        http_status_runtime_key=message.abort_http_status_runtime or "fault.http.abort.http_status",
        grpc_status_runtime_key=message.abort_grpc_status_runtime or "fault.http.abort.grpc_status",
        response_body=abort.response_body,
    )


def _rate_limit(message: Proto, at: At) -> ir.FaultRateLimit | None:
    if not message.HasField("response_rate_limit"):
        return None
    limit, there = message.response_rate_limit, at.field("response_rate_limit")
    RATE_LIMIT.check(limit, there)
    FIXED_LIMIT.check(limit.fixed_limit, there.field("fixed_limit"))
    HEADER_LIMIT.check(limit.header_limit, there.field("header_limit"))
    fixed = limit.WhichOneof("limit_type") == "fixed_limit"
    return ir.FaultRateLimit(
        fixed_kib_per_s=limit.fixed_limit.limit_kbps if fixed else None,
        percentage=fractional_percent(
            limit.percentage,
            there.field("percentage"),
            message.response_rate_limit_percent_runtime or "fault.http.rate_limit.response_percent",
        ),
    )
