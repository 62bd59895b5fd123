"""What the engine asks of Python while it serves: the admin interface's questions, its end, and to
log what it warns of.
"""

from __future__ import annotations

import marshal
import os
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from voyant.cli.log import Log

NOT_FOUND = (404, False, b"not found\n")


class Owner:
    """Knows the configuration as it was given. Called on threads of the engine's."""

    def __init__(self, bootstrap: bytes, node: dict[str, str], log: Log) -> None:
        self._bootstrap = bootstrap
        self._node = node
        self._since = time.time()
        self._log = log

    def answer(self, path: str, query: list[tuple[str, str]]) -> tuple[int, bool, bytes]:
        """Status, whether it is JSON, and body."""
        if path != "/config_dump":
            return NOT_FOUND
        # Only for those who ask: most proxies are never asked.
        import subprocess

        question = (self._bootstrap, self._node, self._since, query)
        command = [sys.executable, "-m", "voyant.admin.config_dump"]
        # Not a pipe: a page of megabytes is read at once, and leaves no holes in the heap.
        with open(os.memfd_create("config_dump"), "r+b", buffering=0) as page:
            done = subprocess.run(command, input=marshal.dumps(question), stdout=page)
            if done.returncode != 0:
                return 500, False, b"the configuration could not be shown\n"
            page.seek(0)
            status, is_json = marshal.load(page)
            return status, is_json, page.readall()

    def quit(self) -> None:
        """An operator wants the process to end: as if by a signal."""
        os.kill(os.getpid(), signal.SIGTERM)

    def warn(self, logger: str, text: str) -> None:
        """Something for the operator's log."""
        self._log.write("warning", logger, text)
