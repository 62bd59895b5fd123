"""One connection of the harness, moved without ever blocking by the world's loop."""

import contextlib
import socket
import struct
from enum import StrEnum
from typing import Protocol

_READ = 1 << 16


class End(StrEnum):
    """How the other side ended it. A reset is shown as closed unless a case asks: which
    of the two a client sees depends on what was still unread."""

    OPEN = "open"
    CLOSED = "closed"
    RESET = "reset"


class Session(Protocol):
    """What reads the bytes of a wire: a client or a scripted server of some protocol."""

    def opened(self, wire: "Wire") -> None: ...
    def feed(self, wire: "Wire", data: bytes) -> None: ...
    def ended(self, wire: "Wire") -> None: ...
    def heads(self) -> int: ...
    def complete(self) -> int: ...
    def lines(self) -> list[str]: ...


class Wire:
    """A socket, what is still to be sent on it, and the session that reads from it."""

    def __init__(self, sock: socket.socket, session: Session) -> None:
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.session = session
        self.end = End.OPEN
        self.received = 0
        self.paused = False
        self.gone = False
        self._outbox = bytearray()
        self._then: str | None = None
        session.opened(self)

    @property
    def wants_read(self) -> bool:
        return self.end is End.OPEN and not self.paused and not self.gone

    @property
    def wants_write(self) -> bool:
        return bool(self._outbox) and not self.gone

    def send(self, data: bytes) -> None:
        """Queues; what a script sends in a row leaves in one piece, when the world turns."""
        self._outbox += data

    def finish(self, how: str) -> None:
        """`shut` (half-close), `close` or `reset`, once all that was sent has left."""
        self._then = how
        self.flush()

    def flush(self) -> None:
        while self._outbox and not self.gone:
            try:
                sent = self.sock.send(self._outbox)
            except BlockingIOError:
                return
            except OSError:
                self._outbox.clear()
                break
            del self._outbox[:sent]
        if self._then is not None and not self.gone:
            how, self._then = self._then, None
            self._leave(how)

    def read(self) -> bool:
        """Takes what is there; False when there was nothing."""
        try:
            data = self.sock.recv(_READ)
        except BlockingIOError:
            return False
        except OSError:
            self.end = End.RESET
            self.session.ended(self)
            return True
        if data:
            self.received += len(data)
            self.session.feed(self, data)
        else:
            self.end = End.CLOSED
            self.session.ended(self)
        return True

    def close(self) -> None:
        self._leave("close")

    def _leave(self, how: str) -> None:
        if how == "shut":
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_WR)
            return
        if self.gone:
            return
        if how == "reset":
            linger = struct.pack("ii", 1, 0)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.gone = True
        self.sock.close()
