"""Places in a text: made by a second, slower reading, and only when something is wrong.

The first reading makes values without places, because that is several times faster and almost
always enough.
"""

from collections.abc import Callable
from functools import cached_property

from voyant.config.at import Step
from voyant.config.errors import Place
from voyant.config.load.tree import Malformed, Node


class Text:
    """A YAML or JSON text that can say where a path in it is."""

    def __init__(self, file: str, text: str, nodes: Callable[[str], Node]) -> None:
        self.file = file
        self._text = text
        self._nodes = nodes

    @cached_property
    def _root(self) -> Node:
        try:
            return self._nodes(self._text)
        except Malformed as bad:
            return Node(bad.line, bad.column)

    def locate(self, steps: list[Step], key: bool) -> Place:
        """The place of the deepest part of a path that is written in the text."""
        node = self._root
        line, column = node.line, node.column
        for name, index in steps:
            found = _child(node, name)
            if found is None:
                break
            line, column, node = found
            if index is not None:
                found = _item(node, index)
                if found is None:
                    continue
                line, column, node = found
        if key:
            return Place(self.file, line, column)
        return Place(self.file, node.line, node.column)


def _child(node: Node, name: str) -> tuple[int, int, Node] | None:
    found = node.keys.get(name) or node.keys.get(camel(name))
    if found is None and "@type" in node.keys and "value" in node.keys:
        # The content of a TypedStruct or of a well-known type stands one level deeper.
        return _child(node.keys["value"][2], name)
    return found


def _item(node: Node, index: int | str) -> tuple[int, int, Node] | None:
    if isinstance(index, str):
        return node.keys.get(index)
    if not node.items:
        # A single value stands for a list of one.
        return None
    if index >= len(node.items):
        return None
    item = node.items[index]
    return item.line, item.column, item


def camel(name: str) -> str:
    """A field's name as proto JSON has it."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)
