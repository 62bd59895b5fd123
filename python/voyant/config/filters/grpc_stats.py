"""The gRPC statistics filter: counts calls and messages by method.

https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/grpc_stats_filter
"""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.scalar import wrapped_bool

CONFIG = Fields(
    "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig",
    reads={
        "emit_filter_state",
        "individual_method_stats_allowlist",
        "stats_for_all_methods",
        "enable_upstream_stats",
        "replace_dots_in_grpc_service_name",
    },
)
METHODS = Fields("envoy.config.core.v3.GrpcMethodList", reads={"services"})
SERVICE = Fields("envoy.config.core.v3.GrpcMethodList.Service", reads={"name", "method_names"})


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """Which methods count by their names, and what else is told of calls."""
    CONFIG.check(message, at)
    return ir.HttpFilterKindGrpcStats(
        emit_filter_state=message.emit_filter_state,
        methods=_methods(message, at),
        enable_upstream_stats=message.enable_upstream_stats,
    )


def _methods(message: Proto, at: At) -> ir.GrpcMethods:
    replace_dots = message.replace_dots_in_grpc_service_name
    if wrapped_bool(message, "stats_for_all_methods", False):
        return ir.GrpcMethodsAll(replace_dots_in_grpc_service_name=replace_dots)
    if replace_dots:
        at.field("replace_dots_in_grpc_service_name").warn(
            "has no effect without stats_for_all_methods", key=True
        )
    listed = message.individual_method_stats_allowlist
    there = at.field("individual_method_stats_allowlist")
    METHODS.check(listed, there)
    return ir.GrpcMethodsListed(
        services=[
            _service(service, there.item("services", i))
            for i, service in enumerate(listed.services)
        ]
    )


def _service(message: Proto, at: At) -> ir.GrpcService:
    SERVICE.check(message, at)
    return ir.GrpcService(name=message.name, method_names=list(message.method_names))
