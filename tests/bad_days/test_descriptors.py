"""File descriptors run out: who is connected is served, others when there are some again."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import socket
from pathlib import Path

from tests.bad_days.stand import GET, Client, connect, is_served, proxy, wait_for_stat
from tests.bad_days.upstream import Upstream, read_head
from tests.cli.voyant import Running, wait_until
from tests.parity.config import cluster, http

DIRECT = "[{match: {prefix: /}, direct_response: {status: 200}}]"
CLIENTS = 40
ROOM = 20


def open_files(started: Running) -> int:
    return len(os.listdir(f"/proc/{started.process.pid}/fd"))


def test_no_descriptors_are_left(tmp_path: Path) -> None:
    with (
        Upstream() as up,
        proxy(
            tmp_path, [http(), http("own", routes=DIRECT)], [cluster()], {"up": up.port}
        ) as started,
        contextlib.ExitStack() as opened,
    ):
        other = Client(started)
        assert other.is_served()
        limit = open_files(started) + ROOM
        pid = started.process.pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, hard))
        # The kernel completes the handshakes; the proxy can accept only some of them.
        clients = [opened.enter_context(connect(started, "own")) for _ in range(CLIENTS)]
        wait_until(lambda: open_files(started) == limit, "descriptors are left")
        assert other.is_served()
        for client in clients:
            client.sendall(GET)
        # The worker accepts in order, and nobody leaves meanwhile.
        wait_until(lambda: len(answered(clients)) == ROOM, "who was accepted is not served")
        served = answered(clients)
        for client in served:
            client.close()
        for client in set(clients) - set(served):
            assert read_head(client).startswith(b"HTTP/1.1 200 OK")
        opened.close()
        assert is_served(started)
        wait_for_stat(started, "http.own.downstream_cx_total", CLIENTS)


def answered(clients: list[socket.socket]) -> list[socket.socket]:
    return select.select(clients, [], [], 0)[0]
