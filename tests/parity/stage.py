"""A group brought to life: its upstream sockets, its proxy process, its directory."""

import re
import shutil
import socket
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.parity.config import filled, with_barrier
from tests.parity.proxy import Proxy
from tests.parity.scenario import Group, Server
from tests.parity.sessions import Http1Client
from tests.parity.wire import Wire
from tests.parity.world import Address, Upstream, connect

_OURS = re.compile(r"^(http|listener)\.(admin|barrier)\b|\.worker_\d+\.")


class Stage:
    """Where the cases of one group are played, one after another."""

    def __init__(self, group: Group, command: Sequence[str]) -> None:
        self.group = group
        self._command = command
        self._stack = ExitStack()
        self.upstreams: dict[str, Upstream] = {}
        self.addresses: dict[str, Address] = {}
        self.barrier: Wire | None = None

    def __enter__(self) -> Self:
        self.directory = Path(tempfile.mkdtemp(prefix="parity-"))
        self._stack.callback(shutil.rmtree, self.directory, ignore_errors=True)
        self._where: dict[str, str | int] = {"dir": str(self.directory)}
        try:
            for name, server in self.group.upstreams.items():
                self._listen(name, server)
            config = with_barrier(self.group.config) if self.group.barrier else self.group.config
            config = filled(config, self._where.get)
            proxy = Proxy(self._command, config, self.directory, self.group.args)
            self.proxy = self._stack.enter_context(proxy)
            self.addresses = self.proxy.addresses()
            if self.group.barrier:
                self.barrier = Wire(connect(self.addresses["barrier"]), Http1Client())
                self._stack.callback(self.barrier.close)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def names(self) -> list[tuple[str, str]]:
        """What stands in a transcript for what differs from run to run: addresses, paths."""
        known = [(str(self.directory), "<dir>")]
        ports = [(n, p) for n, p in self._where.items() if isinstance(p, int)]
        ports += [(n, a[1]) for n, a in self.addresses.items() if not isinstance(a, str)]
        known += [(str(port), f"<{name}>") for name, port in ports]
        return known

    def logs(self) -> dict[str, list[str]]:
        return {
            path.stem: path.read_text(errors="replace").splitlines()
            for path in sorted(self.directory.glob("*.log"))
            if path.stem != "proxy"
        }

    def busy(self, pattern: str = r"\.(downstream|upstream)_(cx|rq)_active$") -> dict[str, int]:
        """The gauges of connections and requests that are not the harness's own and not 0."""
        active = self.proxy.admin.stats(pattern)
        return {n: value for n, value in active.items() if value and not _OURS.search(n)}

    def idle(self) -> bool:
        """No connection of a case is left on either side."""
        return not self.busy()

    def _listen(self, name: str, server: Server) -> None:
        kind = socket.AF_UNIX if server.unix else socket.AF_INET
        listener = self._stack.enter_context(socket.socket(kind))
        path = str(self.directory / f"{name}.sock")
        address: Any = path if server.unix else ("127.0.0.1", 0)
        listener.bind(address)
        self._where[name] = path if server.unix else listener.getsockname()[1]
        if server.protocol == "refused":
            return
        listener.listen(0 if server.protocol == "silent" else 64)
        if server.protocol == "silent":
            self._stack.enter_context(connect(listener.getsockname()))
            return
        listener.setblocking(False)
        self.upstreams[name] = Upstream(listener, server.protocol, dict(server.settings))
