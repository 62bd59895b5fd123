"""A program under measurement is found with all its children, and nothing of it stays."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.process import Process

# A parent and a child that ignores the polite signal; both have said that they are there.
PROGRAM = """
import os, signal
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
# In one write: two that print could interleave.
os.write(1, f"{os.getpid()}\\n".encode())
sum(range(3_000_000))
signal.pause()
"""


def pids(log: Path) -> list[int]:
    return [int(line) for line in log.read_text().split()]


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def until(true: Callable[[], bool], process: Process) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert process.running()
        assert time.monotonic() < deadline


def test_children_are_counted_and_ended(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Process([sys.executable, "-c", PROGRAM], None, log) as process:
        until(lambda: len(pids(log)) == 2, process)
        started = pids(log)
        process.patience_seconds = 0.1
        # Two processes that each hold a Python of their own.
        assert process.memory() > 2 * 1024 * 1024
        until(lambda: process.cpu().total > 0, process)
    assert not any(alive(pid) for pid in started)
