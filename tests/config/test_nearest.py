"""The nearest word: among few by likeness, among many by one slip."""

import pytest
from voyant.config import nearest
from voyant.config.errors import MANY

FEW = ["connect_timeout", "circuit_breakers", "name"]
NUMBERED = [f"backend-{number}" for number in range(5_000)]


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("conect_timout", "did you mean 'connect_timeout'?"),
        ("circuitBreakers", "did you mean 'circuit_breakers'?"),
        ("zone", ""),
    ],
)
def test_among_few(word: str, hint: str) -> None:
    assert nearest(word, FEW) == hint


@pytest.mark.parametrize("word", ["backnd-4711", "backendd-4711", "backend_4711", "bakcend-4711"])
def test_among_many(word: str) -> None:
    assert len(NUMBERED) > MANY
    assert nearest(word, frozenset(NUMBERED)) == "did you mean 'backend-4711'?"


def test_two_slips_among_many_are_not_searched_for() -> None:
    assert nearest("bcknd-4711", frozenset(NUMBERED)) == ""
