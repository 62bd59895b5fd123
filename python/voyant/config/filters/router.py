"""The router, the last filter of every chain."""

from voyant import ir
from voyant.config.access_log import access_logs
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.http_filter import Translators
from voyant.config.scalar import duration_ms, wrapped_bool
from voyant.config.upstream_filters import of_router

ROUTER = Fields(
    "envoy.extensions.filters.http.router.v3.Router",
    reads={
        "dynamic_stats",
        "suppress_envoy_headers",
        "respect_expected_rq_timeout",
        "strict_check_headers",
        "suppress_grpc_request_failure_code_stats",
        "reject_connect_request_early_data",
        "upstream_http_filters",
        "upstream_log",
        "upstream_log_options",
    },
    no_effect={"start_child_span": "there is no tracing yet, and it is not asked for alone"},
)
UPSTREAM_LOG_OPTIONS = Fields(
    "envoy.extensions.filters.http.router.v3.Router.UpstreamAccessLogOptions",
    reads={"flush_upstream_log_on_upstream_stream", "upstream_log_flush_interval"},
)


def translate_with(
    message: Proto, at: At, upstream: Translators, elsewhere: frozenset[str]
) -> ir.HttpFilterKind:
    """The router's options; `upstream` are filters that may stand behind it."""
    ROUTER.check(message, at)
    options = message.upstream_log_options
    UPSTREAM_LOG_OPTIONS.check(options, at.field("upstream_log_options"))
    return ir.HttpFilterKindRouter(
        dynamic_stats=wrapped_bool(message, "dynamic_stats", True),
        suppress_envoy_headers=message.suppress_envoy_headers,
        strict_check_headers=list(message.strict_check_headers),
        respect_expected_rq_timeout=message.respect_expected_rq_timeout,
        suppress_grpc_request_failure_code_stats=message.suppress_grpc_request_failure_code_stats,
        upstream_logs=access_logs(message.upstream_log, at, "upstream_log"),
        reject_connect_early_data=wrapped_bool(message, "reject_connect_request_early_data", False),
        upstream_filters=of_router(message.upstream_http_filters, at, upstream, elsewhere),
        upstream_log_options=ir.UpstreamLogOptions(
            flush_interval_ms=duration_ms(options, "upstream_log_flush_interval", 0),
            on_stream=options.flush_upstream_log_on_upstream_stream,
        ),
    )
