"""Limits of connections, of a listener and of all: who is one too many is closed, others served."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bad_days.stand import GET, connect, is_served, proxy, stat, wait_for_stat, wait_for_zero
from tests.bad_days.upstream import read_message
from tests.cli.voyant import Running
from tests.parity.config import http

LIMIT = 6
CLIENTS = 40
OWN = "envoy.resource_limits.listener.http.connection_limit"
GLOBAL = "overload.global_downstream_max_connections"
DIRECT = "[{match: {prefix: /}, direct_response: {status: 200}}]"
FLAGS = ("--concurrency", "2")


@contextlib.contextmanager
def started_with(folder: Path, key: str, listener: str = "{}") -> Iterator[Running]:
    """The admin interface is left out of the limit, so that it can be asked."""
    fields = f"""
admin: {{ignore_global_conn_limit: true}}
layered_runtime: {{layers: [{{name: limits, static_layer: {{{key}: {LIMIT}}}}}]}}
"""
    listeners = [
        http(routes=DIRECT, listener=listener),
        http("other", routes=DIRECT),
        http("free", routes=DIRECT, listener="ignore_global_conn_limit: true"),
    ]
    with proxy(folder, listeners, [], {}, flags=FLAGS, fields=fields) as started:
        yield started


def answered(clients: list[socket.socket]) -> list[socket.socket]:
    """Those that have an answer; the others were closed."""
    served = []
    for client in clients:
        with contextlib.suppress(ConnectionError):
            client.sendall(GET)
            if read_message(client).startswith(b"HTTP/1.1 200 OK"):
                served.append(client)
    return served


@pytest.mark.parametrize("balance", ["{}", "connection_balance_config: {exact_balance: {}}"])
def test_of_a_listener(tmp_path: Path, balance: str) -> None:
    with started_with(tmp_path, OWN, balance) as started, contextlib.ExitStack() as opened:
        clients = [opened.enter_context(connect(started)) for _ in range(CLIENTS)]
        assert len(answered(clients)) == LIMIT
        assert stat(started, "listener.http.downstream_cx_overflow") == CLIENTS - LIMIT
        assert stat(started, "listener.http.downstream_cx_total") == LIMIT
        assert is_served(started, "other")
        opened.close()
        wait_for_zero(started, "listener.http.downstream_cx_active")
        assert is_served(started)


def test_of_all_listeners(tmp_path: Path) -> None:
    with started_with(tmp_path, GLOBAL) as started, contextlib.ExitStack() as opened:
        # It counts, though it is not refused.
        assert is_served(started, "free")
        wait_for_zero(started, "listener.free.downstream_cx_active")
        free = opened.enter_context(connect(started, "free"))
        assert answered([free]) == [free]
        clients = [
            opened.enter_context(connect(started, name))
            for name in ("http", "other") * (CLIENTS // 2)
        ]
        # The admin interface holds one while it is asked, which may have been a moment ago.
        served = len(answered(clients))
        assert served in (LIMIT - 1, LIMIT - 2)
        overflow = [
            stat(started, f"listener.{name}.downstream_global_cx_overflow")
            for name in ("http", "other")
        ]
        assert sum(overflow) == CLIENTS - served
        assert is_served(started, "free")
        opened.close()
        wait_for_zero(started, "listener.http.downstream_cx_active")
        wait_for_zero(started, "listener.other.downstream_cx_active")
        assert is_served(started)
        wait_for_stat(started, "listener.http.downstream_cx_total", 1)
