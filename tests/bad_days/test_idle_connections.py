"""Thousands of connections on which nothing happens cost little, and keep nobody from service."""

from __future__ import annotations

import contextlib
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bad_days.stand import (
    GET,
    Client,
    Memory,
    connect,
    is_served,
    proxy,
    stat,
    wait_for_stat,
    wait_for_zero,
)
from tests.bad_days.upstream import Upstream, read_head
from tests.parity.config import cluster, http

# `make bench-idle` measures it; this is the promise.
MOST_EACH = 20 * 1024
SPARE = 200
BATCH = 64


@pytest.fixture
def as_many_as_allowed() -> Iterator[int]:
    """Up to 10,000; the limit of this process, which the proxy inherits, is raised meanwhile."""
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield min(10_000, hard - SPARE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))


@pytest.mark.parametrize("after_a_request", [False, True])
def test_idle_connections(tmp_path: Path, as_many_as_allowed: int, after_a_request: bool) -> None:
    count = as_many_as_allowed
    with (
        Upstream() as up,
        proxy(tmp_path, [http()], [cluster()], {"up": up.port}) as started,
        contextlib.ExitStack() as opened,
    ):
        other = Client(started)
        assert other.is_served()
        memory = Memory(started)
        idle: list[socket.socket] = []
        for number in range(count):
            if number % BATCH == 0:
                # The queue of those that nobody has accepted yet must not overflow.
                assert other.is_served()
            client = opened.enter_context(connect(started))
            if after_a_request:
                client.sendall(GET)
                assert read_head(client).startswith(b"HTTP/1.1 200 OK")
            idle.append(client)
        wait_for_stat(started, "http.http.downstream_cx_active", count + 1)
        assert other.is_served()
        assert is_served(started)
        assert memory.grown() < count * MOST_EACH
        # None was given up, and each still works.
        for client in idle[:: count // 10]:
            client.sendall(GET)
            assert b"HTTP/1.1 200 OK" in read_head(client)
        assert stat(started, "http.http.downstream_cx_destroy") == 1
        opened.close()
        other.close()
        wait_for_zero(started, "http.http.downstream_cx_active")
        assert is_served(started)
