"""The gRPC bridge: lets clients of HTTP/1 call services of gRPC.

https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/grpc_http1_bridge_filter
"""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto

CONFIG = Fields(
    "envoy.extensions.filters.http.grpc_http1_bridge.v3.Config",
    reads={"upgrade_protobuf_to_grpc", "ignore_query_parameters"},
)


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """What it does to requests."""
    CONFIG.check(message, at)
    return ir.HttpFilterKindGrpcHttp1Bridge(
        upgrade_protobuf_to_grpc=message.upgrade_protobuf_to_grpc,
        ignore_query_parameters=message.ignore_query_parameters,
    )
