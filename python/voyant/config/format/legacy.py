"""Header values may also be written as they were before formats had one syntax."""

import re

from voyant import ir
from voyant.config.at import At
from voyant.config.format.parse import parse

_LISTED = re.compile(r'%(DYNAMIC|UPSTREAM)_METADATA\(\[((?:\s*"[^"]*"\s*,?)+)\]\)%')
_QUOTED = re.compile(r'"([^"]*)"')
_PER_REQUEST = re.compile(r"%PER_REQUEST_STATE\((.*?)\)%")


def parse_header_value(
    text: str, at: At, formatters: frozenset[str] = frozenset()
) -> list[ir.Segment]:
    """The segments of a header's value: `DYNAMIC_METADATA(["namespace", "key"])`, the same of
    `UPSTREAM_METADATA`, and `PER_REQUEST_STATE(name)` are understood there alone."""
    text = _LISTED.sub(_unlisted, text)
    text = _PER_REQUEST.sub(r"%FILTER_STATE(\1:PLAIN)%", text)
    return parse(text, at, formatters=formatters)


def _unlisted(found: re.Match[str]) -> str:
    return f"%{found[1]}_METADATA({':'.join(_QUOTED.findall(found[2]))})%"
