"""The load generators: their command lines, and what they report, as numbers.

Anything but complete, good answers is an error, not a slower result.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.cases import CONNECTIONS, Case
from bench.process import pinned

ROOT = Path(__file__).resolve().parents[1]
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
H2_CONNECTIONS = 4
PACKAGES = {"wrk": "wrk", "h2load": "nghttp2-client"}


class LoadError(Exception):
    """The load did not run as it should have: its figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of a load generator saw."""

    requests: int
    per_second: float
    p99_ms: float


def command(case: Case, url: str, seconds: float, log: Path) -> list[str]:
    whole = str(max(1, round(seconds)))
    if case.tool == "bulk":
        verb = "upload" if case.upload else "download"
        port = url.rpartition(":")[2].partition("/")[0]
        return [sys.executable, "-m", "bench.bulk", verb, port, whole]
    if case.tool == "h2load":
        streams = str(CONNECTIONS // H2_CONNECTIONS)
        shape = ["-c", str(H2_CONNECTIONS), "-m", streams, "-t", "1"]
        return ["h2load", *shape, "-D", whole, f"--log-file={log}", url]
    headers = [*case.headers, *(["Connection: close"] if case.close else [])]
    extra = [part for header in headers for part in ("-H", header)]
    return ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{whole}s", "--latency", *extra, url]


def run(case: Case, url: str, seconds: float, cpu: int | None, folder: Path) -> Load:
    log = folder / "h2load.log"
    log.unlink(missing_ok=True)
    line = pinned(command(case, url, seconds, log), cpu)
    done = subprocess.run(
        line, capture_output=True, text=True, check=False, timeout=seconds * 3 + 30, cwd=ROOT
    )
    if done.returncode != 0:
        raise LoadError(f"{case.tool}: {(done.stderr or done.stdout).strip()[-300:]}")
    match case.tool:
        case "h2load":
            return h2load_result(done.stdout, log)
        case "wrk":
            return wrk_result(done.stdout)
        case "bulk":
            moved, took = done.stdout.split()
            return Load(int(moved), int(moved) / float(took), 0.0)


def wrk_result(text: str) -> Load:
    for complaint in ("Socket errors", "Non-2xx"):
        found = re.search(rf"{complaint}.*", text)
        if found and re.search(r"[1-9]", found[0].replace("2xx", "").replace("3xx", "")):
            raise LoadError(f"wrk: {found[0]}")
    requests = captured(r"(\d+) requests in", text)
    latency = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", text)
    if latency is None:
        raise LoadError(f"wrk: no latency in: {text[-300:]}")
    p99 = float(latency[1]) * UNITS[latency[2]]
    return Load(int(requests), float(captured(r"Requests/sec:\s+([\d.]+)", text)), p99)


def h2load_result(text: str, log: Path) -> Load:
    failed, errored, timed_out = re.findall(r"(\d+) (?:failed|errored|timeout)", text)[:3]
    if any(int(count) for count in (failed, errored, timed_out)):
        raise LoadError(f"h2load: {failed} failed, {errored} errored, {timed_out} timed out")
    done = int(captured(r"(\d+) done", text))
    status = int(captured(r"status codes: (\d+) 2xx", text))
    if status < done:
        raise LoadError(f"h2load: only {status} of {done} answers were 2xx")
    return Load(done, float(captured(r"([\d.]+) req/s", text)), h2load_p99(log))


def h2load_p99(log: Path) -> float:
    """The log has a line a request: start, status, microseconds."""
    with log.open() as lines:
        times = sorted(int(line.split("\t")[2]) for line in lines)
    return times[len(times) * 99 // 100] / 1000 if times else 0.0


def captured(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise LoadError(f"cannot read the load generator's report: {text[-300:]}")
    return found[1]
