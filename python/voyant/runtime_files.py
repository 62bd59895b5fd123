"""Runtime values in files: a directory is a layer, a file a value, its path the key.

Needs nothing of the configuration's reading, so the process that serves can follow changes.
"""

from collections.abc import Iterator
from pathlib import Path

MAX_DEPTH = 16
"""How deep directories are followed; links may lead in a circle."""


def values(folder: Path) -> Iterator[tuple[str, str]]:
    """Each key with its value; raises OSError for what cannot be read."""
    return _values(folder, "", MAX_DEPTH)


def _values(folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if depth > 0:
                yield from _values(path, f"{prefix}{path.name}.", depth - 1)
            continue
        lines = path.read_text(errors="replace").splitlines(keepends=True)
        yield prefix + path.name, "".join(x for x in lines if not x.startswith("#")).rstrip()
