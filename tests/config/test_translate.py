"""Each golden file: a configuration, a separator, and what its translation gives.

`UPDATE_GOLDENS=1` rewrites the expected parts; read the change before you keep it.
"""

import os
from pathlib import Path

import pytest

from tests.config.translated import KINDS, outcome

FOLDER = Path(__file__).parent.parent / "goldens" / "config" / "translate"
SEPARATOR = "-----\n"
GOLDENS = sorted(FOLDER.glob("*.golden"))


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_golden(path: Path) -> None:
    text, separator, expected = path.read_text().partition(SEPARATOR)
    got = outcome(path.stem, text)
    if os.environ.get("UPDATE_GOLDENS"):
        path.write_text(f"{text}{SEPARATOR}{got}")
        return
    assert separator, "the golden has no separator"
    assert expected, "an empty expectation would let anything pass"
    assert got == expected


def test_each_kind_has_goldens() -> None:
    assert {path.stem.partition("_")[0] for path in GOLDENS} == {*KINDS, "bootstrap"}
