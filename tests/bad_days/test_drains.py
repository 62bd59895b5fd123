"""A process that is told to end loses no request of a client that keeps to the rules."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bad_days.stand import GET, connect, proxy
from tests.bad_days.upstream import Upstream, ok, read_head
from tests.cli.voyant import SECONDS, Running, wait_until
from tests.parity.config import cluster, http

DIRECT = "[{match: {prefix: /}, direct_response: {status: 200}}]"
# Longer than any test may last: what ends does not end by time.
PATIENT = "{drain_timeout: 3600s, delayed_close_timeout: 3600s}"
FLAGS = ("--drain-time-s", "3600", "--concurrency", "2")
WAITING = 500
"""More than workers accept before they hear that they are to stop."""
LISTENERS = {
    "tcp": "",
    "one_socket": "enable_reuse_port: false",
    "balanced": "connection_balance_config: {exact_balance: {}}",
    "pipe": "address: {socket_address: null, pipe: {path: $dir/pipe}}",
}


def told_to_go(client: socket.socket) -> bool:
    """Answered, and then closed without a reset."""
    data = b""
    while piece := client.recv(65536):
        data += piece
    head = data.partition(b"\r\n\r\n")[0]
    return head.startswith(b"HTTP/1.1 200 OK") and b"\r\nconnection: close" in head


def begin_to_end(started: Running) -> None:
    started.signal(signal.SIGTERM)
    wait_until(lambda: "DRAINING" in started.admin("/ready"), "it does not drain")


@contextlib.contextmanager
def standing_still(started: Running) -> Iterator[None]:
    """Nothing of the process runs; the kernel goes on to complete handshakes."""
    os.kill(started.process.pid, signal.SIGSTOP)
    yield
    os.kill(started.process.pid, signal.SIGCONT)


@pytest.mark.parametrize("strategy", ["immediate", "gradual"])
@pytest.mark.parametrize("kind", LISTENERS)
def test_who_waits_to_be_accepted(tmp_path: Path, kind: str, strategy: str) -> None:
    listener = http(
        routes=DIRECT, hcm=PATIENT, listener=f"{{tcp_backlog_size: {WAITING}, {LISTENERS[kind]}}}"
    )
    flags = (*FLAGS, "--drain-strategy", strategy)
    with (
        proxy(tmp_path, [listener], [], {}, flags=flags) as started,
        contextlib.ExitStack() as opened,
    ):

        def client() -> socket.socket:
            if kind != "pipe":
                return opened.enter_context(connect(started))
            pipe = opened.enter_context(socket.socket(socket.AF_UNIX))
            pipe.settimeout(SECONDS)
            pipe.connect(str(tmp_path / "pipe"))
            return pipe

        with standing_still(started):
            clients = [client() for _ in range(WAITING)]
            started.signal(signal.SIGTERM)
            for each in clients:
                each.sendall(GET)
        for each in clients:
            assert read_head(each).startswith(b"HTTP/1.1 200 OK")
            each.close()
        assert started.end() == 0


def test_who_has_not_asked_yet(tmp_path: Path) -> None:
    listener = http(routes=DIRECT, hcm=PATIENT)
    with (
        proxy(tmp_path, [listener], [], {}, flags=FLAGS) as started,
        connect(started) as silent,
        connect(started) as idle,
        connect(started) as partial,
    ):
        idle.sendall(GET)
        assert b"\r\nconnection: close" not in read_head(idle)
        partial.sendall(GET[:9])
        begin_to_end(started)
        for client, rest in ((silent, GET), (idle, GET), (partial, GET[9:])):
            client.sendall(rest)
            assert told_to_go(client)
            client.close()
        assert started.end() == 0


def test_who_leaves_is_not_waited_for(tmp_path: Path) -> None:
    listener = http(routes=DIRECT, hcm=PATIENT)
    with (
        proxy(tmp_path, [listener], [], {}, flags=FLAGS) as started,
        connect(started) as client,
    ):
        client.sendall(GET)
        read_head(client)
        begin_to_end(started)
        client.close()
        assert started.end() == 0


def test_who_says_nothing_is_not_waited_for(tmp_path: Path) -> None:
    listener = http(routes=DIRECT, hcm="{drain_timeout: 0.05s}")
    with (
        proxy(tmp_path, [listener], [], {}, flags=FLAGS) as started,
        connect(started) as silent,
        connect(started) as idle,
    ):
        idle.sendall(GET)
        read_head(idle)
        started.signal(signal.SIGTERM)
        assert silent.recv(1) == idle.recv(1) == b""
        assert started.end() == 0


def test_who_has_sent_several_requests(tmp_path: Path) -> None:
    arrived = socket.socketpair()

    def in_time(connection: socket.socket) -> None:
        while read_head(connection):
            arrived[1].sendall(b".")
            arrived[1].recv(1)
            connection.sendall(ok(b"late"))

    with (
        Upstream(in_time) as up,
        proxy(tmp_path, [http(hcm=PATIENT)], [cluster()], {"up": up.port}, flags=FLAGS) as started,
        connect(started) as client,
    ):
        client.sendall(GET * 3)
        arrived[0].recv(1)
        begin_to_end(started)
        for number in range(3):
            arrived[0].sendall(b"!")
            if number < 2:
                arrived[0].recv(1)
        data = b""
        while data.count(b"\r\n\r\nlate") < 3:
            data += client.recv(65536)
        # The last of them says that it is.
        assert b"\r\nconnection: close" in data.rpartition(b"HTTP/1.1")[2]
        client.close()
        assert started.end() == 0
