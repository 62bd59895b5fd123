"""Signals before there is something to drain: while a configuration is loaded, and while the engine
starts. Both may take long, and neither may have to be killed.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

    from voyant._engine import Engine

ENDING = frozenset({signal.SIGTERM, signal.SIGINT})
LATER = frozenset({signal.SIGUSR1, signal.SIGHUP})
"""Obeyed when there is something to be told."""
SIGNALS = ENDING | LATER
_STARTED = signal.SIGRTMIN


class Ended(Exception):
    """A signal ended what had only begun."""


@contextmanager
def loading_signals() -> Iterator[None]:
    """Within it a signal that ends the process raises `Ended`."""
    signal.pthread_sigmask(signal.SIG_BLOCK, LATER)
    before = {number: signal.signal(number, _ended) for number in ENDING}
    try:
        yield
    finally:
        # From here on signals wait until they are asked for.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        for number, handler in before.items():
            signal.signal(number, handler)


def _ended(number: int, frame: FrameType | None) -> NoReturn:
    raise Ended(signal.Signals(number).name)


def while_starting(start: Callable[[], Engine]) -> Engine:
    """The engine, started on another thread while this one waits for signals; raises `Ended`."""
    engines: list[Engine] = []
    errors: list[Exception] = []
    waiting = threading.get_ident()

    def begin() -> None:
        try:
            engines.append(start())
        except Exception as error:
            errors.append(error)
        signal.pthread_kill(waiting, _STARTED)

    # Before there are threads: they inherit it, and only this one is told of signals.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS | {_STARTED})
    threading.Thread(target=begin, name="start", daemon=True).start()
    later = set()
    while not engines and not errors:
        told = signal.sigwait(SIGNALS | {_STARTED})
        if told in ENDING:
            raise Ended(signal.Signals(told).name)
        later.add(told)
    for number in later & LATER:
        signal.raise_signal(number)
    if errors:
        raise errors[0]
    return engines[0]
