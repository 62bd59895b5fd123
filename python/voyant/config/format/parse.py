"""The parser of format strings."""

import re

from voyant import ir
from voyant.config.at import At
from voyant.config.format.operators import cut, operator
from voyant.config.format.wrong import Wrong

_OPERATOR = re.compile(r"%(?P<name>[A-Z0-9_]+)(?:\((?P<args>.*?)\))?(?::(?P<length>[0-9]+))?%")
_LONGEST = 2**64 - 1


def parse(text: str, at: At, *, formatters: frozenset[str] = frozenset()) -> list[ir.Segment]:
    """The segments of a format; what is wrong with it is reported.

    `formatters` are the operators that extensions add to this format.
    """
    segments: list[ir.Segment] = []
    literal: list[str] = []

    def flush() -> None:
        if joined := "".join(literal):
            segments.append(ir.SegmentText(text=joined))
        literal.clear()

    position = 0
    while (percent := text.find("%", position)) >= 0:
        literal.append(text[position:percent])
        if text.startswith("%%", percent):
            literal.append("%")
            position = percent + 2
            continue
        found = _OPERATOR.match(text, percent)
        if found is None or _length(found) > _LONGEST:
            _report_syntax(text, percent, at)
            return []
        flush()
        segment = _segment(found, at, formatters)
        if segment is not None:
            segments.append(segment)
        position = found.end()
    literal.append(text[position:])
    flush()
    return segments


def _report_syntax(text: str, percent: int, at: At) -> None:
    where = len(text[:percent].encode())
    at.error(
        f"Incorrect configuration: {text}. Couldn't find valid command at position {where}",
        expected="%OPERATOR%, %OPERATOR(arguments)%, %OPERATOR(arguments):length%, or %%",
    )


def _length(found: re.Match[str]) -> int:
    # Longer than any number that counts; Python reads no number of any length.
    digits = (found["length"] or "0").lstrip("0")
    return int(digits[:21] or "0")


def _segment(found: re.Match[str], at: At, formatters: frozenset[str]) -> ir.Segment | None:
    length = _length(found) if found["length"] else None
    try:
        made = operator(found["name"], found["args"] or "", length, formatters)
    except Wrong as wrong:
        at.error(f"{found[0]}: {wrong}", expected=wrong.expected, hint=wrong.hint)
        return None
    return ir.SegmentOperator(operator=made, max_length=cut(length))
