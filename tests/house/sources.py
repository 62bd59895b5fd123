"""The sources as the house rules see them: which files there are, and their code alone."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "crates" / "engine"
PYTHON_FOLDERS = ("python", "bench", "conformance", "tools")
GENERATED = ("python/voyant/ir/",)


@cache
def rust_files() -> tuple[Path, ...]:
    return tuple(sorted((ROOT / "crates").rglob("*.rs")))


@cache
def python_files() -> tuple[Path, ...]:
    found = (path for folder in PYTHON_FOLDERS for path in (ROOT / folder).rglob("*.py"))
    return tuple(sorted(path for path in found if not is_generated(path)))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_generated(path: Path) -> bool:
    return name(path).startswith(GENERATED)


def is_rust_test(path: Path) -> bool:
    """A file of tests: `foo/tests.rs`, what lies under `tests/`, `benches/` and `examples/`."""
    return path.stem == "tests" or bool({"tests", "benches", "examples"} & set(path.parts))


def rust_code(path: Path) -> str:
    """The code that ships: without comments, and without the inline tests at a file's end."""
    text = path.read_text().partition("#[cfg(test)]\nmod tests {")[0]
    return re.sub(r"^\s*//.*$|\s//[^\"]*$", "", text, flags=re.MULTILINE)


def engine_code() -> dict[str, str]:
    """The library's shipped code, by file; its programs in `src/bin` may read their arguments."""
    files = (
        path for path in rust_files() if path.is_relative_to(ENGINE) and "bin" not in path.parts
    )
    return {name(path): rust_code(path) for path in files if not is_rust_test(path)}
