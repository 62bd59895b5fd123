"""Entry point of the command ``voyant``."""

from __future__ import annotations

import sys

from voyant import __version__
from voyant.cli.help import COMMANDS

NAMES = ("run", "validate")


def main(argv: list[str] | None = None) -> int:
    """Run one command; data goes to stdout, all else to stderr."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        return _command(arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read stdout has enough; nothing more may be written to it, at exit neither.
        sys.stdout = None
        return 1


def _command(arguments: list[str]) -> int:
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    # Imported only when asked for: each is to start without the other.
    if command == "run":
        from voyant.cli.run import run

        return run(rest)
    if command == "validate":
        from voyant.cli.validate import validate

        return validate(rest)
    if command == "--version":
        print(f"voyant {__version__}")
        return 0
    if command in ("--help", "-h", "help"):
        print(COMMANDS, end="")
        return 0
    return _unknown(command)


def _unknown(command: str) -> int:
    if command:
        from voyant.config.errors import nearest

        hint = nearest(command, NAMES)
        print(
            f"voyant: there is no command {command!r}{'; ' if hint else ''}{hint}", file=sys.stderr
        )
    print(COMMANDS, end="", file=sys.stderr)
    return 2
