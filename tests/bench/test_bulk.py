"""Large bodies arrive whole, and one that does not is an error."""

from __future__ import annotations

import socket
import threading

import pytest

from bench import bulk


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    monkeypatch.setattr(bulk, "BODY_BYTES", 3 * bulk.MIB)
    ours, theirs = socket.socketpair()
    threading.Thread(target=bulk._answer, args=(theirs,), daemon=True).start()
    return ours


def test_bodies_move_one_after_another(served: socket.socket) -> None:
    with served:
        bulk.download(served)
        bulk.upload(served)
        bulk.download(served)


def test_a_refusal_is_an_error() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
        with pytest.raises(ConnectionError, match="503"):
            bulk.download(ours)


def test_a_body_that_ends_early_is_an_error() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        theirs.sendall(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        theirs.shutdown(socket.SHUT_WR)
        with theirs, pytest.raises(ConnectionError, match="early"):
            bulk.download(ours)
