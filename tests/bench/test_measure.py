"""Medians, ratios and the table."""

from __future__ import annotations

from bench.measure import Result, Turn
from bench.report import block


def result(proxy: str, *costs: float) -> Result:
    turns = (Turn(cost / 4, 3 * cost / 4, 50_000, 2.5, 12.0) for cost in costs)
    return Result(proxy, tuple(turns))


def test_figures_are_medians_of_the_turns() -> None:
    measured = result("nginx", 10, 40, 12)
    assert measured.cpu_us == 12
    assert measured.figure("user_us") == 3
    assert measured.spread == 30 / 12


def test_the_table_says_what_voyant_is_to_each() -> None:
    table = block("case", [result("voyant", 9), result("envoy", 36), result("nginx", 10)])
    rows = {line.split()[0]: line.split() for line in table.splitlines()[2:]}
    assert rows["envoy"][-2:] == ["0.25", "x"]
    assert rows["nginx"][-2:] == ["0.90", "x"]
    assert rows["voyant"][-1] == "12.0"
