"""What signals do to `voyant run`: while it starts, while it serves, while it drains."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from h2.connection import H2Connection

from tests.cli.served import answer, asking_a_silent_name_server, configuration, connect, get
from tests.cli.voyant import COMMAND, SECONDS, Running, running, starting, wait_until


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_in_flight_is_finished(
    number: signal.Signals, upstream: socket.socket, tmp_path: Path
) -> None:
    (tmp_path / "envoy.yaml").write_text(configuration(upstream.getsockname()[1]))
    with running("-c", tmp_path / "envoy.yaml") as proxy, connect(proxy) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        with upstream.accept()[0] as behind:
            behind.recv(65536)
            proxy.signal(number)
            wait_until(lambda: refuses(proxy), "new connections are still accepted")
            behind.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate")
            response = answer(client)
        assert response.endswith(b"\r\n\r\nlate")
        assert b"\r\nconnection: close" in response
        assert client.recv(1) == b""
        assert proxy.end() == 0


def refuses(proxy: Running) -> bool:
    # Shortly before it refuses, it does not answer.
    try:
        socket.create_connection(proxy.address("web"), 0.05).close()
    except ConnectionRefusedError:
        return True
    except TimeoutError:
        return False
    return False


def test_a_second_signal_ends_it_at_once(upstream: socket.socket, tmp_path: Path) -> None:
    (tmp_path / "envoy.yaml").write_text(configuration(upstream.getsockname()[1]))
    with running("-c", tmp_path / "envoy.yaml") as proxy, connect(proxy) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        with upstream.accept()[0]:
            proxy.signal(signal.SIGTERM)
            wait_until(lambda: refuses(proxy), "new connections are still accepted")
            assert proxy.process.poll() is None
            proxy.signal(signal.SIGINT)
            assert proxy.end() == 1
        proxy.wait_for("told again: leaving at once")


def test_the_drain_time_ends_what_does_not_end(upstream: socket.socket, tmp_path: Path) -> None:
    (tmp_path / "envoy.yaml").write_text(configuration(upstream.getsockname()[1]))
    with (
        running("-c", tmp_path / "envoy.yaml", "--drain-time-s", "0") as proxy,
        connect(proxy) as client,
    ):
        client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        with upstream.accept()[0]:
            proxy.signal(signal.SIGTERM)
            assert proxy.end() == 0
        proxy.wait_for("1 connections are cut after 0 s")


def test_logs_are_opened_anew(tmp_path: Path) -> None:
    access, own = tmp_path / "access.log", tmp_path / "own.log"
    (tmp_path / "envoy.yaml").write_text(configuration(log=str(access)))
    address = tmp_path / "admin"
    command = ["-c", tmp_path / "envoy.yaml", "--log-path", own, "--admin-address-path", address]
    with subprocess.Popen([*COMMAND, "run", *map(str, command)]) as process:
        wait_until(lambda: own.exists() and "starting workers" in own.read_text(), "not started")
        access.rename(tmp_path / "access.old")
        own.rename(tmp_path / "own.old")
        process.send_signal(signal.SIGUSR1)
        wait_until(access.exists, "the access log was not opened anew")
        wait_until(own.exists, "the log was not opened anew")
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    assert "caught SIGUSR1" in (tmp_path / "own.old").read_text()
    assert "exiting" in own.read_text()


def test_a_hangup_is_ignored(file: Path) -> None:
    with running("-c", file) as proxy:
        proxy.signal(signal.SIGHUP)
        proxy.wait_for("caught and eating SIGHUP")
        assert get(proxy).endswith(b"here")


DATA, GOAWAY = 0, 7


def frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and payload of each frame of HTTP/2."""
    while data:
        length = int.from_bytes(data[:3], "big")
        yield data[3], data[9 : 9 + length]
        data = data[9 + length :]


def test_clients_of_http2_are_told_to_go(upstream: socket.socket, tmp_path: Path) -> None:
    (tmp_path / "envoy.yaml").write_text(configuration(upstream.getsockname()[1]))
    with running("-c", tmp_path / "envoy.yaml") as proxy, connect(proxy) as client:
        session = H2Connection()
        session.initiate_connection()
        headers = [(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "a")]
        session.send_headers(1, headers, end_stream=True)
        client.sendall(session.data_to_send())
        with upstream.accept()[0] as behind:
            behind.recv(65536)
            proxy.signal(signal.SIGTERM)
            wait_until(lambda: refuses(proxy), "new connections are still accepted")
            behind.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate")
            data = b""
            while more := client.recv(65536):
                data += more
        told = list(frames(data))
        assert (DATA, b"late") in told
        # Stream 1 is the last one that is served; there is no error.
        assert (GOAWAY, b"\0\0\0\x01\0\0\0\0") in told
        assert proxy.end() == 0


def test_other_signals_do_not_end_a_drain(upstream: socket.socket, tmp_path: Path) -> None:
    (tmp_path / "envoy.yaml").write_text(configuration(upstream.getsockname()[1]))
    with running("-c", tmp_path / "envoy.yaml") as proxy, connect(proxy) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        with upstream.accept()[0] as behind:
            proxy.signal(signal.SIGTERM)
            wait_until(lambda: refuses(proxy), "new connections are still accepted")
            proxy.signal(signal.SIGUSR1)
            proxy.wait_for("caught SIGUSR1")
            behind.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate")
            assert answer(client).endswith(b"late")
        assert proxy.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_may_be_ended_while_it_loads(number: signal.Signals, tmp_path: Path) -> None:
    # Whoever opens a pipe waits until somebody writes to it.
    pipe = tmp_path / "envoy.yaml"
    os.mkfifo(pipe)
    with starting("-c", pipe) as proxy:
        proxy.wait_for("voyant starts")
        proxy.signal(signal.SIGHUP)
        proxy.signal(number)
        assert proxy.end() == 0
        proxy.wait_for(f"caught {number.name}")
    # Nor does the process that loads stay behind: nobody reads.
    with pytest.raises(OSError, match="No such device"):
        os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)


def test_it_may_be_ended_when_it_has_begun_to_read(tmp_path: Path) -> None:
    pipe = tmp_path / "envoy.yaml"
    os.mkfifo(pipe)
    with starting("-c", pipe) as proxy, pipe.open("wb") as writing:
        proxy.signal(signal.SIGTERM)
        assert proxy.end() == 0
        with pytest.raises(BrokenPipeError):
            os.write(writing.fileno(), b"admin:")


def test_it_may_be_ended_while_it_waits_for_names(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(SECONDS)
        (tmp_path / "envoy.yaml").write_text(asking_a_silent_name_server(silent.getsockname()[1]))
        with starting("-c", tmp_path / "envoy.yaml") as proxy:
            silent.recv(512)
            proxy.signal(signal.SIGUSR1)
            proxy.signal(signal.SIGTERM)
            assert proxy.end() == 0
            proxy.wait_for("caught SIGTERM")
