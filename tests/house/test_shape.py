"""The shape that STYLE asks for: small files with plain names, small functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from tests.house.sources import is_rust_test, name, python_files, rust_code, rust_files

LONGEST_FILE = 600
MEDIAN_FILE = 150
LONGEST_FUNCTION = 60
VAGUE_NAMES = {"util", "utils", "common", "helpers", "helper", "misc", "manager"}


def shipped() -> list[Path]:
    return [path for path in rust_files() if not is_rust_test(path)] + list(python_files())


def length(path: Path) -> int:
    text = rust_code(path) if path.suffix == ".rs" else path.read_text()
    return len(text.splitlines())


def test_no_file_is_a_hall() -> None:
    assert [name(path) for path in shipped() if length(path) > LONGEST_FILE] == []


def test_the_median_file_is_small() -> None:
    assert median(length(path) for path in shipped()) <= MEDIAN_FILE


def test_names_say_what_is_inside() -> None:
    assert [name(path) for path in shipped() if path.stem in VAGUE_NAMES] == []


def test_a_module_lies_beside_its_folder() -> None:
    assert [name(path) for path in rust_files() if path.name == "mod.rs"] == []


def test_every_file_says_what_it_is() -> None:
    silent = [
        name(path)
        for path in shipped()
        if path.suffix == ".rs" and not path.read_text().startswith("//!")
    ]
    silent += [name(path) for path in python_files() if not documented(path)]
    assert silent == []


def documented(path: Path) -> bool:
    tree = ast.parse(path.read_text())
    return not tree.body or ast.get_docstring(tree) is not None


def test_python_functions_are_short() -> None:
    assert [text for path in python_files() for text in long_functions(path)] == []


def long_functions(path: Path) -> Iterator[str]:
    """Clippy's `too_many_lines` says the same of Rust."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{name(path)}: {node.name} has {lines} lines"


@pytest.mark.parametrize("way", ["request", "response"])
def test_a_filter_that_takes_pieces_of_a_body_says_that_it_watches(way: str) -> None:
    """Bodies go past those that do not say so."""
    filters = [path for path in rust_files() if path.parent.name == "filter"]
    assert len(filters) > 10
    silent = [
        name(path)
        for path in filters
        if f"fn {way}_piece(" in path.read_text()
        and f"fn watches_{way}_body(" not in path.read_text()
    ]
    assert silent == []
