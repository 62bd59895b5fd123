"""Upgrades and CONNECT: what connection managers and routes say of them.

https://www.envoyproxy.io/docs/envoy/v1.40.0/intro/arch_overview/http/upgrades
"""

from collections.abc import Callable

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.scalar import enum_name, wrapped_bool

UPGRADE = Fields(
    "envoy.extensions.filters.network.http_connection_manager.v3"
    ".HttpConnectionManager.UpgradeConfig",
    reads={"upgrade_type", "filters", "enabled"},
)
ROUTE_UPGRADE = Fields(
    "envoy.config.route.v3.RouteAction.UpgradeConfig",
    reads={"upgrade_type", "enabled", "connect_config"},
)
CONNECT_CONFIG = Fields(
    "envoy.config.route.v3.RouteAction.UpgradeConfig.ConnectConfig",
    reads={"proxy_protocol_config", "allow_post"},
)
PROXY_PROTOCOL = Fields(
    "envoy.config.core.v3.ProxyProtocolConfig",
    reads={"version"},
    no_effect={
        "pass_through_tlvs": "a tunnel's header tells addresses only, as Envoy's does",
        "added_tlvs": "a tunnel's header tells addresses only, as Envoy's does",
    },
)

_VERSIONS: dict[str, ir.ProxyProtocolVersion] = {"V1": "v1", "V2": "v2"}
Filters = Callable[[Proto, At, str], list[ir.HttpFilter]]


def upgrades(message: Proto, at: At, filters: Filters) -> list[ir.Upgrade]:
    """The upgrades of a connection manager."""
    names: set[str] = set()
    found = []
    for i, each in enumerate(message.upgrade_configs):
        there = at.item("upgrade_configs", i)
        UPGRADE.check(each, there)
        if each.upgrade_type.lower() in names:
            there.error(
                f"Error: multiple upgrade configs with the same name: '{each.upgrade_type}'"
            )
        names.add(each.upgrade_type.lower())
        chain = filters(each, there, "filters") if each.filters else None
        found.append(
            ir.Upgrade(
                upgrade_type=each.upgrade_type,
                enabled=wrapped_bool(each, "enabled", True),
                filters=chain,
            )
        )
    return found


def route_upgrades(message: Proto, at: At) -> tuple[list[ir.RouteUpgrade], ir.ConnectConfig | None]:
    """What a route says of upgrades, and of CONNECT that ends here."""
    names: set[str] = set()
    connect = None
    found = []
    for i, each in enumerate(message.upgrade_configs):
        there = at.item("upgrade_configs", i)
        ROUTE_UPGRADE.check(each, there)
        if each.upgrade_type.lower() in names:
            there.error(f"Duplicate upgrade {each.upgrade_type}")
        names.add(each.upgrade_type.lower())
        if each.HasField("connect_config"):
            connect = _connect(each, there)
        enabled = wrapped_bool(each, "enabled", True)
        found.append(ir.RouteUpgrade(upgrade_type=each.upgrade_type, enabled=enabled))
    return found, connect


def _connect(message: Proto, at: At) -> ir.ConnectConfig:
    kind = message.upgrade_type.upper()
    if kind == "CONNECT-UDP":
        at.field("connect_config").error("CONNECT-UDP that ends here is not supported yet")
    elif kind != "CONNECT":
        at.error(f"Non-CONNECT upgrade type {message.upgrade_type} has ConnectConfig")
    config, there = message.connect_config, at.field("connect_config")
    CONNECT_CONFIG.check(config, there)
    version: ir.ProxyProtocolVersion | None = None
    if config.HasField("proxy_protocol_config"):
        PROXY_PROTOCOL.check(config.proxy_protocol_config, there.field("proxy_protocol_config"))
        version = _VERSIONS[enum_name(config.proxy_protocol_config, "version")]
    return ir.ConnectConfig(proxy_protocol=version, allow_post=config.allow_post)
