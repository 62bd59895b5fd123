"""A small DNS server of UDP on loopback, whose mood a test sets."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Sequence

from dnslib import (  # type: ignore[import-untyped]
    QTYPE,
    RCODE,
    RR,
    A,
    DNSRecord,
)

# What follows the number of the query is no message of DNS.
GARBAGE = b"\xff" * 40


class NameServer:
    """Answers every name alike: with addresses, an error code, garbage, or not at all."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._addresses: Sequence[str] = ()
        self._mood = "silent"
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def __enter__(self) -> NameServer:
        return self

    def __exit__(self, *_: object) -> None:
        # A thread that waits in recvfrom is not woken by close.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def be(self, mood: str) -> None:
        """`silent`, `garbage`, or the name of an error such as `SERVFAIL`."""
        self._mood = mood

    def answer(self, *addresses: str) -> None:
        """From now on the name has these addresses."""
        self._addresses = addresses
        self._mood = "NOERROR"

    def _run(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while True:
                query, client = self._socket.recvfrom(4096)
                if not query:
                    return
                if reply := self._reply(query):
                    self._socket.sendto(reply, client)

    def _reply(self, query: bytes) -> bytes:
        if self._mood == "silent":
            return b""
        if self._mood == "garbage":
            return query[:2] + GARBAGE
        asked = DNSRecord.parse(query)
        reply = asked.reply()
        if self._mood != "NOERROR":
            reply.header.rcode = getattr(RCODE, self._mood)
        elif asked.q.qtype == QTYPE.A:
            for address in self._addresses:
                reply.add_answer(RR(asked.q.qname, QTYPE.A, rdata=A(address), ttl=1))
        packed: bytes = reply.pack()
        return packed
