"""Finds the message that a type URL names, and says what is wrong with one that names none."""

from functools import cache

from voyant.config.at import At
from voyant.config.descriptors import Proto, descriptor, message_class, type_names
from voyant.config.errors import nearest

TYPED_STRUCTS = frozenset(("xds.type.v3.TypedStruct", "udpa.type.v1.TypedStruct"))
"""The messages that hold another one's type and its fields as JSON."""


def typed(url: str, at: At) -> Proto | None:
    """An empty message of the type that a type URL names; reports an unknown one."""
    host, slash, name = url.rpartition("/")
    if not slash or not host:
        hint = f"did you mean 'type.googleapis.com/{url}'?" if descriptor(url) else ""
        at.error(f"{url!r} is not a type URL", expected="type.googleapis.com/<name>", hint=hint)
        return None
    return named(name, at)


def named(name: str, at: At) -> Proto | None:
    """An empty message of a type by its full name; reports an unknown one."""
    if descriptor(name) is None:
        hint = nearest_type(name)
        if ".v2." in name or ".v2alpha." in name:
            hint = hint or "version 2 of the API is no longer served: use the type of version 3"
        at.error(
            f"there is no type {name!r}", expected="the name of an extension's type", hint=hint
        )
        return None
    return message_class(name)()


@cache
def nearest_type(name: str) -> str:
    """A hint to the type whose name is most like a given one: same last word first."""
    last = name.rpartition(".")[2]
    same = [each for each in type_names() if each.rpartition(".")[2] == last]
    return nearest(name, same) or nearest(name, type_names())
