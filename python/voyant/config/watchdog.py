"""When threads of the process count as stuck, with Envoy's defaults."""

from voyant import ir
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.scalar import duration_ms

_NOT_KILLED = "a stuck thread is counted, the process is not ended"
WATCHDOGS = Fields(
    "envoy.config.bootstrap.v3.Watchdogs", reads={"main_thread_watchdog", "worker_watchdog"}
)
WATCHDOG = Fields(
    "envoy.config.bootstrap.v3.Watchdog",
    reads={"miss_timeout", "megamiss_timeout"},
    no_effect={
        "actions": _NOT_KILLED,
        "kill_timeout": _NOT_KILLED,
        "max_kill_timeout_jitter": _NOT_KILLED,
        "multikill_timeout": _NOT_KILLED,
        "multikill_threshold": _NOT_KILLED,
    },
)
DEFAULT_MISS_MS = 200
DEFAULT_MEGAMISS_MS = 1000


def check_watchdogs(bootstrap: Proto, at: At) -> None:
    """Reports what is wrong with either field."""
    if bootstrap.HasField("watchdog"):
        if bootstrap.HasField("watchdogs"):
            at.field("watchdog").error("Only one of watchdog or watchdogs should be set!")
        WATCHDOG.check(bootstrap.watchdog, at.field("watchdog"))
    message, there = bootstrap.watchdogs, at.field("watchdogs")
    WATCHDOGS.check(message, there)
    for name in ("main_thread_watchdog", "worker_watchdog"):
        WATCHDOG.check(getattr(message, name), there.field(name))


def watchdogs(bootstrap: Proto) -> ir.Watchdogs:
    """The limits of the main thread and of workers; the older field is for both."""
    if bootstrap.HasField("watchdog"):
        both = _watchdog(bootstrap.watchdog)
        return ir.Watchdogs(main_thread=both, workers=both)
    message = bootstrap.watchdogs
    return ir.Watchdogs(
        main_thread=_watchdog(message.main_thread_watchdog),
        workers=_watchdog(message.worker_watchdog),
    )


def _watchdog(message: Proto) -> ir.Watchdog:
    return ir.Watchdog(
        miss_timeout_ms=duration_ms(message, "miss_timeout", DEFAULT_MISS_MS),
        megamiss_timeout_ms=duration_ms(message, "megamiss_timeout", DEFAULT_MEGAMISS_MS),
    )
