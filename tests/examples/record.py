"""`python -m tests.examples.record`: what the real Envoy does with examples/demo.yaml, kept."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.examples import demo
from tests.parity.proxy import envoy_command

RECORDING = Path(__file__).with_name("demo.json")


def main() -> int:
    line = [*envoy_command(), "--mode", "validate", "-c", str(demo.CONFIGURATION)]
    verdict = subprocess.run(line, check=False, capture_output=True, text=True)
    if verdict.returncode != 0:
        print(f"Envoy refuses {demo.CONFIGURATION.name}: {verdict.stderr[-600:]}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as directory:
        seen = demo.observed(envoy_command(), Path(directory))
    RECORDING.write_text(json.dumps(seen, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
