"""`typed_per_filter_config`: what route tables, virtual hosts, routes and weighted clusters say of
HTTP filters.

https://www.envoyproxy.io/docs/envoy/v1.40.0/intro/arch_overview/http/http_filters#route-specific-config
"""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto, new
from voyant.config.errors import nearest
from voyant.config.filters import FILTERS, PER_ROUTE
from voyant.config.rules import validate
from voyant.config.unpack import is_left_out, type_name, unpack

FILTER_CONFIG = Fields(
    "envoy.config.route.v3.FilterConfig", reads={"config", "is_optional", "disabled"}
)

_OF_PACKAGE = {name.rpartition(".")[0]: name for name in PER_ROUTE}
"""The message that a route has for a filter, by the package of the filter's messages."""


def filter_overrides(message: Proto, at: At) -> list[ir.FilterOverride]:
    """What a message with `typed_per_filter_config` says, in the order of the filters' names."""
    configs = message.typed_per_filter_config
    found = (_override(name, configs[name], at) for name in sorted(configs))
    return [each for each in found if each is not None]


def _override(name: str, message: Proto, at: At) -> ir.FilterOverride | None:
    there = at.key("typed_per_filter_config", name)
    typed = unpack(message, there)
    if typed is None:
        return None
    if typed.DESCRIPTOR.full_name != FILTER_CONFIG.full_name:
        config = _config(name, typed, type_name(message), there)
        return _switched_on(name, config)
    FILTER_CONFIG.check(typed, there)
    if typed.disabled:
        return ir.FilterOverride(name=name, disabled=True, config=None)
    if not typed.HasField("config"):
        there.error(f"Empty route/virtual host per filter configuration for {name} filter")
        return None
    if not typed.config.type_url:
        return ir.FilterOverride(name=name, disabled=False, config=None)
    there = there.field("config")
    if typed.is_optional and is_left_out(typed.config):
        there.warn(f"the optional configuration of the filter {name!r} is left out")
        return None
    inner = unpack(typed.config, there)
    if inner is None:
        return None
    if typed.is_optional and inner.DESCRIPTOR.full_name not in PER_ROUTE:
        there.warn(f"the optional configuration of the filter {name!r} is left out")
        return None
    config = _config(name, inner, type_name(typed.config), there)
    return _switched_on(name, config)


def _switched_on(name: str, config: ir.PerRouteKind | None) -> ir.FilterOverride | None:
    return None if config is None else ir.FilterOverride(name=name, disabled=False, config=config)


def _config(name: str, typed: Proto, written: str, at: At) -> ir.PerRouteKind | None:
    translate = PER_ROUTE.get(typed.DESCRIPTOR.full_name)
    if translate is not None:
        return translate(typed, at)
    if typed.DESCRIPTOR.full_name in FILTERS:
        of_route = _OF_PACKAGE.get(typed.DESCRIPTOR.full_name.rpartition(".")[0])
        if of_route is not None and typed.ByteSize() == 0:
            # Envoy does not unpack what is empty: the filter's own message serves the route.
            empty = new(of_route)
            validate(empty, at)
            return PER_ROUTE[of_route](empty, at)
        at.field("@type").error(
            f"The filter {name} doesn't support virtual host or route specific configurations"
        )
    else:
        short = [known.rpartition(".")[2] for known in PER_ROUTE]
        at.field("@type").error(
            f"the configuration of the HTTP filter {name!r} ({written}) is not supported yet",
            hint=nearest(written.rpartition(".")[2], short),
        )
    return None
