"""The gRPC-Web filter: makes calls of gRPC of those that browsers make.

https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/http/http_filters/grpc_web_filter
"""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto

GRPC_WEB = Fields("envoy.extensions.filters.http.grpc_web.v3.GrpcWeb", reads=set())


def translate(message: Proto, at: At) -> ir.HttpFilterKind:
    """There is nothing to say about it."""
    GRPC_WEB.check(message, at)
    return ir.HttpFilterKindGrpcWeb()
