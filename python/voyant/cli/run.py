"""`voyant run`: from the command line to a proxy that serves, and to its end.

Exit codes: 0 after a shutdown, 1 when the configuration or the start is refused and when a second
signal ended it, 2 when the command line is wrong.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence

from voyant.cli import check, help
from voyant.cli.flags import UsageError, Values, parse
from voyant.cli.load import Loading, Outcome, load
from voyant.cli.log import DEFAULT_FORMAT, Log
from voyant.cli.owner import Owner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from voyant._engine import Engine

SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGHUP})
ENDING = frozenset({signal.SIGTERM, signal.SIGINT})
NODE_FLAGS = {"id": "service_node", "cluster": "service_cluster", "zone": "service_zone"}
POLL_SECONDS = 0.02
"""How often a shutdown looks whether the last connection has ended."""
NOTHING_TO_RUN = "neither -c FILE nor --config-yaml YAML is given"


def run(arguments: Sequence[str]) -> int:
    """The command; returns its exit code."""
    try:
        values = parse(arguments)
        if shown := help.asked(values):
            print(shown)
            return 0
        check.check(values)
        if "config_path" not in values and "config_yaml" not in values:
            raise UsageError(NOTHING_TO_RUN)
    except UsageError as wrong:
        return _usage(str(wrong))
    try:
        log = _log(values)
    except OSError as error:
        return _failed(f"cannot write the log {error.filename}: {error.strerror}")
    for note in check.notes(values):
        print(f"voyant run: {note}", file=sys.stderr)
    if check.text(values, "mode", "serve") == "validate":
        return _validate(values, log)
    return _serve(values, log)


def _usage(problem: str) -> int:
    print(f"voyant run: {problem}", file=sys.stderr)
    print("hint: voyant run --help", file=sys.stderr)
    return 2


def _failed(problem: str) -> int:
    print(f"voyant run: {problem}", file=sys.stderr)
    return 1


def _log(values: Values) -> Log:
    return Log(
        check.level(check.text(values, "log_level", "info"), "--log-level"),
        check.component_levels(values),
        check.text(values, "log_format", DEFAULT_FORMAT),
        check.text(values, "log_path"),
        escaped=bool(values.get("log_format_escaped")),
    )


def _validate(values: Values, log: Log) -> int:
    outcome = load(values, concurrency(values), warnings=log.shows("warning", "config"))
    if not _accepted(outcome, values, log):
        return 1
    print(f"configuration '{check.text(values, 'config_path')}' OK")
    return 0


def _accepted(outcome: Outcome, values: Values, log: Log) -> bool:
    """Says what was found; false when the configuration is refused."""
    for warning in outcome.warnings:
        log.write("warning", "config", warning)
    for error in outcome.errors:
        print(error, file=sys.stderr)
    if outcome.errors:
        count = len(outcome.errors)
        name = check.text(values, "config_path", "--config-yaml")
        errors = "1 error" if count == 1 else f"{count:,} errors"
        _failed(f"{errors} in {name}; nothing was started")
    return not outcome.errors


def _serve(values: Values, log: Log) -> int:
    name = check.text(values, "config_path", "--config-yaml")
    workers = concurrency(values)
    log.write("info", "main", f"voyant starts with configuration '{name}', {workers} workers")
    loading = Loading(values, workers, warnings=log.shows("warning", "config"))
    if values.get("enable_core_dump"):
        _lift_core_limit()
    # Made ready while the other process reads the configuration.
    from voyant import _engine

    outcome = loading.outcome()
    if outcome is None:
        return _failed("the configuration could not be loaded: that is a defect of Voyant")
    if not _accepted(outcome, values, log):
        return 1
    if outcome.log_format and "log_format" not in values:
        log.form = outcome.log_format
    log.write("info", "config", "loading {} cluster(s), {} listener(s)".format(*outcome.counts))
    node = {name: check.text(values, flag) for name, flag in NODE_FLAGS.items()}
    owner = Owner(outcome.bootstrap, node)
    # Before there are threads: they inherit it, and only this one is told of signals.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    level = check.level(check.text(values, "log_level", "info"), "--log-level")
    try:
        engine = _engine.Engine(outcome.snapshot, owner, level)
    except _engine.EngineError as error:
        return _failed(f"cannot start: {error}")
    del outcome
    _tell_addresses(engine, log)
    if check.text(values, "mode", "serve") == "init_only":
        engine.stop()
        return 0
    return _until_told(engine, log)


def concurrency(values: Values) -> int:
    """The number of workers."""
    given = values.get("concurrency")
    if given is not None:
        # Envoy takes 0 for 1, too.
        return max(int(given), 1) if isinstance(given, int) else 1
    if values.get("cpuset_threads") and hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _lift_core_limit() -> None:
    import resource

    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def _tell_addresses(engine: Engine, log: Log) -> None:
    admin = engine.admin_address()
    if admin is not None:
        log.write("info", "admin", f"admin address: {admin}")
    for name, addresses in engine.listeners():
        log.write("info", "config", f"listener '{name}': {', '.join(addresses)}")
    log.write("info", "config", "all dependencies initialized. starting workers")


def _until_told(engine: Engine, log: Log) -> int:
    """Serves until a signal says otherwise."""
    while True:
        told = signal.sigwait(SIGNALS)
        if told in ENDING:
            log.write("warning", "main", f"caught {signal.Signals(told).name}")
            return _drain(engine, log)
        _other(told, engine, log)


def _other(told: int, engine: Engine, log: Log) -> None:
    if told == signal.SIGUSR1:
        log.write("warning", "main", "caught SIGUSR1. Reopening access logs.")
        try:
            log.reopen()
        except OSError as error:
            log.write("error", "main", f"cannot reopen {error.filename}: {error.strerror}")
        engine.reopen_logs()
    else:
        log.write("warning", "main", "caught and eating SIGHUP: there is no hot restart yet")


def _drain(engine: Engine, log: Log) -> int:
    """Finishes what is in flight; returns the exit code."""
    seconds = engine.drain_time().total_seconds()
    deadline = time.monotonic() + seconds
    engine.begin_shutdown()
    while engine.open_connections() and time.monotonic() < deadline:
        told = signal.sigtimedwait(SIGNALS, POLL_SECONDS)
        if told is None:
            continue
        if told.si_signo in ENDING:
            log.write("warning", "main", "told again: leaving at once")
            engine.stop()
            return 1
        _other(told.si_signo, engine, log)
    left = engine.open_connections()
    if left:
        log.write("warning", "main", f"{left} connections are cut after {seconds:g} s")
    engine.stop()
    log.write("info", "main", "exiting")
    return 0
