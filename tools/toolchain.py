"""Makes sure that a C compiler, venv and a new enough Rust are there: `python3 tools/toolchain.py`.

Where it may (root, with Debian's packages of a new Rust) it installs what is missing; elsewhere it
prints one line with the command for each thing and fails. Stdlib only: it runs before anything is
installed.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

RUST = (1, 95)
PYTHON = (3, 11)
RUSTUP = "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal"
INSTALLERS = {
    "apt-get": "apt-get install -y --no-install-recommends",
    "dnf": "dnf install -y",
    "zypper": "zypper install -y",
    "pacman": "pacman -S --noconfirm",
    "apk": "apk add",
}


@dataclass(frozen=True)
class Need:
    """Something the build cannot do without, and the packages that bring it."""

    name: str
    met: Callable[[], bool]
    packages: dict[str, str]
    otherwise: str = ""


def has_compiler() -> bool:
    """A compiler alone is not enough: without libc's start files nothing links."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return False
    program = "int main(void) { return 0; }"
    line = [compiler, "-x", "c", "-", "-o", os.devnull]
    done = subprocess.run(line, input=program, text=True, capture_output=True, check=False)
    return done.returncode == 0


def has_venv() -> bool:
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def rust_version() -> tuple[int, int] | None:
    """The older of rustc's and cargo's versions."""
    found = []
    for program in ("rustc", "cargo"):
        path = shutil.which(program)
        if path is None:
            return None
        done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        match = re.search(r"(\d+)\.(\d+)", done.stdout)
        if match is None:
            return None
        found.append((int(match[1]), int(match[2])))
    return min(found)


def has_rust() -> bool:
    version = rust_version()
    return version is not None and version >= RUST


COMPILER = Need(
    "a C compiler",
    has_compiler,
    {
        "apt-get": "gcc libc6-dev",
        "dnf": "gcc",
        "zypper": "gcc",
        "pacman": "gcc",
        "apk": "gcc musl-dev",
    },
)
VENV = Need("Python's venv", has_venv, {"apt-get": "python3-venv", "zypper": "python3-venv"})
RUST_TOOLS = Need(
    f"Rust >= {RUST[0]}.{RUST[1]}",
    has_rust,
    {"apt-get": "rustc-web cargo-web ca-certificates"},
    RUSTUP,
)
NEEDS = (COMPILER, VENV, RUST_TOOLS)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def installer() -> str | None:
    return next((name for name in INSTALLERS if shutil.which(name)), None)


def offers(packages: str) -> bool:
    """Whether apt knows all of these: only Debian 12 has a new Rust under these names."""
    line = ["apt-cache", "show", "--no-all-versions", *packages.split()]
    return subprocess.run(line, capture_output=True, check=False).returncode == 0


def install(needs: list[Need]) -> None:
    """As root with apt. `--no-remove`: another Rust's packages are their owner's to drop."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    say(f"installing {', '.join(need.name for need in needs)} with apt-get")
    subprocess.run(["apt-get", "update", "-q"], check=False, stdout=subprocess.DEVNULL)
    packages = [need.packages["apt-get"] for need in needs if offers(need.packages["apt-get"])]
    if packages:
        line = [*INSTALLERS["apt-get"].split(), "--no-remove", *" ".join(packages).split()]
        subprocess.run(line, env=quiet, check=False, stdout=subprocess.DEVNULL)


def advice(need: Need) -> str:
    """The one command that brings it on this system."""
    tool = installer()
    packages = need.packages.get(tool or "")
    if need is RUST_TOOLS and shutil.which("rustup"):
        command = "rustup update stable"
    elif tool and packages and (tool != "apt-get" or offers(packages)):
        command = f"{'' if os.geteuid() == 0 else 'sudo '}{INSTALLERS[tool]} {packages}"
    else:
        command = need.otherwise or "see your system's package manager"
    return f"missing {need.name}: {command}"


def main() -> int:
    if sys.version_info < PYTHON:
        this, least = sys.version.split()[0], f"{PYTHON[0]}.{PYTHON[1]}"
        say(f"this is Python {this}; name one of {least} or later: make PYTHON=python3.12 ...")
        return 1
    missing = [need for need in NEEDS if not need.met()]
    if missing and os.geteuid() == 0 and installer() == "apt-get":
        install(missing)
        missing = [need for need in missing if not need.met()]
    for need in missing:
        say(advice(need))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
