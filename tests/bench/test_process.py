"""A program under measurement is found with all its children, and nothing of it stays."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.process import Process

# A parent and a child that ignores the polite signal; both have said that they are there.
PROGRAM = """
import os, signal, sys
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.getpid(), flush=True)
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


def test_children_are_counted_and_ended(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Process([sys.executable, "-c", PROGRAM], None, log) as process:
        while len(pids(log)) < 2:
            assert process.running()
        started = pids(log)
        process.patience_seconds = 0.1
        # Two processes that each hold a Python of their own.
        assert process.memory() > 2 * 1024 * 1024
        before = process.cpu()
        while (process.cpu() - before).total == 0 and process.cpu().total == 0:
            assert process.running()
    assert not any(alive(pid) for pid in started)
