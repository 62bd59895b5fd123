"""The process's own log, in the lines that Envoy writes.

The format is spdlog's (`--log-format`): `%Y-%m-%d %T.%e`, `%t`, `%l`, `%n`, `%g:%#`, `%v`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["DEFAULT_FORMAT", "Log"]

DEFAULT_FORMAT = "[%Y-%m-%d %T.%e][%t][%l][%n] [%g:%#] %v"
_LEVELS = ("trace", "debug", "info", "warning", "error", "critical", "off")
_BY_STRFTIME = "aAbBcCYDxmdHIMSpTXzrRFy"
_ESCAPES = str.maketrans({"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'})


class _Line:
    """One message and where it came from."""

    __slots__ = ("file", "level", "line", "name", "now", "text")

    def __init__(self, level: str, name: str, text: str, file: str, line: int) -> None:
        self.level = level
        self.name = name
        self.text = text
        self.file = file
        self.line = line
        self.now = time.time()

    def part(self, millionths: int, width: int) -> str:
        """A part of the second."""
        return f"{int(self.now * millionths) % millionths:0{width}d}"


_FLAGS: dict[str, Callable[[_Line], str]] = {
    "v": lambda line: line.text,
    "_": lambda line: line.text.translate(_ESCAPES),
    "j": lambda line: line.text.translate(_ESCAPES),
    "n": lambda line: line.name,
    "l": lambda line: line.level,
    "L": lambda line: line.level[0].upper(),
    "t": lambda line: str(os.getpid()),
    "P": lambda line: str(os.getpid()),
    "e": lambda line: line.part(1_000, 3),
    "f": lambda line: line.part(1_000_000, 6),
    "F": lambda line: line.part(1_000_000_000, 9),
    "E": lambda line: str(int(line.now)),
    "g": lambda line: line.file,
    "s": lambda line: line.file.rpartition("/")[2],
    "#": lambda line: str(line.line),
    "@": lambda line: f"{line.file}:{line.line}",
    "!": lambda line: "",
    "^": lambda line: "",
    "$": lambda line: "",
    "%": lambda line: "%",
}


class Log:
    """Writes messages that are severe enough."""

    def __init__(
        self,
        level: str = "info",
        components: Mapping[str, str] | None = None,
        form: str = DEFAULT_FORMAT,
        path: str = "",
        *,
        escaped: bool = False,
    ) -> None:
        self._level = level
        self._components = dict(components or {})
        self._now: Callable[[str], str | None] | None = None
        self._path = path
        self._to: TextIO = sys.stderr
        self._escaped = escaped
        self.use(form)
        if path:
            self.reopen()

    def use(self, form: str) -> None:
        """Takes another format."""
        self.form = form.replace("%v", "%_") if self._escaped else form

    def reopen(self) -> None:
        """Opens the file anew; raises OSError when it cannot be opened."""
        if self._path:
            opened = open(self._path, "a", encoding="utf-8", errors="replace")  # noqa: SIM115
            if self._to is not sys.stderr:
                self._to.close()
            self._to = opened

    def shows(self, level: str, name: str) -> bool:
        """Whether a message of a component would be written."""
        least = self._components.get(name, self._level)
        if self._now is not None:
            least = self._now(name) or least
        return _LEVELS.index(level) >= _LEVELS.index(least)

    def follow(self, now: Callable[[str], str | None]) -> None:
        """From now on components have the levels that they are told here."""
        self._now = now

    def write(self, level: str, name: str, text: str) -> None:
        """One message of a component."""
        if not self.shows(level, name):
            return
        frame = sys._getframe(1)
        file = "/".join(frame.f_code.co_filename.split("/")[-3:])
        line = self.line(_Line(level, name, text, file, frame.f_lineno))
        # A log that cannot be written must not stop what it tells of.
        try:
            self._to.write(line + "\n")
            self._to.flush()
        except (OSError, ValueError):
            pass

    def line(self, line: _Line) -> str:
        """The text of a line."""
        out = []
        pieces = iter(self.form.split("%"))
        out.append(next(pieces))
        for piece in pieces:
            if not piece:
                # Two in a row: what follows is plain text.
                out.append("%" + next(pieces, ""))
                continue
            flag, rest = piece[0], piece[1:]
            if flag in _FLAGS:
                out.append(_FLAGS[flag](line) + rest)
            elif flag in _BY_STRFTIME:
                out.append(time.strftime("%" + flag, time.localtime(line.now)) + rest)
            else:
                out.append("%" + piece)
        return "".join(out)
