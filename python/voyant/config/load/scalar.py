"""Values to scalars of a field's type, as Envoy's JSON reader takes them.

It takes numbers as text, truth values as text (`"y"`, `"TRUE"`, `"1"`), enum values by name in any
case or by number, and base64 of either alphabet; it takes no number where text is due.
"""

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from voyant.config.errors import nearest
from voyant.config.load.tree import Tree, kind

Convert = Callable[[Tree], Any]


class Wrong(Exception):
    """A value that its field cannot take."""

    def __init__(self, message: str, expected: str = "", hint: str = "") -> None:
        super().__init__(message, expected, hint)
        self.message = message
        self.expected = expected
        self.hint = hint


_TRUE = frozenset(("true", "t", "yes", "y", "1"))
_FALSE = frozenset(("false", "f", "no", "n", "0"))
_DECIMAL = re.compile(r"[+-]?[0-9]+")
_HEXADECIMAL = re.compile(r"[+-]?0[xX][0-9a-fA-F]+")
_REAL = re.compile(
    r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf|infinity|nan)", re.I
)


def boolean(tree: Tree) -> bool:
    """A truth value."""
    if tree is True or tree is False:
        return tree
    if isinstance(tree, str):
        word = tree.lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
    raise Wrong(f"{kind(tree)} is not a truth value", "true or false")


def text(tree: Tree) -> str:
    """Text."""
    if isinstance(tree, str):
        return tree
    hint = ""
    if isinstance(tree, bool | int | float):
        hint = "put it in quotes to make it text"
    raise Wrong(f"{kind(tree)} is not text", "a string", hint)


def octets(tree: Tree) -> bytes:
    """Bytes, written as base64."""
    if not isinstance(tree, str):
        raise Wrong(f"{kind(tree)} is not text", "base64 in a string")
    standard = tree.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Wrong(f"{kind(tree)} is not base64", "base64") from None


def real(tree: Tree) -> float:
    """A number with a fraction."""
    if isinstance(tree, bool):
        raise Wrong(f"{kind(tree)} is not a number", "a number")
    if isinstance(tree, int | float):
        try:
            return float(tree)
        except OverflowError:
            raise Wrong("the number is too large", "a number") from None
    if isinstance(tree, str):
        if _REAL.fullmatch(tree):
            return float(tree)
        if _HEXADECIMAL.fullmatch(tree) and len(tree) < 200:
            return float(int(tree, 16))
    raise Wrong(f"{kind(tree)} is not a number", "a number")


def integer(low: int, high: int) -> Convert:
    """A converter to an integer of a range."""
    expected = f"an integer from {low} to {high}"

    def convert(tree: Tree) -> int:
        number = tree if type(tree) is int else _whole(tree, expected)
        if low <= number <= high:
            return number
        raise Wrong(f"{number} is out of range", expected)

    return convert


def _whole(tree: Tree, expected: str) -> int:
    if isinstance(tree, str) and len(tree) < 1000:
        if _DECIMAL.fullmatch(tree):
            return int(tree)
        if _HEXADECIMAL.fullmatch(tree):
            return int(tree, 16)
        if _REAL.fullmatch(tree):
            tree = float(tree)
    if isinstance(tree, float):
        if tree.is_integer():
            return int(tree)
        raise Wrong(f"{tree} is not a whole number", expected)
    raise Wrong(f"{kind(tree)} is not an integer", expected)


def enum(descriptor: EnumDescriptor) -> Convert:
    """A converter to the number of an enum's value."""
    numbers = {value.name: value.number for value in descriptor.values}
    upper = {name.upper(): number for name, number in numbers.items()}
    expected = "one of " + ", ".join(list(numbers)[:12]) + (", ..." if len(numbers) > 12 else "")

    def convert(tree: Tree) -> int:
        if isinstance(tree, str):
            number = numbers.get(tree)
            if number is None:
                number = upper.get(tree.upper())
            if number is not None:
                return number
            if len(tree) < 12 and _DECIMAL.fullmatch(tree):
                tree = int(tree)
        if isinstance(tree, float) and tree.is_integer():
            tree = int(tree)
        if type(tree) is int and -(2**31) <= tree < 2**31:
            return tree
        hint = nearest(tree.upper(), numbers) if isinstance(tree, str) else ""
        raise Wrong(f"{kind(tree)} is not a value of {descriptor.name}", expected, hint)

    return convert


_CONVERTERS: dict[int, Convert] = {
    FieldDescriptor.CPPTYPE_INT32: integer(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: integer(-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: integer(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: integer(0, 2**64 - 1),
    FieldDescriptor.CPPTYPE_DOUBLE: real,
    FieldDescriptor.CPPTYPE_FLOAT: real,
    FieldDescriptor.CPPTYPE_BOOL: boolean,
}


def converter(field: FieldDescriptor) -> Convert:
    """What makes a field's scalar of a value; it raises `Wrong` for what the field cannot take."""
    if field.enum_type is not None:
        return enum(field.enum_type)
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return octets if field.type == FieldDescriptor.TYPE_BYTES else text
    return _CONVERTERS[field.cpp_type]
