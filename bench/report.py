"""The table: one block a case, one row a proxy, and what Voyant costs as a multiple of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.measure import Result

COLUMNS = ("", "us/request", "user", "system", "spread", "requests/s", "p99 ms", "MB", "voyant is")


def block(title: str, results: Sequence[Result]) -> str:
    own = next((result for result in results if result.proxy == "voyant"), None)
    rows = [COLUMNS, *(row(result, own) for result in results)]
    return f"{title}\n{aligned(rows)}\n"


def row(result: Result, own: Result | None) -> tuple[str, ...]:
    ratio = "" if own is None or own is result else f"{own.cpu_us / result.cpu_us:.2f} x"
    return (
        result.proxy,
        f"{result.cpu_us:.1f}",
        f"{result.figure('user_us'):.1f}",
        f"{result.figure('system_us'):.1f}",
        f"{result.spread:.0%}",
        f"{result.figure('per_second'):,.0f}",
        f"{result.figure('p99_ms'):.2f}",
        f"{result.figure('memory_mb'):.1f}",
        ratio,
    )


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """The first column to the left, figures to the right."""
    widths = [max(len(cells[index]) for cells in rows) for index in range(len(rows[0]))]
    lines = []
    for cells in rows:
        figures = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))
        lines.append("  " + "  ".join((cells[0].ljust(widths[0]), *figures)))
    return "\n".join(line.rstrip() for line in lines)


def as_json(
    versions: Mapping[str, str], results: Mapping[str, Sequence[Result]]
) -> dict[str, object]:
    return {
        "versions": dict(versions),
        "cases": {
            case: {result.proxy: result.as_json() for result in of_case}
            for case, of_case in results.items()
        },
    }
