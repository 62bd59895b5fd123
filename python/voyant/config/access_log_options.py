"""When access logs have lines beside the one at the end, in the fields of today and of before."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.scalar import duration_ms

HCM_OPTIONS = Fields(
    "envoy.extensions.filters.network.http_connection_manager.v3"
    ".HttpConnectionManager.HcmAccessLogOptions",
    reads={
        "access_log_flush_interval",
        "flush_access_log_on_new_request",
        "flush_log_on_tunnel_successfully_established",
    },
)
TCP_OPTIONS = Fields(
    "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.TcpAccessLogOptions",
    reads={
        "access_log_flush_interval",
        "flush_access_log_on_connected",
        "flush_access_log_on_start",
    },
)


def http_log_options(message: Proto, at: At) -> ir.HttpAccessLogOptions:
    """Those of a connection manager."""
    options = _options(message, at, "flush_access_log_on_new_request", HCM_OPTIONS)
    return ir.HttpAccessLogOptions(
        flush_interval_ms=duration_ms(options, "access_log_flush_interval", 0),
        on_new_request=options.flush_access_log_on_new_request,
        on_tunnel_established=options is not message
        and options.flush_log_on_tunnel_successfully_established,
    )


def tcp_log_options(message: Proto, at: At) -> ir.TcpAccessLogOptions:
    """Those of a TCP proxy."""
    options = _options(message, at, "flush_access_log_on_connected", TCP_OPTIONS)
    return ir.TcpAccessLogOptions(
        flush_interval_ms=duration_ms(options, "access_log_flush_interval", 0),
        on_connected=options.flush_access_log_on_connected,
        on_start=options is not message and options.flush_access_log_on_start,
    )


def _options(message: Proto, at: At, flag: str, fields: Fields) -> Proto:
    """The message that has the fields: that of the options, or the one that had them before."""
    if not message.HasField("access_log_options"):
        return message
    older = [flag] if getattr(message, flag) else []
    if message.HasField("access_log_flush_interval"):
        older.append("access_log_flush_interval")
    for name in older:
        at.field(name).error(
            f"Only one of {name} or access_log_options can be specified.", key=True
        )
    fields.check(message.access_log_options, at.field("access_log_options"))
    return message.access_log_options
