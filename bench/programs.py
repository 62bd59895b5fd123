"""What the benchmark needs of the system: found, or named in one line with the command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from bench.load import PACKAGES
from bench.proxies import PROXIES
from bench.proxies.proxy import installed

DEBIAN = {
    "nginx": ("nginx", "libnginx-mod-stream"),
    "haproxy": ("haproxy",),
    "valgrind": ("valgrind",),
    **{tool: (package,) for tool, package in PACKAGES.items()},
}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def provide(names: Iterable[str]) -> None:
    """Installs Debian's packages of these programs where that is possible, else says how."""
    missing = [name for name in names if name in DEBIAN and installed(name) is None]
    packages = sorted({package for name in missing for package in DEBIAN[name]})
    if not packages:
        return
    line = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        say(f"bench: missing {', '.join(missing)}: sudo {' '.join(line)}")
        return
    say(f"bench: installing {' '.join(packages)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-q"], check=False, stdout=subprocess.DEVNULL)
    done = subprocess.run(line, env=quiet, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        say(f"bench: {done.stderr.strip()[-300:]}")


def available(names: Iterable[str]) -> dict[str, Path]:
    """The proxies that are there; each one that is not is skipped with a line."""
    found: dict[str, Path] = {}
    for name in names:
        binary = PROXIES[name].find()
        if binary is None:
            say(f"bench: skipped {name}: {PROXIES[name].missing}")
        else:
            found[name] = binary
    return found
