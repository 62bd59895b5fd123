"""Rules on numbers, enums, durations and timestamps, as checks that answer what is wrong.

A lower bound above the upper one means "outside of": the rules' own convention.
"""

import operator
import time
from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.descriptor import EnumDescriptor

from voyant.config.descriptors import Proto
from voyant.config.rules.words import Check

_BOUNDS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "gt": (operator.gt, "more than"),
    "gte": (operator.ge, "at least"),
    "lt": (operator.lt, "less than"),
    "lte": (operator.le, "at most"),
}
_SECOND = 10**9


def number_checks(rules: Proto) -> Iterator[Check]:
    """The checks of a number's rules."""
    yield from _checks(rules, lambda bound: bound, _plain)


def duration_checks(rules: Proto) -> Iterator[Check]:
    """The checks of `DurationRules`; the values are Durations."""
    for check in _checks(rules, nanoseconds, lambda n: f"{n / _SECOND:g}s"):
        yield _on_nanoseconds(check)


def timestamp_checks(rules: Proto) -> Iterator[Check]:
    """The checks of `TimestampRules`; the values are Timestamps."""
    yield from map(_on_nanoseconds, _checks(rules, nanoseconds, lambda n: f"{n / _SECOND:g}"))
    if rules.lt_now:
        yield lambda v: "" if nanoseconds(v) < time.time_ns() else "must be in the past"
    if rules.gt_now:
        yield lambda v: "" if nanoseconds(v) > time.time_ns() else "must be in the future"
    if rules.HasField("within"):
        reach = nanoseconds(rules.within)
        problem = f"must be within {reach / _SECOND:g}s of now"
        yield lambda v: "" if abs(nanoseconds(v) - time.time_ns()) <= reach else problem


def enum_checks(rules: Proto, of: EnumDescriptor) -> Iterator[Check]:
    """The checks of `EnumRules`."""
    names = {value.number: value.name for value in of.values}
    if rules.HasField("const"):
        yield _among({rules.const}, f"must be {names.get(rules.const, rules.const)}")
    if rules.defined_only:
        yield lambda v: "" if v in names else f"{v} is not a value of {of.name}"
    allowed = set(getattr(rules, "in"))
    if allowed:
        listed = ", ".join(names.get(number, str(number)) for number in sorted(allowed))
        yield _among(allowed, f"must be one of {listed}")
    refused = set(rules.not_in)
    if refused:
        yield lambda v: f"{names.get(v, v)} is not allowed here" if v in refused else ""


def nanoseconds(value: Proto) -> int:
    """A Duration or Timestamp as one number."""
    total: int = value.seconds * _SECOND + value.nanos
    return total


def _plain(bound: float) -> str:
    return f"{bound:g}" if isinstance(bound, float) else str(bound)


def _among(allowed: set[Any], problem: str) -> Check:
    return lambda v: "" if v in allowed else problem


def _on_nanoseconds(check: Check) -> Check:
    return lambda v: check(nanoseconds(v))


def _checks(
    rules: Proto, number: Callable[[Any], Any], words: Callable[[Any], str]
) -> Iterator[Check]:
    bounds: list[tuple[str, Any]] = []
    for field, bound in rules.ListFields():
        if field.name in _BOUNDS:
            bounds.append((field.name, number(bound)))
        elif field.name == "const":
            yield _among({number(bound)}, f"must be {words(number(bound))}")
        elif field.name == "in":
            allowed = {number(each) for each in bound}
            yield _among(allowed, "must be one of " + ", ".join(map(words, sorted(allowed))))
        elif field.name == "not_in":
            refused = {number(each) for each in bound}
            yield _outside(refused)
        elif field.name not in _ELSEWHERE:
            # Tests compile every rule of the API as shipped: only a newer one can bring another.
            raise LookupError(f"there is no check for the rule {field.full_name}")
    if bounds:
        yield _within(bounds, words)


_ELSEWHERE = frozenset(("required", "ignore_empty", "lt_now", "gt_now", "within"))


def _outside(refused: set[Any]) -> Check:
    return lambda v: "is not allowed here" if v in refused else ""


def _within(bounds: list[tuple[str, Any]], words: Callable[[Any], str]) -> Check:
    bounds = sorted(bounds, key=lambda bound: bound[0])
    tests = [(_BOUNDS[name][0], bound) for name, bound in bounds]
    lower = [bound for name, bound in bounds if name.startswith("g")]
    upper = [bound for name, bound in bounds if name.startswith("l")]
    apart = bool(lower and upper and lower[0] > upper[0])
    listed = [f"{_BOUNDS[name][1]} {words(bound)}" for name, bound in bounds]
    problem = "must be " + (" or " if apart else " and ").join(listed)
    enough = any if apart else all
    if len(tests) == 1:
        ((test, bound),) = tests
        return lambda v: "" if test(v, bound) else problem
    return lambda v: "" if enough(test(v, bound) for test, bound in tests) else problem
