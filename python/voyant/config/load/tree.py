"""The value of a document between text and message: what JSON has, and nothing more.

Envoy reads YAML into such a value first and only then, as JSON, into the message; so do we, which
is why a quoted number is a string here, too, and an unquoted `yes` is a truth value.
"""

from typing import TypeAlias

Tree: TypeAlias = "bool | int | float | str | list[Tree] | dict[str, Tree] | None"


Duplicate: TypeAlias = tuple[int, int, str]
"""Line, column and name of a key that was given before in its mapping."""


def kind(tree: Tree) -> str:
    """What a value is, in words for a message."""
    match tree:
        case None:
            return "null"
        case bool():
            return str(tree).lower()
        case int() | float():
            return f"the number {tree}"
        case str():
            return repr(tree) if len(tree) <= 60 else f"{tree[:57]!r}..."
        case list():
            return "a list"
        case dict():
            return "a mapping"


class Node:
    """A value's place, and those of what is in it."""

    __slots__ = ("column", "items", "keys", "line")

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column
        self.keys: dict[str, tuple[int, int, Node]] = {}
        self.items: list[Node] = []


class Malformed(Exception):
    """A text that is not YAML or JSON at all."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(line, column, message)
        self.line = line
        self.column = column
        self.message = message
