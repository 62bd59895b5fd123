"""Connections to a cluster's hosts: where from, with which socket options, kept alive how."""

from voyant import ir
from voyant.config.address import checked_ip, checked_socket, socket_options, tcp_keepalive
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.scalar import wrapped_bool

CONNECTION_OPTIONS = Fields(
    "envoy.config.cluster.v3.UpstreamConnectionOptions",
    reads={"tcp_keepalive"},
    no_effect={"set_local_interface_name_on_upstream_connections": "nothing reads it yet"},
    unsupported={"happy_eyeballs_config"},
)
BIND_CONFIG = Fields(
    "envoy.config.core.v3.BindConfig",
    reads={"source_address", "socket_options", "freebind"},
    no_effect={"validate_network_namespaces": "no network namespace can be named yet"},
    unsupported={
        "extra_source_addresses",
        "additional_source_addresses",
        "local_address_selector",
    },
)


class Bind:
    """Where connections come from: a cluster's own `upstream_bind_config`, or the bootstrap's."""

    __slots__ = ("freebind", "own_options", "source_address")

    def __init__(
        self, source_address: ir.Address | None, options: list[ir.SocketOption], freebind: bool
    ) -> None:
        self.source_address = source_address
        self.own_options = options
        self.freebind = freebind

    @property
    def socket_options(self) -> list[ir.SocketOption]:
        """Those that are given, and that which lets a source address be none of this machine's."""
        return [*_FREEBIND, *self.own_options] if self.freebind else self.own_options


def _freebind(version: ir.SocketIpVersion, level: int, name: int) -> ir.SocketOption:
    value = ir.SocketOptionValueInt(value=1)
    return ir.SocketOption(level=level, name=name, value=value, state="prebind", ip_version=version)


# IP_FREEBIND of IPPROTO_IP, and IPV6_FREEBIND of IPPROTO_IPV6.
_FREEBIND = (_freebind("v4", 0, 15), _freebind("v6", 41, 78))
NO_BIND = Bind(None, [], freebind=False)


def bind(holder: Proto, at: At, otherwise: Bind) -> Bind:
    """The `upstream_bind_config` of a cluster or of the cluster manager."""
    if not holder.HasField("upstream_bind_config"):
        return otherwise
    config, there = holder.upstream_bind_config, at.field("upstream_bind_config")
    BIND_CONFIG.check(config, there)
    # Options that are not given are the bootstrap's; the address is not.
    own = socket_options(config.socket_options, there, "socket_options")
    freebind = wrapped_bool(config, "freebind", otherwise.freebind)
    return Bind(_source_address(config, there), own or otherwise.own_options, freebind)


def _source_address(config: Proto, at: At) -> ir.Address | None:
    if not config.HasField("source_address"):
        return None
    source, there = config.source_address, at.field("source_address")
    checked_socket(source, there)
    ip = checked_ip(source, there)
    if ip is None:
        return None
    return ir.AddressSocket(ip=ip, port=source.port_value, ipv4_compat=False)


def keepalive(cluster: Proto, at: At) -> ir.TcpKeepalive | None:
    """TCP keepalive of the connections."""
    if not cluster.HasField("upstream_connection_options"):
        return None
    options, there = cluster.upstream_connection_options, at.field("upstream_connection_options")
    CONNECTION_OPTIONS.check(options, there)
    return tcp_keepalive(options, "tcp_keepalive", there)
