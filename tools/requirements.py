"""Prints the packages of one of pyproject's extras (`dev`), for pip to install without a build."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path


def main() -> int:
    extra = sys.argv[1] if len(sys.argv) > 1 else "dev"
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    print("\n".join(project["optional-dependencies"][extra]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
