"""Listeners, with Envoy's defaults."""

import socket
from collections.abc import Iterator

from voyant import ir
from voyant.config.access_log import access_logs
from voyant.config.address import listening_address, socket_options, tcp_keepalive
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.filter_chain import Chains, filter_chain
from voyant.config.metadata import metadata
from voyant.config.scalar import enum_name, wrapped_bool, wrapped_int

LISTENER = Fields(
    "envoy.config.listener.v3.Listener",
    reads={
        "name",
        "address",
        "additional_addresses",
        "stat_prefix",
        "filter_chains",
        "default_filter_chain",
        "per_connection_buffer_limit_bytes",
        "deprecated_v1",
        "transparent",
        "freebind",
        "socket_options",
        "traffic_direction",
        "drain_type",
        "connection_balance_config",
        "reuse_port",
        "enable_reuse_port",
        "tcp_backlog_size",
        "max_connections_to_accept_per_socket_event",
        "bind_to_port",
        "tcp_keepalive",
        "access_log",
        "ignore_global_conn_limit",
        "metadata",
        "tcp_fast_open_queue_length",
        "enable_mptcp",
    },
    no_effect={
        "listener_filters_timeout": "there are no listener filters",
        "continue_on_listener_filters_timeout": "there are no listener filters",
        "bypass_overload_manager": "there is no overload manager",
    },
    unsupported={
        "stats_matcher",
        "fcds_config",
        "filter_chain_matcher",
        "use_original_dst",
        "per_connection_buffer_high_watermark_timeout",
        "listener_filters",
        "udp_listener_config",
        "api_listener",
        "internal_listener",
    },
)
DEPRECATED_V1 = Fields("envoy.config.listener.v3.Listener.DeprecatedV1", reads={"bind_to_port"})
ADDITIONAL_ADDRESS = Fields(
    "envoy.config.listener.v3.AdditionalAddress",
    reads={"address", "socket_options", "tcp_keepalive"},
)
SOCKET_OPTIONS_OVERRIDE = Fields(
    "envoy.config.core.v3.SocketOptionsOverride", reads={"socket_options"}
)
BALANCE = Fields(
    "envoy.config.listener.v3.Listener.ConnectionBalanceConfig",
    reads={"exact_balance"},
    unsupported={"extend_balance", "cpu_locality_balance"},
)
EXACT_BALANCE = Fields(
    "envoy.config.listener.v3.Listener.ConnectionBalanceConfig.ExactBalance", reads=()
)

DEFAULT_BUFFER_BYTES = 1 << 20
_IPPROTO_TCP = 6
_TCP_FASTOPEN = 23
_IPPROTO_MPTCP = 262
DEFAULT_BACKLOG = 128
UNLIMITED = 2**32 - 1
_OTHER_KINDS = ("internal_listener", "api_listener", "udp_listener_config", "fcds_config")
_DIRECTIONS: dict[str, ir.TrafficDirection] = {
    "UNSPECIFIED": "unspecified",
    "INBOUND": "inbound",
    "OUTBOUND": "outbound",
}
_DRAIN_TYPES: dict[str, ir.DrainType] = {"DEFAULT": "default", "MODIFY_ONLY": "modify_only"}


def listeners(
    messages: list[Proto], at: At, clusters: frozenset[str]
) -> tuple[list[ir.Listener], list[ir.RouteConfiguration]]:
    """The listeners and the route tables of their connection managers."""
    chains = Chains(clusters)
    _check_duplicates(messages, at)
    found = [
        listener(message, at.item("listeners", i), chains, i) for i, message in enumerate(messages)
    ]
    return found, chains.route_configurations


def _check_duplicates(messages: list[Proto], at: At) -> None:
    """Reports an address that an earlier listener has."""
    taken: dict[tuple[str, int, str], str] = {}
    for i, message in enumerate(messages):
        if not _bind_to_port(message):
            continue
        for there, each in _bound(message, at.item("listeners", i)):
            where = each.socket_address
            key = (where.address, where.port_value, where.network_namespace_filepath)
            if where.port_value and taken.setdefault(key, message.name) != message.name:
                there.error(
                    f"error adding listener: '{message.name}' has duplicate address "
                    f"'{key[0]}:{key[1]}' as existing listener '{taken[key]}'"
                )


def _bound(message: Proto, at: At) -> Iterator[tuple[At, Proto]]:
    yield at.field("address"), message.address
    for i, each in enumerate(message.additional_addresses):
        yield at.item("additional_addresses", i).field("address"), each.address


def listener(message: Proto, at: At, chains: Chains, number: int) -> ir.Listener:
    """A listener; `number` tells it from others of its name."""
    LISTENER.check(message, at)
    addresses = _addresses(message, at)
    chained = message.filter_chains or message.HasField("default_filter_chain")
    if not chained and not _is_of_another_kind(message):
        at.error(f"error adding listener '{message.name}': no filter chains specified")
    identity = f"{number}:{message.name}"
    filter_chains = [
        filter_chain(chain, at.item("filter_chains", i), chains, f"{identity}/{i}")
        for i, chain in enumerate(message.filter_chains)
    ]
    if len(filter_chains) > 1:
        at.item("filter_chains", 1).error(
            "several filter chains are not supported yet", expected="one filter chain"
        )
    default = None
    if message.HasField("default_filter_chain"):
        there = at.field("default_filter_chain")
        default = filter_chain(message.default_filter_chain, there, chains, f"{identity}/default")
    buffer = wrapped_int(message, "per_connection_buffer_limit_bytes", DEFAULT_BUFFER_BYTES)
    per_event = wrapped_int(message, "max_connections_to_accept_per_socket_event", UNLIMITED)
    return ir.Listener(
        name=message.name,
        addresses=addresses,
        stat_prefix=message.stat_prefix,
        bind_to_port=_bind_to_port(message),
        backlog=wrapped_int(message, "tcp_backlog_size", DEFAULT_BACKLOG),
        reuse_port=_reuse_port(message),
        exact_balance=_exact_balance(message, at),
        freebind=wrapped_bool(message, "freebind", False),
        transparent=wrapped_bool(message, "transparent", False),
        mptcp=_mptcp(message, at),
        per_connection_buffer_limit_bytes=buffer,
        max_connections_to_accept_per_socket_event=per_event,
        ignore_global_connection_limit=message.ignore_global_conn_limit,
        traffic_direction=_DIRECTIONS[enum_name(message, "traffic_direction")],
        drain_type=_DRAIN_TYPES[enum_name(message, "drain_type")],
        filter_chains=filter_chains,
        default_filter_chain=default,
        access_logs=access_logs(message.access_log, at),
        metadata=metadata(message, at),
    )


def _is_of_another_kind(message: Proto) -> bool:
    """Whether it needs no address or no filter chain; that it is refused is said elsewhere."""
    if any(map(message.HasField, _OTHER_KINDS)):
        return True
    return enum_name(message.address.socket_address, "protocol") == "UDP"


def _addresses(message: Proto, at: At) -> list[ir.ListenerAddress]:
    main = listening_address(message.address, at.field("address"))
    fast_open = _fast_open(message)
    options = socket_options(message.socket_options, at, "socket_options") + fast_open
    keepalive = tcp_keepalive(message, "tcp_keepalive", at)
    if not message.HasField("address") and not _is_of_another_kind(message):
        at.error(f"error adding listener named '{message.name}': address is necessary")
    found = []
    if main is not None:
        found.append(
            ir.ListenerAddress(address=main, socket_options=options, tcp_keepalive=keepalive)
        )
    for i, each in enumerate(message.additional_addresses):
        there = at.item("additional_addresses", i)
        ADDITIONAL_ADDRESS.check(each, there)
        extra = listening_address(each.address, there.field("address"))
        own = options
        if each.HasField("socket_options"):
            inner = there.field("socket_options")
            SOCKET_OPTIONS_OVERRIDE.check(each.socket_options, inner)
            own = socket_options(each.socket_options.socket_options, inner, "socket_options")
            own += fast_open
        own_keepalive = tcp_keepalive(each, "tcp_keepalive", there) or keepalive
        if extra is not None:
            found.append(
                ir.ListenerAddress(address=extra, socket_options=own, tcp_keepalive=own_keepalive)
            )
    return found


def _fast_open(message: Proto) -> list[ir.SocketOption]:
    if not message.HasField("tcp_fast_open_queue_length"):
        return []
    return [
        ir.SocketOption(
            level=_IPPROTO_TCP,
            name=_TCP_FASTOPEN,
            value=ir.SocketOptionValueInt(value=message.tcp_fast_open_queue_length.value),
            state="listening",
            ip_version="any",
        )
    ]


def _mptcp(message: Proto, at: At) -> bool:
    there = at.field("enable_mptcp")
    if not message.enable_mptcp:
        return False
    if any(each.HasField("pipe") for _, each in _bound(message, at)):
        there.error(f"listener {message.name}: enable_mptcp can only be used with IP addresses")
        return False
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM, _IPPROTO_MPTCP).close()
    except OSError:
        there.error(
            f"listener {message.name}: enable_mptcp is set but MPTCP is not supported by the "
            "operating system"
        )
        return False
    return True


def _bind_to_port(message: Proto) -> bool:
    if message.HasField("bind_to_port"):
        return bool(message.bind_to_port.value)
    return wrapped_bool(message.deprecated_v1, "bind_to_port", True)


def _reuse_port(message: Proto) -> bool:
    if message.HasField("enable_reuse_port"):
        return bool(message.enable_reuse_port.value)
    # The older field could only switch it on, which is how it is anyway.
    return True


def _exact_balance(message: Proto, at: At) -> bool:
    if not message.HasField("connection_balance_config"):
        return False
    balance = message.connection_balance_config
    BALANCE.check(balance, at.field("connection_balance_config"))
    return bool(balance.WhichOneof("balance_type") == "exact_balance")
