"""Upstreams that fail in every way at once: each costs its own requests, and no others.

What each failure looks like in detail is compared with Envoy in `tests/parity`.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from pathlib import Path

import pytest

from tests.bad_days.stand import GET, MIB, Client, Memory, connect, proxy, stat, wait_for_zero
from tests.bad_days.upstream import Upstream, never, ok, read_head, read_message
from tests.parity.config import cluster, http

ROUNDS = 5
REQUESTS = 300


def reset(connection: socket.socket) -> None:
    read_head(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang_up(connection: socket.socket) -> None:
    read_head(connection)


def noise(connection: socket.socket) -> None:
    read_head(connection)
    connection.sendall(b"\x16\x03\x01\0\xff" * 1000)


def headers_without_end(connection: socket.socket) -> None:
    read_head(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(10):
        connection.sendall(b"a" * MIB)


def interim_without_end(connection: socket.socket) -> None:
    read_head(connection)
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


# How an upstream fails, and what its client is answered.
BAD = {
    "reset": (reset, 503),
    "hang_up": (hang_up, 503),
    "never": (never, 504),
    "noise": (noise, 502),
    "headers_without_end": (headers_without_end, 502),
    "interim_without_end": (interim_without_end, 504),
    "refuses": (None, 503),
}


def route(name: str) -> str:
    return f"- {{match: {{path: /{name}}}, route: {{cluster: {name}, timeout: 0.2s}}}}"


def test_bad_upstreams_beside_a_good_one(tmp_path: Path) -> None:
    routes = "\n".join(map(route, BAD)) + "\n- {match: {prefix: /}, route: {cluster: up}}"
    with contextlib.ExitStack() as opened:
        ports = {"up": opened.enter_context(Upstream()).port}
        for name, (serve, _) in BAD.items():
            with contextlib.ExitStack() as closed:
                keep = opened if serve else closed
                ports[name] = keep.enter_context(Upstream(serve or never)).port
        clusters = [cluster(name) for name in ports]
        started = opened.enter_context(proxy(tmp_path, [http(routes=routes)], clusters, ports))
        other = Client(started)
        assert other.is_served()
        memory = Memory(started)
        for _ in range(ROUNDS):
            clients = {name: opened.enter_context(connect(started)) for name in BAD}
            for name, client in clients.items():
                client.sendall(GET.replace(b"/ ", f"/{name} ".encode()))
                assert other.is_served()
            answered = {
                name: int(read_message(client).split()[1]) for name, client in clients.items()
            }
            assert answered == {name: status for name, (_, status) in BAD.items()}
        assert other.is_served()
        assert stat(started, "cluster.up.upstream_rq_5xx") == 0
        for name in BAD:
            wait_for_zero(started, f"cluster.{name}.upstream_cx_active")
        assert memory.grown() < 8 * MIB


@pytest.mark.parametrize("how", ["close", "reset", "close_unread"])
def test_a_pooled_connection_that_dies_is_no_failed_request(tmp_path: Path, how: str) -> None:
    """The next request often meets the end of the connection on its way."""

    def serve(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(ok(b"ok"))
        if how == "close_unread":
            connection.recv(1)
        if how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with (
        Upstream(serve) as up,
        proxy(tmp_path, [http()], [cluster()], {"up": up.port}) as started,
    ):
        client = Client(started)
        assert all(client.is_served() for _ in range(REQUESTS))
        assert stat(started, "cluster.up.upstream_rq_5xx") == 0
        assert stat(started, "cluster.up.upstream_rq_200") == REQUESTS
