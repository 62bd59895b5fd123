"""A program under measurement: started on one CPU, asked what it cost, ended with all its children.

Each program leads a session of its own, so everything it starts is found again by the session id
in /proc, whatever the program calls itself or however it forks.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class CpuTime:
    """CPU seconds, as the operating system counts them."""

    user: float
    system: float

    @property
    def total(self) -> float:
        return self.user + self.system

    def __sub__(self, earlier: CpuTime) -> CpuTime:
        return CpuTime(self.user - earlier.user, self.system - earlier.system)


class Process:
    """One program and its children, pinned to a CPU; leaving the context ends them all."""

    patience_seconds = 5.0

    def __init__(
        self, command: list[str], cpu: int | None, log: Path, folder: Path | None = None
    ) -> None:
        self.log = log
        self.started = time.monotonic()
        with log.open("wb") as output:
            self._child = subprocess.Popen(
                pinned(command, cpu),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd=folder,
                env=environment(),
            )

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def running(self) -> bool:
        return self._child.poll() is None

    def last_words(self) -> str:
        """The end of what the program printed: the reason, when it did not start."""
        return self.log.read_text(errors="replace").strip()[-600:]

    def cpu(self) -> CpuTime:
        """CPU time of every process of the session, with that of children already gone."""
        user = system = 0
        for fields in self._session().values():
            user += int(fields[11]) + int(fields[13])
            system += int(fields[12]) + int(fields[14])
        return CpuTime(user / TICKS, system / TICKS)

    def memory(self) -> int:
        """Proportional set size of the session in bytes: shared pages are counted once."""
        return sum(proportional_set(pid) for pid in self._session())

    def stop(self) -> None:
        """Ask, wait, then insist; nothing of the session outlives this call."""
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + self.patience_seconds
        while self._session():
            if time.monotonic() > deadline:
                self._signal(signal.SIGKILL)
            self._child.poll()
            time.sleep(0.01)
        self._child.wait()

    def _signal(self, number: signal.Signals) -> None:
        for pid in self._session():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _session(self) -> dict[int, list[str]]:
        """Each live process of the session, with its `/proc/PID/stat` fields after the name."""
        found: dict[int, list[str]] = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == self._child.pid and fields[0] != "Z":
                    found[int(entry.name)] = fields
        return found


def environment() -> dict[str, str]:
    """Ours, but a program in Python may keep its bytecode, as one that was installed has it."""
    return {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def pinned(command: list[str], cpu: int | None) -> list[str]:
    """The command, kept to one CPU."""
    return command if cpu is None else ["taskset", "-c", str(cpu), *command]


def proportional_set(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
