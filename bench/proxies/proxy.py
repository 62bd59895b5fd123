"""What the benchmark knows of a proxy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.cases import Case

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Setup:
    """One start of a proxy: its case, its ports on 127.0.0.1 and a folder of its own."""

    case: Case
    listen: int
    backend: int
    binary: Path
    folder: Path


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy: how it is found, configured and started with one worker."""

    name: str
    find: Callable[[], Path | None]
    missing: str
    configure: Callable[[Setup], str]
    suffix: str
    command: Callable[[Path, Path], list[str]]
    version_flag: str = "--version"

    def version(self, binary: Path) -> str:
        """The version number in what the binary says about itself."""
        done = subprocess.run(
            [str(binary), self.version_flag], capture_output=True, text=True, check=False
        )
        found = re.search(r"\d+\.\d+\.\d+", (done.stdout + done.stderr).replace(str(binary), ""))
        return found[0] if found else "unknown"


def installed(name: str) -> Path | None:
    """A program of the system; Debian keeps servers in /usr/sbin, outside a user's PATH."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None
