"""Who reads a wire: an HTTP/1 client, a scripted HTTP/1 server, a plain TCP end."""

from collections import deque
from dataclasses import dataclass
from typing import Literal

from tests.parity import h1
from tests.parity.text import body_lines, printable
from tests.parity.wire import Wire

When = Literal["accept", "head", "request", "never"]
Then = Literal["shut", "close", "reset"]


@dataclass(frozen=True)
class Reply:
    """What an upstream does for one request: bytes, when they leave, and what follows them."""

    data: bytes = b""
    when: When = "request"
    then: Then | None = None


OK = Reply(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")


class Http1Client:
    """Reads responses; knows of HEAD requests from what was sent."""

    def __init__(self) -> None:
        self._asked: deque[bytes] = deque()
        self.reader = h1.Reader(self._bodyless)

    def sends(self, data: bytes) -> None:
        self._asked.extend(h1.methods(data))

    def opened(self, wire: Wire) -> None:
        pass

    def feed(self, wire: Wire, data: bytes) -> None:
        self.reader.feed(data)

    def ended(self, wire: Wire) -> None:
        self.reader.end()

    def heads(self) -> int:
        return len(self.reader.messages)

    def complete(self) -> int:
        return self.reader.complete()

    def lines(self) -> list[str]:
        return _lines(self.reader)

    def _bodyless(self) -> bool:
        return bool(self._asked) and self._asked.popleft() == b"HEAD"


class Http1Server:
    """Answers the requests of one connection from the replies that the case lists.

    The replies are shared by all connections of an upstream, in the order in which request
    heads arrive; when they run out, every request is answered with `OK`.
    """

    def __init__(self, replies: deque[Reply]) -> None:
        self.reader = h1.Reader()
        self._replies = replies
        self._taken: list[Reply] = []
        self._answered = 0

    def opened(self, wire: Wire) -> None:
        if self._replies and self._replies[0].when == "accept":
            self._answer(wire, self._replies.popleft())

    def feed(self, wire: Wire, data: bytes) -> None:
        self.reader.feed(data)
        for message in self.reader.messages[self._answered :]:
            at = self._answered
            if len(self._taken) <= at:
                self._taken.append(self._replies.popleft() if self._replies else OK)
            reply = self._taken[at]
            if reply.when != "never" and not (message.complete or reply.when == "head"):
                return
            self._answered += 1
            if reply.when != "never":
                self._answer(wire, reply)

    def ended(self, wire: Wire) -> None:
        pass

    def heads(self) -> int:
        return len(self.reader.messages)

    def complete(self) -> int:
        return self.reader.complete()

    def lines(self) -> list[str]:
        return _lines(self.reader)

    def _answer(self, wire: Wire, reply: Reply) -> None:
        wire.send(reply.data)
        if reply.then is not None:
            wire.finish(reply.then)


class Plain:
    """TCP: bytes as they came. A reply is sent at accept or after the first bytes."""

    def __init__(self, replies: deque[Reply] | None = None) -> None:
        self.data = bytearray()
        self._replies = replies if replies is not None else deque()

    def opened(self, wire: Wire) -> None:
        self._answer(wire, "accept")

    def feed(self, wire: Wire, data: bytes) -> None:
        self.data += data
        self._answer(wire, "request")

    def ended(self, wire: Wire) -> None:
        pass

    def heads(self) -> int:
        return int(bool(self.data))

    def complete(self) -> int:
        return int(bool(self.data))

    def lines(self) -> list[str]:
        return body_lines(bytes(self.data))

    def _answer(self, wire: Wire, when: When) -> None:
        if self._replies and self._replies[0].when == when:
            reply = self._replies.popleft()
            wire.send(reply.data)
            if reply.then is not None:
                wire.finish(reply.then)


def _lines(reader: h1.Reader) -> list[str]:
    shown: list[str] = []
    for message in reader.messages:
        shown += [*message.lines(), "<message>"]
    rest = reader.rest()
    return [*shown, f"<rest> {printable(rest)}"] if rest else shown
