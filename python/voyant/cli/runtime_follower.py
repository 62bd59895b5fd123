"""Follows the directories of runtime layers while the proxy serves.

As Envoy, it looks at what a layer's `symlink_root` is, not at the files below: a set of values is
put in place as a whole by moving a link (or a directory) over the one before.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from voyant import runtime_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from voyant._engine import Engine

Source = tuple[str, bool, str, str, list[tuple[str, str]]]
"""A layer: name, whether it is the operator's, `symlink_root` and directory of one in files, and
the values of one that is not."""
Layer = tuple[str, bool, bool, list[tuple[str, str]]]
"""As the engine takes it: name, whether it is the operator's, whether it is in files, values."""
LOOK_SECONDS = 0.5
"""How often links are looked at. Envoy is told by the kernel at once."""


class RuntimeFollower:
    """Gives the engine other layers whenever a link is another."""

    def __init__(self, sources: list[Source], engine: Engine) -> None:
        self._sources = sources
        self._engine = engine
        self._roots = [root for _, _, root, _, _ in sources if root]
        self._seen = [_identity(root) for root in self._roots]
        self._ended = threading.Event()

    def start(self) -> None:
        """On a thread of its own, which ends with the process."""
        threading.Thread(target=self._follow, name="runtime", daemon=True).start()

    def _follow(self) -> None:
        self._catch_up()
        while not self._ended.wait(LOOK_SECONDS):
            self.look()

    def _catch_up(self) -> None:
        """A link may have moved since the configuration was read."""
        now, unread = layers(self._sources)
        read = {name: dict(values) for name, _, _, values in now}
        if any(
            root and read.get(name, {}) != dict(values)
            for name, _, root, _, values in self._sources
        ):
            self._engine.replace_runtime(now, unread)

    def look(self) -> None:
        """Loads once for each layer whose link has moved, as Envoy counts it."""
        now = [_identity(root) for root in self._roots]
        moved = sum(
            new != old and new is not None for new, old in zip(now, self._seen, strict=True)
        )
        self._seen = now
        for _ in range(moved):
            self._engine.replace_runtime(*layers(self._sources))


def layers(sources: list[Source]) -> tuple[list[Layer], bool]:
    """What the layers are now, and whether one is left out that could not be read; one whose
    directory is not there is left out in any case.
    """
    found: list[Layer] = []
    unread = False
    for name, admin, root, folder, values in sources:
        if not root:
            found.append((name, admin, False, values))
        elif Path(folder).is_dir():
            try:
                found.append((name, admin, True, list(runtime_files.values(Path(folder)))))
            except OSError:
                unread = True
    return found, unread


def _identity(root: str) -> tuple[int, int] | None:
    """What is at a path, itself, not where it leads; nothing while nothing is there."""
    try:
        found = os.lstat(root)
    except OSError:
        return None
    return found.st_ino, found.st_ctime_ns
