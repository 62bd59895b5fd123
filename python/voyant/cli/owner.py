"""What the engine asks of Python while it serves: the admin interface's questions, and its end."""

from __future__ import annotations

import os
import signal

NOT_FOUND = (404, False, b"not found\n")


class Owner:
    """Knows the configuration as it was given. Called on threads of the engine's."""

    def __init__(self, bootstrap: bytes) -> None:
        self._bootstrap = bootstrap

    def answer(self, path: str, query: list[tuple[str, str]]) -> tuple[int, bool, bytes]:
        """Status, whether it is JSON, and body."""
        return NOT_FOUND

    def quit(self) -> None:
        """An operator wants the process to end: as if by a signal."""
        os.kill(os.getpid(), signal.SIGTERM)
