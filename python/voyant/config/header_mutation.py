"""Header mutation: the `*_to_add` and `*_to_remove` lists of every level."""

import re

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.format import parse_header_value
from voyant.config.scalar import enum_name

HEADER_VALUE_OPTION = Fields(
    "envoy.config.core.v3.HeaderValueOption",
    reads={"header", "append", "append_action", "keep_empty_value"},
)
HEADER_VALUE = Fields("envoy.config.core.v3.HeaderValue", reads={"key", "value", "raw_value"})

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_ACTIONS: dict[str, ir.AppendAction] = {
    "APPEND_IF_EXISTS_OR_ADD": "append_if_exists_or_add",
    "ADD_IF_ABSENT": "add_if_absent",
    "OVERWRITE_IF_EXISTS_OR_ADD": "overwrite_if_exists_or_add",
    "OVERWRITE_IF_EXISTS": "overwrite_if_exists",
}
NONE = ir.HeaderMutations(remove=[], add=[])


def header_mutations(message: Proto, at: At, side: str) -> ir.HeaderMutations:
    """The mutations of one side, `request` or `response`, of one level."""
    adds = getattr(message, f"{side}_headers_to_add")
    removes = getattr(message, f"{side}_headers_to_remove")
    if not adds and not removes:
        return NONE
    to_add, to_remove = f"{side}_headers_to_add", f"{side}_headers_to_remove"
    return ir.HeaderMutations(
        remove=[_removed(name, at.item(to_remove, i)) for i, name in enumerate(removes)],
        add=[header_add(option, at.item(to_add, i)) for i, option in enumerate(adds)],
    )


def header_additions(message: Proto, at: At, field: str) -> ir.HeaderMutations:
    """What one list of headers adds."""
    options = enumerate(getattr(message, field))
    add = [header_add(option, at.item(field, i)) for i, option in options]
    return ir.HeaderMutations(remove=[], add=add) if add else NONE


def _removed(name: str, at: At) -> str:
    if name.startswith(":") or name.lower() == "host":
        at.error(f":-prefixed or host headers may not be removed, got {name!r}")
    return name.lower()


def header_add(option: Proto, at: At, formatters: frozenset[str] = frozenset()) -> ir.HeaderAdd:
    """One header to add; `formatters` are the operators that extensions add to its value."""
    HEADER_VALUE_OPTION.check(option, at)
    header, there = option.header, at.field("header")
    HEADER_VALUE.check(header, there)
    name = header.key.lower()
    if name.startswith(":") or name == "host":
        there.field("key").error(f":-prefixed or host headers may not be modified, got {name!r}")
    elif not _TOKEN.match(name):
        there.field("key").error(f"{header.key!r} is not a header name")
    text = header.value or header.raw_value.decode("latin-1")
    value_at = there.field("value" if header.value else "raw_value")
    return ir.HeaderAdd(
        name=name,
        value=parse_header_value(text, value_at, formatters),
        action=_action(option, at),
        keep_empty_value=option.keep_empty_value,
    )


def _action(option: Proto, at: At) -> ir.AppendAction:
    action = append_action(option, "append_action")
    if not option.HasField("append"):
        return action
    if action != "append_if_exists_or_add":
        at.field("append").error("both append and append_action are set and they conflict")
    return "append_if_exists_or_add" if option.append.value else "overwrite_if_exists_or_add"


def append_action(message: Proto, field: str) -> ir.AppendAction:
    """What happens when there is such a one already."""
    return _ACTIONS[enum_name(message, field)]
