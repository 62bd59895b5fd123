"""An unquoted YAML scalar as Envoy's YAML library resolves it.

Null first, then truth values, then 64-bit integers (decimal, hexadecimal, octal); all else,
fractions too, stays text until the field's type is known. An integer that does not fit 32 bits
becomes its decimal text, as in Envoy.
"""

import re

from voyant.config.load.tree import Tree

NULLS = frozenset(("", "~", "null", "Null", "NULL"))


def _spellings(*words: str) -> list[str]:
    return [form for word in words for form in (word, word.upper(), word.capitalize())]


BOOLS: dict[str, bool] = {
    **dict.fromkeys(_spellings("y", "yes", "true", "on"), True),
    **dict.fromkeys(_spellings("n", "no", "false", "off"), False),
}
_INTEGER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")
_OCTAL = re.compile(r"([+-]?)0([0-7]+)")


def resolve(text: str) -> Tree:
    """The value of an unquoted, untagged scalar."""
    if text in NULLS:
        return None
    return resolve_tagged(text)


def resolve_tagged(text: str) -> Tree:
    """The value of a scalar with a tag: never null, otherwise the same."""
    known = BOOLS.get(text)
    if known is not None:
        return known
    if len(text) < 32 and _INTEGER.fullmatch(text):
        octal = _OCTAL.fullmatch(text)
        number = int(octal[1] + octal[2], 8) if octal else int(text, 0)
        if -(2**31) <= number < 2**31:
            return number
        if -(2**63) <= number < 2**63:
            return str(number)
    return text
