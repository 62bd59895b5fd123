"""The router, the last filter of every chain."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.scalar import wrapped_bool

ROUTER = Fields(
    "envoy.extensions.filters.http.router.v3.Router",
    reads={
        "dynamic_stats",
        "suppress_envoy_headers",
        "respect_expected_rq_timeout",
        "strict_check_headers",
        "suppress_grpc_request_failure_code_stats",
        "reject_connect_request_early_data",
    },
    no_effect={"start_child_span": "there is no tracing yet, and it is not asked for alone"},
    unsupported={
        "upstream_log",
        "upstream_log_options",
        "upstream_http_filters",
    },
)


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """The router's options."""
    ROUTER.check(message, at)
    return ir.HttpFilterKindRouter(
        dynamic_stats=wrapped_bool(message, "dynamic_stats", True),
        suppress_envoy_headers=message.suppress_envoy_headers,
        strict_check_headers=list(message.strict_check_headers),
        respect_expected_rq_timeout=message.respect_expected_rq_timeout,
        suppress_grpc_request_failure_code_stats=message.suppress_grpc_request_failure_code_stats,
        upstream_logs=[],
        reject_connect_early_data=wrapped_bool(message, "reject_connect_request_early_data", False),
    )
