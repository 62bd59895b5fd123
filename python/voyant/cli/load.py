"""Loads a configuration in a process of its own, which ends when its work is done.

What loading needs is large: protobuf, the descriptors of Envoy's API, the configuration as text, as
message and as IR. The process that serves never has it in its memory; it gets bytes for the engine.
And it can make the engine ready while the configuration is read.
"""

from __future__ import annotations

import gc
import marshal
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

from voyant.cli.check import level, stats_tags, text
from voyant.cli.flags import Values
from voyant.cli.signals import ENDING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from voyant.cli.runtime_follower import Source
    from voyant.config.options import Options

CRASHED = 70
_CHUNK = 1 << 20


class Outcome:
    """What came of it: errors, or what to start and what to say of it."""

    def __init__(
        self,
        errors: Sequence[str] = (),
        warnings: Sequence[str] = (),
        snapshot: bytes = b"",
        bootstrap: bytes = b"",
        log_format: str = "",
        counts: tuple[int, int] = (0, 0),
        runtime: Sequence[Source] = (),
    ) -> None:
        self.errors = errors
        self.warnings = warnings
        self.snapshot = snapshot
        self.bootstrap = bootstrap
        self.log_format = log_format
        self.counts = counts
        """Of clusters and of listeners."""
        self.runtime = runtime
        """The runtime's layers, where there are directories to follow."""

    def packed(self) -> bytes:
        """As bytes for another process."""
        return marshal.dumps(
            (
                list(self.errors),
                list(self.warnings),
                self.snapshot,
                self.bootstrap,
                self.log_format,
                self.counts,
                list(self.runtime),
            )
        )


class Loading:
    """A configuration that is being loaded.

    Signals that end are blocked once it is there, until whoever made it can abandon it.
    """

    def __init__(self, values: Values, concurrency: int, *, warnings: bool) -> None:
        reading, writing = os.pipe()
        # What is buffered would be written by both.
        sys.stdout.flush()
        sys.stderr.flush()
        # Signals are its parent's, who ends it; so they wait until it says that.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        self._child = os.fork()
        if self._child == 0:
            for number in ENDING:
                signal.signal(number, signal.SIG_IGN)
            os.close(reading)
            _work(values, concurrency, warnings, writing)
        os.close(writing)
        self._reading = reading

    def abandon(self) -> None:
        """Ends it before it is done."""
        # It may have ended by itself.
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)

    def outcome(self) -> Outcome | None:
        """What came of it; nothing when it broke, and has said so."""
        with open(self._reading, "rb") as pipe:
            data = pipe.read()
        _, status = os.waitpid(self._child, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            return None
        return Outcome(*marshal.loads(data))


def _work(values: Values, concurrency: int, warnings: bool, writing: int) -> NoReturn:
    """The life of the process that loads."""
    # It ends before anything is worth collecting.
    gc.disable()
    try:
        data = load(values, concurrency, warnings=warnings).packed()
        with open(writing, "wb", buffering=_CHUNK) as pipe:
            pipe.write(data)
        code = 0
    except BrokenPipeError:
        # Nobody wants to know any more.
        code = CRASHED
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = CRASHED
    sys.stdout.flush()
    sys.stderr.flush()
    # The interpreter's own end would take apart what the system takes away faster.
    os._exit(code)


def load(values: Values, concurrency: int, *, warnings: bool) -> Outcome:
    """Loads and translates what the flags name; `warnings`: they are wanted."""
    from pathlib import Path

    import msgspec

    from voyant import config
    from voyant.config.bootstrap import application_log_format, translate
    from voyant.config.runtime import runtime_sources

    path = text(values, "config_path")
    inline = text(values, "config_yaml")
    unknown = values.get("allow_unknown_static_fields") or values.get("allow_unknown_fields")
    try:
        loaded = config.load(
            Path(path) if path else None,
            inline or None,
            allow_unknown=bool(unknown),
            further=lambda loaded: translate(loaded, options(values, concurrency)),
        )
        snapshot = translate(loaded, options(values, concurrency))
    except config.ConfigErrors as errors:
        return Outcome([str(error) for error in errors.errors])
    loaded.report.tells_deprecated = not values.get("skip_deprecated_logs")
    return Outcome(
        # Their places are looked up only now, which costs a second reading of the text.
        warnings=[str(warning) for warning in loaded.warnings] if warnings else (),
        snapshot=msgspec.msgpack.encode(snapshot),
        bootstrap=loaded.message.SerializeToString(deterministic=True),
        log_format=application_log_format(loaded.message),
        counts=(len(snapshot.clusters), len(snapshot.listeners)),
        runtime=runtime_sources(loaded.message, snapshot),
    )


def options(values: Values, concurrency: int) -> Options:
    """The flags as the translation takes them."""
    from voyant.config.options import Options

    names = Options.__struct_fields__
    disabled = text(values, "disable_extensions")
    given: dict[str, object] = {key: values[key] for key in values if key in names}
    if values.get("allow_unknown_fields"):
        given["allow_unknown_static_fields"] = True
    given |= {
        "concurrency": concurrency,
        "log_level": level(text(values, "log_level", "info")),
        "stats_tag": stats_tags(values),
        "disable_extensions": tuple(disabled.split(",")) if disabled else (),
    }
    return Options(**given)  # type: ignore[arg-type]  # the flags' kinds are the options' types
