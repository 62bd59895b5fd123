"""Clients that send slowly: they run into their timeouts, and nobody waits for them."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bad_days.stand import (
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
from tests.bad_days.upstream import Upstream, never, ok, read_head
from tests.cli.voyant import SECONDS
from tests.parity.config import cluster, http

LIMITS = {
    "request_headers_timeout": ("request_headers_timeout: 0.3s", "downstream_rq_header_timeout"),
    "request_timeout": ("request_timeout: 0.3s", "downstream_rq_timeout"),
    "stream_idle_timeout": ("stream_idle_timeout: 0.3s", "downstream_rq_idle_timeout"),
    # The first that passes counts.
    "the_shortest": (
        "{request_headers_timeout: 60s, request_timeout: 0.3s, stream_idle_timeout: 60s}",
        "downstream_rq_timeout",
    ),
}
HALF_HEADS = 300
IDLE_SECONDS = 1.0


def drip(client: socket.socket, piece: bytes, meanwhile: Callable[[], bool]) -> bytes:
    """Sends a piece again and again while something else holds; the answer, if one came."""
    client.settimeout(0.02)
    deadline = time.monotonic() + SECONDS
    while meanwhile():
        assert time.monotonic() < deadline, "no answer to what never ended"
        client.sendall(piece)
        with contextlib.suppress(TimeoutError):
            return client.recv(65536)
    return b""


@pytest.mark.parametrize("name", LIMITS)
def test_header_by_header(tmp_path: Path, name: str) -> None:
    fields, counter = LIMITS[name]
    with (
        Upstream() as up,
        proxy(
            tmp_path, [http(), http("slow", hcm=fields)], [cluster()], {"up": up.port}
        ) as started,
        connect(started, "slow") as client,
    ):
        other = Client(started)
        client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n")
        answer = drip(client, b"a: b\r\n", other.is_served)
        assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert stat(started, f"http.slow.{counter}") == 1


def test_a_body_byte_by_byte_may_take_longer_than_a_stream_may_idle(tmp_path: Path) -> None:
    received = bytearray()

    def take(connection: socket.socket) -> None:
        received.extend(read_head(connection).partition(b"\r\n\r\n")[2])
        while b"end" not in received:
            received.extend(connection.recv(65536))
        connection.sendall(ok(b""))

    hcm = f"stream_idle_timeout: {IDLE_SECONDS}s"
    with (
        Upstream(take) as up,
        proxy(tmp_path, [http(hcm=hcm)], [cluster()], {"up": up.port}) as started,
        connect(started) as client,
    ):
        client.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        until = time.monotonic() + 1.5 * IDLE_SECONDS
        assert not drip(client, b"1\r\na\r\n", lambda: time.monotonic() < until)
        client.settimeout(SECONDS)
        client.sendall(b"3\r\nend\r\n0\r\n\r\n")
        assert read_head(client).startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"1\r\na\r\n1\r\na\r\n" in received


def test_a_body_byte_by_byte_runs_out_of_time(tmp_path: Path) -> None:

    hcm = "request_timeout: 0.3s"
    routes = "[{match: {prefix: /}, route: {cluster: never}}]"
    with (
        Upstream() as up,
        Upstream(never) as silent,
        proxy(
            tmp_path,
            [http(), http("slow", hcm=hcm, routes=routes)],
            [cluster(), cluster("never")],
            {"up": up.port, "never": silent.port},
        ) as started,
        connect(started, "slow") as client,
    ):
        other = Client(started)
        client.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n")
        answer = drip(client, b"a", other.is_served)
        assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert stat(started, "http.slow.downstream_rq_timeout") == 1
        wait_for_zero(started, "cluster.never.upstream_cx_active")


def test_many_half_heads(tmp_path: Path) -> None:
    """They cost what their bytes cost, and leave when they must."""
    hcm = "{request_headers_timeout: 2s, delayed_close_timeout: 0s}"
    with (
        Upstream() as up,
        proxy(tmp_path, [http(), http("slow", hcm=hcm)], [cluster()], {"up": up.port}) as started,
        contextlib.ExitStack() as opened,
    ):
        assert is_served(started)
        memory = Memory(started)
        for _ in range(HALF_HEADS):
            client = opened.enter_context(connect(started, "slow"))
            client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n")
        other = Client(started)
        # The first may have left by the time that the last has come.
        wait_for_stat(started, "http.slow.downstream_cx_total", HALF_HEADS)
        assert other.is_served()
        assert memory.grown() < 16 * MIB
        wait_for_stat(started, "http.slow.downstream_rq_header_timeout", HALF_HEADS)
        wait_for_zero(started, "http.slow.downstream_cx_active")
        assert other.is_served()
