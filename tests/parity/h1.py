"""HTTP/1 as the harness reads it: a stream of bytes cut into messages, nothing judged.

What one read returns is up to the kernel, so chunk boundaries are not kept: a chunked
body is joined, and only its trailers and whether it was finished remain visible.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from tests.parity.text import body_lines, json_lines, printable

_REQUESTS = re.compile(rb"^([A-Z]+) \S+ HTTP/1\.\d\r$", re.MULTILINE)


class Framing(Enum):
    HEAD = auto()
    LENGTH = auto()
    CHUNK_SIZE = auto()
    CHUNK_DATA = auto()
    TRAILERS = auto()
    UNTIL_END = auto()


@dataclass
class Message:
    """One request or response; `complete` once its framing says that nothing is missing."""

    head: list[bytes]
    body: bytearray = field(default_factory=bytearray)
    trailers: list[bytes] = field(default_factory=list)
    complete: bool = False

    @property
    def status(self) -> int:
        words = self.head[0].split(b" ")
        return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0

    def header(self, name: bytes) -> bytes | None:
        for line in self.head[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == name:
                return value.strip()
        return None

    def lines(self) -> list[str]:
        shown = [printable(line) for line in self.head] + [""]
        as_json = self.header(b"content-type") == b"application/json"
        shown += (json_lines if as_json else body_lines)(bytes(self.body))
        shown += [f"<trailer> {printable(line)}" for line in self.trailers]
        return shown if self.complete else [*shown, "<unfinished>"]


class Reader:
    """Cuts one direction of a connection into messages.

    `bodyless` is asked once per final response: True for the answer to a HEAD. A reader of
    requests passes None.
    """

    def __init__(self, bodyless: Callable[[], bool] | None = None) -> None:
        self.messages: list[Message] = []
        self._bodyless = bodyless
        self._buffer = bytearray()
        self._framing = Framing.HEAD
        self._need = 0

    def feed(self, data: bytes) -> None:
        self._buffer += data
        while self._advance():
            pass

    def end(self) -> None:
        if self._framing is Framing.UNTIL_END and self.messages:
            self.messages[-1].complete = True

    def complete(self) -> int:
        """How many final messages are whole; interim 1xx responses do not count."""
        return sum(1 for m in self.messages if m.complete and not 100 <= m.status < 200)

    def rest(self) -> bytes:
        """Bytes that make no message (yet)."""
        return bytes(self._buffer)

    def _advance(self) -> bool:
        match self._framing:
            case Framing.HEAD:
                return self._head()
            case Framing.LENGTH | Framing.CHUNK_DATA:
                return self._data()
            case Framing.CHUNK_SIZE:
                return self._chunk_size()
            case Framing.TRAILERS:
                return self._trailer()
            case Framing.UNTIL_END:
                taken = self._take(len(self._buffer))
                self.messages[-1].body += taken
                return False

    def _head(self) -> bool:
        at = self._buffer.find(b"\r\n\r\n")
        if at < 0:
            return False
        message = Message(self._take(at + 4)[:-4].split(b"\r\n"))
        self.messages.append(message)
        self._framing = self._frame(message)
        self._finish_if(self._framing is Framing.HEAD)
        return True

    def _frame(self, message: Message) -> Framing:
        coding = message.header(b"transfer-encoding")
        length = message.header(b"content-length")
        if self._bodyless is not None:
            if message.status == 101:
                return Framing.UNTIL_END
            if 100 <= message.status < 200:
                return Framing.HEAD
            if self._bodyless() or message.status in (204, 304):
                return Framing.HEAD
        if coding is not None and coding.lower().endswith(b"chunked"):
            return Framing.CHUNK_SIZE
        if length is not None and length.isdigit():
            self._need = int(length)
            return Framing.LENGTH if self._need else Framing.HEAD
        return Framing.HEAD if self._bodyless is None else Framing.UNTIL_END

    def _data(self) -> bool:
        taken = self._take(min(self._need, len(self._buffer)))
        self.messages[-1].body += taken
        self._need -= len(taken)
        if self._need:
            return False
        if self._framing is Framing.CHUNK_DATA:
            if len(self._buffer) < 2:
                return False
            self._take(2)
            self._framing = Framing.CHUNK_SIZE
        else:
            self._finish_if(True)
        return True

    def _chunk_size(self) -> bool:
        at = self._buffer.find(b"\r\n")
        if at < 0:
            return False
        self._need = int(self._take(at + 2)[:-2].split(b";")[0], 16)
        self._framing = Framing.CHUNK_DATA if self._need else Framing.TRAILERS
        return True

    def _trailer(self) -> bool:
        at = self._buffer.find(b"\r\n")
        if at < 0:
            return False
        line = self._take(at + 2)[:-2]
        if line:
            self.messages[-1].trailers.append(line)
        self._finish_if(not line)
        return True

    def _finish_if(self, done: bool) -> None:
        if done:
            self.messages[-1].complete = True
            self._framing = Framing.HEAD

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken


def methods(sent: bytes) -> list[bytes]:
    """The methods of the requests that are plain to see in what a client sent."""
    return _REQUESTS.findall(sent)
