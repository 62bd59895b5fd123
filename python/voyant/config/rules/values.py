"""The checks that a field's `validate.rules` put on its values, of whatever kind."""

from google.protobuf.descriptor import FieldDescriptor

from voyant.config.descriptors import Proto
from voyant.config.rules.numbers import (
    duration_checks,
    enum_checks,
    number_checks,
    timestamp_checks,
)
from voyant.config.rules.words import Check, octet_checks, text_checks


def is_required(rules: Proto | None) -> bool:
    """Whether a field must be set."""
    if rules is None:
        return False
    kind = rules.WhichOneof("type")
    by_kind = kind in ("duration", "timestamp", "any") and getattr(rules, kind).required
    return bool(rules.message.required or by_kind)


def value_checks(field: FieldDescriptor, rules: Proto | None) -> list[Check]:
    """The checks of one value: a field's own, an item's, a key's."""
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


def count_checks(rules: Proto | None) -> list[Check]:
    """The checks of a list or map as a whole."""
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
