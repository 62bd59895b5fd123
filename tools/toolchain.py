"""Makes sure that a C compiler, venv and a new enough Rust are there: `python3 tools/toolchain.py`.

Where it may (root, with Debian's packages of a new Rust) it installs what is missing; elsewhere it
prints the command for it and fails. Stdlib only: it runs before anything is
installed.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

RUST = (1, 95)
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
    """Whether apt has all of these: only Debian 12 has a new Rust under these names."""
    line = ["apt-cache", "show", "--no-all-versions", *packages.split()]
    known = subprocess.run(line, capture_output=True, check=False).returncode == 0
    # apt knows no name at all before its first update.
    return known or is_debian_12()


def is_debian_12() -> bool:
    try:
        system = platform.freedesktop_os_release()
    except OSError:
        return False
    return (system.get("ID"), system.get("VERSION_ID")) == ("debian", "12")


def packages(need: Need) -> str | None:
    """What this system's installer brings it with, if it can."""
    tool = installer()
    names = need.packages.get(tool or "")
    if need is RUST_TOOLS and (shutil.which("rustup") or not offers(names or "")):
        return None
    return names


def install(needs: list[Need]) -> None:
    """As root with apt. `--no-remove`: another Rust's packages are their owner's to drop."""
    names = " ".join(filter(None, map(packages, needs))).split()
    if not names:
        return
    say(f"installing {' '.join(names)} with apt-get: some minutes")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    line = [*INSTALLERS["apt-get"].split(), "--no-remove", *names]
    for command in (["apt-get", "update", "-q"], line):
        done = subprocess.run(command, env=quiet, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        first = next((row for row in done.stderr.splitlines() if row.startswith("E: ")), "E: ?")
        say(f"apt-get could not: {first.removeprefix('E: ')}")


def advice(missing: list[Need]) -> list[str]:
    """One line for all that the system's installer brings, and one for each thing besides."""
    tool = installer() or ""
    brought = [need for need in missing if packages(need)]
    lines = []
    if brought:
        names = " ".join(packages(need) or "" for need in brought)
        command = f"{INSTALLERS[tool]} {names}"
        if tool == "apt-get":
            command = f"apt-get update && {command}"
        lines.append(f"missing {', '.join(need.name for need in brought)}: {as_root(command)}")
    for need in missing:
        if need is RUST_TOOLS and shutil.which("rustup"):
            lines.append(f"missing {need.name}: rustup update stable && rustup default stable")
        elif need not in brought:
            otherwise = need.otherwise or "see your system's package manager"
            lines.append(f"missing {need.name}: {otherwise}")
    return lines


def as_root(command: str) -> str:
    if os.geteuid() == 0:
        return command
    if shutil.which("sudo"):
        return " && ".join(f"sudo {part}" for part in command.split(" && "))
    return f"as root: {command}"


def main() -> int:
    missing = [need for need in NEEDS if not need.met()]
    if missing and os.geteuid() == 0 and installer() == "apt-get":
        install(missing)
        missing = [need for need in missing if not need.met()]
    for line in advice(missing):
        say(line)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
