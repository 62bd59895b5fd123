"""The load generators' reports become numbers, and a bad run is never a fast one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.load import Load, LoadError, h2load_result, wrk_result

WRK = """\
Running 2s test @ http://127.0.0.1:1/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.23ms  456.00us   9.00ms   90.00%
  Latency Distribution
     50%    1.10ms
     99%    2.90ms
  101234 requests in 2.00s, 120.00MB read
{extra}Requests/sec:  50617.00
"""

H2LOAD = """\
finished in 3.00s, 41000.50 req/s, 45.00MB/s
requests: 123000 total, 123064 started, 123000 done, {good} succeeded, {bad} failed, 0 errored, 0 timeout
status codes: {good} 2xx, 0 3xx, 0 4xx, {bad} 5xx
"""  # noqa: E501


def test_wrk() -> None:
    assert wrk_result(WRK.format(extra="")) == Load(101234, 50617.0, 2.9)


@pytest.mark.parametrize(
    "complaint",
    [
        "  Socket errors: connect 0, read 3, write 0, timeout 0\n",
        "  Non-2xx or 3xx responses: 7\n",
    ],
)
def test_wrk_that_saw_errors(complaint: str) -> None:
    with pytest.raises(LoadError, match=complaint.split(":")[0].strip()):
        wrk_result(WRK.format(extra=complaint))


def test_h2load(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"1\t200\t{microseconds}\n" for microseconds in range(1, 101)))
    seen = h2load_result(H2LOAD.format(good=123000, bad=0), log)
    assert seen == Load(123000, 41000.5, 0.1)


def test_h2load_that_saw_errors(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="7 failed"):
        h2load_result(H2LOAD.format(good=122993, bad=7), tmp_path / "log")
