"""On a machine where something is missing: what may be installed is, the rest is one line each."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess

import pytest

from tools import toolchain
from tools.toolchain import COMPILER, RUST_TOOLS, VENV, Need, advice

Programs = dict[str, str]


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Programs:
    """The programs that there are, and what `--version` says; nothing else is started."""
    there: Programs = {}

    def run(line: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        status = 1 if line[0] == "apt-cache" and not there.get("apt-cache") else 0
        return subprocess.CompletedProcess(line, status, there.get(line[0], ""), "")

    monkeypatch.setattr(shutil, "which", lambda name: name if name in there else None)
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": there.get("os", "")})
    return there


@pytest.mark.parametrize(
    ("rustc", "cargo", "enough"),
    [("1.95.0", "1.95.0", True), ("1.96.1", "1.94.0", False), ("1.63.0", "0.66.0", False)],
)
def test_rust_is_as_new_as_its_older_half(
    programs: Programs, rustc: str, cargo: str, enough: bool
) -> None:
    programs |= {"rustc": f"rustc {rustc} (abc)", "cargo": f"cargo {cargo}"}
    assert toolchain.has_rust() is enough


def test_without_cargo_there_is_no_rust(programs: Programs) -> None:
    programs["rustc"] = "rustc 1.96.0"
    assert not toolchain.has_rust()


def test_debian_12_has_a_rust_of_its_own_and_one_command_brings_all(programs: Programs) -> None:
    programs |= {"apt-get": "", "apt-cache": "knows", "sudo": ""}
    assert advice([COMPILER, VENV, RUST_TOOLS]) == [
        "missing a C compiler, Python's venv, Rust >= 1.95: sudo apt-get update && sudo "
        "apt-get install -y --no-install-recommends gcc libc6-dev python3-venv "
        "rustc-web cargo-web ca-certificates"
    ]


def test_debian_12_has_it_also_before_the_first_update(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs |= {"apt-get": "", "apt-cache": ""}
    release = {"ID": "debian", "VERSION_ID": "12"}
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: release)
    [line] = advice([RUST_TOOLS])
    assert line.startswith("missing Rust >= 1.95: as root: apt-get update && apt-get install")
    assert line.endswith(" rustc-web cargo-web ca-certificates")


def test_another_debian_has_not(programs: Programs) -> None:
    programs |= {"apt-get": "", "apt-cache": ""}
    assert advice([COMPILER, RUST_TOOLS])[1:] == [f"missing Rust >= 1.95: {toolchain.RUSTUP}"]


def test_an_old_rust_of_rustup_is_updated(programs: Programs) -> None:
    programs |= {"rustup": "rustup 1.28", "apt-get": "", "apt-cache": "knows"}
    assert advice([RUST_TOOLS]) == [
        "missing Rust >= 1.95: rustup update stable && rustup default stable"
    ]


@pytest.mark.parametrize(
    ("tool", "command"),
    [
        ("dnf", "sudo dnf install -y gcc"),
        ("apk", "sudo apk add gcc musl-dev"),
        ("pacman", "sudo pacman -S --noconfirm gcc"),
    ],
)
def test_the_compiler_elsewhere(programs: Programs, tool: str, command: str) -> None:
    programs |= {tool: "", "sudo": ""}
    assert advice([COMPILER]) == [f"missing a C compiler: {command}"]


def test_all_that_is_missing_is_told_at_once(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    programs["dnf"] = ""
    monkeypatch.setattr(toolchain, "NEEDS", (COMPILER, VENV, RUST_TOOLS))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert toolchain.main() == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "missing a C compiler",
        "missing Python's venv",
        "missing Rust >= 1.95",
    ]


def test_what_apt_could_not_is_told_in_one_line(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    programs |= {"apt-get": "", "apt-cache": "knows"}
    errors = "W: one\nW: two\nE: Failed to fetch it\nE: and that\n"

    def run(line: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(line, 100, "", errors)

    monkeypatch.setattr(subprocess, "run", run)
    toolchain.install([COMPILER])
    assert capsys.readouterr().err.splitlines()[1:] == ["apt-get could not: Failed to fetch it"]


def test_as_root_on_debian_it_is_installed(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs |= {"apt-get": "", "apt-cache": "knows"}
    installed: list[str] = []
    need = Need("a thing", lambda: bool(installed), {"apt-get": "thing"})
    monkeypatch.setattr(toolchain, "NEEDS", (need,))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(toolchain, "install", lambda needs: installed.append(needs[0].name))
    assert toolchain.main() == 0
    assert installed == ["a thing"]
