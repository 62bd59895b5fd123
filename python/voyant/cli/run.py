"""`voyant run`: from the command line to a proxy that serves, and to its end.

Exit codes: 0 after a shutdown, 1 when the command line, the configuration or the start is refused
and when a second signal ended it: those of `envoy`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from voyant.cli import check, help
from voyant.cli.flags import UsageError, Values, parse
from voyant.cli.load import load
from voyant.cli.log import DEFAULT_FORMAT, Log
from voyant.cli.serve import accepted, concurrency, failed, serve

NOTHING_TO_RUN = "at least one of --config-path (-c FILE) or --config-yaml YAML should be non-empty"


def run(arguments: Sequence[str]) -> int:
    """The command; returns its exit code."""
    try:
        values = parse(arguments)
        if shown := help.asked(values):
            print(shown)
            return 0
        check.check(values)
        if not values.get("config_path") and not values.get("config_yaml"):
            raise UsageError(NOTHING_TO_RUN)
    except UsageError as wrong:
        return _usage(str(wrong))
    try:
        log = _log(values)
    except OSError as error:
        return failed(f"failed to open log-file '{error.filename}': {error.strerror}")
    for note in check.notes(values):
        print(f"voyant run: {note}", file=sys.stderr)
    if check.text(values, "mode", "serve") == "validate":
        return _validate(values, log)
    return serve(values, log)


def _usage(problem: str) -> int:
    failed(problem)
    print("hint: voyant run --help", file=sys.stderr)
    # As `envoy`, in whose place it is started; the other commands end with 2.
    return 1


def _log(values: Values) -> Log:
    return Log(
        check.level(check.text(values, "log_level", "info")),
        check.component_levels(values),
        check.text(values, "log_format", DEFAULT_FORMAT),
        check.text(values, "log_path"),
        escaped=bool(values.get("log_format_escaped")),
    )


def _validate(values: Values, log: Log) -> int:
    outcome = load(values, concurrency(values), warnings=log.shows("warning", "config"))
    if not accepted(outcome, values, log):
        return 1
    print(f"configuration '{check.text(values, 'config_path')}' OK")
    return 0
