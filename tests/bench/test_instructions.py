"""What is counted is the bench, and what changed is shown to the instruction."""

from __future__ import annotations

import pytest

from bench.instructions import is_bench, row


def test_a_program_of_the_crate_is_not_the_bench() -> None:
    assert is_bench({"executable": "/t/instructions-1", "target": {"kind": ["bench"]}})
    assert not is_bench({"executable": "/t/run-snapshot", "target": {"kind": ["bin"]}})
    assert not is_bench({"executable": None, "target": {"kind": ["bench"]}})
    assert not is_bench({"reason": "build-finished"})


@pytest.mark.parametrize(
    ("kept", "now", "change"),
    [
        (2000, 2001, "+1 (+0.1%)"),
        (2000, 1000, "-1,000 (-50.0%)"),
        (7, 7, "none"),
        (None, 7, "new"),
    ],
)
def test_a_change_of_one_instruction_shows(kept: int | None, now: int, change: str) -> None:
    assert row("case", kept, now)[-1] == change
