"""All sockets of one case, moved by one thread: nothing happens but what a step causes.

A step sends and returns at once; whoever needs an outcome pumps until it is there or the
deadline has passed. `settle` needs no clock: it asks the proxy's one worker for an answer on
another connection until two such round trips pass in which nothing else moved.
"""

import select
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from tests.parity.http2 import H2Reply, Peer
from tests.parity.sessions import Http1Client, Http1Server, Plain, Reply
from tests.parity.wire import Session, Wire

Address = tuple[str, int] | str
DEADLINE_S = 5.0
_BARRIER = b"GET / HTTP/1.1\r\nhost: barrier\r\n\r\n"


class Failed(Exception):
    """A step of a case could not be played."""


@dataclass
class Upstream:
    """A listening socket and the connections that the proxy made to it in this case."""

    listener: socket.socket
    protocol: str
    settings: dict[int, int]
    replies: deque[Reply] = field(default_factory=deque)
    h2_replies: deque[H2Reply] = field(default_factory=deque)
    wires: list[Wire] = field(default_factory=list)

    def accept(self) -> bool:
        try:
            sock, _ = self.listener.accept()
        except BlockingIOError:
            return False
        self.wires.append(Wire(sock, self._session()))
        return True

    def script(self, replies: Sequence[Reply | H2Reply]) -> None:
        self.replies.clear()
        self.h2_replies.clear()
        self.wires.clear()
        for reply in replies:
            if isinstance(reply, H2Reply):
                self.h2_replies.append(reply)
            else:
                self.replies.append(reply)

    def _session(self) -> Session:
        if self.protocol == "h2":
            return Peer(self.h2_replies, self.settings)
        return Http1Server(self.replies) if self.protocol == "h1" else Plain(self.replies)


def connect(address: Address) -> socket.socket:
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    if not isinstance(address, str) and ":" in address[0]:
        family = socket.AF_INET6
    sock = socket.socket(family)
    sock.settimeout(DEADLINE_S)
    sock.connect(address)
    return sock


class World:
    """The clients and upstream connections of one case."""

    def __init__(
        self,
        addresses: dict[str, Address],
        upstreams: dict[str, Upstream],
        barrier: Wire | None,
        listener: str,
        protocol: str,
    ) -> None:
        self.clients: dict[str, Wire] = {}
        self.upstreams = upstreams
        self.addresses = addresses
        self.notes: list[str] = []
        self.baseline: dict[str, int] = {}
        self.read_stats: Callable[[Sequence[str]], dict[str, int]] = lambda _: {}
        self._barrier = barrier
        self._listener = listener
        self._protocol = protocol
        self._moved = 0
        self._last: Wire | None = None

    def open(
        self,
        name: str,
        listener: str = "",
        protocol: str = "",
        settings: dict[int, int] | None = None,
        receive_buffer: int = 0,
    ) -> Wire:
        where = listener or self._listener
        if where not in self.addresses:
            raise Failed(f"no listener {where!r}; there are {sorted(self.addresses)}")
        sock = connect(self.addresses[where])
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        session: Session
        match protocol or self._protocol:
            case "h2":
                session = Peer(None, settings)
            case "tcp":
                session = Plain()
            case _:
                session = Http1Client()
        self.clients[name] = Wire(sock, session)
        return self.clients[name]

    def party(self, name: str) -> Wire:
        """A client (opened at first mention), or `up` (the upstream's newest connection),
        or `up.0` (its first)."""
        upstream, _, number = name.partition(".")
        if upstream not in self.upstreams:
            return self._turned_to(self.clients.get(name) or self.open(name))
        wires = self.upstreams[upstream].wires
        at = int(number) if number else None
        self.wait(lambda: len(wires) > (at or 0), f"a connection to {name}")
        return self._turned_to(wires[-1 if at is None else at])

    def wait(self, until: Callable[[], bool], what: str) -> None:
        if not self.pump(until):
            raise Failed(f"waited {DEADLINE_S:g} s in vain for {what}")

    def pump(self, until: Callable[[], bool], deadline_s: float | None = None) -> bool:
        deadline = time.monotonic() + (deadline_s or DEADLINE_S)
        while not until():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            self.turn(left)
        return True

    def poll(self, until: Callable[[], bool], deadline_s: float | None = None) -> bool:
        """Like `pump`, for a condition that no socket of this world announces."""
        deadline = time.monotonic() + (deadline_s or DEADLINE_S)
        while not until():
            if time.monotonic() > deadline:
                return False
            self.turn(0.005)
        return True

    def quiet(self, for_s: float) -> None:
        """Pumps until nothing has moved for so long. For recording only."""
        moved = -1
        while moved != self._moved:
            moved = self._moved
            self.pump(lambda: False, for_s)

    def settle(self) -> None:
        if self._barrier is None:
            self.quiet(0.1)
            return
        still = 0
        while still < 2:
            moved, answers = self._moved, self._barrier.session.complete()
            self._barrier.send(_BARRIER)
            self._barrier.flush()
            self.wait(partial(self._answered, answers), "the worker's answer")
            still = still + 1 if moved == self._moved else 0

    def turn(self, wait_s: float) -> None:
        wires = [w for w in self.wires() if not w.gone]
        listeners = {u.listener: u for u in self.upstreams.values()}
        reads = {w.sock: w for w in wires if w.wants_read}
        writes = {w.sock: w for w in wires if w.wants_write}
        barrier = [self._barrier.sock] if self._barrier else []
        ready, room, _ = select.select(
            [*reads, *listeners, *barrier], list(writes), [], max(wait_s, 0)
        )
        for sock in ready:
            if sock in listeners:
                self._moved += listeners[sock].accept()
            elif sock in reads:
                self._moved += reads[sock].read()
            elif self._barrier is not None:
                self._barrier.read()
        for sock in room:
            writes[sock].flush()
            self._moved += 1

    def wires(self) -> list[Wire]:
        accepted = [w for upstream in self.upstreams.values() for w in upstream.wires]
        return [*self.clients.values(), *accepted]

    def _turned_to(self, wire: Wire) -> Wire:
        """What was sent on another wire leaves first: a script's order is the wire's."""
        if self._last is not None and self._last is not wire:
            self._last.flush()
        self._last = wire
        return wire

    def _answered(self, before: int) -> bool:
        assert self._barrier is not None
        if self._barrier.end != "open":
            raise Failed("the proxy closed the harness's own connection")
        return self._barrier.session.complete() > before
