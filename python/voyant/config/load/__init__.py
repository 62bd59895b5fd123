"""Configuration from files and text into one checked message with places.

`load` reads every source, merges them, applies the rules of the API, and raises `ConfigErrors` with
all that is wrong. What it returns is ready to be translated.
"""

import gc
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from voyant.config.at import At, Report
from voyant.config.deprecations import Deprecations
from voyant.config.descriptors import Proto, new
from voyant.config.errors import ConfigError, ConfigWarning
from voyant.config.load.merge import Merged, merge, unread_after
from voyant.config.load.sources import Part, read_file, read_text
from voyant.config.rules import validate

_PARENT = re.compile(r"(?:^|\.)[^.\[]*$|\[[^\[]*\]$")
BOOTSTRAP = "envoy.config.bootstrap.v3.Bootstrap"
Further = Callable[["Loaded"], object]
"""Reports what else is wrong with what was loaded."""


class Loaded(NamedTuple):
    """A message that obeys the API's rules, with the report that its translation goes on with."""

    message: Proto
    report: Report

    @property
    def at(self) -> At:
        """The path of the message: where a translator begins."""
        return self.report.root

    @property
    def warnings(self) -> list[ConfigWarning]:
        """What should be changed, so far."""
        return self.report.warnings


def load(
    path: Path | None,
    inline: str | None = None,
    full_name: str = BOOTSTRAP,
    *,
    allow_unknown: bool = False,
    further: Further | None = None,
) -> Loaded:
    """Loads a file, inline YAML (`--config-yaml`) or the second merged over the first.

    `allow_unknown`: a field that the API does not have is a warning, not an error.
    `further`: what looks on when there are errors already, so that all are told at once.
    """
    if path is None and inline is None:
        raise ValueError("neither a file nor inline YAML is given")
    with without_collection():
        parts: list[Part] = []
        if path is not None:
            parts.append(read_file(path, full_name, allow_unknown=allow_unknown))
        if inline is not None:
            data = inline.encode(errors="surrogateescape")
            part = read_text(
                data, "--config-yaml", full_name, yaml=True, allow_unknown=allow_unknown
            )
            parts.append(part)
        return check(parts, full_name, further)


def load_text(text: str, file: str = "<text>", full_name: str = BOOTSTRAP) -> Loaded:
    """Loads YAML from a string."""
    with without_collection():
        data = text.encode(errors="surrogateescape")
        return check([read_text(data, file, full_name, yaml=True)], full_name)


def check(parts: Sequence[Part], full_name: str, further: Further | None = None) -> Loaded:
    """Merges what was read and applies the rules; raises all errors."""
    if len(parts) == 1:
        (part,) = parts
        message, report = part.message, part.report
        unread = {error.path for error in report.errors}
    else:
        message = new(full_name)
        merge(parts, message)
        report = Report(Merged(parts))
        for part in parts:
            report.errors += part.report.errors
            report.add(part.report.warnings)
            report.unpacked |= part.report.unpacked
        unread = unread_after(parts)
    report.deprecations = Deprecations()
    if full_name == BOOTSTRAP:
        report.deprecations.read_runtime(message)
    if "" not in unread:
        # A source that could not be read at all would only look as if all in it were missing.
        _apply_rules(message, report, unread)
        if report.errors and further is not None:
            _look_further(Loaded(message, report), further)
    report.check()
    return Loaded(message, report)


def _look_further(loaded: Loaded, further: Further) -> None:
    """Adds what the translation finds, but for messages in which something is wrong already:
    what it says of them would follow from that.
    """
    report = loaded.report
    report.errors, told = [], report.errors
    # It was not made for what breaks the rules: anything may come of that, and nothing is meant.
    with suppress(Exception):
        further(loaded)
    broken = {_PARENT.sub("", error.path) for error in told}
    broken |= {error.path for error in told}
    found = [error for error in report.errors if not _within(error.path, broken - {""})]
    report.errors = told + found


def _apply_rules(message: Proto, report: Report, unread: set[str]) -> None:
    """Applies the rules, but not to what could not be read: that would be told twice."""
    above = {_PARENT.sub("", path) for path in unread}
    meant = {_meant(error) for error in report.errors}
    report.errors, read_errors = [], report.errors
    validate(message, report.root)
    report.errors = read_errors + [
        error
        for error in report.errors
        if error.path not in above and not _within(error.path, unread)
        # A name that was misspelt leaves its field empty.
        if error.message != "must not be empty" or error.path not in meant
    ]


def _meant(error: ConfigError) -> str:
    """The path of the field that a misspelt name was meant for."""
    name = error.hint.removeprefix("did you mean '").removesuffix("'?")
    return f"{_PARENT.sub('', error.path)}.{name}"


def _within(path: str, unread: set[str]) -> bool:
    while path:
        if path in unread:
            return True
        path = _PARENT.sub("", path)
    return False


@contextmanager
def without_collection() -> Iterator[None]:
    """Holds off the garbage collector: it would search hundreds of thousands of live objects."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
