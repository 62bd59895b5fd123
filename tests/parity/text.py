"""Bytes as text that can be reviewed: printable ASCII stays, all else is escaped."""

from hashlib import sha256

_LONGEST_BODY = 400


def printable(data: bytes) -> str:
    """One line; a trailing space is escaped, because YAML and editors lose it."""
    text = "".join(chr(b) if 0x20 <= b < 0x7F else f"\\x{b:02x}" for b in data)
    return text if not text.endswith(" ") else text[:-1] + "\\x20"


def body_lines(body: bytes) -> list[str]:
    """A short body line by line, a long one by its length and digest."""
    if not body:
        return []
    if len(body) > _LONGEST_BODY:
        return [f"<{len(body)} bytes, sha256 {sha256(body).hexdigest()[:16]}>"]
    return [printable(line) for line in body.removesuffix(b"\n").split(b"\n")]
