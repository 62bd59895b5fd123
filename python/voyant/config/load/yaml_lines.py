"""YAML read a line at a time: fast, for the plain block style that configurations are written in.

It knows `key: value` and `- item` lines, quoted texts without escapes, and flow collections that
fit on a line. At anything else (anchors, tags, block scalars, a comment behind a value, a key given
twice, an error) it gives up and the whole text is read by libyaml instead: what this reader does
return is what `yaml_text` would have returned. It is four times as fast, because no event, mark or
node is made; see `docs/decisions/0001-loading-configuration.md`.
"""

import re
from typing import TypeAlias, TypeVar

from voyant.config.load.tree import Tree
from voyant.config.load.yaml_scalar import NULLS, resolve

# Indent, dashes, key, the key's value, a value without a key; a line that is none of it, whole.
_LINE = re.compile(
    r"""^(\ *)(?:
        ((?:-\ +)*)
        (?:
            ([A-Za-z_][\w.\-/@]*|"[^"\\\n]*"|'[^'\n]*') : (?:\ +([^\s\#].*))? \ *
          | ([^\s\#].*)
        )
      | (?:\#.*)?
      | (.+)
    )$""",
    re.M | re.X | re.A,
)
# Controls, other line breaks and what is no character at all: libyaml judges them.
_STRANGE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_PLAIN = re.compile(r"(?:[A-Za-z0-9_./+~]|-(?=[^\s]))(?:[^:#]|:(?=[^\s])|(?<=[^\s])#)*")
_QUOTED = re.compile(r"\"[^\"\\]*\"|'[^']*'")
_FLOW = re.compile(
    r"""\ *(?:([{}\[\],])
      | (?:"([^"\\]*)"|'([^']*)'|([A-Za-z0-9_./+~-][A-Za-z0-9_./+~@*%=-]*)) (\ *:(?=\ ))?)""",
    re.X,
)


class _Unsure(Exception):
    """The text has something that only libyaml may judge."""


_Holder: TypeAlias = "dict[str, Tree] | list[Tree]"
Appended = TypeVar("Appended", bound=Tree)


def read_lines(text: str) -> dict[str, Tree] | None:
    """The mapping that a text holds, or None if this reader does not know."""
    if _STRANGE.search(text):
        return None
    try:
        return _Lines().read(text)
    except (_Unsure, RecursionError):
        return None


class _Lines:
    """The innermost open collection with its column, and those around it."""

    def __init__(self) -> None:
        self._root: dict[str, Tree] = {}
        self._holder: _Holder = self._root
        self._column = 0
        self._outer: list[tuple[_Holder, int]] = []
        self._values: dict[str, Tree] = {}
        # The key whose value is still to come, and its column or -1.
        self._key = ""
        self._waiting = -1

    def read(self, text: str) -> dict[str, Tree]:
        started = False
        values = self._values
        for indent, dashes, key, value, alone, other in _LINE.findall(text):
            if key:
                started = True
                column = len(indent)
                if dashes:
                    column = self._dashes(column, dashes)
                    mapping: dict[str, Tree] = {}
                    self._open(self._append(mapping), column)
                else:
                    mapping = self._mapping(column)
                if key[0] in "\"'":
                    key = key[1:-1]
                if key in mapping or key in NULLS:
                    raise _Unsure
                if value:
                    known = values.get(value)
                    mapping[key] = self._value(value) if known is None else known
                else:
                    mapping[key] = None
                    self._key = key
                    self._waiting = column
            elif other:
                raise _Unsure
            elif alone:
                self._alone(len(indent), dashes, alone, started)
                started = True
        if not self._root:
            raise _Unsure
        return self._root

    def _alone(self, column: int, dashes: str, text: str, started: bool) -> None:
        """A value without a key: an item, or the mark at the beginning of the document."""
        if dashes:
            self._dashes(column, dashes)
            self._append(self._value(text))
        elif text.rstrip(" ") != "---" or started or column:
            raise _Unsure

    def _dashes(self, column: int, dashes: str) -> int:
        """Enters the list at a column and those that begin on the same line; the column after."""
        self._list(column)
        if dashes == "- ":
            return column + 2
        for dash in dashes.split("-")[1:-1]:
            column += 1 + len(dash)
            inner: list[Tree] = []
            self._open(self._append(inner), column)
        return column + 1 + len(dashes) - len(dashes.rstrip())

    def _list(self, column: int) -> None:
        if self._waiting >= 0 and column >= self._waiting:
            made: list[Tree] = []
            self._settle(made)
            self._open(made, column)
            return
        self._waiting = -1
        self._leave(column)
        if self._column != column:
            raise _Unsure

    def _mapping(self, column: int) -> dict[str, Tree]:
        if self._waiting >= 0 and column > self._waiting:
            made: dict[str, Tree] = {}
            self._settle(made)
            self._open(made, column)
            return made
        self._waiting = -1
        if column < self._column:
            self._leave(column)
        holder = self._holder
        if self._column == column and isinstance(holder, list) and self._outer:
            # A list may stand at the column of its own key.
            self._holder, self._column = self._outer.pop()
            holder = self._holder
        if self._column != column or not isinstance(holder, dict):
            raise _Unsure
        return holder

    def _open(self, holder: _Holder, column: int) -> None:
        self._outer.append((self._holder, self._column))
        self._holder = holder
        self._column = column

    def _leave(self, column: int) -> None:
        outer = self._outer
        while self._column > column and outer:
            self._holder, self._column = outer.pop()

    def _settle(self, value: _Holder) -> None:
        """Gives the waiting key its value."""
        if not isinstance(self._holder, dict):
            raise _Unsure
        self._holder[self._key] = value
        self._waiting = -1

    def _append(self, value: Appended) -> Appended:
        if not isinstance(self._holder, list):
            raise _Unsure
        self._holder.append(value)
        return value

    def _value(self, written: str) -> Tree:
        text = written.rstrip(" ")
        if _PLAIN.fullmatch(text):
            value = resolve(text)
        elif _QUOTED.fullmatch(text):
            value = text[1:-1]
        elif text[0] in "{[":
            value = _Flow(text).whole()
        else:
            raise _Unsure
        self._values[written] = value
        return value


class _Flow:
    """A flow collection on one line."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> Tree:
        value = self._value(self._token())
        if self._at != len(self._text):
            raise _Unsure
        return value

    def _token(self) -> re.Match[str]:
        found = _FLOW.match(self._text, self._at)
        if found is None:
            raise _Unsure
        self._at = found.end()
        return found

    def _value(self, token: re.Match[str]) -> Tree:
        mark, double, single, plain, colon = token.groups()
        if colon:
            raise _Unsure
        if mark == "{":
            return self._mapping()
        if mark == "[":
            return self._sequence()
        if mark:
            raise _Unsure
        if plain:
            if plain[0] in "*%@=" or plain == "-":
                raise _Unsure
            return resolve(plain)
        return double if double is not None else single

    def _mapping(self) -> Tree:
        made: dict[str, Tree] = {}
        token = self._token()
        while token[1] != "}" or made:
            _, double, single, plain, colon = token.groups()
            key = plain or (double if double is not None else single)
            if (
                not colon
                or not key
                or key in made
                or key in NULLS
                or (plain and plain[0] in "*%=-@")
            ):
                raise _Unsure
            made[key] = self._value(self._token())
            if not self._goes_on("}"):
                break
            token = self._token()
        return made

    def _sequence(self) -> Tree:
        made: list[Tree] = []
        token = self._token()
        while token[1] != "]" or made:
            made.append(self._value(token))
            if not self._goes_on("]"):
                break
            token = self._token()
        return made

    def _goes_on(self, end: str) -> bool:
        mark = self._token()[1]
        if mark not in (",", end):
            raise _Unsure
        return mark == ","
