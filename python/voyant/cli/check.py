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
            raise UsageError(f"--{_flag(key)}: {given!r} is not one of {', '.join(words)}")
    level(text(values, "log_level", "info"), "--log-level")
    component_levels(values)
    stats_tags(values)
    if values.get("restart_epoch"):
        raise UsageError(
            "--restart-epoch: a restart cannot take over from a running proxy yet; leave it out "
            "to start anew"
        )
    for name in text(values, "disable_extensions").split(","):
        if name.rpartition("/")[2] in EXTENSIONS:
            raise UsageError(f"--disable-extensions: {name} cannot be disabled yet")


def level(given: str, where: str) -> str:
    """A log level by its usual name."""
    found = "warning" if given == "warn" else given
    if found not in LEVELS:
        raise UsageError(f"{where}: {given!r} is not one of {', '.join(LEVELS)}")
    return found


def component_levels(values: Values) -> dict[str, str]:
    """The levels of `--component-log-level`."""
    given = text(values, "component_log_level")
    if not given:
        return {}
    if values.get("enable_fine_grain_logging"):
        raise UsageError("--component-log-level will not work with --enable-fine-grain-logging")
    levels = {}
    for item in given.split(","):
        component, colon, wanted = item.partition(":")
        if not colon or not component:
            raise UsageError(f"--component-log-level: {item!r} is not COMPONENT:LEVEL")
        levels[component] = level(wanted, f"--component-log-level {component}")
    return levels


def stats_tags(values: Values) -> tuple[tuple[str, str], ...]:
    """The tags of `--stats-tag`."""
    given = values.get("stats_tag")
    found = []
    for item in given if isinstance(given, list) else []:
        name, colon, value = item.partition(":")
        if not colon or not name.isalnum() or not name.isascii():
            raise UsageError(f"--stats-tag: {item!r} is not TAG:VALUE with letters and digits")
        if not value or "." in value:
            raise UsageError(f"--stats-tag: the value of {item!r} must not be empty or hold a dot")
        found.append((name, value))
    return tuple(found)


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
    if values.get("file_flush_min_size_kb", 64) != 64:
        yield "--file-flush-min-size-kb has no effect yet: access logs are written from 64 KB on"
    if values.get("disable_extensions"):
        yield "--disable-extensions has no effect: Voyant has none of them"


def _flag(key: str) -> str:
    return key.replace("_", "-")
