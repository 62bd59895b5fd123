"""Takes out of a message what the API marks as sensitive, such as private keys."""

from __future__ import annotations

from functools import cache

from google.protobuf.descriptor import FieldDescriptor

from voyant.config import Proto, descriptors, message_class

_REDACTED = "[redacted]"
_SENSITIVE = "udpa.annotations.sensitive"
_ANY = "google.protobuf.Any"


def redact(message: Proto, *, hidden: bool = False) -> None:
    """Changes the message in place; `hidden`: the whole of it is sensitive."""
    if message.DESCRIPTOR.full_name == _ANY:
        return _redact_packed(message, hidden=hidden)
    for field, value in message.ListFields():
        sensitive, is_map = _traits(field)
        inside = hidden or sensitive
        if is_map:
            if field.message_type.fields_by_name["value"].message_type is not None:
                for each in value.values():
                    redact(each, hidden=inside)
        elif field.message_type is not None:
            for each in value if field.is_repeated else [value]:
                redact(each, hidden=inside)
        elif inside:
            _hide(message, field.name, value, repeated=field.is_repeated)
    return None


@cache
def _traits(field: FieldDescriptor) -> tuple[bool, bool]:
    """Whether a field is sensitive, and whether it is a map."""
    return bool(descriptors.option(field, _SENSITIVE)), descriptors.is_map(field)


def _hide(message: Proto, name: str, value: object, *, repeated: bool) -> None:
    """Text says that it was there; numbers are left out."""
    first = next(iter(value), "") if repeated else value  # type: ignore[call-overload]
    message.ClearField(name)
    if not isinstance(first, str | bytes):
        return
    text = _REDACTED if isinstance(first, str) else _REDACTED.encode()
    if repeated:
        getattr(message, name).append(text)
    else:
        setattr(message, name, text)


def _redact_packed(message: Proto, *, hidden: bool) -> None:
    name = message.type_url.rpartition("/")[2]
    if not name:
        return
    inner: Proto = message_class(name).FromString(message.value)
    redact(inner, hidden=hidden)
    message.value = inner.SerializeToString(deterministic=True)
