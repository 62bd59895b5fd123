"""Deprecated fields and enum values, noted while a message is walked through."""

from collections.abc import Callable

from google.protobuf.descriptor import FieldDescriptor

from voyant.config.at import At
from voyant.config.descriptors import Proto, enum_option, option
from voyant.config.rules.visits import Visit

_HCM = "envoy.extensions.filters.network.http_connection_manager.v3"
_TIMES = {
    "envoy.config.listener.v3.Filter.typed_config": 2,
    f"{_HCM}.HttpFilter.typed_config": 2,
    "envoy.config.cluster.v3.LoadBalancingPolicy.Policy.typed_extension_config": 0,
}
_ONCE_MORE = f"{_HCM}.ScopedRoutes.scoped_route_configurations_list"


def deprecation_visit(field: FieldDescriptor, inner: Visit | None) -> Visit | None:
    """The visit of a field, with a note before it if the field or a value of it is deprecated."""
    if field.GetOptions().deprecated:
        return _of_field(field, inner)
    if _deprecated_values(field):
        return _of_values(field, inner)
    return inner


def _of_field(field: FieldDescriptor, inner: Visit | None) -> Visit:
    name = field.name
    full_name = field.full_name
    disallowed = bool(option(field, "envoy.annotations.disallowed_by_default"))

    def visit(value: object, at: At) -> None:
        there = At(at, name)
        refusal = at.report.deprecations.refusal(full_name, disallowed)
        if refusal:
            there.error("is deprecated and refused", hint=refusal, key=True)
        else:
            at.report.deprecations.use()
            at.report.deprecated(there, full_name, "is deprecated")
        if inner is not None:
            inner(value, at)

    return visit


def _of_values(field: FieldDescriptor, inner: Visit | None) -> Visit:
    name = field.name
    deprecated = _deprecated_values(field)

    def visit(value: Proto, at: At) -> None:
        for number in value if field.is_repeated else (value,):
            if number in deprecated:
                _note_value(field, number, At(at, name))
        if inner is not None:
            inner(value, at)

    return visit


def repeated_look(field: FieldDescriptor, inner: Visit | None) -> Visit | None:
    """The visit of what Envoy looks at more than once, where it counts what is deprecated."""
    if inner is None or field.full_name not in (*_TIMES, _ONCE_MORE):
        return inner
    then, times = inner, _TIMES.get(field.full_name, 1)

    def visit_times(value: object, at: At) -> None:
        with at.report.deprecations.looked_at(times):
            then(value, at)

    def visit_once_more(value: object, at: At) -> None:
        with at.report.deprecations.looked_at_once_more():
            then(value, at)

    return visit_once_more if field.full_name == _ONCE_MORE else visit_times


def default_enum_note(field: FieldDescriptor) -> Callable[[Proto, At], None] | None:
    """Notes that a field was left out whose default is a deprecated value."""
    if field.is_repeated or field.has_presence or 0 not in _deprecated_values(field):
        return None
    name = field.name

    def note(message: Proto, at: At) -> None:
        if getattr(message, name) == 0:
            _note_value(field, 0, At(at, name))

    return note


def _deprecated_values(field: FieldDescriptor) -> frozenset[int]:
    if field.enum_type is None:
        return frozenset()
    values = field.enum_type.values
    return frozenset(value.number for value in values if value.GetOptions().deprecated)


def _note_value(field: FieldDescriptor, number: int, at: At) -> None:
    enum = field.enum_type
    if enum is None:
        return
    value = enum.values_by_number[number].name
    full_name = f"{enum.full_name}.{value}"
    disallowed = bool(enum_option(enum, number, "envoy.annotations.disallowed_by_default_enum"))
    refusal = at.report.deprecations.refusal(full_name, disallowed)
    if refusal:
        at.error(f"the value {value} is deprecated and refused", hint=refusal)
    else:
        at.report.deprecations.use()
        at.report.deprecated(at, full_name, f"the value {value} is deprecated")
