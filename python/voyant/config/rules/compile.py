"""`validate.rules` of a message's fields, made into a walk that is compiled once.

A walk looks at each set field of a message, at those that must be set, and at each scalar that is
checked even when it is left out (a rule sees its zero). It goes into messages, lists, maps and, by
the typed configuration's own rules, into each `Any`. Envoy's further check, that no duration is
negative, is made here, too.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from voyant.config.at import At
from voyant.config.descriptors import Proto, descriptor, is_map, message_of, option
from voyant.config.load.well_known import WRAPPERS
from voyant.config.rules.numbers import (
    duration_checks,
    enum_checks,
    nanoseconds,
    number_checks,
    timestamp_checks,
)
from voyant.config.rules.words import Check, octet_checks, text_checks
from voyant.config.unpack import unpack

Visit = Callable[[Any, At], None]
"""Looks at a field's value; the At is that of the message that the field is in."""

_LONGEST = (2**63 - 1) // 10**9


def validate(message: Proto, at: At) -> None:
    """Checks a message and all in it; what is wrong goes to the path's report."""
    _walk(message.DESCRIPTOR.full_name)(message, at)


class _Walk:
    """The compiled rules of one kind of message."""

    def __init__(self, of: Descriptor) -> None:
        self._of = of
        self._compiled = False
        self._required: list[str] = []
        self._oneofs: list[tuple[str, str]] = []
        self._always: list[tuple[str, Check]] = []
        self._visits: dict[str, Visit] = {}

    def __call__(self, message: Proto, at: At) -> None:
        if not self._compiled:
            self._compile()
        for name in self._required:
            if not message.HasField(name):
                at.field(name).error("is required")
        for name, fields in self._oneofs:
            if message.WhichOneof(name) is None:
                at.error(f"one of {fields} must be set")
        for name, check in self._always:
            problem = check(getattr(message, name))
            if problem:
                at.field(name).error(problem)
        visits = self._visits
        for field, value in message.ListFields():
            visit = visits.get(field.name)
            if visit is not None:
                visit(value, at)

    def _compile(self) -> None:
        self._compiled = True
        for oneof in self._of.oneofs:
            if option(oneof, "validate.required"):
                self._oneofs.append((oneof.name, ", ".join(f.name for f in oneof.fields)))
        for field in self._of.fields:
            self._compile_field(field, option(field, "validate.rules"))

    def _compile_field(self, field: FieldDescriptor, rules: Proto | None) -> None:
        name = field.name
        if _is_required(rules) and field.containing_oneof is None:
            self._required.append(name)
        checks = _value_checks(field, rules)
        if field.is_repeated:
            checks = _count_checks(rules)
            visit = _visit_map(field, rules) if is_map(field) else _visit_items(field, rules)
        elif field.message_type is not None:
            visit = _visit_message(field, rules, checks)
            checks = []
        else:
            visit = _visit_scalar(name, checks) if checks and field.has_presence else None
            checks = [] if field.has_presence else checks
        if visit is not None:
            self._visits[name] = visit
        self._always.extend((name, check) for check in checks)


@cache
def _walk(full_name: str) -> Visit:
    if full_name == "google.protobuf.Any":
        return _visit_any
    if full_name == "google.protobuf.Duration":
        return _visit_duration
    found = descriptor(full_name)
    if found is None:
        raise KeyError(full_name)
    return _Walk(found)


@cache
def _has_rules(full_name: str) -> bool:
    """Whether there is anything to check in a message or below it."""
    seen: set[str] = set()
    todo = [full_name]
    while todo:
        name = todo.pop()
        if name in ("google.protobuf.Any", "google.protobuf.Duration"):
            return True
        found = descriptor(name)
        if name in seen or found is None:
            continue
        seen.add(name)
        if any(option(oneof, "validate.required") for oneof in found.oneofs):
            return True
        for field in found.fields:
            if option(field, "validate.rules") is not None:
                return True
            if field.message_type is not None:
                todo.append(field.message_type.full_name)
    return False


def _is_required(rules: Proto | None) -> bool:
    if rules is None:
        return False
    kind = rules.WhichOneof("type")
    by_kind = kind in ("duration", "timestamp", "any") and getattr(rules, kind).required
    return bool(rules.message.required or by_kind)


def _value_checks(field: FieldDescriptor, rules: Proto | None) -> list[Check]:
    kind = rules.WhichOneof("type") if rules is not None else None
    if rules is None or kind is None:
        return []
    of = getattr(rules, kind)
    if kind == "string":
        checks = list(text_checks(of))
    elif kind == "bytes":
        checks = list(octet_checks(of))
    elif kind == "enum" and field.enum_type is not None:
        checks = list(enum_checks(of, field.enum_type))
    elif kind == "duration":
        checks = list(duration_checks(of))
    elif kind == "timestamp":
        checks = list(timestamp_checks(of))
    elif kind == "any":
        checks = list(_any_checks(of))
    elif kind in ("repeated", "map"):
        return []
    else:
        checks = list(number_checks(of))
    if getattr(of, "ignore_empty", False):
        return [_unless_empty(check) for check in checks]
    return checks


def _any_checks(rules: Proto) -> list[Check]:
    checks: list[Check] = []
    allowed = set(getattr(rules, "in"))
    refused = set(rules.not_in)
    if allowed:
        problem = "must be of one of the types " + ", ".join(sorted(allowed))
        checks.append(lambda v: "" if v.type_url in allowed else problem)
    if refused:
        checks.append(
            lambda v: f"{v.type_url} is not allowed here" if v.type_url in refused else ""
        )
    return checks


def _unless_empty(check: Check) -> Check:
    return lambda value: check(value) if value else ""


def _count_checks(rules: Proto | None) -> list[Check]:
    checks: list[Check] = []
    if rules is None:
        return checks
    kind = rules.WhichOneof("type")
    if kind not in ("repeated", "map"):
        return checks
    of = getattr(rules, kind)
    least, most = (
        (of.min_items, of.max_items) if kind == "repeated" else (of.min_pairs, of.max_pairs)
    )
    if least and not of.ignore_empty:
        problem = "must not be empty" if least == 1 else f"must have at least {least} items"
        checks.append(lambda v: "" if len(v) >= least else problem)
    if most:
        checks.append(lambda v: "" if len(v) <= most else f"must have at most {most} items")
    if kind == "repeated" and of.unique:
        checks.append(lambda v: "" if len(set(v)) == len(v) else "must not have an item twice")
    return checks


def _visit_scalar(name: str, checks: list[Check]) -> Visit:
    def visit(value: object, at: At) -> None:
        for check in checks:
            problem = check(value)
            if problem:
                at.field(name).error(problem)

    return visit


def _visit_message(
    field: FieldDescriptor, rules: Proto | None, checks: list[Check]
) -> Visit | None:
    name = field.name
    full_name = message_of(field).full_name
    if full_name in WRAPPERS:
        checked = _visit_scalar(name, checks)
        return (lambda value, at: checked(value.value, at)) if checks else None
    if (rules is not None and rules.message.skip) or not _has_rules(full_name):
        return _visit_scalar(name, checks) if checks else None
    walk = _walk(full_name)
    if not checks:
        return lambda value, at: walk(value, At(at, name))

    def visit(value: Proto, at: At) -> None:
        for check in checks:
            problem = check(value)
            if problem:
                at.field(name).error(problem)
                return
        walk(value, At(at, name))

    return visit


def _visit_items(field: FieldDescriptor, rules: Proto | None) -> Visit | None:
    name = field.name
    items = rules.repeated.items if rules is not None and rules.WhichOneof("type") else None
    checks = _value_checks(field, items)
    walk = _item_walk(field, items)
    if walk is None and not checks:
        return None

    def visit(values: Proto, at: At) -> None:
        for index, value in enumerate(values):
            if walk is not None:
                walk(value, At(at, name, index))
            for check in checks:
                problem = check(value)
                if problem:
                    At(at, name, index).error(problem)

    return visit


def _item_walk(field: FieldDescriptor, rules: Proto | None) -> Visit | None:
    if field.message_type is None or (rules is not None and rules.message.skip):
        return None
    full_name = field.message_type.full_name
    return _walk(full_name) if _has_rules(full_name) else None


def _visit_map(field: FieldDescriptor, rules: Proto | None) -> Visit | None:
    name = field.name
    entry = message_of(field).fields_by_name
    of = rules.map if rules is not None and rules.WhichOneof("type") == "map" else None
    key_checks = _value_checks(entry["key"], of.keys if of is not None else None)
    value_checks = _value_checks(entry["value"], of.values if of is not None else None)
    walk = _item_walk(entry["value"], of.values if of is not None else None)
    if walk is None and not key_checks and not value_checks:
        return None

    def visit(values: Proto, at: At) -> None:
        for key in values:
            there = at.key(name, key)
            for check in key_checks:
                problem = check(key)
                if problem:
                    there.error(f"the key {problem}", key=True)
            for check in value_checks:
                problem = check(values[key])
                if problem:
                    there.error(problem)
            if walk is not None:
                walk(values[key], there)

    return visit


def _visit_any(message: Proto, at: At) -> None:
    if not message.type_url:
        return
    inner = unpack(message, at)
    if inner is not None:
        validate(inner, at)


def _visit_duration(message: Proto, at: At) -> None:
    if message.seconds < 0 or message.nanos < 0:
        at.error("a duration must not be negative")
    elif message.seconds >= _LONGEST or message.nanos >= 10**9:
        at.error("the duration is too long", expected=f"less than {_LONGEST}s")
    elif nanoseconds(message) < 0:
        at.error("a duration must not be negative")
