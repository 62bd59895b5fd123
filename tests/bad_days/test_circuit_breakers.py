"""Limits of a cluster hold across workers, exactly, and let go of what they held back."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from functools import partial
from pathlib import Path

from tests.bad_days.stand import FLAGS, GET, connect, proxy, stat, wait_for_stat, wait_for_zero
from tests.bad_days.upstream import Upstream, ok, read_head, read_message
from tests.cli.voyant import wait_until
from tests.parity.config import cluster, http

WORKERS = 2
CLIENTS = 40
LIMIT = 8
TWO_WORKERS = ("--concurrency", str(WORKERS), *FLAGS[2:])
# Connections go to the workers in turn.
BALANCED = "connection_balance_config: {exact_balance: {}}"


class Holding:
    """An upstream that answers when it is told."""

    def __init__(self) -> None:
        self._arrived = 0
        self._lock = threading.Lock()
        self._go = threading.Event()

    def __call__(self, connection: socket.socket) -> None:
        while read_head(connection):
            with self._lock:
                self._arrived += 1
            self._go.wait()
            connection.sendall(ok(b"ok"))

    def has(self, arrived: int) -> bool:
        return self._arrived == arrived

    def go(self) -> None:
        self._go.set()


def overflown(clients: list[socket.socket]) -> list[socket.socket]:
    return select.select(clients, [], [], 0)[0]


def test_requests(tmp_path: Path) -> None:
    held = Holding()
    limits = f"circuit_breakers: {{thresholds: [{{max_requests: {LIMIT}}}]}}"
    with (
        Upstream(held) as up,
        proxy(
            tmp_path,
            [http(listener=BALANCED)],
            [cluster("up", limits)],
            {"up": up.port},
            flags=TWO_WORKERS,
        ) as started,
        contextlib.ExitStack() as opened,
    ):
        clients = [opened.enter_context(connect(started)) for _ in range(CLIENTS)]
        for client in clients:
            client.sendall(GET)
        wait_until(lambda: len(overflown(clients)) == CLIENTS - LIMIT, "too many are let through")
        refused = overflown(clients)
        for client in refused:
            answer = read_message(client)
            assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
            assert b"\r\nx-envoy-overloaded: true\r\n" in answer
        wait_until(partial(held.has, LIMIT), "not all that may pass have passed")
        assert stat(started, "cluster.up.upstream_rq_active_overflow") == CLIENTS - LIMIT
        assert stat(started, "cluster.up.circuit_breakers.default.rq_open") == 1
        held.go()
        for client in set(clients) - set(refused):
            assert read_message(client).startswith(b"HTTP/1.1 200 OK\r\n")
        wait_for_zero(started, "cluster.up.circuit_breakers.default.rq_open")
        for client in refused:
            client.sendall(GET)
            assert read_message(client).startswith(b"HTTP/1.1 200 OK\r\n")


def test_connections_and_pending_requests(tmp_path: Path) -> None:
    held = Holding()
    connections, pending = 4, 3
    limits = f"{{max_connections: {connections}, max_pending_requests: {pending}}}"
    with (
        Upstream(held) as up,
        proxy(
            tmp_path,
            [http(listener=BALANCED)],
            [cluster("up", f"circuit_breakers: {{thresholds: [{limits}]}}")],
            {"up": up.port},
            flags=TWO_WORKERS,
        ) as started,
        contextlib.ExitStack() as opened,
    ):
        clients = []
        for number in range(connections + pending):
            client = opened.enter_context(connect(started))
            client.sendall(GET)
            clients.append(client)
            if number < connections:
                wait_until(partial(held.has, number + 1), "no connection was opened")
            else:
                waiting = number - connections + 1
                wait_for_stat(started, "cluster.up.upstream_rq_pending_active", waiting)
        assert stat(started, "cluster.up.upstream_cx_active") == connections
        assert stat(started, "cluster.up.circuit_breakers.default.cx_open") == 1
        assert stat(started, "cluster.up.circuit_breakers.default.rq_pending_open") == 1
        for _ in range(WORKERS):
            # Each worker refuses one more, though another has let those in that wait.
            client = opened.enter_context(connect(started))
            client.sendall(GET)
            assert read_message(client).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert stat(started, "cluster.up.upstream_rq_pending_overflow") == WORKERS
        held.go()
        for client in clients:
            assert read_message(client).startswith(b"HTTP/1.1 200 OK\r\n")
        assert stat(started, "cluster.up.upstream_cx_total") == connections
