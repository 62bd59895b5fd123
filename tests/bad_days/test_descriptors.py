"""File descriptors run out: who is connected is served, others when there are some again."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import socket
from pathlib import Path

from tests.bad_days.stand import GET, Client, connect, is_served, proxy, wait_for_stat
from tests.bad_days.upstream import Upstream, read_head, read_message
from tests.cli.voyant import Running, wait_until
from tests.parity.config import cluster, http

DIRECT = "[{match: {prefix: /}, direct_response: {status: 200}}]"
CLIENTS = 40
ROOM = 20
MANY = 10_000
"""More tries than there can be until the deadline, unless nothing waits between them."""


def open_files(started: Running) -> int:
    return len(os.listdir(f"/proc/{started.process.pid}/fd"))


def allow(started: Running, files: int) -> None:
    pid = started.process.pid
    _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (files, hard))


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
        allow(started, limit)
        # The kernel completes the handshakes; the proxy can accept only some of them.
        clients = [opened.enter_context(connect(started, "own")) for _ in range(CLIENTS)]
        wait_until(lambda: open_files(started) == limit, "descriptors are left")
        assert other.is_served()
        for client in clients:
            client.sendall(GET)
        # What else was open when the limit was set may have made room for one or two more.
        wait_until(lambda: len(answered(clients)) >= ROOM, "who was accepted is not served")
        told = started.wait_for("(24: Too many open files)")
        assert "[warning][main]" in told
        # It tries again now and then, and does not turn round and round.
        assert int(told.partition("accept4() failed ")[2].partition(" ")[0]) < MANY
        # Nor does it keep the operator out, however often he asks.
        assert all("LIVE" in started.admin("/ready") for _ in range(CLIENTS))
        assert len(answered(clients)) < CLIENTS
        served = answered(clients)
        for client in served:
            client.close()
        for client in set(clients) - set(served):
            assert read_head(client).startswith(b"HTTP/1.1 200 OK")
        opened.close()
        assert is_served(started)
        wait_for_stat(started, "http.own.downstream_cx_total", CLIENTS)
        assert started.log().count("Too many open files") == 1


def test_there_is_no_descriptor_for_an_upstream(tmp_path: Path) -> None:
    routes = "[{match: {path: /own}, direct_response: {status: 204}}, "
    routes += "{match: {prefix: /}, route: {cluster: up}}]"
    with (
        Upstream() as up,
        proxy(tmp_path, [http(routes=routes)], [cluster()], {"up": up.port}) as started,
        connect(started) as client,
    ):
        client.sendall(GET.replace(b"/", b"/own", 1))
        assert read_head(client).startswith(b"HTTP/1.1 204 ")
        allow(started, open_files(started))
        client.sendall(GET)
        answer = read_message(client)
        assert answer.startswith(b"HTTP/1.1 503 Service Unavailable")
        assert answer.endswith(b"reset reason: local connection failure")
        told = started.wait_for("(24: Too many open files)")
        assert "socket() for an upstream 1 times" in told
        log = tmp_path / "http.log"
        details = "503 UF upstream_reset_before_response_started"
        details += "{local_connection_failure|Too_many_open_files}"
        wait_until(lambda: details in log.read_text(), "the log does not tell why")
        allow(started, open_files(started) + ROOM)
        client.sendall(GET)
        assert read_message(client).startswith(b"HTTP/1.1 200 OK")


def answered(clients: list[socket.socket]) -> list[socket.socket]:
    return select.select(clients, [], [], 0)[0]
