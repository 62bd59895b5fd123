"""How large RE2's programs are: `re2_sizes.tsv` has what the real Envoy said of each expression.

Its log tells every size when the runtime key `re2.max_program_size.warn_level` is 0.
"""

from pathlib import Path

import pytest
from voyant import _engine
from voyant.config.re2 import to_rust

SIZES = [
    line.split("\t", 1)
    for line in (Path(__file__).parent / "re2_sizes.tsv").read_text().splitlines()
]


@pytest.mark.parametrize(("size", "pattern"), SIZES, ids=[pattern for _, pattern in SIZES])
def test_as_counted_by_envoy(size: str, pattern: str) -> None:
    assert _engine.re2_program_size(to_rust(pattern)) == int(size)


def test_what_re2_has_no_memory_for() -> None:
    assert _engine.re2_program_size("(?:" + "a" * 1000 + "){1000}") is None
