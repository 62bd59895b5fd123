"""The suites' programs, from the Go module proxy, built once under build/."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "go" / "bin"

MODULES = {
    "h2spec": "github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible",
    "client": "google.golang.org/grpc/interop/client@v1.83.1",
    "server": "google.golang.org/grpc/interop/server@v1.83.1",
}


class MissingTool(Exception):
    """A suite's program is not there and cannot be built."""


def tool(name: str) -> Path:
    """The program's path; it is built the first time."""
    path = FOLDER / name
    if path.exists():
        return path
    go = shutil.which("go")
    if go is None:
        raise MissingTool("the suites are written in Go: install Go 1.25 or later (go.dev/dl)")
    print(f"building {MODULES[name]}", file=sys.stderr, flush=True)
    environment = {**os.environ, "GOBIN": str(FOLDER)}
    line = [go, "install", MODULES[name]]
    done = subprocess.run(line, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0 or not path.exists():
        raise MissingTool(f"{' '.join(line)}: {done.stderr.strip()[-400:]}")
    return path
