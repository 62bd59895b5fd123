"""Each golden file: a configuration, a separator, and what loading it gives.

The expected part is the message in protobuf's text format with the warnings before it, or the text
of the errors. The name's last part but one is the kind of the input. `UPDATE_GOLDENS=1` rewrites
the expected parts; read the change before you keep it.
"""

import os
from pathlib import Path

import pytest
from google.protobuf import text_format
from voyant.config import ConfigErrors
from voyant.config.descriptors import pool
from voyant.config.load import BOOTSTRAP, Loaded, check
from voyant.config.load.sources import read_text

FOLDER = Path(__file__).parent.parent / "goldens" / "config" / "load"
SEPARATOR = "-----\n"
GOLDENS = sorted(FOLDER.glob("*.golden"))


def outcome(kind: str, text: str) -> str:
    """What loading a text gives, as a golden has it."""
    part = read_text(text.encode(), f"in.{kind}", BOOTSTRAP, yaml=kind == "yaml")
    try:
        return shown(check([part], BOOTSTRAP))
    except ConfigErrors as errors:
        return f"{errors}\n"


def shown(loaded: Loaded) -> str:
    """Warnings and message."""
    message = text_format.MessageToString(loaded.message, descriptor_pool=pool())
    return "".join(f"{warning}\n" for warning in loaded.warnings) + (message or "(empty)\n")


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.name)
def test_golden(path: Path) -> None:
    text, separator, expected = path.read_text().partition(SEPARATOR)
    got = outcome(path.suffixes[-2][1:], text)
    if os.environ.get("UPDATE_GOLDENS"):
        path.write_text(f"{text}{SEPARATOR}{got}")
        return
    assert separator, "the golden has no separator"
    assert expected, "an empty expectation would let anything pass"
    assert got == expected


def test_there_are_goldens() -> None:
    assert len(GOLDENS) > 30
