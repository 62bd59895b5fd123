"""Bytes as text that can be reviewed: printable ASCII stays, all else is escaped."""

import json
from hashlib import sha256

_LONGEST_BODY = 16384
_LONGEST_LINE = 400


def printable(data: bytes) -> str:
    """One line; a trailing space is escaped, because YAML and editors lose it."""
    text = "".join(chr(b) if 0x20 <= b < 0x7F else f"\\x{b:02x}" for b in data)
    return text if not text.endswith(" ") else text[:-1] + "\\x20"


def body_lines(body: bytes) -> list[str]:
    """A short body line by line, a long one by its length and digest."""
    if not body:
        return []
    lines = body.removesuffix(b"\n").split(b"\n")
    if len(body) > _LONGEST_BODY or any(len(line) > _LONGEST_LINE for line in lines):
        return [f"<{len(body)} bytes, sha256 {sha256(body).hexdigest()[:16]}>"]
    return [printable(line) for line in lines]


def json_lines(body: bytes) -> list[str]:
    """A JSON body laid out again, keys sorted: their order is no part of what it says."""
    try:
        return json.dumps(json.loads(body), indent=1, sort_keys=True).split("\n")
    except ValueError:
        return body_lines(body)
