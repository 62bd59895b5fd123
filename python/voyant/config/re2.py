"""RE2's regular expressions in the syntax of Rust's, for values that are bytes.

The two are close relatives, but what one takes the other may refuse or, worse, read in its own way:
RE2's `\\d`, `\\w`, `\\s` and `\\b` are ASCII's, it quotes by `\\Q...\\E` and knows octal escapes;
Rust's classes have operators (`&&`, `--`, `~~`), and `{,3}` and `\\<` mean something there. So an
expression is read by RE2's rules (https://github.com/google/re2/wiki/Syntax) and written anew.

Envoy lets RE2 take expression and value for Latin-1: a character is a byte, so `.` matches a byte,
and an expression in UTF-8 is one of its bytes; only letters of ASCII have another case. Rust does
the same with Unicode switched off.
"""

import re

from voyant.config.latin1 import ALL, bytes_of, ranges

MAX_REPEAT = 1000
_POSIX_NAMES = "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit"
POSIX = frozenset(_POSIX_NAMES.split())
_PERL = {
    "d": "0-9",
    "w": "0-9A-Za-z_",
    "s": r"\t\n\f\r ",
}
_CONTROL = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_REPEAT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}", re.ASCII)
_GROUP = re.compile(r"\((?:\?(P?<)\w+>|\?([imsU]*)(?:-([imsU]+))?:|(?!\?))", re.ASCII)
_FLAGS = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?\)")
_POSIX_CLASS = re.compile(r"\[:(\^?)(\w*):\]")
_UNICODE_CLASS = re.compile(r"([pP])(?:\{(\^?)(\w+)\}|(\w))")
_OCTAL = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}")
_HEX = re.compile(r"x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})")


class UnsupportedRegex(ValueError):
    """An expression that RE2 refuses or Rust cannot match."""


def to_rust(pattern: str) -> str:
    """The expression in Rust's syntax; what remains wrong, Rust's parser finds."""
    return _Reader(pattern.encode().decode("latin-1")).expression()


def to_rust_text(pattern: str) -> str:
    """The same for values that are text; such expressions are written in ASCII."""
    return _Reader(pattern).expression()


class _Reader:
    """Reads an expression from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._out: list[str] = []
        # The largest product of nested counts in each group that is open.
        self._products = [1]
        self._atom = 1
        self._repeated = ""

    def expression(self) -> str:
        """The whole of it."""
        while self._at < len(self._pattern):
            self._item()
        return "".join(self._out)

    def _item(self) -> None:
        character = self._pattern[self._at]
        counted = _REPEAT.match(self._pattern, self._at) if character == "{" else None
        if counted is not None or character in "*+?":
            self._repeat(counted, character)
            return
        self._repeated = ""
        if character == "(":
            self._open()
        elif character == ")":
            self._atom = self._products.pop() if len(self._products) > 1 else 1
            self._products[-1] = max(self._products[-1], self._atom)
            self._emit(")", 1)
        else:
            self._atom = 1
            if character == "\\":
                self._at += 1
                self._escape()
            elif character == "[":
                self._class()
            else:
                self._emit(literal(character), 1)

    def _emit(self, text: str, length: int) -> None:
        self._out.append(text)
        self._at += length

    def _repeat(self, counted: re.Match[str] | None, character: str) -> None:
        text = counted[0] if counted else character
        if self._repeated and (character != "?" or self._repeated.endswith("??")):
            raise UnsupportedRegex(f"bad repetition operator: {self._repeated}{text}")
        if counted and not self._repeated:
            bounds = [int(bound) for bound in (counted[1], counted[3]) if bound]
            self._atom *= max(max(bounds), 1)
            if max(bounds) > MAX_REPEAT or self._atom > MAX_REPEAT:
                raise UnsupportedRegex(f"invalid repetition size: {text}")
            self._products[-1] = max(self._products[-1], self._atom)
        # A lazy one ends in "??": nothing may follow it.
        self._repeated = f"{self._repeated}?{text}" if self._repeated else text
        self._emit(text, len(text))

    def _open(self) -> None:
        flags = _FLAGS.match(self._pattern, self._at)
        if flags is not None:
            switched = switches(flags[1], flags[2])
            self._emit(f"(?{switched})" if switched else "", len(flags[0]))
            return
        group = _GROUP.match(self._pattern, self._at)
        if group is None:
            problem = self._pattern[self._at : self._at + 3]
            raise UnsupportedRegex(f"invalid perl operator: {problem}")
        self._products.append(1)
        if group[2] is None:
            # Names would only be refused by other rules: groups are referred to by number.
            self._emit("(", len(group[0]))
        else:
            self._emit(f"(?{switches(group[2], group[3])}:", len(group[0]))

    def _escape(self) -> None:
        """What follows a backslash outside of classes."""
        letter = self._pattern[self._at : self._at + 1]
        if letter == "Q":
            end = self._pattern.find("\\E", self._at)
            quoted = self._pattern[self._at + 1 : end if end >= 0 else None]
            text = "".join(map(written, quoted))
            self._emit(text, len(quoted) + (3 if end >= 0 else 1))
        elif letter in ("A", "z", "b", "B"):
            self._emit("\\" + letter, 1)
        elif letter == "C":
            # It is told from `(?s:.)` where the size of RE2's program is counted.
            self._emit("(?s:(?:.))", 1)
        elif not self._set_of_characters(in_class=False):
            self._out.append(written(self._character()))

    def _set_of_characters(self, *, in_class: bool) -> bool:
        """Writes `\\d`, `\\pL` and the like; false when it is something else."""
        letter = self._pattern[self._at : self._at + 1]
        members = _PERL.get(letter.lower()) if letter else None
        if members is not None:
            plain = in_class and letter.islower()
            negated = "^" if letter.isupper() else ""
            self._emit(members if plain else f"[{negated}{members}]", 1)
            return True
        unicode = _UNICODE_CLASS.match(self._pattern, self._at)
        if unicode is not None:
            positive = (unicode[1] == "p") != bool(unicode[2])
            name = unicode[3] or unicode[4]
            category = bytes_of(name)
            if category is None:
                raise UnsupportedRegex(f"invalid character class range: \\{unicode[0]}")
            self._emit(ranges(category, negated=not positive), len(unicode[0]))
        return unicode is not None

    def _character(self) -> str:
        """The character that an escape stands for; the reader is behind the backslash."""
        letter = self._pattern[self._at : self._at + 1]
        octal = _OCTAL.match(self._pattern, self._at)
        if octal is not None and int(octal[0], 8) in ALL:
            self._at = octal.end()
            return chr(int(octal[0], 8))
        hexadecimal = _HEX.match(self._pattern, self._at)
        if hexadecimal is not None:
            self._at = hexadecimal.end()
            code = int(hexadecimal[1] or hexadecimal[2], 16)
            if code in ALL:
                return chr(code)
        elif letter in _CONTROL:
            self._at += 1
            return _CONTROL[letter]
        elif letter and letter.isascii() and not letter.isalnum():
            self._at += 1
            return letter
        problem = f"\\{letter}" if letter else "trailing \\"
        raise UnsupportedRegex(f"invalid escape sequence: {problem}")

    def _class(self) -> None:
        """From `[` to `]`."""
        self._emit("[", 1)
        if self._pattern.startswith("^", self._at):
            self._emit("^", 1)
        first = True
        while first or not self._pattern.startswith("]", self._at):
            if self._at >= len(self._pattern):
                raise UnsupportedRegex("missing ]")
            first = False
            self._member()
        self._emit("]", 1)

    def _member(self) -> None:
        """One member of a class: a named set, a character or a range."""
        named = _POSIX_CLASS.match(self._pattern, self._at)
        if named is not None:
            if named[2] not in POSIX:
                raise UnsupportedRegex(f"invalid character class range: {named[0]}")
            self._emit(named[0], len(named[0]))
            return
        start = self._at
        if self._pattern[self._at] == "\\":
            self._at += 1
            if self._set_of_characters(in_class=True):
                return
            self._at = start
        low = self._member_character()
        rest = self._pattern[self._at : self._at + 2]
        if len(rest) < 2 or rest[0] != "-" or rest[1] == "]":
            self._out.append(written(low))
            return
        self._at += 1
        high = self._member_character()
        if high < low:
            problem = self._pattern[start : self._at]
            raise UnsupportedRegex(f"invalid character class range: {problem}")
        self._out.append(f"{written(low)}-{written(high)}")

    def _member_character(self) -> str:
        character = self._pattern[self._at]
        self._at += 1
        return self._character() if character == "\\" else character


def switches(on: str, off: str | None) -> str:
    """Flags as the engine takes them: each once."""
    left = "".join(dict.fromkeys(off or ""))
    kept = "".join(flag for flag in dict.fromkeys(on) if flag not in left)
    return f"{kept}-{left}" if left else kept


def literal(character: str) -> str:
    """A character outside of classes that is no operator, or one that needs no change."""
    return written(character) if character == "{" or not character.isascii() else character


def written(character: str) -> str:
    """A character that stands for itself, in a class, too."""
    if character.isascii() and (character.isalnum() or character in " _/<>%,;:='\"@!`"):
        return character
    if character.isascii() and character.isprintable():
        return "\\" + character
    code = ord(character)
    return f"\\x{code:02x}" if code in ALL else f"\\x{{{code:x}}}"
