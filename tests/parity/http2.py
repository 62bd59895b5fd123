"""A raw HTTP/2 peer on hyperframe and hpack: it sends what it is told to, legal or not.

It acknowledges SETTINGS and PING and returns flow-control credit by itself (unless `credit`
is off); everything else is the case's. Connection chatter (SETTINGS, WINDOW_UPDATE, PING, the
debug data of GOAWAY) is not shown: it is the proxy's own choice. Streams, resets, GOAWAY are.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from hpack import Decoder, Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    Frame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from tests.parity.sessions import When
from tests.parity.text import body_lines, printable
from tests.parity.wire import Wire

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
CODES = (
    *("NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT"),
    *("STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR"),
    *("CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"),
)

Fields = Sequence[tuple[str, str]]


def code_name(code: int) -> str:
    return CODES[code] if code < len(CODES) else str(code)


@dataclass(frozen=True)
class H2Reply:
    """What an HTTP/2 upstream does for one request."""

    headers: Fields = ((":status", "200"), ("content-length", "2"))
    data: bytes = b"ok"
    trailers: Fields = ()
    when: When = "request"
    reset: int | None = None
    goaway: int | None = None
    end: bool = True


@dataclass
class Stream:
    """One stream as this side received it."""

    blocks: list[list[tuple[bytes, bytes]]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    body_after: int = 0
    ended: bool = False
    reset: int | None = None

    @property
    def done(self) -> bool:
        return self.ended or self.reset is not None

    def lines(self) -> list[str]:
        shown: list[str] = []
        for number, block in enumerate(self.blocks):
            if self.body and number == self.body_after:
                shown += ["", *body_lines(bytes(self.body))]
            shown += ["<headers>" if number == 0 else "<more headers>"]
            shown += [f"{printable(name)}: {printable(value)}" for name, value in _ordered(block)]
        if self.body and self.body_after >= len(self.blocks):
            shown += ["", *body_lines(bytes(self.body))]
        if self.reset is not None:
            return [*shown, f"<reset {code_name(self.reset)}>"]
        return [*shown, "<end>" if self.ended else "<unfinished>"]


def _ordered(block: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Pseudo headers come first in any order, which says nothing; the rest stays as it is."""
    pseudo = [pair for pair in block if pair[0].startswith(b":")]
    return sorted(pseudo) + [pair for pair in block if not pair[0].startswith(b":")]


class Peer:
    """One end of an HTTP/2 connection. `replies` makes it a server."""

    def __init__(
        self, replies: deque[H2Reply] | None = None, settings: dict[int, int] | None = None
    ) -> None:
        self.streams: dict[int, Stream] = {}
        self.goaways: list[str] = []
        self.pings = 0
        self.credit = True
        self.settings: dict[int, int] = {}
        self._replies = replies
        self._own_settings = settings or {}
        self._encoder = Encoder()
        self._decoder = Decoder()
        self._decoder.max_allowed_table_size = 65536
        self._buffer = bytearray()
        self._skip = 0 if replies is None else len(PREFACE)
        self._block = bytearray()
        self._block_end = False
        self._taken: dict[int, H2Reply] = {}
        self._answered: set[int] = set()

    def opened(self, wire: Wire) -> None:
        settings = SettingsFrame(0, settings=self._own_settings).serialize()
        wire.send((PREFACE if self._replies is None else b"") + settings)

    def feed(self, wire: Wire, data: bytes) -> None:
        self._buffer += data
        skipped = min(self._skip, len(self._buffer))
        self._skip -= skipped
        del self._buffer[:skipped]
        while len(self._buffer) >= 9:
            frame, length = Frame.parse_frame_header(memoryview(bytes(self._buffer[:9])))
            if len(self._buffer) < 9 + length:
                return
            frame.parse_body(memoryview(bytes(self._buffer[9 : 9 + length])))
            del self._buffer[: 9 + length]
            self._receive(wire, frame, length)

    def ended(self, wire: Wire) -> None:
        pass

    def heads(self) -> int:
        return sum(1 for stream in self.streams.values() if stream.blocks)

    def complete(self) -> int:
        return sum(1 for stream in self.streams.values() if stream.done)

    def lines(self) -> list[str]:
        shown: list[str] = []
        for number in sorted(self.streams):
            shown += [f"<stream {number}>", *self.streams[number].lines()]
        return shown + self.goaways

    def block(self, fields: Fields) -> bytes:
        """A header block, encoded as this connection's next one."""
        return self._encoder.encode([(k.encode("latin-1"), v.encode("latin-1")) for k, v in fields])

    def headers(self, number: int, fields: Fields, end: bool = False) -> bytes:
        """HEADERS, and CONTINUATION for what does not fit."""
        block = self.block(fields)
        rest = [block[at : at + 16384] for at in range(16384, len(block), 16384)]
        frames = [
            HeadersFrame(number, block[:16384]),
            *(ContinuationFrame(number, b) for b in rest),
        ]
        frames[-1].flags.add("END_HEADERS")
        if end:
            frames[0].flags.add("END_STREAM")
        return b"".join(frame.serialize() for frame in frames)

    def data(self, number: int, data: bytes, end: bool = False) -> bytes:
        sizes = range(0, len(data), 16384) if data else range(1)
        frames = [DataFrame(number, data[at : at + 16384]) for at in sizes]
        if end:
            frames[-1].flags.add("END_STREAM")
        return b"".join(frame.serialize() for frame in frames)

    def _receive(self, wire: Wire, frame: Frame, length: int) -> None:
        if isinstance(frame, HeadersFrame | ContinuationFrame):
            self._headers(frame)
        elif isinstance(frame, DataFrame):
            self._data(wire, frame, length)
        elif isinstance(frame, RstStreamFrame):
            self.stream(frame.stream_id).reset = frame.error_code
        elif isinstance(frame, GoAwayFrame):
            name = code_name(frame.error_code)
            self.goaways.append(f"<goaway {name} last={frame.last_stream_id}>")
        elif isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
            wire.send(SettingsFrame(0, flags=["ACK"]).serialize())
            self.settings.update(frame.settings)
        elif isinstance(frame, PingFrame):
            if "ACK" in frame.flags:
                self.pings += 1
            else:
                wire.send(PingFrame(0, frame.opaque_data, flags=["ACK"]).serialize())
        self._reply(wire)

    def stream(self, number: int) -> Stream:
        return self.streams.setdefault(number, Stream())

    def _headers(self, frame: HeadersFrame | ContinuationFrame) -> None:
        self._block += frame.data
        self._block_end |= "END_STREAM" in frame.flags
        if "END_HEADERS" not in frame.flags:
            return
        stream = self.stream(frame.stream_id)
        fields = self._decoder.decode(bytes(self._block), raw=True)
        stream.blocks.append([(bytes(name), bytes(value)) for name, value in fields])
        stream.ended |= self._block_end
        self._block.clear()
        self._block_end = False

    def _data(self, wire: Wire, frame: DataFrame, length: int) -> None:
        stream = self.stream(frame.stream_id)
        if not stream.body:
            stream.body_after = len(stream.blocks)
        stream.body += frame.data
        stream.ended |= "END_STREAM" in frame.flags
        if self.credit and length:
            updates = [WindowUpdateFrame(0, window_increment=length)]
            if not stream.ended:
                updates.append(WindowUpdateFrame(frame.stream_id, window_increment=length))
            wire.send(b"".join(update.serialize() for update in updates))

    def _reply(self, wire: Wire) -> None:
        if self._replies is None:
            return
        for number, stream in self.streams.items():
            if number in self._answered or not stream.blocks:
                continue
            if number not in self._taken:
                self._taken[number] = self._replies.popleft() if self._replies else H2Reply()
            reply = self._taken[number]
            if reply.when == "head" or (reply.when == "request" and stream.ended):
                self._answered.add(number)
                wire.send(self._frames(number, reply))

    def _frames(self, number: int, reply: H2Reply) -> bytes:
        sent = b""
        if reply.headers:
            bare = not reply.data and not reply.trailers
            sent += self.headers(number, reply.headers, reply.end and bare)
        if reply.data:
            sent += self.data(number, reply.data, reply.end and not reply.trailers)
        if reply.trailers:
            sent += self.headers(number, reply.trailers, end=True)
        if reply.reset is not None:
            sent += RstStreamFrame(number, reply.reset).serialize()
        if reply.goaway is not None:
            sent += GoAwayFrame(0, number, reply.goaway).serialize()
        return sent


def fields(path: str = "/", *more: tuple[str, str], method: str = "GET") -> Fields:
    """A request's header fields, in the order that clients use."""
    pseudo = ((":method", method), (":scheme", "http"), (":authority", "a.test"), (":path", path))
    return (*pseudo, *more)


def status(code: int = 200, *more: tuple[str, str]) -> Fields:
    return ((":status", str(code)), *more)
