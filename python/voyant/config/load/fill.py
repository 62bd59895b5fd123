"""A value into a message, by a filler that is made once for each kind of message.

A filler knows each of its message's fields by both spellings, snake_case and camelCase, and what
puts a value into it. All that is wrong is reported with its path, and filling goes on, so that one
load shows every error.
"""

from collections.abc import Callable
from functools import cache

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from voyant.config.at import At
from voyant.config.descriptors import Proto, descriptor
from voyant.config.errors import nearest
from voyant.config.load.put import (
    NOT_UNICODE,
    NULLABLE,
    Fill,
    Put,
    make_put,
    report_wrong,
)
from voyant.config.load.scalar import Wrong, converter
from voyant.config.load.tree import Tree, kind
from voyant.config.load.typed import TYPED_STRUCTS, typed
from voyant.config.load.well_known import FREE_FORMS, TEXT_FORMS, WRAPPERS

_ANY = "google.protobuf.Any"


def fill(message: Proto, tree: Tree, at: At) -> None:
    """Fills a message of any kind; what is wrong goes to the path's report."""
    _filler(message.DESCRIPTOR.full_name)(message, tree, at)


@cache
def _filler(full_name: str) -> Fill:
    if full_name == _ANY:
        return _fill_any
    if full_name in FREE_FORMS:
        return _guarded(FREE_FORMS[full_name])
    found = descriptor(full_name)
    if found is None:
        raise KeyError(full_name)
    by_field = _ByField(found)
    if full_name in WRAPPERS:
        return _or_bare(by_field, _bare(found.fields_by_name["value"]))
    text_form = TEXT_FORMS.get(full_name)
    if text_form is not None:
        return _or_bare(by_field, _put_text_form(text_form))
    return by_field


def _or_bare(by_field: Fill, bare: Put) -> Fill:
    def filler(message: Proto, tree: Tree, at: At) -> None:
        (by_field if isinstance(tree, dict) else bare)(message, tree, at)

    return filler


def _bare(field: FieldDescriptor) -> Put:
    convert = converter(field)

    def put(message: Proto, tree: Tree, at: At) -> None:
        try:
            message.value = convert(tree)
        except Wrong as wrong:
            report_wrong(wrong, at)
        except UnicodeEncodeError:
            at.error(NOT_UNICODE)

    return put


def _guarded(free_form: Fill) -> Fill:
    def filler(message: Proto, tree: Tree, at: At) -> None:
        try:
            free_form(message, tree, at)
        except UnicodeEncodeError:
            at.error(NOT_UNICODE)

    return filler


def _put_text_form(text_form: Callable[[Proto, Tree], None]) -> Put:
    def put(message: Proto, tree: Tree, at: At) -> None:
        try:
            text_form(message, tree)
        except Wrong as wrong:
            report_wrong(wrong, at)

    return put


class _ByField:
    """Fills a message from a mapping of its fields."""

    def __init__(self, of: Descriptor) -> None:
        self._descriptor = of
        self._puts: dict[str, Put] | None = None

    def __call__(self, message: Proto, tree: Tree, at: At) -> None:
        if not isinstance(tree, dict):
            name = self._descriptor.full_name
            at.error(f"{kind(tree)} is not a mapping", expected=f"the fields of {name}")
            return
        puts = self._puts
        if puts is None:
            puts = self._puts = _puts(self._descriptor)
        for key, value in tree.items():
            put = puts.get(key)
            if put is not None:
                put(message, value, at)
            else:
                _unknown(self._descriptor, key, at)


def _unknown(of: Descriptor, key: str, at: At) -> None:
    names = [field.name for field in of.fields]
    hint = nearest(key, names)
    if key == "<<":
        hint = "Envoy's YAML has no merge keys: write the fields out"
    expected = ""
    if not hint and len(names) <= 8:
        expected = "one of " + ", ".join(names) if names else "no field: this message has none"
    message = f"{of.full_name} has no field {key!r}"
    at.field(key).unknown(message, expected=expected, hint=hint)


def _puts(of: Descriptor) -> dict[str, Put]:
    puts: dict[str, Put] = {}
    for field in of.fields:
        puts[field.name] = puts[field.json_name] = make_put(field, _filler)
    return puts


def _fill_any(message: Proto, tree: Tree, at: At) -> None:
    if not isinstance(tree, dict):
        at.error(f"{kind(tree)} is not a mapping", expected='a mapping with "@type"')
        return
    if not tree:
        return
    url = tree.get("@type")
    if not isinstance(url, str):
        problem = '"@type" is missing' if url is None else f'{kind(url)} is not a "@type"'
        at.error(problem, expected='"@type": type.googleapis.com/<name of the message>')
        return
    inner = typed(url, at.field("@type"))
    if inner is None:
        return
    name = inner.DESCRIPTOR.full_name
    rest = {key: value for key, value in tree.items() if key != "@type"}
    if name in TEXT_FORMS or name in FREE_FORMS or name in WRAPPERS or name == _ANY:
        _fill_well_known(inner, rest, at)
    else:
        _filler(name)(inner, rest, at)
    message.type_url = url
    message.value = inner.SerializeToString(deterministic=True)
    if name not in TYPED_STRUCTS:
        at.report.unpacked[url, message.value] = inner


def _fill_well_known(inner: Proto, rest: dict[str, Tree], at: At) -> None:
    for key in rest:
        if key != "value":
            problem = f"{inner.DESCRIPTOR.full_name} in an Any has no field {key!r}"
            at.field(key).unknown(problem, expected="'value'")
    tree = rest.get("value")
    if tree is not None or inner.DESCRIPTOR.full_name == NULLABLE:
        _filler(inner.DESCRIPTOR.full_name)(inner, tree, at)
