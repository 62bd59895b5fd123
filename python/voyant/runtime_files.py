"""Runtime values in files: a directory is a layer, a file a value, its path the key.

Needs nothing of the configuration's reading, so the process that serves can follow changes.
"""

import errno
from collections.abc import Iterator
from pathlib import Path

MAX_DEPTH = 16
"""How deep directories may be: links may lead in a circle."""
_BLANKS = " \t\f\v\n\r"


def values(folder: Path) -> Iterator[tuple[str, str]]:
    """Each key with its value; raises OSError for what cannot be read."""
    return _values(folder, "", MAX_DEPTH)


def _values(folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth == 0:
        raise OSError(errno.ELOOP, f"directories are more than {MAX_DEPTH} deep", str(folder))
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from _values(path, f"{prefix}{path.name}.", depth - 1)
        else:
            yield prefix + path.name, _without_comments(path.read_text(errors="replace"))


def _without_comments(text: str) -> str:
    """As Envoy does it: a last line, and any that is the same, goes without its end."""
    lines = [line for line in text.split("\n") if line]
    return "".join(
        line.rstrip(_BLANKS) if line == lines[-1] else f"{line}\n"
        for line in lines
        if not line.startswith("#")
    )
