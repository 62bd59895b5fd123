"""One turn of one proxy under one case, and the medians of its turns."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from bench import load, stand
from bench.cases import Case
from bench.process import Process
from bench.proxies import Proxy

WARM_UP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn cost: microseconds of CPU a request, and what the load generator saw."""

    user_us: float
    system_us: float
    per_second: float
    p99_ms: float
    memory_mb: float

    @property
    def cpu_us(self) -> float:
        return self.user_us + self.system_us


@dataclass(frozen=True, slots=True)
class Result:
    """The turns of one proxy in one case; each figure is the median of the turns."""

    proxy: str
    turns: tuple[Turn, ...]

    @property
    def cpu_us(self) -> float:
        return median(turn.cpu_us for turn in self.turns)

    @property
    def spread(self) -> float:
        """How far the turns lie apart, as a part of the median: the noise of the machine."""
        costs = [turn.cpu_us for turn in self.turns]
        return (max(costs) - min(costs)) / self.cpu_us

    def figure(self, name: str) -> float:
        return median(float(getattr(turn, name)) for turn in self.turns)

    def as_json(self) -> dict[str, object]:
        names = Turn.__dataclass_fields__
        medians = {name: round(self.figure(name), 3) for name in names}
        turns = [asdict(turn) for turn in self.turns]
        return {"cpu_us": round(self.cpu_us, 3), **medians, "turns": turns}


def turn(which: Proxy, binary: Path, case: Case, backend_port: int, seconds: float) -> Turn:
    """Starts the proxy afresh, warms it up, loads it and reads what that cost."""
    with stand.proxy(which, binary, case, backend_port) as (process, port):
        memory = memory_under_load(process, case, port)
        before = process.cpu()
        seen = loaded(case, port, seconds)
        cost = process.cpu() - before
    each = 1e6 / seen.requests
    return Turn(cost.user * each, cost.system * each, seen.per_second, seen.p99_ms, memory / 1e6)


def memory_under_load(process: Process, case: Case, port: int) -> int:
    """Read during the warm-up: walking the page tables would disturb the measured run."""
    sizes: list[int] = []
    timer = threading.Timer(WARM_UP_SECONDS * 0.8, lambda: sizes.append(process.memory()))
    timer.start()
    try:
        loaded(case, port, WARM_UP_SECONDS)
    finally:
        timer.cancel()
        timer.join()
    return sizes[0] if sizes else process.memory()


def loaded(case: Case, port: int, seconds: float, path: str = "") -> load.Load:
    url = f"http://127.0.0.1:{port}{path or case.path}"
    return load.run(case, url, seconds, stand.cpus()[1], stand.folder("load"))


def best(results: Sequence[Result]) -> Result:
    return min(results, key=lambda result: result.cpu_us)
