"""The command `voyant` in a process of its own, and what it says."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

COMMAND = (sys.executable, "-m", "voyant")
SECONDS = 20.0
READY = "starting workers"


def voyant(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, cwd=cwd)


class Running:
    """`voyant run`, ready to serve."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: list[str] = []
        self._silent = False
        self._told = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._told:
                self._lines.append(line)
                self._told.notify_all()
        with self._told:
            self._silent = True
            self._told.notify_all()

    def wait_for(self, text: str) -> str:
        """The first line of the log that holds a text."""
        with self._told:
            self._told.wait_for(lambda: self._find(text) or self._silent, SECONDS)
            found = self._find(text)
        assert found, f"{text!r} was not logged: {''.join(self._lines)}"
        return found

    def _find(self, text: str) -> str:
        return next((line for line in self._lines if text in line), "")

    def log(self) -> str:
        """All that was logged so far."""
        with self._told:
            return "".join(self._lines)

    def address(self, name: str) -> tuple[str, int]:
        """Where a listener listens."""
        host, _, port = self.wait_for(f"listener '{name}': ").rstrip().rpartition(":")
        return host.rpartition(" ")[2], int(port)

    def admin(self, path: str, method: str = "GET") -> str:
        """What the admin interface answers."""
        address = self.wait_for("admin address: ").rstrip().rpartition(" ")[2]
        connection = http.client.HTTPConnection(address, timeout=SECONDS)
        connection.request(method, path)
        body = connection.getresponse().read().decode()
        connection.close()
        return body

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal."""
        os.kill(self.process.pid, number)

    def end(self) -> int:
        """Waits for the end and gives the exit code; the log is whole then."""
        code = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        return code


@contextmanager
def starting(*arguments: str | Path) -> Iterator[Running]:
    """Starts `voyant run`; ends it if it has not ended by itself."""
    command = [*COMMAND, "run", *map(str, arguments)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.wait()


@contextmanager
def running(*arguments: str | Path) -> Iterator[Running]:
    """The same, when it serves."""
    with starting(*arguments) as started:
        started.wait_for(READY)
        yield started


def wait_until(condition: Callable[[], bool], what: str, seconds: float = SECONDS) -> None:
    """Waits for a condition."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.005)
