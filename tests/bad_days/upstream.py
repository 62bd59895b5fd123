"""An upstream whose connections are served by threads, and what reads a message from a socket."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

Serve = Callable[[socket.socket], None]


def read_head(connection: socket.socket) -> bytes:
    """Up to the blank line and what came with it; empty when the peer is gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return b""
        data += piece
    return data


def read_message(connection: socket.socket) -> bytes:
    """A head and as much of a body as its length says; empty when the peer is gone."""
    data = read_head(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0] or 0)
    while data and len(body) < length:
        piece = connection.recv(length - len(body))
        data, body = (data + piece, body + piece) if piece else (b"", b"")
    return data


def ok(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body


def answer_with(body: bytes) -> Serve:
    """Answers every request that has no body."""

    def serve(connection: socket.socket) -> None:
        while read_head(connection):
            connection.sendall(ok(body))

    return serve


answer_ok = answer_with(b"ok")


def never(connection: socket.socket) -> None:
    """Reads, and says nothing."""
    while connection.recv(65536):
        pass


class Upstream:
    """A listening socket; each connection is served on a thread of its own."""

    def __init__(self, serve: Serve = answer_ok, listening: socket.socket | None = None) -> None:
        self._serve = serve
        self._listening = listening or socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._connections: list[socket.socket] = []
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Upstream:
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._listening, *self._connections):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self._connections.append(connection)
                threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            self._serve(connection)
