"""Serving: a configuration is loaded, the engine started, and signals obeyed until the end."""

from __future__ import annotations

import os
import signal
import sys
import time

from voyant.cli import check
from voyant.cli.flags import Values
from voyant.cli.load import Loading, Outcome
from voyant.cli.log import Log
from voyant.cli.owner import Owner
from voyant.cli.signals import ENDING, SIGNALS, Ended, loading_signals, while_starting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from voyant._engine import Engine

NODE_FLAGS = {"id": "service_node", "cluster": "service_cluster", "zone": "service_zone"}
POLL_SECONDS = 0.02
"""How often a shutdown looks whether the last connection has ended."""


def failed(problem: str) -> int:
    """Says why nothing is served; returns the exit code."""
    print(f"voyant run: {problem}", file=sys.stderr)
    return 1


def accepted(outcome: Outcome, values: Values, log: Log) -> bool:
    """Says what was found; false when the configuration is refused."""
    for warning in outcome.warnings:
        log.write("warning", "config", warning)
    for error in outcome.errors:
        print(error, file=sys.stderr)
    if outcome.errors:
        count = len(outcome.errors)
        errors = "1 error" if count == 1 else f"{count:,} errors"
        failed(f"{errors} in {_name(values)}; nothing was started")
    return not outcome.errors


def serve(values: Values, log: Log) -> int:
    """Returns the exit code."""
    try:
        engine = _started(values, log)
    except Ended as ended:
        # Nothing was begun that would have to be finished.
        log.write("warning", "main", f"caught {ended}")
        log.write("info", "main", "exiting")
        # And what is being started may wait for answers that do not come.
        os._exit(0)
    if engine is None:
        return 1
    log.follow(engine.log_level)
    _tell_addresses(engine, values, log)
    if check.text(values, "mode", "serve") == "init_only":
        engine.stop()
        return 0
    return _until_told(engine, log)


def _started(values: Values, log: Log) -> Engine | None:
    """The started engine; nothing when that was refused. The snapshot is not kept."""
    outcome = _load(values, log)
    if outcome is None:
        failed("the configuration could not be loaded: that is a defect of Voyant")
        return None
    if not accepted(outcome, values, log):
        return None
    if outcome.log_format:
        log.use(outcome.log_format)
    log.write("info", "config", "loading {} cluster(s), {} listener(s)".format(*outcome.counts))
    from voyant._engine import EngineError

    try:
        return while_starting(lambda: _start(outcome, values, log))
    except EngineError as error:
        failed(f"cannot start: {error}")
        return None


def _load(values: Values, log: Log) -> Outcome | None:
    workers = concurrency(values)
    with loading_signals():
        what = f"voyant starts with configuration '{_name(values)}', {workers} workers"
        log.write("info", "main", what)
        loading = Loading(values, workers, warnings=log.shows("warning", "config"))
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
            if values.get("enable_core_dump"):
                _lift_core_limit()
            # Made ready while the other process reads the configuration.
            from voyant import _engine  # noqa: F401

            return loading.outcome()
        except Ended:
            loading.abandon()
            raise


def _start(outcome: Outcome, values: Values, log: Log) -> Engine:
    from voyant._engine import Engine

    node = {name: check.text(values, flag) for name, flag in NODE_FLAGS.items()}
    owner = Owner(outcome.bootstrap, node, log)
    level = check.level(check.text(values, "log_level", "info"))
    engine = Engine(outcome.snapshot, owner, level, list(check.component_levels(values).items()))
    if outcome.runtime:
        # Only for those who have a directory to follow.
        from voyant.cli.runtime_follower import RuntimeFollower

        RuntimeFollower(list(outcome.runtime), engine).start()
    return engine


def _name(values: Values) -> str:
    return check.text(values, "config_path") or "--config-yaml"


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


def _tell_addresses(engine: Engine, values: Values, log: Log) -> None:
    admin = engine.admin_address()
    if admin is not None:
        log.write("info", "admin", f"admin address: {admin}")
    unwritten = engine.unwritten_admin_address()
    if unwritten is not None:
        path = check.text(values, "admin_address_path")
        what = f"cannot open admin address output file {path} for writing: {unwritten}"
        log.write("critical", "admin", what)
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
    while not engine.is_drained() and time.monotonic() < deadline:
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
