"""Transport sockets: what connections speak below their protocol. So far only the plain one."""

from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.unpack import type_name, unpack

TRANSPORT_SOCKET = Fields("envoy.config.core.v3.TransportSocket", reads={"name", "typed_config"})
RAW_BUFFER = Fields("envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer", reads=())


def raw_buffer(message: Proto, at: At) -> None:
    """Reports a transport socket other than the plain one."""
    TRANSPORT_SOCKET.check(message, at)
    if not message.HasField("typed_config"):
        at.error(
            f"Didn't find a registered implementation for {message.name!r} with type URL: ''",
            hint="typed_config names the transport socket's type",
        )
        return
    there = at.field("typed_config")
    typed = unpack(message.typed_config, there)
    if typed is None:
        return
    if typed.DESCRIPTOR.full_name == RAW_BUFFER.full_name:
        RAW_BUFFER.check(typed, there)
        return
    name = type_name(message.typed_config)
    there.field("@type").error(
        f"the transport socket {message.name!r} ({name}) is not supported yet"
    )
