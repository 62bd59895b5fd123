"""Clients that do not read: what is kept for them is bounded, and others are served meanwhile."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bad_days.stand import (
    GET,
    MIB,
    Client,
    Memory,
    connect,
    is_served,
    proxy,
    stat,
    wait_for_stat,
    wait_for_zero,
)
from tests.bad_days.upstream import Upstream, answer_ok, never, read_head
from tests.cli.voyant import Running
from tests.parity.config import cluster, http, tcp

CLIENTS = 8
BUFFER = 64 * 1024
ROUTES = """
- {match: {path: /}, route: {cluster: up}}
- {match: {path: /endless}, route: {cluster: endless, timeout: 0s}}
- {match: {path: /large}, route: {cluster: large, timeout: 0.5s}}
- {match: {path: /never}, route: {cluster: never, timeout: 0.5s}}
"""
LARGE = 16 * MIB
# SETTINGS and a WINDOW_UPDATE that allow the stream and the connection all there is.
WIDE = (
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    + b"\0\0\6\4\0\0\0\0\0\0\4\x7f\xff\xff\xff"
    + b"\0\0\4\x08\0\0\0\0\0\x7f\xff\0\0"
)


def http2_get(path: bytes) -> bytes:
    block = b"\x82\x86\x04" + bytes([len(path)]) + path + b"\x41\1a"
    return WIDE + len(block).to_bytes(3) + b"\1\5\0\0\0\1" + block


def endless(connection: socket.socket) -> None:
    read_head(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")


def large(connection: socket.socket) -> None:
    while read_head(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % LARGE)
        connection.sendall(bytes(LARGE))


@contextlib.contextmanager
def started_with(folder: Path, hcm: str, buffer: int) -> Iterator[Running]:
    limit = f"per_connection_buffer_limit_bytes: {buffer}"
    listeners = [http(routes=ROUTES, hcm=hcm, listener=limit), tcp(listener=limit)]
    listeners[1]["filter_chains"][0]["filters"][0]["typed_config"]["cluster"] = "endless"
    names = ("up", "endless", "large", "never")
    serves = (answer_ok, endless, large, never)
    with contextlib.ExitStack() as opened:
        ports = {
            name: opened.enter_context(Upstream(serve)).port
            for name, serve in zip(names, serves, strict=True)
        }
        clusters = [cluster(name, limit) for name in names]
        started = opened.enter_context(proxy(folder, listeners, clusters, ports))
        assert is_served(started)
        yield started


@pytest.mark.parametrize("http2", [False, True])
def test_of_an_endless_response_little_is_kept(tmp_path: Path, http2: bool) -> None:
    request = http2_get(b"/endless") if http2 else GET.replace(b"/ ", b"/endless ")
    with (
        started_with(tmp_path, "stream_idle_timeout: 1s", BUFFER) as started,
        contextlib.ExitStack() as opened,
    ):
        other = Client(started)
        memory = Memory(started)
        for _ in range(CLIENTS):
            client = opened.enter_context(connect(started, receive_buffer=4096))
            client.sendall(request)
        paused = "cluster.endless.upstream_flow_control_paused_reading_total"
        wait_for_stat(started, paused, CLIENTS)
        assert other.is_served()
        # Twice the buffer on each side of each, and what the allocator keeps.
        assert memory.grown() < CLIENTS * 4 * BUFFER + 6 * MIB
        wait_for_stat(started, "http.http.downstream_rq_idle_timeout", CLIENTS)
        wait_for_zero(started, "cluster.endless.upstream_rq_active")
        wait_for_zero(started, "cluster.endless.upstream_cx_active")
        assert other.is_served()
        assert memory.grown() < CLIENTS * 4 * BUFFER + 6 * MIB


def test_of_an_endless_tcp_session_little_is_kept(tmp_path: Path) -> None:
    with (
        started_with(tmp_path, "{}", BUFFER) as started,
        contextlib.ExitStack() as opened,
    ):
        other = Client(started)
        memory = Memory(started)
        clients = [
            opened.enter_context(connect(started, "tcp", receive_buffer=4096))
            for _ in range(CLIENTS)
        ]
        for client in clients:
            client.sendall(GET)
        paused = "cluster.endless.upstream_flow_control_paused_reading_total"
        wait_for_stat(started, paused, CLIENTS)
        assert other.is_served()
        assert memory.grown() < CLIENTS * 4 * BUFFER + 6 * MIB


@pytest.mark.parametrize("http2", [False, True])
def test_a_late_reader_gets_all_and_holds_no_upstream(tmp_path: Path, http2: bool) -> None:
    """The route's timeout is over when the upstream has answered, whenever the client reads."""
    request = http2_get(b"/large") if http2 else GET.replace(b"/ ", b"/large ")
    with (
        started_with(tmp_path, "stream_idle_timeout: 60s", 4 * LARGE) as started,
        connect(started, receive_buffer=4096) as client,
    ):
        client.sendall(request)
        wait_for_stat(started, "cluster.large.upstream_rq_200", 1)
        wait_for_zero(started, "cluster.large.upstream_rq_active")
        # Another request that ran into the same timeout tells that it has passed.
        with connect(started) as late:
            late.sendall(GET.replace(b"/ ", b"/never "))
            assert read_head(late).startswith(b"HTTP/1.1 504")
        received = 0
        while received < LARGE:
            piece = client.recv(1 << 20)
            assert piece, f"cut off after {received} bytes"
            received += len(piece)
        assert stat(started, "cluster.large.upstream_rq_timeout") == 0
        assert stat(started, "http.http.downstream_rq_active") <= 1


def test_a_request_that_the_upstream_does_not_read(tmp_path: Path) -> None:
    reads = threading.Event()

    def take(connection: socket.socket) -> None:
        data = read_head(connection)
        reads.wait()
        received = len(data.partition(b"\r\n\r\n")[2])
        while received < LARGE:
            received += len(connection.recv(1 << 20))
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    limit = f"per_connection_buffer_limit_bytes: {BUFFER}"
    routes = """
- {match: {path: /}, direct_response: {status: 200, body: {inline_string: ok}}}
- {match: {path: /up}, route: {cluster: up}}
"""
    with (
        Upstream(take) as up,
        proxy(
            tmp_path, [http(routes=routes, listener=limit)], [cluster("up", limit)], {"up": up.port}
        ) as started,
        connect(started) as client,
    ):
        other = Client(started)
        assert other.is_served()
        memory = Memory(started)
        head = b"POST /up HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % LARGE
        sender = threading.Thread(target=client.sendall, args=(head + bytes(LARGE),))
        sender.start()
        wait_for_stat(started, "cluster.up.upstream_flow_control_backed_up_total", 1)
        assert stat(started, "http.http.downstream_flow_control_paused_reading_total") >= 1
        assert other.is_served()
        assert memory.grown() < 6 * MIB
        reads.set()
        sender.join()
        assert read_head(client).startswith(b"HTTP/1.1 200 OK\r\n")
        assert stat(started, "cluster.up.upstream_flow_control_drained_total") >= 1
