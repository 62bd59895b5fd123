"""`make bench-idle`: the memory that a connection costs while nothing happens on it.

Three kinds, each on a proxy started afresh: connections that never say anything, HTTP/1.1
connections that have had one request, and HTTP/2 connections that have had one. Counted is the
proportional set size of the proxy; what the kernel keeps for a socket is the same for all.
"""

from __future__ import annotations

import argparse
import json
import resource
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import stand
from bench.cases import CASES, RESPONSE_BYTES
from bench.programs import available, provide, say
from bench.proxies import PROXIES, Proxy
from bench.report import aligned

CASE = CASES["http1"]
COLUMNS = ("", "connections", "KiB, silent", "KiB, after HTTP/1.1", "KiB, after HTTP/2")
SPARE_DESCRIPTORS = 256
SECONDS = 30.0
REQUEST = b"GET / HTTP/1.1\r\nhost: bench\r\nuser-agent: bench\r\naccept: */*\r\n\r\n"
# The preface, no settings, and a HEADERS frame that ends its stream: GET, http, /, an authority.
HTTP2_REQUEST = (
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    + b"\0\0\0\4\0\0\0\0\0"
    + b"\0\0\x0a\1\5\0\0\0\1"
    + b"\x82\x86\x84\x41\x05bench"
)
# The client's word on the proxy's settings.
HTTP2_ACK = b"\0\0\0\4\1\0\0\0\0"

Opened = list[socket.socket]


@dataclass(frozen=True, slots=True)
class Idle:
    """One proxy: bytes a connection, by what the connection has done before."""

    proxy: str
    connections: int
    silent: int
    http1: int
    http2: int

    def row(self) -> tuple[str, ...]:
        kib = (f"{each / 1024:.2f}" for each in (self.silent, self.http1, self.http2))
        return (self.proxy, f"{self.connections:,}", *kib)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.idle", description=__doc__)
    parser.add_argument("--connections", type=int, default=10_000, help="(%(default)s)")
    parser.add_argument("--proxies", default="voyant,envoy", help="of these (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    options = parser.parse_args(argv)
    if set(options.proxies.split(",")) - {"voyant", "envoy"}:
        parser.error("--proxies takes voyant and envoy")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    count = min(options.connections, descriptors() - SPARE_DESCRIPTORS)
    if count < options.connections:
        say(f"  {count} connections: no more file descriptors are allowed (ulimit -n)")
    provide(["nginx"])
    done: list[Idle] = []
    try:
        with stand.backend() as port:
            for name, binary in available(options.proxies.split(",")).items():
                say(f"  {count} connections: {name}")
                done.append(play(PROXIES[name], binary, port, count))
    except (OSError, stand.StandError) as error:
        say(f"bench: {error}")
        return 1
    except KeyboardInterrupt:
        say("bench: interrupted")
        return 130
    print(aligned([COLUMNS, *(idle.row() for idle in done)]))
    if options.json:
        options.json.write_text(json.dumps([asdict(idle) for idle in done], indent=1) + "\n")
    return 0


def descriptors() -> int:
    """How many files a process may open; the limit is raised to what is allowed."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def play(which: Proxy, binary: Path, backend: int, count: int) -> Idle:
    cost = [
        bytes_each(which, binary, backend, count, prepare) for prepare in (silent, http1, http2)
    ]
    return Idle(which.name, count, *cost)


def bytes_each(
    which: Proxy,
    binary: Path,
    backend: int,
    count: int,
    prepare: Callable[[socket.socket], None],
) -> int:
    """Each connection is prepared before the next is opened: few are busy at one time."""
    with stand.proxy(which, binary, CASE, backend) as (process, port), ExitStack() as opened:
        before = process.memory()
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
            prepare(opened.enter_context(connection))
        # An answer after all of them: whatever was accepted before has been seen to.
        if not stand.answers(port, "/"):
            raise stand.StandError("it does not serve beside idle connections")
        return (process.memory() - before) // count


def silent(connection: socket.socket) -> None:
    """Says nothing."""


def http1(connection: socket.socket) -> None:
    connection.sendall(REQUEST)
    received = bytearray()
    while len(received.partition(b"\r\n\r\n")[2]) < RESPONSE_BYTES:
        received += read(connection)


def http2(connection: socket.socket) -> None:
    connection.sendall(HTTP2_REQUEST)
    received = bytearray()
    while not ended(received):
        received += read(connection)
    connection.sendall(HTTP2_ACK)


def ended(received: bytes | bytearray) -> bool:
    """Whether a DATA frame has come that ends its stream."""
    at = 0
    while at + 9 <= len(received):
        length = int.from_bytes(received[at : at + 3])
        if received[at + 3] == 0 and received[at + 4] & 1:
            return len(received) >= at + 9 + length
        at += 9 + length
    return False


def read(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise stand.StandError("a connection was closed while it was made ready")
    return data


if __name__ == "__main__":
    sys.exit(main())
