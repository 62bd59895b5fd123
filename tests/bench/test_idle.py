"""When an HTTP/2 answer has come to its end."""

from __future__ import annotations

import pytest

from bench.idle import ended

SETTINGS = b"\0\0\0\4\0\0\0\0\0"
HEADERS = b"\0\0\2\1\4\0\0\0\1\x88\x00"
DATA = b"\0\0\3\0\0\0\0\0\1abc"
LAST = b"\0\0\3\0\1\0\0\0\1abc"


@pytest.mark.parametrize("received", [b"", SETTINGS + HEADERS, DATA, SETTINGS + LAST[:-1]])
def test_not_yet(received: bytes) -> None:
    assert not ended(received)


@pytest.mark.parametrize("received", [LAST, SETTINGS + HEADERS + DATA + LAST, LAST + SETTINGS[:4]])
def test_an_end(received: bytes) -> None:
    assert ended(received)
