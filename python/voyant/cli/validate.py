"""`voyant validate`: all that is wrong with configurations, each with its place.

The findings are this command's data, so they go to stdout; the exit code is 0, 1 when a file is
refused, 2 when the command line is wrong.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

from voyant.cli.flags import Values
from voyant.cli.help import VALIDATE
from voyant.cli.load import load

ALLOW_UNKNOWN = ("--allow-unknown-static-fields", "--allow-unknown-fields")


def validate(arguments: Sequence[str]) -> int:
    """The command; returns its exit code."""
    files = [word for word in arguments if not word.startswith("-")]
    flags = [word for word in arguments if word.startswith("-")]
    if "--help" in flags or "-h" in flags:
        print(VALIDATE, end="")
        return 0
    unknown = [flag for flag in flags if flag not in ALLOW_UNKNOWN]
    if unknown or not files:
        problem = f"there is no flag {unknown[0]!r}" if unknown else "no file is given"
        print(f"voyant validate: {problem}", file=sys.stderr)
        print("hint: voyant validate FILE...", file=sys.stderr)
        return 2
    # What loading makes lives until its file is judged: to look for garbage only costs time.
    gc.disable()
    try:
        # Each is told, however many are wrong.
        return max([_validate(file, allow_unknown=bool(flags)) for file in files])
    finally:
        gc.enable()


def _validate(file: str, *, allow_unknown: bool) -> int:
    values: Values = {"config_path": file, "allow_unknown_static_fields": allow_unknown}
    outcome = load(values, 1, warnings=True)
    for warning in outcome.warnings:
        print(warning)
    if outcome.errors:
        print("\n".join(outcome.errors))
        return 1
    print(f"{file}: OK")
    return 0
