"""`make build` does nothing when nothing changed, and what it must when something did."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """An environment as a finished build leaves it."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "maturin").touch()
    (tmp_path / ".release").touch()
    return tmp_path


def planned(goal: str, venv: Path) -> str:
    """The commands that make would run."""
    line = ["make", "-n", goal, f"VENV={venv}"]
    done = subprocess.run(line, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout


def test_a_build_that_is_up_to_date_starts_nothing(venv: Path) -> None:
    assert "maturin" not in planned("build", venv)
    assert "pip" not in planned("build", venv)


def test_a_second_run_only_starts_the_demo(venv: Path) -> None:
    assert planned("run", venv).split() == ["exec", f"{venv}/bin/python", "-m", "tools.demo"]


def test_newer_sources_are_built_without_a_toolchain_behind_the_users_back(venv: Path) -> None:
    os.utime(venv / ".release", (0, 0))
    commands = planned("build", venv)
    assert f"{venv}/bin/maturin develop --release" in commands
    assert commands.index("tools/toolchain.py") < commands.index("maturin develop")
    assert "export MATURIN_NO_INSTALL_RUST := 1" in (ROOT / "Makefile").read_text()


def test_nothing_is_installed_before_the_toolchain_was_looked_at(tmp_path: Path) -> None:
    commands = planned("build", tmp_path)
    assert commands.index("tools/toolchain.py") < commands.index("-m venv")
    assert commands.index("-m venv") < commands.index("pip install")


def test_ci_runs_the_tests() -> None:
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "exec make test"


@pytest.mark.parametrize(
    "goal",
    [
        *("bench", "bench-check", "bench-scale", "build", "conformance", "corpus", "descriptors"),
        *("fuzz", "lint", "parity-record", "run", "test"),
    ],
)
def test_help_lists(goal: str) -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True)
    assert any(line.split()[0] == goal for line in done.stdout.splitlines())


def test_without_packages_pips_words_are_explained(venv: Path) -> None:
    line = ["make", f"{venv}/.dev", f"VENV={venv}", "PIP=false", "PY=true"]
    done = subprocess.run(line, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "is PyPI (or PIP_INDEX_URL) reached" in done.stderr


@pytest.mark.parametrize("python", ["false", "no-such-python"])
def test_a_python_that_is_too_old_or_not_there_is_told(tmp_path: Path, python: str) -> None:
    line = ["make", "build", f"VENV={tmp_path}/venv", f"PYTHON={python}"]
    done = subprocess.run(line, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert f"{python} is not Python 3.11 or later" in done.stderr
    assert not (tmp_path / "venv").exists()
