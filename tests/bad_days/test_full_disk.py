"""No room under the access log: requests are served, what is lost is counted, lines stay whole."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bad_days.stand import (
    Client,
    Memory,
    is_served,
    proxy,
    stat,
    wait_for_stat,
    wait_for_zero,
)
from tests.bad_days.upstream import Upstream
from tests.cli.voyant import Running, wait_until
from tests.parity.config import cluster, http

FAILED, COMPLETED = "filesystem.write_failed", "filesystem.write_completed"
BUFFERED = "filesystem.write_total_buffered"
LINE = "GET / HTTP/1.1 200 - via_upstream rx=0 tx=2 up"
ROOM = 64 * 1024
LINES = 3000


@contextlib.contextmanager
def logging(folder: Path, log: Path) -> Iterator[Running]:
    listener = http(plain=True)
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    manager["access_log"][0]["typed_config"]["path"] = str(log)
    with Upstream() as up, proxy(folder, [listener], [cluster()], {"up": up.port}) as started:
        yield started


def test_a_device_that_is_always_full_until_it_is_replaced(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.symlink_to("/dev/full")
    with logging(tmp_path, log) as started:
        assert is_served(started)
        wait_for_stat(started, FAILED, 1)
        assert is_served(started)
        wait_for_stat(started, FAILED, 2)
        assert stat(started, COMPLETED) == 0
        wait_for_zero(started, BUFFERED)
        log.unlink()
        started.signal(signal.SIGUSR1)
        wait_until(log.exists, "the log was not opened anew")
        assert is_served(started)
        wait_until(lambda: log.read_text() == f"{LINE}\n", "the log has not recovered")
        assert stat(started, FAILED) == 2


def test_what_cannot_be_written_is_not_kept(tmp_path: Path) -> None:
    with logging(tmp_path, Path("/dev/full")) as started:
        client = Client(started)
        assert client.is_served()
        memory = Memory(started)
        assert all(client.is_served() for _ in range(LINES))
        wait_for_zero(started, BUFFERED)
        assert stat(started, FAILED) >= 1
        assert memory.grown() < 4 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with little room; only an administrator can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("needs root, and a kernel that lets it mount a tmpfs")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_fills_up_and_gets_room_again(tmp_path: Path, small_disk: Path) -> None:
    log, filler = small_disk / "access.log", small_disk / "filler"
    with logging(tmp_path, log) as started:
        client = Client(started)
        assert client.is_served()
        wait_until(lambda: log.exists() and log.read_text() == f"{LINE}\n", "nothing was written")
        with contextlib.suppress(OSError), filler.open("wb") as file:
            file.write(bytes(ROOM))
        # The first page of the log has room left: it fills, and the last line is cut.
        assert all(client.is_served() for _ in range(LINES))
        wait_for_stat(started, FAILED, 1)
        wait_for_zero(started, BUFFERED)
        filler.unlink()
        before = log.stat().st_size
        assert client.is_served()
        wait_until(lambda: log.stat().st_size > before, "nothing is written though there is room")
        wait_for_zero(started, BUFFERED)
        lines = log.read_text().splitlines()
        assert set(lines) == {LINE}
        assert len(lines) < LINES
