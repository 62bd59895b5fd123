"""How the proxy's own answers look: `local_reply_config` and `proxy_status_config`."""

from voyant import ir
from voyant.config.access_log_filter import access_log_filter
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.data_source import data_source
from voyant.config.descriptors import Proto
from voyant.config.format import body_format
from voyant.config.header_mutation import header_add

_HCM = "envoy.extensions.filters.network.http_connection_manager.v3"
LOCAL_REPLY = Fields(f"{_HCM}.LocalReplyConfig", reads={"mappers", "body_format"})
MAPPER = Fields(
    f"{_HCM}.ResponseMapper",
    reads={"filter", "status_code", "body", "headers_to_add", "body_format_override"},
)
PROXY_STATUS = Fields(
    f"{_HCM}.HttpConnectionManager.ProxyStatusConfig",
    reads={
        "remove_details",
        "remove_connection_termination_details",
        "remove_response_flags",
        "set_recommended_response_code",
        "use_node_id",
        "literal_proxy_name",
    },
)


def local_reply(message: Proto, at: At) -> ir.LocalReplyConfig | None:
    """What is made of answers that no upstream sent."""
    if not message.HasField("local_reply_config"):
        return None
    config, there = message.local_reply_config, at.field("local_reply_config")
    LOCAL_REPLY.check(config, there)
    form = None
    if config.HasField("body_format"):
        form = body_format(config.body_format, there.field("body_format"))
    mappers = [_mapper(mapper, there.item("mappers", i)) for i, mapper in enumerate(config.mappers)]
    return ir.LocalReplyConfig(mappers=mappers, body_format=form)


def _mapper(message: Proto, at: At) -> ir.LocalReplyMapper:
    MAPPER.check(message, at)
    body, form = None, None
    if message.HasField("body"):
        body = data_source(message.body, at.field("body"))
    if message.HasField("body_format_override"):
        there = at.field("body_format_override")
        form = body_format(message.body_format_override, there)
    return ir.LocalReplyMapper(
        filter=access_log_filter(message.filter, at.field("filter")),
        status=message.status_code.value if message.HasField("status_code") else None,
        body=body,
        headers_to_add=[
            header_add(option, at.item("headers_to_add", i))
            for i, option in enumerate(message.headers_to_add)
        ],
        body_format=form,
    )


def proxy_status(message: Proto, at: At) -> ir.ProxyStatusConfig | None:
    """The `proxy-status` header of answers in which something went wrong."""
    if not message.HasField("proxy_status_config"):
        return None
    config = message.proxy_status_config
    PROXY_STATUS.check(config, at.field("proxy_status_config"))
    kind = config.WhichOneof("proxy_name")
    name: ir.ProxyName = ir.ProxyNameServerName()
    if kind == "use_node_id":
        # Whatever its value, as for Envoy.
        name = ir.ProxyNameNodeId()
    elif kind == "literal_proxy_name":
        name = ir.ProxyNameLiteral(name=config.literal_proxy_name)
    return ir.ProxyStatusConfig(
        details=not config.remove_details,
        connection_termination_details=not config.remove_connection_termination_details,
        response_flags=not config.remove_response_flags,
        set_recommended_response_code=config.set_recommended_response_code,
        proxy_name=name,
    )
