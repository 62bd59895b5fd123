"""A proxy under test: a process, its admin interface, the addresses of its listeners."""

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml

from tests.parity.config import Node
from tests.parity.world import Address

_START_S = 20.0
_ADDRESS = re.compile(r"(?P<host>[\d.]+):(?P<port>\d+)\s*")
_ROOT = Path(__file__).parents[2]


def envoy_command() -> list[str]:
    """The real Envoy: `$ENVOY`, or the one in the environment that `make parity-record` makes."""
    kept = _ROOT / "build" / "envoy" / "bin" / "envoy"
    return [os.environ.get("ENVOY") or (str(kept) if kept.exists() else "envoy")]


def voyant_command() -> list[str]:
    """`$VOYANT`, or the command beside the Python that runs the tests."""
    beside = Path(sys.executable).parent / "voyant"
    found = os.environ.get("VOYANT") or (str(beside) if beside.exists() else "voyant")
    return [found, "run"]


COMMANDS = {"envoy": envoy_command, "voyant": voyant_command}


class Admin:
    """The admin interface over one kept connection."""

    def __init__(self, host: str, port: int) -> None:
        self.address = (host, port)
        self._connection = http.client.HTTPConnection(host, port, timeout=10)

    def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        for attempt in (0, 1):
            try:
                self._connection.request(method, path)
                response = self._connection.getresponse()
                return response.status, response.read().decode()
            except (http.client.HTTPException, ConnectionError):
                self._connection.close()
                if attempt:
                    raise
        raise AssertionError("unreachable")

    def stats(self, pattern: str) -> dict[str, int]:
        """The counters and gauges whose name matches."""
        quoted = "".join(f"%{ord(c):02X}" if not c.isalnum() else c for c in pattern)
        _, body = self.get(f"/stats?filter={quoted}")
        found: dict[str, int] = {}
        for line in body.splitlines():
            name, _, value = line.rpartition(": ")
            if value.lstrip("-").isdigit():
                found[name] = int(value)
        return found

    def values(self, names: Sequence[str]) -> dict[str, int]:
        """Each named statistic; one that does not exist yet is 0."""
        found = self.stats("^(" + "|".join(re.escape(name) for name in names) + ")$")
        return {name: found.get(name, 0) for name in names}

    def close(self) -> None:
        self._connection.close()


class Proxy:
    """Starts on entering, ends on leaving, with all it wrote kept in its directory."""

    def __init__(
        self, command: Sequence[str], config: Node, directory: Path, args: Sequence[str] = ()
    ) -> None:
        self._command = list(command)
        self._config = config
        self._directory = directory
        self._args = list(args)
        self.admin: Admin

    def __enter__(self) -> Self:
        config, where = self._directory / "config.yaml", self._directory / "admin"
        config.write_text(yaml.safe_dump(self._config, sort_keys=False))
        flags = ["--concurrency", "1", "--disable-hot-restart", "-l", "error"]
        flags += ["--file-flush-interval-msec", "20", "--admin-address-path", str(where)]
        with (self._directory / "proxy.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*self._command, "-c", str(config), *flags, *self._args],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._directory,
            )
        try:
            self._until_ready(where)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.admin.close()
        self._stop()

    def addresses(self) -> dict[str, Address]:
        """Where each listener listens, as the admin interface tells."""
        _, body = self.admin.get("/listeners?format=json")
        found: dict[str, Address] = {"admin": self.admin.address}
        for status in json.loads(body).get("listener_statuses", []):
            more = status.get("additional_local_addresses", [])
            for number, address in enumerate([status["local_address"], *more]):
                name = status["name"] + (f"+{number}" if number else "")
                if "pipe" in address:
                    found[name] = address["pipe"]["path"]
                else:
                    found[name] = _tuple(address["socket_address"])
        return found

    def _until_ready(self, where: Path) -> None:
        deadline = time.monotonic() + _START_S
        while not (found := _ADDRESS.fullmatch(where.read_text() if where.exists() else "")):
            self._check(deadline)
        self.admin = Admin(found["host"], int(found["port"]))
        while True:
            try:
                if self.admin.get("/ready")[0] == 200:
                    return
            except OSError:
                pass
            self._check(deadline)

    def _check(self, deadline: float) -> None:
        if self._process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
            return
        said = (self._directory / "proxy.log").read_text(errors="replace")
        said = "\n".join(line[:400] for line in said.splitlines()[-20:])
        raise RuntimeError(f"{' '.join(self._command)} did not start:\n{said}")

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def available(command: Sequence[str]) -> bool:
    return shutil.which(command[0]) is not None


def _tuple(address: Node) -> tuple[str, int]:
    return address["address"], address["port_value"]
