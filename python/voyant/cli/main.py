"""Entry point of the command ``voyant``."""

import sys

from voyant import __version__


def main(argv: list[str] | None = None) -> int:
    """Run one command; data goes to stdout, all else to stderr."""
    args = sys.argv[1:] if argv is None else argv
    if args == ["--version"]:
        print(f"voyant {__version__}")
        return 0
    print("usage: voyant --version", file=sys.stderr)
    return 2
