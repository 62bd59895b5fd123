"""JSON as Envoy reads it: single quotes, bare keys and a comma before the end are taken, too.

Strict JSON is read by the standard library; this reader is for the rest, and for places. Of a key
that is given twice the last counts.
"""

import json
import re
from bisect import bisect_left
from typing import NoReturn

from voyant.config.load.tree import Duplicate, Malformed, Node, Tree

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?(?![0-9A-Za-z_.])")
_BARE_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_STRING = {
    '"': re.compile(r'"((?:[^"\\\x00-\x1f]|\\.)*)"'),
    "'": re.compile(r"'((?:[^'\\\x00-\x1f]|\\.)*)'"),
}
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})\\u([0-9a-fA-F]{4})|\\u([0-9a-fA-F]{4})|\\([^u])|\\u")
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: dict[str, Tree] = {"true": True, "false": False, "null": None}
_WORD = re.compile(r"(?:true|false|null)\b")


class _Reader:
    """A recursive-descent reader over one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.duplicates: list[Duplicate] = []
        self._newlines = [found.start() for found in re.finditer("\n", text)]

    def document(self) -> tuple[Tree, Node]:
        read = self._value()
        if self._peek():
            self._fail("text after the end of the JSON value")
        return read

    def _peek(self) -> str:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._text[self._at : self._at + 1]

    def _fail(self, message: str) -> NoReturn:
        raise Malformed(*self._place(), message)

    def _place(self) -> tuple[int, int]:
        line = bisect_left(self._newlines, self._at)
        before = self._newlines[line - 1] if line else -1
        return line + 1, self._at - before

    def _value(self) -> tuple[Tree, Node]:
        first = self._peek()
        node = Node(*self._place())
        if first == "{":
            return self._object(node), node
        if first == "[":
            return self._array(node), node
        if first in _STRING and first:
            return self._string(first), node
        word = _WORD.match(self._text, self._at)
        if word:
            self._at = word.end()
            return _WORDS[word[0]], node
        number = _NUMBER.match(self._text, self._at)
        if not number:
            self._fail("this is not a JSON value")
        self._at = number.end()
        if number[1] or number[2] or len(number[0]) > 30:
            return float(number[0]), node
        return int(number[0]), node

    def _object(self, node: Node) -> Tree:
        made: dict[str, Tree] = {}
        self._at += 1
        while self._peek() != "}":
            place = self._place()
            name = self._key()
            if self._peek() != ":":
                self._fail("expected ':' after the name of a field")
            self._at += 1
            if name in made:
                self.duplicates.append((*place, name))
            made[name], value = self._value()
            node.keys[name] = (*place, value)
            self._separator("}")
        self._at += 1
        return made

    def _array(self, node: Node) -> Tree:
        made: list[Tree] = []
        self._at += 1
        while self._peek() != "]":
            item, place = self._value()
            made.append(item)
            node.items.append(place)
            self._separator("]")
        self._at += 1
        return made

    def _separator(self, end: str) -> None:
        following = self._peek()
        if following == ",":
            self._at += 1
        elif following != end:
            self._fail(f"expected ',' or {end!r}")

    def _key(self) -> str:
        first = self._peek()
        if first in _STRING and first:
            return self._string(first)
        bare = _BARE_KEY.match(self._text, self._at)
        if not bare:
            self._fail("expected the name of a field")
        self._at = bare.end()
        return bare[0]

    def _string(self, quote: str) -> str:
        found = _STRING[quote].match(self._text, self._at)
        if not found:
            self._fail("a string that does not end, or has a control character in it")
        self._at = found.end()
        return _ESCAPE.sub(_unescape, found[1])


def _unescape(found: re.Match[str]) -> str:
    high, low, single, char = found.groups()
    if high:
        pair = bytes.fromhex(high + low).decode("utf-16-be", errors="surrogatepass")
        return pair
    if single:
        return chr(int(single, 16))
    return _ESCAPED.get(char, char) if char else found[0]


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _once(pairs: list[tuple[str, Tree]]) -> dict[str, Tree]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key is given twice")
    return made


def read_json(text: str) -> tuple[Tree, list[Duplicate]]:
    """The value of a JSON text, and each key given twice."""
    try:
        tree: Tree = json.loads(text, parse_constant=_refuse, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        reader = _Reader(text)
        tree, _ = _whole(reader)
        return tree, reader.duplicates
    return tree, []


def json_nodes(text: str) -> Node:
    """The places in a JSON text."""
    return _whole(_Reader(text))[1]


def _whole(reader: _Reader) -> tuple[Tree, Node]:
    try:
        return reader.document()
    except RecursionError:
        raise Malformed(1, 1, "nested too deeply") from None
