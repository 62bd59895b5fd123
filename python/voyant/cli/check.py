"""What flags may hold, and what is to be said of those whose feature is not there yet.

Says nothing itself: `check` gives what is wrong, `notes` what the user must know.
"""

from __future__ import annotations

from collections.abc import Iterator

from voyant.cli.flags import UsageError, Values

COMPONENTS = ("admin", "config", "main")
"""Who writes to the process's own log."""
LEVELS = ("trace", "debug", "info", "warning", "error", "critical", "off")
_HOT_RESTART = (
    "base_id",
    "use_dynamic_base_id",
    "base_id_path",
    "parent_shutdown_time_s",
    "skip_hot_restart_on_no_parent",
    "skip_hot_restart_parent_stats",
    "socket_path",
    "socket_mode",
)
_DYNAMIC = ("reject_unknown_dynamic_fields", "ignore_unknown_dynamic_fields")
_NO_EFFECT = {
    "enable_mutex_tracing": "workers share no locks that could be traced",
    "log_stacktrace_single_entry": "no stack traces are logged",
    "enable_fine_grain_logging": "levels are set for whole components only",
}
_WORDS = {
    "mode": ("serve", "validate", "init_only"),
    "drain_strategy": ("gradual", "immediate"),
    "local_address_ip_version": ("v4", "v6"),
}
_NAMES = {"local_address_ip_version": "IP address version"}
"""Flags whose values Envoy calls something else."""
EXTENSIONS = (
    "envoy.access_loggers.file",
    "envoy.access_loggers.stderr",
    "envoy.access_loggers.stdout",
    "envoy.cluster.dns",
    "envoy.cluster.logical_dns",
    "envoy.cluster.static",
    "envoy.cluster.strict_dns",
    "envoy.filters.http.router",
    "envoy.filters.network.http_connection_manager",
    "envoy.filters.network.tcp_proxy",
    "envoy.load_balancing_policies.least_request",
    "envoy.load_balancing_policies.random",
    "envoy.load_balancing_policies.round_robin",
    "envoy.network.dns_resolver.cares",
    "envoy.transport_sockets.raw_buffer",
)
"""Envoy's extensions that are there, whatever `--disable-extensions` says."""


def text(values: Values, key: str, default: str = "") -> str:
    """A flag's text."""
    return str(values.get(key, default))


def check(values: Values) -> None:
    """Raises what is wrong with the flags' values."""
    for key, words in _WORDS.items():
        given = text(values, key, words[0])
        if given not in words:
            what = _NAMES.get(key, _flag(key))
            raise UsageError(f"unknown {what} {given!r}; expected {' or '.join(words)}")
    level(text(values, "log_level", "info"))
    component_levels(values)
    stats_tags(values)
    _restart(values)
    _socket(values)
    for name in text(values, "disable_extensions").split(","):
        if name.rpartition("/")[2] in EXTENSIONS:
            raise UsageError(f"--disable-extensions: {name} cannot be disabled yet")


def _restart(values: Values) -> None:
    epoch = values.get("restart_epoch")
    if not epoch:
        return
    if values.get("use_dynamic_base_id"):
        raise UsageError(f"cannot use --restart-epoch={epoch} with --use-dynamic-base-id")
    # A validation takes over from nobody, and neither does a start without hot restart.
    if not values.get("disable_hot_restart") and text(values, "mode") != "validate":
        raise UsageError(
            "--restart-epoch: a restart cannot take over from a running proxy yet; leave it out, "
            "or add --disable-hot-restart, to start anew"
        )


def _socket(values: Values) -> None:
    """Envoy looks at the mode of a socket that is a file only."""
    given = text(values, "socket_mode", "600")
    if text(values, "socket_path", "@").startswith("@"):
        return
    if not (given.isascii() and given.isdigit()) or {"8", "9"} & set(given):
        raise UsageError(f"invalid socket-mode {given!r}; expected an octal number")


def level(given: str) -> str:
    """A log level by its usual name."""
    found = "warning" if given == "warn" else given
    if found not in LEVELS:
        expected = ", ".join(LEVELS)
        raise UsageError(f"invalid log level specified {given!r}; expected one of {expected}")
    return found


def component_levels(values: Values) -> dict[str, str]:
    """The levels of `--component-log-level`."""
    given = text(values, "component_log_level")
    if not given:
        return {}
    if values.get("enable_fine_grain_logging"):
        raise UsageError("--component-log-level will not work with --enable-fine-grain-logging")
    from voyant._engine import loggers

    levels = {}
    for item in given.split(","):
        component, *wanted = item.split(":")
        if len(wanted) != 1:
            raise UsageError(
                f"component log level not correctly specified {item!r}; expected COMPONENT:LEVEL"
            )
        levels[component] = level(wanted[0])
        if component not in loggers():
            raise UsageError(f"invalid component specified {component!r}{_hint(component)}")
    return levels


def _hint(component: str) -> str:
    from voyant._engine import loggers
    from voyant.config.errors import nearest

    hint = nearest(component, loggers())
    return f"; {hint}" if hint else ""


def stats_tags(values: Values) -> tuple[tuple[str, str], ...]:
    """The tags of `--stats-tag`."""
    found: dict[str, str] = {}
    for item in _tags(values):
        name, colon, value = item.partition(":")
        if not colon:
            raise UsageError(f"misformatted stats-tag {item!r}; expected TAG:VALUE")
        # Envoy takes a name without a letter, too.
        if name and not (name.isalnum() and name.isascii()):
            raise UsageError(
                f"misformatted stats-tag {item!r} contains invalid char in {name!r}; "
                "expected letters and digits"
            )
        if not value or "." in value:
            raise UsageError(
                f"misformatted stats-tag {item!r} contains invalid char in {value!r}; "
                "expected a value without a dot"
            )
        found.setdefault(name, value)
    return tuple(found.items())


def _tags(values: Values) -> list[str]:
    given = values.get("stats_tag")
    return given if isinstance(given, list) else []


def notes(values: Values) -> Iterator[str]:
    """What is accepted and does nothing yet."""
    hot_restart = [f"--{_flag(key)}" for key in _HOT_RESTART if values.get(key)]
    if hot_restart:
        have = "has" if len(hot_restart) == 1 else "have"
        yield f"{', '.join(hot_restart)} {have} no effect: there is no hot restart yet"
    for key in _DYNAMIC:
        if values.get(key):
            yield f"--{_flag(key)} has no effect: there is no dynamic configuration yet"
    for key, reason in _NO_EFFECT.items():
        if values.get(key):
            yield f"--{_flag(key)} has no effect: {reason}"
    silent = sorted(set(component_levels(values)) - set(COMPONENTS))
    if silent:
        yield f"--component-log-level has no effect yet: nothing is logged by {', '.join(silent)}"
    if values.get("restart_epoch"):
        yield "--restart-epoch has no effect: there is no hot restart yet"
    holding = dict(stats_tags(values))
    for item in _tags(values):
        name, _, value = item.partition(":")
        if holding[name] != value:
            yield f"--stats-tag {item} has no effect: {name!r} is {holding[name]!r} already"
    if values.get("disable_extensions"):
        yield "--disable-extensions has no effect: Voyant has none of them"


def _flag(key: str) -> str:
    return key.replace("_", "-")
