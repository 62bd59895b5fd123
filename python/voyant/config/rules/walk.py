"""The API's rules for a kind of message, compiled into a walk that is made once and then only runs.

A walk looks at each set field of a message, at those that must be set, and at each scalar that is
checked even when it is left out (a rule sees its zero). It goes into messages, lists, maps and, by
the typed configuration's own rules, into each `Any`. Envoy's further check, that no duration is
negative, is made here, too, and deprecated fields are noted. A number that no value of an enum has,
which binary protobuf can bring, is refused everywhere: nothing could be made of it.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from voyant.config.at import At
from voyant.config.descriptors import Proto, descriptor, option
from voyant.config.rules.deprecated import default_enum_note, deprecation_visit, repeated_look
from voyant.config.rules.numbers import nanoseconds
from voyant.config.rules.values import count_checks, is_required, value_checks
from voyant.config.rules.visits import Visit, known_value_visit, make_visit
from voyant.config.rules.words import Check
from voyant.config.unpack import is_left_out, unpack

_LONGEST = (2**63 - 1) // 10**9


def validate(message: Proto, at: At) -> None:
    """Checks a message and all in it; what is wrong goes to the path's report."""
    walk = _walk_of(message.DESCRIPTOR.full_name)
    if walk is not None:
        walk(message, at)


class _Rules:
    """What there is to check in one kind of message."""

    def __init__(self, of: Descriptor) -> None:
        self.required: list[str] = []
        self.oneofs: list[tuple[str, str]] = []
        self.always: list[tuple[str, Check]] = []
        self.visits: dict[FieldDescriptor, Visit] = {}
        self.notes: list[Callable[[Any, At], None]] = []
        for oneof in of.oneofs:
            if option(oneof, "validate.required"):
                names = ", ".join(field.name for field in oneof.fields)
                self.oneofs.append((oneof.name, names))
        for field in of.fields:
            self._add(field)

    def _add(self, field: FieldDescriptor) -> None:
        rules = option(field, "validate.rules")
        if is_required(rules) and field.containing_oneof is None:
            self.required.append(field.name)
        if field.is_repeated:
            self.always += [(field.name, check) for check in count_checks(rules)]
        elif field.message_type is None and not field.has_presence:
            self.always += [(field.name, check) for check in value_checks(field, rules)]
        visit = make_visit(field, rules, _walk_of)
        if field.enum_type is not None and not _must_be_defined(field, rules):
            visit = known_value_visit(field, visit)
        visit = deprecation_visit(field, repeated_look(field, visit))
        if visit is not None:
            self.visits[field] = visit
        note = default_enum_note(field)
        if note is not None:
            self.notes.append(note)


def _walk(of: Descriptor) -> Visit:
    rules: _Rules | None = None

    def walk(message: Proto, at: At) -> None:
        nonlocal rules
        if rules is None:
            # Not before the first use: messages refer to each other in circles.
            rules = _Rules(of)
        for name in rules.required:
            if not message.HasField(name):
                At(at, name).error("is required")
        for name, fields in rules.oneofs:
            if message.WhichOneof(name) is None:
                at.error(f"one of {fields} must be set")
        for name, check in rules.always:
            problem = check(getattr(message, name))
            if problem:
                At(at, name).error(problem)
        for note in rules.notes:
            note(message, at)
        visits = rules.visits
        for field, value in message.ListFields():
            visit = visits.get(field)
            if visit is not None:
                visit(value, at)

    return walk


@cache
def _walk_of(full_name: str) -> Visit | None:
    known = _OF_THEIR_OWN.get(full_name)
    if known is not None:
        return known
    found = descriptor(full_name)
    if found is None:
        raise KeyError(full_name)
    return _walk(found) if _has_rules(found) else None


def _must_be_defined(field: FieldDescriptor, rules: Proto | None) -> bool:
    """Whether a rule of the field's own refuses numbers without a name."""
    if rules is None:
        return False
    return bool((rules.repeated.items if field.is_repeated else rules).enum.defined_only)


def _has_rules(top: Descriptor) -> bool:
    """Whether there is anything to check in a message or below it."""
    seen: set[str] = set()
    todo = [top]
    while todo:
        of = todo.pop()
        if of.full_name in _OF_THEIR_OWN:
            return True
        if of.full_name in seen:
            continue
        seen.add(of.full_name)
        if any(option(oneof, "validate.required") for oneof in of.oneofs):
            return True
        for field in of.fields:
            if field.GetOptions().deprecated or option(field, "validate.rules") is not None:
                return True
            if field.enum_type is not None:
                return True
            if field.message_type is not None:
                todo.append(field.message_type)
    return False


def _any(message: Proto, at: At) -> None:
    # Who reads it says what is wrong with a type that there is not: it may be optional.
    if not message.type_url or is_left_out(message):
        return
    inner = unpack(message, at)
    if inner is None:
        return
    with at.report.deprecations.enforced():
        validate(inner, at)


def _duration(message: Proto, at: At) -> None:
    if nanoseconds(message) < 0 or message.nanos < 0:
        at.error("a duration must not be negative")
    elif message.seconds >= _LONGEST or message.nanos >= 10**9:
        at.error("the duration is too long", expected=f"less than {_LONGEST}s")


_OF_THEIR_OWN: dict[str, Visit] = {
    "google.protobuf.Any": _any,
    "google.protobuf.Duration": _duration,
}
