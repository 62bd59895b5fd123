"""Small values that many messages hold: durations, wrapped numbers, enum names."""

from voyant.config.descriptors import Proto


def milliseconds(duration: Proto) -> int:
    """A duration in whole milliseconds. A part of one counts as one: zero would mean "off"."""
    nanos = duration.seconds * 1_000_000_000 + duration.nanos
    return int(nanos // 1_000_000) if nanos % 1_000_000 == 0 else int(nanos // 1_000_000) + 1


def duration_ms(message: Proto, field: str, default: int) -> int:
    """A duration field in milliseconds, or the default where it is not set."""
    return milliseconds(getattr(message, field)) if message.HasField(field) else default


def optional_ms(message: Proto, field: str) -> int | None:
    """A duration field in milliseconds, or nothing where it is not set."""
    return milliseconds(getattr(message, field)) if message.HasField(field) else None


def wrapped_int(message: Proto, field: str, default: int) -> int:
    """The number in a wrapper, or the default where it is not set."""
    return int(getattr(message, field).value) if message.HasField(field) else default


def wrapped_bool(message: Proto, field: str, default: bool) -> bool:
    """The truth value in a wrapper, or the default where it is not set."""
    return bool(getattr(message, field).value) if message.HasField(field) else default


def optional_bool(message: Proto, field: str) -> bool | None:
    """The truth value in a wrapper, or nothing where it is not set."""
    return bool(getattr(message, field).value) if message.HasField(field) else None


def enum_name(message: Proto, field: str) -> str:
    """The name of an enum field's value; the number's text where it has none."""
    number = getattr(message, field)
    value = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number.get(number)
    return value.name if value is not None else str(number)
