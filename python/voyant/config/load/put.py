"""Puts a value into one field of a message: scalar, message, list, map or member of a oneof.

A put is made once for each field and then only runs. It reports what the field cannot take and goes
on. Generous as Envoy's JSON reader is: a single value for a list of one, lists in a list are
flattened, null for a field that is left out and for an empty item.
"""

from collections.abc import Callable, Iterator

from google.protobuf.descriptor import FieldDescriptor

from voyant.config.at import At
from voyant.config.descriptors import Proto, is_map, message_of
from voyant.config.load.scalar import Wrong, converter
from voyant.config.load.tree import Tree, kind
from voyant.config.load.well_known import FREE_FORMS

Put = Callable[[Proto, Tree, At], None]
"""Puts a value into a field of a message; the At is the message's."""
Fill = Callable[[Proto, Tree, At], None]
"""Fills a message with a value; the At is the message's."""
FillerOf = Callable[[str], Fill]
"""Finds the filler of a message by its full name."""

NULLABLE = "google.protobuf.Value"
"""The one message that null is a value of."""
NOT_UNICODE = "it is not valid Unicode"


def make_put(field: FieldDescriptor, filler_of: FillerOf) -> Put:
    """Makes what puts a value into a field."""
    put = _make(field, filler_of)
    oneof = field.containing_oneof
    if oneof is not None and len(oneof.fields) > 1:
        return _in_oneof(put, field.name, oneof.name)
    return put


def _make(field: FieldDescriptor, filler_of: FillerOf) -> Put:
    if is_map(field):
        return _map(field, filler_of)
    if field.message_type is not None:
        return (_messages if field.is_repeated else _message)(field, filler_of)
    return _scalars(field) if field.is_repeated else _scalar(field)


def _in_oneof(put: Put, name: str, oneof: str) -> Put:
    def checked(message: Proto, tree: Tree, at: At) -> None:
        if tree is None:
            return
        other = message.WhichOneof(oneof)
        if other is None:
            put(message, tree, at)
        else:
            problem = f"{other!r} is set, too, and only one field of {oneof!r} may be"
            at.field(name).error(problem, key=True)

    return checked


def _scalar(field: FieldDescriptor) -> Put:
    name = field.name
    convert = converter(field)

    def put(message: Proto, tree: Tree, at: At) -> None:
        if tree is None:
            return
        try:
            setattr(message, name, convert(tree))
        except Wrong as wrong:
            report_wrong(wrong, At(at, name))
        except UnicodeEncodeError:
            At(at, name).error(NOT_UNICODE)

    return put


def report_wrong(wrong: Wrong, at: At) -> None:
    """Reports a value that a field cannot take."""
    at.error(wrong.message, expected=wrong.expected, hint=wrong.hint)


def _message(field: FieldDescriptor, filler_of: FillerOf) -> Put:
    name = field.name
    full_name = message_of(field).full_name
    filler: Fill | None = None

    def put(message: Proto, tree: Tree, at: At) -> None:
        nonlocal filler
        if tree is None and full_name != NULLABLE:
            return
        if filler is None:
            # Not before the first use: messages refer to each other in circles.
            filler = filler_of(full_name)
        inner = getattr(message, name)
        inner.SetInParent()
        filler(inner, tree, At(at, name))

    return put


def _messages(field: FieldDescriptor, filler_of: FillerOf) -> Put:
    name = field.name
    full_name = message_of(field).full_name
    filler: Fill | None = None

    def append(into: Proto, tree: Tree, at: At) -> None:
        nonlocal filler
        if filler is None:
            filler = filler_of(full_name)
        for each in _leaves(tree) if full_name not in FREE_FORMS else (tree,):
            item = At(at, name, len(into))
            made = into.add()
            if each is not None or full_name == NULLABLE:
                filler(made, each, item)

    return _each(name, append)


def _scalars(field: FieldDescriptor) -> Put:
    name = field.name
    convert = converter(field)
    empty = _empty(field)

    def append(into: Proto, tree: Tree, at: At) -> None:
        for each in _leaves(tree):
            try:
                into.append(empty if each is None else convert(each))
            except Wrong as wrong:
                report_wrong(wrong, At(at, name, len(into)))
            except UnicodeEncodeError:
                At(at, name, len(into)).error(NOT_UNICODE)

    return _each(name, append)


def _leaves(tree: Tree) -> Iterator[Tree]:
    """What lists in lists hold, in order, however deep they are."""
    levels = [iter((tree,))]
    while levels:
        for each in levels[-1]:
            if isinstance(each, list):
                levels.append(iter(each))
                break
            yield each
        else:
            levels.pop()


def _each(name: str, append: Put) -> Put:
    def put(message: Proto, tree: Tree, at: At) -> None:
        if tree is None:
            return
        into = getattr(message, name)
        for each in tree if isinstance(tree, list) else (tree,):
            append(into, each, at)

    return put


def _empty(field: FieldDescriptor) -> object:
    if field.cpp_type != FieldDescriptor.CPPTYPE_STRING:
        return 0
    return b"" if field.type == FieldDescriptor.TYPE_BYTES else ""


def _map(field: FieldDescriptor, filler_of: FillerOf) -> Put:
    name = field.name
    make_key = converter(message_of(field).fields_by_name["key"])
    set_value = _map_value(message_of(field).fields_by_name["value"], filler_of)

    def put(message: Proto, tree: Tree, at: At) -> None:
        if tree is None:
            return
        if not isinstance(tree, dict):
            At(at, name).error(f"{kind(tree)} is not a mapping", expected="a mapping")
            return
        into = getattr(message, name)
        for key, each in tree.items():
            there = At(at, name, key)
            try:
                set_value(into, make_key(key), each, there)
            except Wrong as wrong:
                report_wrong(wrong, there)
            except UnicodeEncodeError:
                there.error(NOT_UNICODE)

    return put


def _map_value(
    field: FieldDescriptor, filler_of: FillerOf
) -> Callable[[Proto, object, Tree, At], None]:
    if field.message_type is None:
        convert = converter(field)
        empty = _empty(field)

        def set_scalar(into: Proto, key: object, tree: Tree, at: At) -> None:
            into[key] = empty if tree is None else convert(tree)

        return set_scalar
    full_name = field.message_type.full_name

    def set_message(into: Proto, key: object, tree: Tree, at: At) -> None:
        made = into[key]
        if tree is not None or full_name == NULLABLE:
            filler_of(full_name)(made, tree, at)

    return set_message
