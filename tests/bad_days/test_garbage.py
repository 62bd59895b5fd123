"""Ten megabytes that are no protocol: others are served meanwhile, memory stays where it was."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Iterator

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
from tests.bad_days.upstream import Upstream
from tests.cli.voyant import Running
from tests.parity.config import cluster, http, tcp

SIZE = 10 * MIB
# Far from what arrives, far above what buffers, the allocator and a first use may take.
SMALL = 5 * MIB

POST = b"POST / HTTP/1.1\r\nhost: a\r\n"
CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n"
HTTP2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\0\0\0\4\0\0\0\0\0"
CLIENT_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
NOISE = random.Random(7).randbytes(SIZE)

GARBAGE = {
    "noise": NOISE,
    "zeros": bytes(SIZE),
    "blank_lines": b"\r\n" * (SIZE // 2),
    "a_line_without_end": b"G" * SIZE,
    "a_target_without_end": b"GET /" + b"a" * SIZE,
    "a_header_without_end": b"GET / HTTP/1.1\r\nhost: " + b"a" * SIZE,
    "headers_without_end": b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * (SIZE // 6),
    "a_chunk_size_without_end": CHUNKED + b"0" * SIZE,
    "a_chunk_extension_without_end": CHUNKED + b"1;" + b"a" * SIZE,
    "trailers_without_end": CHUNKED + b"0\r\n" + b"a: b\r\n" * (SIZE // 6),
    "tls": CLIENT_HELLO + NOISE,
    "noise_after_the_preface": HTTP2 + NOISE,
    "noise_after_settings": HTTP2 + SETTINGS + NOISE,
    "settings_without_end": HTTP2 + SETTINGS * (SIZE // 9),
    "headers_never_continued_to_an_end": HTTP2
    + SETTINGS
    + b"\0\0\1\1\0\0\0\0\1\x82"
    + (b"\0\x40\0\x09\0\0\0\0\1" + bytes(16384)) * (SIZE // 16384),
}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with (
        Upstream() as up,
        proxy(
            tmp_path_factory.mktemp("garbage"),
            [http(), tcp(proxy="cluster: up")],
            [cluster()],
            {"up": up.port},
        ) as started,
    ):
        assert is_served(started)
        yield started


@contextlib.contextmanager
def sending(client: socket.socket, data: bytes) -> Iterator[None]:
    """Sends on a thread of its own, as much as is taken; nothing waits for the answer."""

    def send() -> None:
        with contextlib.suppress(OSError):
            client.sendall(data)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        client.close()
        thread.join()


@pytest.mark.parametrize("name", GARBAGE)
def test_on_an_http_listener(started: Running, name: str) -> None:
    other = Client(started)
    memory = Memory(started)
    client = connect(started)
    with sending(client, GARBAGE[name]):
        # A client that has been found out is closed, or reset for what it still sends.
        while is_open(client):
            assert other.is_served()
    assert other.is_served()
    assert is_served(started)
    assert memory.grown() < SMALL
    other.close()
    wait_for_zero(started, "http.http.downstream_cx_active")


def is_open(client: socket.socket) -> bool:
    client.settimeout(0.02)
    try:
        return client.recv(65536) != b""
    except TimeoutError:
        return True
    except OSError:
        return False


def test_on_a_tcp_listener_it_is_carried(tmp_path_factory: pytest.TempPathFactory) -> None:
    received = bytearray()

    def take(connection: socket.socket) -> None:
        while data := connection.recv(65536):
            received.extend(data)
        connection.sendall(b"taken")

    folder = tmp_path_factory.mktemp("tcp")
    with (
        Upstream(take) as up,
        proxy(folder, [http(routes=DIRECT), tcp()], [cluster()], {"up": up.port}) as started,
    ):
        other = Client(started)
        assert other.is_served()
        memory = Memory(started)
        client = connect(started, "tcp")
        client.sendall(NOISE)
        assert other.is_served()
        client.shutdown(socket.SHUT_WR)
        assert client.recv(16) == b"taken"
        assert received == NOISE
        assert memory.grown() < SMALL


DIRECT = '[{match: {prefix: /}, direct_response: {status: 200, body: {inline_string: "ok"}}}]'


def test_on_a_tcp_listener_whose_upstream_does_not_read(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    reads = threading.Event()
    received = bytearray()

    def take(connection: socket.socket) -> None:
        reads.wait()
        while data := connection.recv(65536):
            received.extend(data)
        connection.sendall(b"taken")

    folder = tmp_path_factory.mktemp("tcp")
    with (
        Upstream(take) as up,
        proxy(folder, [http(routes=DIRECT), tcp()], [cluster()], {"up": up.port}) as started,
    ):
        other = Client(started)
        assert other.is_served()
        memory = Memory(started)
        client = connect(started, "tcp")
        data = NOISE * 4
        sender = threading.Thread(target=client.sendall, args=(data,))
        sender.start()
        wait_for_stat(started, "tcp.tcp.downstream_flow_control_paused_reading_total", 1)
        assert other.is_served()
        assert memory.grown() < SMALL
        reads.set()
        sender.join()
        client.shutdown(socket.SHUT_WR)
        assert client.recv(16) == b"taken"
        assert received == data
        assert stat(started, "tcp.tcp.downstream_flow_control_resumed_reading_total") >= 1
        assert memory.grown() < SMALL


def test_on_the_admin_interface(started: Running) -> None:
    address = started.wait_for("admin address: ").rstrip().rpartition(" ")[2]
    host, _, port = address.rpartition(":")
    memory = Memory(started)
    for name in ("noise", "a_line_without_end", "headers_without_end", "noise_after_the_preface"):
        client = socket.create_connection((host, int(port)))
        with sending(client, GARBAGE[name]):
            while is_open(client):
                assert "LIVE" in started.admin("/ready")
    assert memory.grown() < SMALL
