"""An entry of a list of HTTP filters: of a connection manager, or between a router and hosts."""

from collections.abc import Callable

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.errors import nearest
from voyant.config.unpack import is_left_out, type_name, unpack

HTTP_FILTER = Fields(
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
    reads={"name", "typed_config", "is_optional", "disabled"},
    unsupported={"config_discovery"},
)

_MATCHER = "envoy.extensions.common.matching.v3.ExtensionWithMatcher"
Translators = dict[str, Callable[[Proto, At], ir.HttpFilterKind]]


def http_filter(
    message: Proto, at: At, translators: Translators, elsewhere: frozenset[str]
) -> ir.HttpFilter | None:
    """One filter; those of `elsewhere` are known, but not to lists like this one."""
    HTTP_FILTER.check(message, at)
    there = at.field("typed_config")
    if not message.HasField("typed_config"):
        if message.is_optional:
            at.warn(f"the optional filter {message.name!r} is left out: it has no typed_config")
        elif not message.HasField("config_discovery"):
            at.error(unregistered(message.name, ""), hint="typed_config names the filter's type")
        return None
    if message.is_optional and is_left_out(message.typed_config):
        at.warn(f"the optional filter {message.name!r} is left out: its type is unknown")
        return None
    typed = unpack(message.typed_config, there)
    if typed is None:
        return None
    kind = typed.DESCRIPTOR.full_name
    translate = translators.get(kind)
    if translate is not None:
        filter_kind = translate(typed, there)
        return ir.HttpFilter(name=message.name, disabled=message.disabled, kind=filter_kind)
    if kind not in elsewhere:
        _unknown(message, there, translators)
    elif message.is_optional:
        at.warn(f"the optional filter {message.name!r} is left out: it does not belong here")
    else:
        there.field("@type").error(unregistered(message.name, kind))
    return None


def unregistered(name: str, kind: str) -> str:
    """What Envoy says of a filter that it does not know there."""
    return f"Didn't find a registered implementation for {name!r} with type URL: {kind!r}"


def never_disabled(name: str) -> str:
    """What Envoy says of a disabled filter at the end of a chain."""
    return f"Error: the last (terminal) filter ({name}) in the chain cannot be disabled by default."


def misplaced(message: Proto, chain: str, *, terminal: bool) -> str:
    """What Envoy says of a filter that must, or must not, be the last of its chain."""
    name = type_name(message.typed_config)
    stem = "match_delegate" if name == _MATCHER else name.split(".")[-3]
    filter_ = f"filter named {message.name} of type envoy.filters.http.{stem}"
    if terminal:
        return f"Error: terminal {filter_} must be the last filter in a {chain} filter chain."
    return f"Error: non-terminal {filter_} is the last filter in a {chain} filter chain."


def _unknown(message: Proto, at: At, translators: Translators) -> None:
    name = type_name(message.typed_config)
    short = [known.rpartition(".")[2] for known in translators]
    at.field("@type").error(
        f"the HTTP filter {message.name!r} ({name}) is not supported yet",
        hint=nearest(name.rpartition(".")[2], short),
    )
