"""Addresses and socket options."""

import socket as sockets
from ipaddress import IPv4Address, ip_address

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.scalar import enum_name, wrapped_int

ADDRESS = Fields(
    "envoy.config.core.v3.Address",
    reads={"socket_address", "pipe"},
    unsupported={"envoy_internal_address"},
)
SOCKET_ADDRESS = Fields(
    "envoy.config.core.v3.SocketAddress",
    reads={"protocol", "address", "port_value", "ipv4_compat"},
    unsupported={"named_port", "resolver_name", "network_namespace_filepath"},
)
PIPE = Fields("envoy.config.core.v3.Pipe", reads={"path", "mode"})
SOCKET_OPTION = Fields(
    "envoy.config.core.v3.SocketOption",
    reads={"level", "name", "int_value", "buf_value", "state", "type", "ip_version"},
    no_effect={"description": "it is for people"},
)
SOCKET_TYPE = Fields("envoy.config.core.v3.SocketOption.SocketType", reads={"stream", "datagram"})
STREAM = Fields("envoy.config.core.v3.SocketOption.SocketType.Stream", reads=set())
DATAGRAM = Fields("envoy.config.core.v3.SocketOption.SocketType.Datagram", reads=set())
TCP_KEEPALIVE = Fields(
    "envoy.config.core.v3.TcpKeepalive",
    reads={"keepalive_probes", "keepalive_time", "keepalive_interval"},
)
XDS_CIDR_RANGE = Fields("xds.core.v3.CidrRange", reads={"address_prefix", "prefix_len"})
CIDR_RANGE = Fields("envoy.config.core.v3.CidrRange", reads={"address_prefix", "prefix_len"})

MAX_PIPE_BYTES = 108
_STATES: dict[str, ir.SocketState] = {
    "STATE_PREBIND": "prebind",
    "STATE_BOUND": "bound",
    "STATE_LISTENING": "listening",
}
_IP_VERSIONS: dict[str, ir.SocketIpVersion] = {
    "SOCKET_IP_VERSION_UNSPECIFIED": "any",
    "SOCKET_IP_VERSION_IPV4": "v4",
    "SOCKET_IP_VERSION_IPV6": "v6",
}


def address(message: Proto, at: At, *, datagrams: bool = False) -> ir.Address | None:
    """An address with an IP: to listen on, to bind to, or `datagrams`, to send them to."""
    ADDRESS.check(message, at)
    kind = message.WhichOneof("address")
    if kind == "pipe":
        _check_pipe(message.pipe, at.field("pipe"))
        return ir.AddressPipe(path=message.pipe.path, mode=message.pipe.mode)
    if kind != "socket_address":
        return None
    socket, there = message.socket_address, at.field("socket_address")
    checked_socket(socket, there, datagrams=datagrams)
    ip = checked_ip(socket, there)
    if ip is None:
        return None
    return ir.AddressSocket(ip=ip, port=socket.port_value, ipv4_compat=socket.ipv4_compat)


def listening_address(message: Proto, at: At) -> ir.Address | None:
    """An address to listen on, which may take IPv4 beside IPv6 if it is one of IPv6."""
    found = address(message, at)
    if isinstance(found, ir.AddressSocket) and found.ipv4_compat:
        ip = ip_address(found.ip)
        if isinstance(ip, IPv4Address) or not (ip.is_unspecified or ip.ipv4_mapped):
            host = f"[{found.ip}]" if ":" in found.ip else found.ip
            at.field("socket_address").field("ipv4_compat").error(
                "Only IPv6 address '::' or valid IPv4-mapped IPv6 address can set ipv4_compat: "
                f"{host}:{found.port}"
            )
    return found


def _check_pipe(pipe: Proto, at: At) -> None:
    PIPE.check(pipe, at)
    if len(pipe.path.encode()) >= MAX_PIPE_BYTES:
        at.field("path").error(
            f'Path "{pipe.path}" exceeds maximum UNIX domain socket path size of {MAX_PIPE_BYTES}.'
        )


def checked_ip(socket: Proto, at: At) -> str | None:
    """A socket address's IP; another text is reported."""
    ip = ip_text(socket.address)
    if socket.resolver_name:
        # Reported by the audit; what it resolves need not be an IP.
        return ip
    if ip is None:
        at.field("address").error(
            f"malformed IP address: {socket.address}", expected="an IPv4 or IPv6 address"
        )
    return _unscoped(ip, at) if ip is not None else None


def _unscoped(ip: str, at: At) -> str:
    if "%" in ip:
        at.field("address").error(f"{ip}: a scope is not supported yet", expected="an IP address")
    return ip


def checked_socket(socket: Proto, at: At, *, datagrams: bool = False) -> None:
    """Reports what is not supported of a socket address."""
    SOCKET_ADDRESS.check(socket, at)
    if enum_name(socket, "protocol") == "UDP" and not datagrams:
        at.field("protocol").error("not supported yet: UDP", expected="TCP")


def ip_text(text: str) -> str | None:
    """An IP address in its usual form; nothing when it is a name."""
    # Several times as fast as the classes of `ipaddress`, and it takes what Envoy takes.
    family = sockets.AF_INET6 if ":" in text else sockets.AF_INET
    address, percent, scope = text.partition("%")
    try:
        return sockets.inet_ntop(family, sockets.inet_pton(family, address)) + percent + scope
    except (OSError, ValueError):
        return None


def endpoint_address(message: Proto, at: At, *, names: bool) -> ir.EndpointAddress | None:
    """An endpoint's address; `names`: the cluster resolves host names."""
    ADDRESS.check(message, at)
    kind = message.WhichOneof("address")
    if kind == "pipe":
        _check_pipe(message.pipe, at.field("pipe"))
        return ir.EndpointAddressPipe(path=message.pipe.path)
    if kind != "socket_address":
        return None
    socket, there = message.socket_address, at.field("socket_address")
    checked_socket(socket, there)
    ip = ip_text(socket.address)
    if ip is not None:
        return ir.EndpointAddressSocket(ip=_unscoped(ip, there), port=socket.port_value)
    if names or socket.resolver_name:
        return ir.EndpointAddressName(host=socket.address, port=socket.port_value)
    there.field("address").error(
        f"malformed IP address: {socket.address}",
        expected="an IP address; host names need a cluster type STRICT_DNS or LOGICAL_DNS",
    )
    return None


def socket_options(messages: list[Proto], at: At, name: str) -> list[ir.SocketOption]:
    """`setsockopt` arguments, but for those that are meant for datagrams only."""
    return [
        _socket_option(message, at.item(name, index))
        for index, message in enumerate(messages)
        if message.type.HasField("stream") or not message.type.HasField("datagram")
    ]


def _socket_option(message: Proto, at: At) -> ir.SocketOption:
    SOCKET_OPTION.check(message, at)
    value: ir.SocketOptionValue
    if message.WhichOneof("value") == "buf_value":
        value = ir.SocketOptionValueBuf(hex=message.buf_value.hex())
    else:
        # What is too large for an option is cut, as by Envoy.
        cut = (message.int_value + 2**31) % 2**32 - 2**31
        value = ir.SocketOptionValueInt(value=cut)
    return ir.SocketOption(
        level=message.level,
        name=message.name,
        value=value,
        state=_STATES[enum_name(message, "state")],
        ip_version=_IP_VERSIONS[enum_name(message, "ip_version")],
    )


def tcp_keepalive(message: Proto, field: str, at: At) -> ir.TcpKeepalive | None:
    """Keepalive, where the field is set."""
    if not message.HasField(field):
        return None
    keepalive = getattr(message, field)
    TCP_KEEPALIVE.check(keepalive, at.field(field))
    return ir.TcpKeepalive(
        probes=wrapped_int(keepalive, "keepalive_probes", 0),
        time_s=wrapped_int(keepalive, "keepalive_time", 0),
        interval_s=wrapped_int(keepalive, "keepalive_interval", 0),
    )


def cidr_range(message: Proto, at: At) -> ir.CidrRange | None:
    """An address range."""
    import ipaddress  # Not before it is needed.

    (XDS_CIDR_RANGE if message.DESCRIPTOR.file.package == "xds.core.v3" else CIDR_RANGE).check(
        message, at
    )
    # Envoy takes a length that is too long for the longest there is.
    longest = 128 if ":" in message.address_prefix else 32
    prefix_len = min(wrapped_int(message, "prefix_len", 0), longest)
    try:
        network = ipaddress.ip_network(f"{message.address_prefix}/{prefix_len}", strict=False)
    except ValueError:
        at.error(
            f"invalid address range: {message.address_prefix}/{prefix_len}",
            expected="an IP address and the length of its prefix",
        )
        return None
    return ir.CidrRange(ip=str(network.network_address), prefix_len=prefix_len)
