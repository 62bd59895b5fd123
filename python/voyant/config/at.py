"""Where a translator is: the path to a message, and the report that errors go to.

An `At` is made for each message that is looked into (a small linked object, no strings), and costs
nothing more until something is wrong: only then is its text made and its place in the file looked
up. Everything that reads configuration takes a message and its `At`:

    def translate_cluster(cluster: Proto, at: At) -> ir.Cluster:
        if cluster.name in taken:
            at.field("name").error(f"{cluster.name!r} is already taken")
        for i, endpoint in enumerate(cluster.endpoints):
            translate_endpoint(endpoint, at.item("endpoints", i))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from voyant.config.deprecations import Deprecations
from voyant.config.errors import ConfigError, ConfigErrors, ConfigWarning, Place

if TYPE_CHECKING:
    from google.protobuf.message import Message

Step = tuple[str, int | str | None]
"""A field's name, with the index of a list's item or the key of a map's value."""


class Source(Protocol):
    """A configuration as it was written, which can say where a path is."""

    @property
    def file(self) -> str:
        """The name shown for it."""

    def locate(self, steps: list[Step], key: bool) -> Place:
        """The place of what a path leads to: of its key or of its value."""


class Unplaced:
    """A source whose places are not known: binary protobuf, resources from a control plane."""

    def __init__(self, file: str) -> None:
        self.file = file

    def locate(self, steps: list[Step], key: bool) -> Place:
        """Only the file."""
        return Place(self.file)


class At:
    """The path from the root of a configuration to a message or field in it."""

    __slots__ = ("index", "name", "parent")

    def __init__(self, parent: At | None, name: str, index: int | str | None = None) -> None:
        self.parent = parent
        self.name = name
        self.index = index

    def field(self, name: str) -> At:
        """A field of this message."""
        return At(self, name)

    def item(self, name: str, index: int) -> At:
        """An item of a repeated field of this message."""
        return At(self, name, index)

    def key(self, name: str, key: object) -> At:
        """A value in a map field of this message."""
        return At(self, name, str(key))

    def steps(self) -> list[Step]:
        """The path from the root."""
        steps: list[Step] = []
        at: At | None = self
        while at is not None and at.parent is not None:
            steps.append((at.name, at.index))
            at = at.parent
        steps.reverse()
        return steps

    def __str__(self) -> str:
        return ".".join(_step_text(*step) for step in self.steps())

    @property
    def report(self) -> Report:
        """The report of the load that this path belongs to."""
        at = self
        while at.parent is not None:
            at = at.parent
        if not isinstance(at, Root):
            raise TypeError("a path that does not begin at a Root")
        return at.owner

    def error(self, message: str, *, expected: str = "", hint: str = "", key: bool = False) -> None:
        """Reports an error here; `key` puts it on the field's name instead of on its value."""
        self.report.error(self, message, expected, hint, key)

    def warn(self, message: str, *, expected: str = "", hint: str = "", key: bool = False) -> None:
        """Reports a warning here."""
        self.report.warn(self, message, expected, hint, key)

    def unknown(self, message: str, *, expected: str = "", hint: str = "") -> None:
        """Reports a field that the API does not have: an error unless that is allowed."""
        report = self.report
        note = report.warn if report.allow_unknown else report.error
        note(self, message, expected, hint, True)


def _step_text(name: str, index: int | str | None) -> str:
    if index is None:
        return name
    return f"{name}[{index}]" if isinstance(index, int) else f'{name}["{index}"]'


class Root(At):
    """The top of a configuration."""

    __slots__ = ("owner",)

    def __init__(self, owner: Report) -> None:
        super().__init__(None, "")
        self.owner = owner


class Report:
    """What was found in one configuration, and the typed messages that were unpacked from it."""

    def __init__(
        self,
        source: Source,
        deprecations: Deprecations | None = None,
        *,
        allow_unknown: bool = False,
    ) -> None:
        self.source = source
        self.allow_unknown = allow_unknown
        self.tells_deprecated = True
        self.root = Root(self)
        self.errors: list[ConfigError] = []
        self.unpacked: dict[tuple[str, bytes], Message] = {}
        self.deprecations = deprecations or Deprecations(enforce=True)
        # The values of the runtime's layers, once there is a runtime.
        self.runtime: Mapping[str, str] | None = None
        # The cluster of which this process is a host; empty: none.
        self.local_cluster = ""
        self._warnings: list[ConfigWarning] = []
        # Warnings whose places are not looked up yet: most starts do not wait for them.
        self._unplaced: list[tuple[At, str, str, str, bool]] = []
        self._deprecated: dict[str, tuple[At, str, int]] = {}

    def error(self, at: At, message: str, expected: str, hint: str, key: bool) -> None:
        """Adds an error."""
        self.errors.append(ConfigError(self._place(at, key), str(at), message, expected, hint))

    def warn(self, at: At, message: str, expected: str, hint: str, key: bool) -> None:
        """Adds a warning."""
        self._unplaced.append((at, message, expected, hint, key))

    def deprecated(self, at: At, full_name: str, message: str) -> None:
        """Notes a deprecated field; one warning is made for all places where it is set."""
        first, message, count = self._deprecated.get(full_name, (at, message, 0))
        self._deprecated[full_name] = (first, message, count + 1)

    def add(self, warnings: list[ConfigWarning]) -> None:
        """Adds warnings that have their places."""
        self._warnings += warnings

    @property
    def warnings(self) -> list[ConfigWarning]:
        """What should be changed, so far. Looks up the places of what is new."""
        deprecated = self._deprecated.values() if self.tells_deprecated else ()
        for at, message, count in deprecated:
            more = f"set in {count:,} places, this is the first" if count > 1 else ""
            self._unplaced.append((at, message, "", more, True))
        self._deprecated.clear()
        for at, message, expected, hint, key in self._unplaced:
            place = self._place(at, key)
            self._warnings.append(ConfigWarning(place, str(at), message, expected, hint))
        self._unplaced.clear()
        self._warnings.sort(key=lambda w: (w.file, w.line, w.column))
        return self._warnings

    def check(self) -> None:
        """Raises all errors so far, in the order of their places."""
        if self.errors:
            raise ConfigErrors(sorted(self.errors, key=lambda e: (e.file, e.line, e.column)))

    def _place(self, at: At, key: bool) -> Place:
        return self.source.locate(at.steps(), key)
