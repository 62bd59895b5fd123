"""YAML as Envoy reads it: the first document, `!ignore` keys left out, no merge keys.

Of a key that is given twice the last counts. Aliases share what they refer to. Both readings here,
into a value and into places, are fed by the same events of libyaml, so they agree.
"""

import re
from collections.abc import Iterator
from typing import Any, Protocol, TypeAlias, TypeVar

import yaml

from voyant.config.load.tree import Duplicate, Malformed, Node, Tree
from voyant.config.load.yaml_scalar import NULLS, resolve, resolve_tagged

Made = TypeVar("Made")
Event: TypeAlias = Any
Mark: TypeAlias = Any
Built: TypeAlias = Any
_TOO_DEEP = "nested too deeply"
_LARGEST = 20_000_000
# An IPv6 address in a flow collection: libyaml takes no plain text there that begins with a colon.
_BARE_IPV6 = re.compile(r"([\[{,:]\s*)(::[0-9a-fA-F:.]*)(?=\s*[,}\]])")


class _Builder(Protocol[Made]):
    def scalar(self, event: Event) -> Made: ...
    def sequence(self, event: Event, items: list[Made]) -> Made: ...
    def mapping(self, event: Event, pairs: list[tuple[Event, Made]]) -> Made: ...


class _Trees:
    """Builds the value and remembers which keys were given twice."""

    def __init__(self) -> None:
        self.duplicates: list[Duplicate] = []

    def scalar(self, event: Event) -> Tree:
        if event.tag is None:
            return resolve(event.value) if not event.style else str(event.value)
        return str(event.value) if event.tag == "!" else resolve_tagged(event.value)

    def sequence(self, event: Event, items: list[Tree]) -> Tree:
        return items

    def mapping(self, event: Event, pairs: list[tuple[Event, Tree]]) -> Tree:
        made: dict[str, Tree] = {}
        for key, value in pairs:
            name = _name(key)
            if name in made:
                mark = key.start_mark
                self.duplicates.append((mark.line + 1, mark.column + 1, name))
            made[name] = value
        return made


class _Nodes:
    """Builds the places."""

    def scalar(self, event: Event) -> Node:
        return _node(event)

    def sequence(self, event: Event, items: list[Node]) -> Node:
        node = _node(event)
        node.items = items
        return node

    def mapping(self, event: Event, pairs: list[tuple[Event, Node]]) -> Node:
        node = _node(event)
        for key, value in pairs:
            mark = key.start_mark
            node.keys[_name(key)] = (mark.line + 1, mark.column + 1, value)
        return node


def _name(key: Event) -> str:
    """A key as a field's name: an unquoted null is the word itself."""
    if key.tag is None and not key.style and key.value in NULLS:
        return "null"
    return str(key.value)


def _node(event: Event) -> Node:
    mark = event.start_mark
    return Node(mark.line + 1, mark.column + 1)


class _Reader:
    """Turns events into what a builder builds."""

    def __init__(self, text: str, builder: _Builder[Built]) -> None:
        self._events: Iterator[Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._builder = builder
        self._anchors: dict[str, Built] = {}
        self._sizes: dict[str, int] = {}
        self.size = 0

    def document(self) -> Built:
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                return self._value(next(self._events))
        return None

    def _value(self, event: Event) -> Built:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self.size
        self.size += 1
        anchor = event.anchor
        if isinstance(event, yaml.ScalarEvent):
            made = self._builder.scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            made = self._builder.sequence(event, self._items())
        else:
            made = self._builder.mapping(event, self._pairs())
        if anchor is not None:
            self._anchors[anchor] = made
            self._sizes[anchor] = self.size - before
        return made

    def _items(self) -> list[Built]:
        items: list[Built] = []
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._value(event))
        return items

    def _pairs(self) -> list[tuple[Event, Built]]:
        pairs: list[tuple[Event, Built]] = []
        for key in self._events:
            if isinstance(key, yaml.MappingEndEvent):
                break
            if not isinstance(key, yaml.ScalarEvent):
                raise _malformed(key.start_mark, "a key must be a plain text")
            value = self._value(next(self._events))
            if key.anchor is not None:
                self._anchors[key.anchor] = self._builder.scalar(key)
                self._sizes[key.anchor] = 1
            if key.tag != "!ignore":
                pairs.append((key, value))
        return pairs

    def _alias(self, event: Event) -> Built:
        if event.anchor not in self._anchors:
            raise _malformed(event.start_mark, f"the alias *{event.anchor} has no anchor before it")
        self.size += self._sizes[event.anchor]
        if self.size > _LARGEST:
            raise _malformed(event.start_mark, "the aliases expand to too much")
        return self._anchors[event.anchor]


def _malformed(mark: Mark, message: str) -> Malformed:
    return Malformed(mark.line + 1, mark.column + 1, message)


def _character(text: str, mark: Mark) -> str:
    """What stands there; nothing at the end of a line."""
    line = "".join(text.split("\n")[mark.line : mark.line + 1])
    return line[mark.column : mark.column + 1]


def _read(text: str, builder: _Builder[Built]) -> Built:
    try:
        return _Reader(text, builder).document()
    except yaml.MarkedYAMLError as bad:
        quoted = _BARE_IPV6.sub(r'\1"\2"', text)
        if quoted != text:
            return _read(quoted, builder)
        problem = ", ".join(part for part in (bad.context, bad.problem) if part)
        mark = bad.problem_mark or bad.context_mark
        if mark and _character(text, mark) == "\t":
            problem += "; this is a tab, and YAML is indented by spaces"
        raise _malformed(mark, problem) if mark else Malformed(1, 1, problem) from None
    except yaml.reader.ReaderError as bad:
        before = text.encode()[: bad.position].decode(errors="replace")
        line = before.count("\n") + 1
        column = len(before) - before.rfind("\n")
        raise Malformed(line, column, f"{bad.reason}: {bad.character!r}") from None
    except RecursionError:
        raise Malformed(1, 1, _TOO_DEEP) from None


def read_yaml(text: str) -> tuple[Tree, list[Duplicate]]:
    """The value of the first document, and each key given twice."""
    builder = _Trees()
    tree: Tree = _read(text, builder)
    return tree, builder.duplicates


def yaml_nodes(text: str) -> Node:
    """The places of the first document."""
    node: Node | None = _read(text, _Nodes())
    return node or Node(1, 1)
