"""What is wrong with a configuration, told with its place.

A finding is one thing wrong (or, as a warning, one thing to change). It reads
`file:line:column: path: message; expected ...; hint`. All findings of a load are raised together
as `ConfigErrors`; nothing is applied before that.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple


class Place(NamedTuple):
    """Where something is written; line 0 means that only the file is known."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}"


class Finding(Exception):
    """One thing found in a configuration."""

    def __init__(
        self,
        place: Place,
        path: str,
        message: str,
        expected: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(place, path, message, expected, hint)
        self.place = place
        self.path = path
        self.message = message
        self.expected = expected
        self.hint = hint

    @property
    def file(self) -> str:
        """The file it is in."""
        return self.place.file

    @property
    def line(self) -> int:
        """Its line, from 1; 0 if unknown."""
        return self.place.line

    @property
    def column(self) -> int:
        """Its column, from 1; 0 if unknown."""
        return self.place.column

    def text(self) -> str:
        """Message, expectation and hint without the place."""
        parts = [self.message]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.hint:
            parts.append(self.hint)
        return "; ".join(parts)

    def __str__(self) -> str:
        return ": ".join(part for part in (str(self.place), self.path, self.text()) if part)


class ConfigError(Finding):
    """Something that stops the configuration from being used."""


class ConfigWarning(Finding):
    """Something that is used as it stands but should be changed."""

    def __str__(self) -> str:
        return ": ".join(p for p in (str(self.place), "warning", self.path, self.text()) if p)


class ConfigErrors(ExceptionGroup[ConfigError]):
    """All that is wrong with a configuration."""

    def __new__(cls, errors: Sequence[ConfigError]) -> "ConfigErrors":
        return super().__new__(cls, "the configuration is not valid", list(errors))

    def derive(self, excs: Sequence[ConfigError]) -> "ConfigErrors":  # type: ignore[override]
        return ConfigErrors(excs)

    @property
    def errors(self) -> tuple[ConfigError, ...]:
        """The errors in the order of their places."""
        return tuple(e for e in self.exceptions if isinstance(e, ConfigError))

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


MANY = 200
"""Of so many words a similar one is looked up, not searched for."""


def nearest(word: str, words: Iterable[str]) -> str:
    """`did you mean 'x'?` for the word most like the given one, or nothing."""
    return _nearest(word, words if isinstance(words, frozenset) else frozenset(words))


@cache
def _nearest(word: str, words: frozenset[str]) -> str:
    # Remembered: the same slip is often made thousands of times in one file.
    import difflib  # Only for errors: a start without one need not wait for it.

    candidates = sorted(words if len(words) < MANY else _similar(word, words))
    found = difflib.get_close_matches(word, candidates, 1, 0.6)
    return f"did you mean {found[0]!r}?" if found else ""


def _similar(word: str, words: frozenset[str]) -> set[str]:
    """The words that one slip makes of this one: a letter more, less, other, or two swapped."""
    by_shortened = _shortened_words(words)
    return {found for short in _shortened(word) for found in by_shortened.get(short, ())}


@cache
def _shortened_words(words: frozenset[str]) -> dict[str, list[str]]:
    by_shortened: dict[str, list[str]] = {}
    for word in words:
        for short in _shortened(word):
            by_shortened.setdefault(short, []).append(word)
    return by_shortened


def _shortened(word: str) -> set[str]:
    """A word, and the word without each of its letters."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}
