"""The test stand: free ports, the backend, and a proxy that serves before it is loaded."""

from __future__ import annotations

import http.client
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.cases import RESPONSE_BYTES, Case
from bench.process import Process
from bench.proxies import nginx
from bench.proxies.proxy import ROOT, Proxy, Setup

FOLDER = ROOT / "build" / "bench"
START_SECONDS = 30.0


class StandError(Exception):
    """A program of the stand did not start or does not serve."""


def cpus() -> tuple[int | None, int | None]:
    """The proxy's CPU, and that of load generator and backend; unpinned on a single-CPU machine."""
    mine = sorted(os.sched_getaffinity(0))
    return (mine[0], mine[1]) if len(mine) > 1 else (None, None)


def free_port() -> int:
    """A port that was free a moment ago: nginx and HAProxy cannot report one they were given."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def folder(name: str) -> Path:
    path = FOLDER / name
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def backend() -> Iterator[int]:
    """The nginx that answers behind every proxy; gives its port."""
    binary = nginx.NGINX.find()
    if binary is None:
        raise StandError(f"the backend needs nginx: {nginx.NGINX.missing}")
    port, place = free_port(), folder("backend")
    configuration = place / "backend.conf"
    configuration.write_text(nginx.backend_configuration(port, place))
    with Process(nginx.command(binary, configuration), cpus()[1], place / "log") as process:
        wait_until_served(process, port, "/")
        yield port


@contextmanager
def bulk_backend() -> Iterator[int]:
    """The upstream of large bodies; gives its port."""
    port = free_port()
    command = [sys.executable, "-m", "bench.bulk", "serve", str(port)]
    with Process(command, cpus()[1], folder("backend") / "bulk.log", ROOT) as process:
        wait_until_served(process, port, "/")
        yield port


@contextmanager
def proxy(
    which: Proxy, binary: Path, case: Case, backend_port: int
) -> Iterator[tuple[Process, int]]:
    """The proxy, serving the case; gives the process and its port."""
    setup = Setup(case, free_port(), backend_port, binary, folder(which.name))
    with serve(which, setup, which.configure(setup)) as process:
        if case.http2:
            wait_until_open(process, setup.listen)
        else:
            wait_until_served(process, setup.listen, "/")
        yield process, setup.listen


@contextmanager
def serve(which: Proxy, setup: Setup, text: str) -> Iterator[Process]:
    """Starts the proxy on a configuration, without waiting for it."""
    configuration = setup.folder / f"configuration{which.suffix}"
    configuration.write_text(text)
    command = which.command(setup.binary, configuration)
    with Process(command, cpus()[0], setup.folder / "log") as process:
        yield process


def wait_until_served(process: Process, port: int, path: str) -> float:
    """Waits for the first good answer; gives the seconds from the program's start to it."""
    return wait(process, lambda: answers(port, path))


def wait_until_open(process: Process, port: int) -> float:
    return wait(process, lambda: connects(port))


def wait(process: Process, ready: Callable[[], bool]) -> float:
    while not ready():
        if not process.running():
            raise StandError(f"ended while starting: {process.last_words()}")
        if time.monotonic() - process.started > START_SECONDS:
            raise StandError(f"not ready after {START_SECONDS:.0f} s: {process.last_words()}")
        time.sleep(0.002)
    return time.monotonic() - process.started


def connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def answers(port: int, path: str) -> bool:
    """Whether the whole answer of the backend comes back."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status == 200 and len(response.read()) == RESPONSE_BYTES
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
