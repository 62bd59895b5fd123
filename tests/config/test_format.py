"""The parser of format strings: it never raises, and it knows all of Envoy's operators."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voyant import ir
from voyant.config.at import Report, Unplaced
from voyant.config.format import parse, parse_header_value

OPERATORS = (Path(__file__).parent / "format_operators.txt").read_text().splitlines()
PIECES = st.sampled_from(
    [
        *("%", "%%", "(", ")", ":", "?", "[", "]", '"', "\n", "\0", ",", "{", "}", "9", "-1"),
        *("REQ", "COALESCE", "START_TIME", "METADATA(ROUTE", "FILTER_STATE(a", "PATH(WQ"),
        *('%DYNAMIC_METADATA(["', '"])%', "%PER_REQUEST_STATE(", "99999999999999999999999"),
        *('%COALESCE({"operators":["PROTOCOL"', "]})%", '{"command":"REQ","param":"a"}'),
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=12).map("".join)


def read(text: str) -> tuple[list[ir.Segment], list[str]]:
    """The segments of a text, and what is wrong with it."""
    report = Report(Unplaced("test"))
    return parse(text, report.root), [error.message for error in report.errors]


@given(TEXTS)
def test_any_text_gives_segments_or_reasons(text: str) -> None:
    segments, errors = read(text)
    assert all(errors)
    literal = "".join(each.text for each in segments if isinstance(each, ir.SegmentText))
    if "%" not in text:
        assert (literal, errors) == (text, [])
    parse_header_value(text, Report(Unplaced("test")).root)


@pytest.mark.parametrize("line", OPERATORS)
def test_operators_are_made_or_refused_by_name(line: str) -> None:
    text, _, answer = line.partition(" ")
    segments, errors = read(text)
    if answer == "OK":
        assert not errors, errors
        assert [type(each) for each in segments] == [ir.SegmentOperator]
    else:
        assert errors == [f"{text}: {answer}"]


def test_each_operator_is_compared_with_envoy() -> None:
    scenarios = Path(__file__).parents[1] / "parity/scenarios"
    texts = "\n".join(path.read_text() for path in scenarios.glob("*.py"))
    named = set(re.findall(r"[A-Z][A-Z0-9_]+", texts))
    made = {line.split("%")[1] for line in OPERATORS if line.endswith(" OK")}
    assert {re.split(r"[(:]", text)[0] for text in made} <= named


def test_long_numbers_are_no_lengths() -> None:
    segments, errors = read("%REQ(a):18446744073709551615%")
    assert not errors
    assert isinstance(segments[0], ir.SegmentOperator)
    assert segments[0].max_length == 2**32 - 1
    digits = "9" * 10_000
    assert read(f"%REQ(a):{digits}%")[1] == [
        f"Incorrect configuration: %REQ(a):{digits}%. Couldn't find valid command at position 0"
    ]
