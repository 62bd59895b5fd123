"""Voyant, as `make build` leaves it: the same configuration file and flags as Envoy."""

from __future__ import annotations

from pathlib import Path

from bench.proxies import bootstrap
from bench.proxies.proxy import ROOT, Proxy


def find() -> Path | None:
    binary = ROOT / ".venv" / "bin" / "voyant"
    return binary if binary.exists() else None


def command(binary: Path, configuration: Path) -> list[str]:
    quiet = ["--log-level", "error"]
    return [str(binary), "run", "-c", str(configuration), "--concurrency", "1", *quiet]


VOYANT = Proxy(
    name="voyant",
    find=find,
    missing="make build",
    configure=bootstrap.configure,
    suffix=".yaml",
    command=command,
)
