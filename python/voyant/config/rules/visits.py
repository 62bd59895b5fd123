"""Looks at the value of one field: checks it, and walks into it where there is more to check.

A visit is made once for each field and then only runs.
"""

from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from voyant.config.at import At
from voyant.config.descriptors import Proto, is_map, message_of
from voyant.config.load.well_known import WRAPPERS
from voyant.config.rules.values import value_checks
from voyant.config.rules.words import Check

Visit = Callable[[Any, At], None]
"""Looks at a field's value; the At is that of the message that the field is in."""
WalkOf = Callable[[str], Visit | None]
"""Finds the walk through a message by its full name; None where there is nothing to check."""


def make_visit(field: FieldDescriptor, rules: Proto | None, walk_of: WalkOf) -> Visit | None:
    """Makes what looks at a field that is set; None where there is nothing to look for."""
    if is_map(field):
        return _map(field, rules, walk_of)
    if field.is_repeated:
        return _items(field, rules, walk_of)
    checks = value_checks(field, rules)
    if field.message_type is not None:
        return _message(field, rules, checks, walk_of)
    return _scalar(field.name, checks) if checks and field.has_presence else None


def known_value_visit(field: FieldDescriptor, then: Visit | None) -> Visit:
    """The visit of an enum field that refuses numbers without a name."""
    of = field.enum_type
    if of is None:
        raise TypeError(f"{field.full_name} is no enum")
    known = frozenset(value.number for value in of.values)
    name, kind = field.name, of.name

    def visit(value: int, at: At) -> None:
        if value not in known:
            At(at, name).error(f"{value} is not a value of {kind}")
        if then is not None:
            then(value, at)

    def visit_items(values: Sequence[int], at: At) -> None:
        for index, number in enumerate(values):
            if number not in known:
                At(at, name, index).error(f"{number} is not a value of {kind}")
        if then is not None:
            then(values, at)

    return visit_items if field.is_repeated else visit


def _scalar(name: str, checks: list[Check]) -> Visit:
    def visit(value: object, at: At) -> None:
        for check in checks:
            problem = check(value)
            if problem:
                At(at, name).error(problem)

    return visit


def _message(
    field: FieldDescriptor, rules: Proto | None, checks: list[Check], walk_of: WalkOf
) -> Visit | None:
    name = field.name
    full_name = message_of(field).full_name
    if full_name in WRAPPERS:
        checked = _scalar(name, checks)
        return (lambda value, at: checked(value.value, at)) if checks else None
    walk = None if rules is not None and rules.message.skip else walk_of(full_name)
    if walk is None:
        return _scalar(name, checks) if checks else None
    if not checks:
        return lambda value, at: walk(value, At(at, name))

    def visit(value: Proto, at: At) -> None:
        for check in checks:
            problem = check(value)
            if problem:
                At(at, name).error(problem)
                return
        walk(value, At(at, name))

    return visit


def _items(field: FieldDescriptor, rules: Proto | None, walk_of: WalkOf) -> Visit | None:
    name = field.name
    items = rules.repeated.items if rules is not None and rules.WhichOneof("type") else None
    checks = value_checks(field, items)
    walk = _item_walk(field, items, walk_of)
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


def _item_walk(field: FieldDescriptor, rules: Proto | None, walk_of: WalkOf) -> Visit | None:
    if field.message_type is None or (rules is not None and rules.message.skip):
        return None
    return walk_of(field.message_type.full_name)


def _map(field: FieldDescriptor, rules: Proto | None, walk_of: WalkOf) -> Visit | None:
    name = field.name
    entry = message_of(field).fields_by_name
    of = rules.map if rules is not None and rules.WhichOneof("type") == "map" else None
    key_checks = value_checks(entry["key"], of.keys if of is not None else None)
    checks = value_checks(entry["value"], of.values if of is not None else None)
    walk = _item_walk(entry["value"], of.values if of is not None else None, walk_of)
    if walk is None and not key_checks and not checks:
        return None

    def visit(values: Proto, at: At) -> None:
        for key in values:
            there = at.key(name, key)
            for check in key_checks:
                problem = check(key)
                if problem:
                    there.error(f"the key {problem}", key=True)
            for check in checks:
                problem = check(values[key])
                if problem:
                    there.error(problem)
            if walk is not None:
                walk(values[key], there)

    return visit
