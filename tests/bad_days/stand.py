"""The command on a configuration of a test's own, its clients, its statistics and its memory."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.bad_days.upstream import read_message
from tests.cli.voyant import SECONDS, Running, running, wait_until
from tests.parity.config import Node, bootstrap, filled

MIB = 1 << 20
GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
# One worker: who is served beside a troublemaker is served by the same thread.
FLAGS = ("--concurrency", "1", "--file-flush-interval-msec", "20")


@contextmanager
def proxy(
    folder: Path,
    listeners: Sequence[Node],
    clusters: Sequence[Node],
    ports: Mapping[str, int],
    *,
    flags: Sequence[str] = FLAGS,
    fields: str = "{}",
) -> Iterator[Running]:
    """`voyant run`; `$name` in the configuration is the port of that name, `$dir` the folder."""

    def value(name: str) -> str | int | None:
        return str(folder) if name == "dir" else ports.get(name)

    file = folder / "envoy.yaml"
    file.write_text(yaml.safe_dump(filled(bootstrap(listeners, clusters, fields), value)))
    with running("-c", file, *flags) as started:
        yield started


def connect(started: Running, listener: str = "http", receive_buffer: int = 0) -> socket.socket:
    """A client; a small receive buffer keeps the kernel from reading much in its stead."""
    client = socket.socket()
    client.settimeout(SECONDS)
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.connect(started.address(listener))
    return client


class Client:
    """A connection that stays, and asks again and again."""

    def __init__(self, started: Running, listener: str = "http") -> None:
        self._socket = connect(started, listener)

    def ask(self) -> bytes:
        """Another answer, whole; empty when the connection is closed."""
        self._socket.sendall(GET)
        return read_message(self._socket)

    def is_served(self) -> bool:
        return self.ask().startswith(b"HTTP/1.1 200 OK")

    def close(self) -> None:
        self._socket.close()


def is_served(started: Running, listener: str = "http") -> bool:
    """Whether a new connection gets an answer."""
    with contextlib.closing(Client(started, listener)) as client:
        return client.is_served()


def stat(started: Running, name: str) -> int:
    """A counter or gauge; 0 while there is none of that name."""
    for line in started.admin(f"/stats?filter=^{name}$").splitlines():
        found, _, value = line.rpartition(": ")
        if found == name:
            return int(value)
    return 0


def wait_for_stat(started: Running, name: str, least: int) -> None:
    wait_until(lambda: stat(started, name) >= least, f"{name} is not yet {least}")


def wait_for_zero(started: Running, name: str) -> None:
    wait_until(lambda: stat(started, name) == 0, f"{name} is not yet 0")


class Memory:
    """The most memory that a process has had since this was made, beyond what it had then."""

    def __init__(self, started: Running) -> None:
        self._folder = Path(f"/proc/{started.process.pid}")
        (self._folder / "clear_refs").write_text("5")
        self._before = self._field("VmRSS")

    def grown(self) -> int:
        return self._field("VmHWM") - self._before

    def _field(self, name: str) -> int:
        for line in (self._folder / "status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"no {name}")
