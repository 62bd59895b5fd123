"""The steps of a case that are HTTP/2 frames, for a client or an upstream's connection."""

from collections.abc import Sequence
from dataclasses import dataclass

from hyperframe.frame import Frame, GoAwayFrame, RstStreamFrame, WindowUpdateFrame

from tests.parity.http2 import Fields, Peer
from tests.parity.steps import Step
from tests.parity.wire import Wire
from tests.parity.world import Failed, World


def _peer(world: World, name: str) -> tuple[Wire, Peer]:
    wire = world.party(name)
    if not isinstance(wire.session, Peer):
        raise Failed(f"{name} does not speak HTTP/2")
    return wire, wire.session


@dataclass(frozen=True)
class Headers(Step):
    """HEADERS with END_HEADERS; also how trailers are sent."""

    fields: Fields
    end: bool = False
    stream: int = 1
    on: str = "c"

    def play(self, world: World) -> None:
        wire, peer = _peer(world, self.on)
        wire.send(peer.headers(self.stream, self.fields, self.end))


@dataclass(frozen=True)
class Data(Step):
    data: bytes
    end: bool = False
    stream: int = 1
    on: str = "c"

    def play(self, world: World) -> None:
        wire, peer = _peer(world, self.on)
        wire.send(peer.data(self.stream, self.data, self.end))


@dataclass(frozen=True)
class Rst(Step):
    code: int = 8
    stream: int = 1
    on: str = "c"

    def play(self, world: World) -> None:
        _peer(world, self.on)[0].send(RstStreamFrame(self.stream, self.code).serialize())


@dataclass(frozen=True)
class GoAway(Step):
    last: int
    code: int = 0
    on: str = "c"

    def play(self, world: World) -> None:
        _peer(world, self.on)[0].send(GoAwayFrame(0, self.last, self.code).serialize())


@dataclass(frozen=True)
class Frames(Step):
    """Any frames of hyperframe, as they are."""

    frames: Sequence[Frame]
    on: str = "c"

    def play(self, world: World) -> None:
        wire = _peer(world, self.on)[0]
        wire.send(b"".join(frame.serialize() for frame in self.frames))


@dataclass(frozen=True)
class Raw(Step):
    """Any bytes, after the preface."""

    data: bytes
    on: str = "c"

    def play(self, world: World) -> None:
        _peer(world, self.on)[0].send(self.data)


@dataclass(frozen=True)
class Window(Step):
    """WINDOW_UPDATE; stream 0 is the connection."""

    increment: int
    stream: int = 0
    on: str = "c"

    def play(self, world: World) -> None:
        frame = WindowUpdateFrame(self.stream, window_increment=self.increment)
        _peer(world, self.on)[0].send(frame.serialize())


@dataclass(frozen=True)
class Credit(Step):
    """Whether data is answered with flow-control credit; on unless said."""

    given: bool
    on: str = "c"

    def play(self, world: World) -> None:
        _peer(world, self.on)[1].credit = self.given


@dataclass(frozen=True)
class StreamDone(Step):
    """Waits for the end or the reset of a stream."""

    stream: int = 1
    on: str = "c"

    def play(self, world: World) -> None:
        peer = _peer(world, self.on)[1]
        world.wait(lambda: peer.stream(self.stream).done, f"the end of stream {self.stream}")


@dataclass(frozen=True)
class StreamHead(Step):
    """Waits for the first header block of a stream."""

    stream: int = 1
    on: str = "c"

    def play(self, world: World) -> None:
        peer = _peer(world, self.on)[1]
        world.wait(lambda: bool(peer.stream(self.stream).blocks), f"stream {self.stream}")


@dataclass(frozen=True)
class StreamData(Step):
    """Waits until so many bytes of a stream's body have arrived."""

    count: int
    stream: int = 1
    on: str = "c"

    def play(self, world: World) -> None:
        peer = _peer(world, self.on)[1]
        world.wait(
            lambda: len(peer.stream(self.stream).body) >= self.count,
            f"{self.count} bytes of stream {self.stream}",
        )


@dataclass(frozen=True)
class GoneAway(Step):
    """Waits for a GOAWAY."""

    count: int = 1
    on: str = "c"

    def play(self, world: World) -> None:
        peer = _peer(world, self.on)[1]
        world.wait(lambda: len(peer.goaways) >= self.count, "a GOAWAY")


@dataclass(frozen=True)
class Greeted(Step):
    """Opens a client and waits until the proxy's SETTINGS are acknowledged."""

    on: str = "c"

    def play(self, world: World) -> None:
        peer = _peer(world, self.on)[1]
        world.wait(lambda: bool(peer.settings), "the proxy's SETTINGS")
