"""`tunneling_config` of the TCP proxy: a tunnel through an HTTP proxy."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.format import formatter_names, parse
from voyant.config.header_mutation import header_additions
from voyant.config.request_sanitizing import request_id_options

TUNNELING = Fields(
    "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig",
    reads={
        "hostname",
        "use_post",
        "headers_to_add",
        "propagate_response_headers",
        "post_path",
        "propagate_response_trailers",
        "request_id_extension",
        "request_id_header",
        "request_id_metadata_key",
        "formatters",
    },
)


def tunneling(message: Proto, at: At) -> ir.Tunneling | None:
    """The tunnel of a TCP proxy, if it has one."""
    if not message.HasField("tunneling_config"):
        return None
    config, there = message.tunneling_config, at.field("tunneling_config")
    TUNNELING.check(config, there)
    if config.post_path and not config.use_post:
        there.field("post_path").error("Can't set a post path when POST method isn't used")
    formatters = formatter_names(config, there)
    return ir.Tunneling(
        hostname=parse(config.hostname, there.field("hostname"), formatters=formatters),
        post_path=(config.post_path or "/") if config.use_post else None,
        headers=header_additions(config, there, "headers_to_add"),
        propagate_response_headers=config.propagate_response_headers,
        propagate_response_trailers=config.propagate_response_trailers,
        request_id=_request_id(config, there),
    )


def _request_id(config: Proto, at: At) -> ir.TunnelRequestId | None:
    if not config.HasField("request_id_extension"):
        return None
    request_id_options(config, at)
    return ir.TunnelRequestId(
        header=config.request_id_header.lower() or "x-request-id",
        metadata_key=config.request_id_metadata_key or "tunnel_request_id",
    )
