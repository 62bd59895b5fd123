"""A connection of a TCP session that breaks: the other side must not take it for the end.

The bytes that came before are no whole message; only a reset says so.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bad_days.stand import connect, proxy
from tests.bad_days.upstream import Upstream
from tests.cli.voyant import SECONDS, Running
from tests.parity.config import cluster, tcp


def break_off(connection: socket.socket) -> None:
    """Closes so that the peer is sent a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@contextlib.contextmanager
def session(folder: Path, upstream: Upstream) -> Iterator[tuple[Running, socket.socket]]:
    with (
        proxy(folder, [tcp()], [cluster()], {"up": upstream.port}) as started,
        contextlib.closing(connect(started, "tcp")) as client,
    ):
        client.sendall(b"hello")
        yield started, client


def test_of_the_upstream(tmp_path: Path) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(100)
        connection.sendall(b"half")
        # Only when the client has it, for a reset may overtake what is under way.
        received.wait(SECONDS)
        break_off(connection)

    received = threading.Event()
    with Upstream(serve) as upstream, session(tmp_path, upstream) as (_, client):
        assert client.recv(100) == b"half"
        received.set()
        with pytest.raises(ConnectionResetError):
            client.recv(100)


def test_of_the_client(tmp_path: Path) -> None:
    def serve(connection: socket.socket) -> None:
        connection.settimeout(SECONDS)
        connection.recv(100)
        connection.sendall(b"half")
        try:
            ends.append(connection.recv(100))
        except OSError as error:
            ends.append(error)
        ended.set()

    ends: list[bytes | OSError] = []
    ended = threading.Event()
    with Upstream(serve) as upstream, session(tmp_path, upstream) as (_, client):
        assert client.recv(100) == b"half"
        break_off(client)
        assert ended.wait(SECONDS)
    assert isinstance(ends[0], ConnectionResetError)
