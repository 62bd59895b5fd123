"""The messages of google.protobuf that proto JSON writes in a form of their own.

A duration is `"1.5s"`, a timestamp RFC 3339, a field mask `"a,bC"`, a wrapper its bare value;
Struct, Value and ListValue are any JSON. Like Envoy, their ordinary form as a mapping of fields is
taken, too, where it cannot be mistaken for the other.
"""

import re
from collections.abc import Callable

from voyant.config.at import At
from voyant.config.descriptors import Proto
from voyant.config.load.scalar import Wrong
from voyant.config.load.tree import Tree, kind

WRAPPERS = frozenset(
    f"google.protobuf.{name}Value"
    for name in (
        *("Bool", "Int32", "UInt32", "Int64", "UInt64", "Double", "Float", "String", "Bytes"),
    )
)
_DURATION = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,9}))?s", re.ASCII)
_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]{1,9})?", re.ASCII)
_OTHER_UNIT = re.compile(r"[0-9.]+ ?(?:ns|us|ms|m|min|h|d)", re.ASCII)
_LONGEST = 315_576_000_000


def duration(message: Proto, tree: Tree) -> None:
    """Fills a Duration."""
    found = _DURATION.fullmatch(tree) if isinstance(tree, str) else None
    if found is None:
        hint = ""
        if _NUMBER.fullmatch(str(tree)):
            hint = f"did you mean '{tree}s'?"
        elif isinstance(tree, str) and _OTHER_UNIT.fullmatch(tree):
            hint = "a duration is given in seconds, with an s at its end"
        raise Wrong(f"{kind(tree)} is not a duration", 'a duration such as "1.5s"', hint)
    seconds = int(found[2])
    if seconds > _LONGEST:
        raise Wrong(f"{kind(tree)} is too long", "a duration of at most 315576000000s")
    sign = -1 if found[1] else 1
    message.seconds = sign * seconds
    if found[3]:
        message.nanos = sign * int(found[3].ljust(9, "0"))


def timestamp(message: Proto, tree: Tree) -> None:
    """Fills a Timestamp."""
    from datetime import datetime

    expected = 'a time such as "2026-01-31T12:00:00Z"'
    found = _TIMESTAMP.fullmatch(tree) if isinstance(tree, str) else None
    if found is None:
        raise Wrong(f"{kind(tree)} is not a time", expected)
    zone = "+00:00" if found[4] == "Z" else found[4]
    try:
        moment = datetime.fromisoformat(f"{found[1]}T{found[2]}{zone}")
        seconds = round(moment.timestamp())
    except (ValueError, OverflowError):
        raise Wrong(f"{kind(tree)} is not a time", expected) from None
    message.seconds = seconds
    message.nanos = int((found[3] or "").ljust(9, "0"))


def field_mask(message: Proto, tree: Tree) -> None:
    """Fills a FieldMask."""
    if not isinstance(tree, str):
        raise Wrong(f"{kind(tree)} is not a field mask", 'a string such as "name,metadata"')
    for path in filter(None, tree.split(",")):
        message.paths.append(re.sub("[A-Z]", lambda upper: "_" + upper[0].lower(), path))


TEXT_FORMS: dict[str, Callable[[Proto, Tree], None]] = {
    "google.protobuf.Duration": duration,
    "google.protobuf.Timestamp": timestamp,
    "google.protobuf.FieldMask": field_mask,
}
"""Fillers that take anything but a mapping, and raise `Wrong`."""


def struct(message: Proto, tree: Tree, at: At) -> None:
    """Fills a Struct."""
    if not isinstance(tree, dict):
        at.error(f"{kind(tree)} is not a mapping", expected="a mapping")
        return
    fields = message.fields
    for key, each in tree.items():
        value(fields[key], each, at)


def list_value(message: Proto, tree: Tree, at: At) -> None:
    """Fills a ListValue."""
    if not isinstance(tree, list):
        at.error(f"{kind(tree)} is not a list", expected="a list")
        return
    for each in tree:
        value(message.values.add(), each, at)


def value(message: Proto, tree: Tree, at: At) -> None:
    """Fills a Value."""
    if tree is None:
        message.null_value = 0
    elif isinstance(tree, bool):
        message.bool_value = tree
    elif isinstance(tree, str):
        message.string_value = tree
    elif isinstance(tree, int | float):
        message.number_value = tree
    elif isinstance(tree, list):
        message.list_value.SetInParent()
        list_value(message.list_value, tree, at)
    else:
        message.struct_value.SetInParent()
        struct(message.struct_value, tree, at)


FREE_FORMS: dict[str, Callable[[Proto, Tree, At], None]] = {
    "google.protobuf.Struct": struct,
    "google.protobuf.ListValue": list_value,
    "google.protobuf.Value": value,
}
"""Fillers of messages that hold any JSON."""


def plain(message: Proto) -> Tree:
    """The value that a Struct, ListValue or Value holds."""
    name = message.DESCRIPTOR.name
    if name == "Struct":
        return {key: plain(message.fields[key]) for key in message.fields}
    if name == "ListValue":
        return [plain(each) for each in message.values]
    which = message.WhichOneof("kind")
    if which in (None, "null_value"):
        return None
    held = getattr(message, which)
    if which in ("struct_value", "list_value"):
        return plain(held)
    tree: Tree = held
    return tree
