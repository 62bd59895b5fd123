"""Envoy's command line flags, as a table, and a parser that takes them as Envoy does.

Nothing here is imported that a start would have to wait for. A flag stands as `--flag value` or
`--flag=value`, once, unless it may be repeated; what follows `--`, `--help` or `--version` is
ignored, as by Envoy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["FLAGS", "Flag", "UsageError", "Values", "parse"]

Value = str | int | bool | list[str]
Values = dict[str, Value]
"""What was given, by the flags' names in snake_case; what was not given is not there."""


class UsageError(Exception):
    """The command line cannot be understood."""


class Flag:
    """One flag."""

    def __init__(self, name: str, kind: type, text: str, short: str = "", value: str = "") -> None:
        self.name = name
        self.kind = kind
        self.text = text
        self.short = short
        self.value = value or ("" if kind is bool else "NUMBER" if kind is int else "TEXT")

    @property
    def key(self) -> str:
        """Its name in snake_case."""
        return self.name.replace("-", "_")


CONFIGURATION = (
    Flag("config-path", str, "the configuration: .yaml, .yml, .json, .pb or .pb_text", "c", "FILE"),
    Flag("config-yaml", str, "inline YAML, merged over the file", value="YAML"),
    Flag("mode", str, "serve (default), validate, or init_only: start and leave", value="MODE"),
    Flag("allow-unknown-static-fields", bool, "warn of unknown fields instead of refusing them"),
    Flag("allow-unknown-fields", bool, "the older name of --allow-unknown-static-fields"),
    Flag("reject-unknown-dynamic-fields", bool, "there is no dynamic configuration yet"),
    Flag("ignore-unknown-dynamic-fields", bool, "there is no dynamic configuration yet"),
    Flag("skip-deprecated-logs", bool, "do not warn of deprecated fields"),
    Flag("disable-extensions", str, "comma-separated; Voyant's own cannot be disabled yet"),
)
PROCESS = (
    Flag("concurrency", int, "worker threads; the default is one for each hardware thread"),
    Flag("cpuset-threads", bool, "by default one worker for each CPU this process may use"),
    Flag("drain-time-s", int, "how long a shutdown waits for what is in flight (600)"),
    Flag("drain-strategy", str, "gradual (default) or immediate", value="STRATEGY"),
    Flag("admin-address-path", str, "write the admin interface's address there", value="FILE"),
    Flag("local-address-ip-version", str, "v4 (default) or v6", value="VERSION"),
    Flag("service-cluster", str, "this node's cluster, over the configuration's", value="NAME"),
    Flag("service-node", str, "this node's id, over the configuration's", value="NAME"),
    Flag("service-zone", str, "this node's zone, over the configuration's", value="NAME"),
    Flag("stats-tag", list, "tag:value for every statistic; may be repeated", value="TAG:VALUE"),
    Flag("enable-core-dump", bool, "lift the limit on the size of core dumps"),
    Flag("enable-mutex-tracing", bool, "no effect: workers share no locks"),
)
LOGS = (
    Flag("log-level", str, "trace, debug, info, warning, error, critical or off (info)", "l"),
    Flag("component-log-level", str, "upstream:debug,config:trace", value="LIST"),
    Flag("log-path", str, "the log's file; the default is stderr", value="FILE"),
    Flag("log-format", str, "in spdlog's syntax", value="FORMAT"),
    Flag("log-format-escaped", bool, "escape newlines and the like in log lines"),
    Flag("log-stacktrace-single-entry", bool, "no effect: no stack traces are logged"),
    Flag("enable-fine-grain-logging", bool, "no effect: levels are set for whole components"),
    Flag("file-flush-interval-msec", int, "how often access logs are written (10000)"),
    Flag("file-flush-min-size-kb", int, "access logs are written from so much on (64)"),
)
HOT_RESTART = (
    Flag("disable-hot-restart", bool, "there is none yet, so it always holds"),
    Flag("base-id", int, "no effect without hot restart"),
    Flag("use-dynamic-base-id", bool, "no effect without hot restart"),
    Flag("base-id-path", str, "no effect without hot restart", value="FILE"),
    Flag("restart-epoch", int, "only 0: a restart cannot take over yet"),
    Flag("parent-shutdown-time-s", int, "no effect without hot restart"),
    Flag("skip-hot-restart-on-no-parent", bool, "no effect without hot restart"),
    Flag("skip-hot-restart-parent-stats", bool, "no effect without hot restart"),
    Flag("socket-path", str, "no effect without hot restart", value="PATH"),
    Flag("socket-mode", str, "no effect without hot restart", value="MODE"),
)
INFORMATION = (
    Flag("version", bool, "show the version"),
    Flag("hot-restart-version", bool, "show the hot restart version: disabled"),
    Flag("help", bool, "show this", "h"),
)
FLAGS: dict[str, tuple[Flag, ...]] = {
    "Configuration": CONFIGURATION,
    "Process": PROCESS,
    "Logs": LOGS,
    "Hot restart (comes later)": HOT_RESTART,
    "Information": INFORMATION,
}
_ALL = [flag for group in FLAGS.values() for flag in group]
_BY_WORD = {f"--{flag.name}": flag for flag in _ALL} | {
    f"-{flag.short}": flag for flag in _ALL if flag.short
}


_AT_ONCE = ("help", "version")
"""Answered before what comes after them is looked at."""


def parse(arguments: Sequence[str]) -> Values:
    """The values of the flags; raises `UsageError`."""
    values: Values = {}
    words = iter(arguments)
    for word in words:
        if word in ("--", "--ignore_rest"):
            break
        name, equals, attached = word.partition("=")
        flag = _BY_WORD.get(word) or _BY_WORD.get(name)
        if flag is None:
            raise UsageError(_not_a_flag(name))
        if flag.key in values and flag.kind is not list:
            raise UsageError(f"--{flag.name}: argument already set")
        if flag.kind is bool:
            if equals:
                raise UsageError(f"--{flag.name} takes no value")
            values[flag.key] = True
            if flag.name in _AT_ONCE:
                break
        else:
            text = attached if equals else _next(words, flag)
            values[flag.key] = _value(flag, text, values)
    return values


def _next(words: Iterator[str], flag: Flag) -> str:
    for word in words:
        return word
    raise UsageError(f"--{flag.name}: missing a value; expected --{flag.name} {flag.value}")


def _value(flag: Flag, text: str, values: Values) -> Value:
    if flag.kind is list:
        before = values.get(flag.key)
        return [*(before if isinstance(before, list) else []), text]
    if flag.kind is not int:
        return text
    if not (text.isascii() and text.isdigit() and int(text) < 2**32):
        raise UsageError(
            f"--{flag.name}: couldn't read argument value from {text!r}; "
            f"expected a number from 0 to {2**32 - 1}"
        )
    return int(text)


def _not_a_flag(word: str) -> str:
    if not word.startswith("-"):
        return f"{word}: couldn't find match for argument; the configuration is given with -c FILE"
    from voyant.config.errors import nearest

    hint = nearest(word, _BY_WORD)
    return f"{word}: couldn't find match for argument{'; ' if hint else ''}{hint}"
