"""Format strings, good or bad: segments that hold all of the text, or errors that say why.

Each input is read as a format of a log and as a header's value, which has older spellings.
"""

import sys

import atheris

with atheris.instrument_imports(include=["voyant.config.format"]):
    from voyant import ir
    from voyant.config.at import Report, Unplaced
    from voyant.config.format import parse, parse_header_value

FORMATTERS = frozenset({"REQ_WITHOUT_QUERY"})


def read(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    report = Report(Unplaced("fuzz"))
    segments = parse(text, report.root, formatters=FORMATTERS)
    literal = "".join(each.text for each in segments if isinstance(each, ir.SegmentText))
    if len(literal) > len(text):
        raise AssertionError("text from nowhere")
    if not report.errors and "%" not in text and literal != text:
        raise AssertionError("plain text is not itself")
    if not all(error.message for error in report.errors):
        raise AssertionError("refused without a reason")
    parse_header_value(text, report.root)


atheris.Setup(sys.argv, read)
atheris.Fuzz()
