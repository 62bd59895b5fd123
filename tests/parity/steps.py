"""The steps of a case, in the order in which they are played.

A step names its end of a connection with `on`: a client (`"c"` unless said, opened at first
mention), an upstream's newest connection (`"up"`) or its n-th in this case (`"up.0"`).
Steps that wait do so for a condition and fail after the deadline.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from tests.parity.sessions import Http1Client
from tests.parity.wire import End
from tests.parity.world import Failed, World


class Step(Protocol):
    """Something done to, or awaited from, one end."""

    def play(self, world: World) -> None: ...


@dataclass(frozen=True)
class Open(Step):
    """Connects a client; needed only where the group's listener or protocol is not meant."""

    on: str = "c"
    listener: str = ""
    protocol: Literal["", "h1", "h2", "tcp"] = ""
    settings: dict[int, int] = field(default_factory=dict)
    receive_buffer: int = 0

    def play(self, world: World) -> None:
        world.open(self.on, self.listener, self.protocol, self.settings, self.receive_buffer)


@dataclass(frozen=True)
class Send(Step):
    data: bytes
    on: str = "c"

    def play(self, world: World) -> None:
        wire = world.party(self.on)
        if isinstance(wire.session, Http1Client):
            wire.session.sends(self.data)
        wire.send(self.data)


@dataclass(frozen=True)
class Finish(Step):
    """Half-closes (`shut`), closes or resets after all that was sent has left."""

    how: Literal["shut", "close", "reset"]
    on: str = "c"

    def play(self, world: World) -> None:
        world.party(self.on).finish(self.how)


@dataclass(frozen=True)
class Reading(Step):
    """Stops or resumes reading, so that back-pressure builds up or is released."""

    active: bool
    on: str = "c"

    def play(self, world: World) -> None:
        world.party(self.on).paused = not self.active


@dataclass(frozen=True)
class Messages(Step):
    """Waits for so many whole messages (on HTTP/2: finished streams) since it was opened."""

    count: int = 1
    on: str = "c"

    def play(self, world: World) -> None:
        wire = world.party(self.on)
        world.wait(lambda: wire.session.complete() >= self.count, f"{self.count} from {self.on}")


@dataclass(frozen=True)
class Answered(Step):
    """Waits for so many whole messages or for the end of the connection, whichever comes."""

    count: int = 1
    on: str = "c"

    def play(self, world: World) -> None:
        wire = world.party(self.on)
        world.wait(
            lambda: wire.session.complete() >= self.count or wire.end is not End.OPEN,
            f"{self.count} from {self.on}, or its end",
        )


@dataclass(frozen=True)
class Heads(Step):
    """Waits for so many message heads; interim responses count."""

    count: int = 1
    on: str = "c"

    def play(self, world: World) -> None:
        wire = world.party(self.on)
        world.wait(lambda: wire.session.heads() >= self.count, f"{self.count} heads at {self.on}")


@dataclass(frozen=True)
class Bytes(Step):
    """Waits until so many bytes have arrived, whatever they are."""

    count: int
    on: str = "c"

    def play(self, world: World) -> None:
        wire = world.party(self.on)
        world.wait(lambda: wire.received >= self.count, f"{self.count} bytes at {self.on}")


@dataclass(frozen=True)
class Ended(Step):
    """Waits until the proxy has closed (its side of) the connection."""

    on: str = "c"

    def play(self, world: World) -> None:
        wire = world.party(self.on)
        world.wait(lambda: wire.end is not End.OPEN, f"the end of {self.on}")


@dataclass(frozen=True)
class Connections(Step):
    """Waits until the proxy has made so many connections to an upstream."""

    count: int
    on: str = "up"

    def play(self, world: World) -> None:
        wires = world.upstreams[self.on].wires
        world.wait(lambda: len(wires) >= self.count, f"{self.count} connections to {self.on}")


@dataclass(frozen=True)
class Settle(Step):
    """Waits until the proxy has nothing left to do that is not waiting for us or a timer."""

    def play(self, world: World) -> None:
        world.settle()


@dataclass(frozen=True)
class Until(Step):
    """Waits until a gauge has a value, or a counter has grown by it since the case began."""

    stat: str
    value: int

    def play(self, world: World) -> None:
        if not world.poll(lambda: self._now(world) == self.value):
            raise Failed(f"{self.stat} is {self._now(world)}, never became {self.value}")

    def _now(self, world: World) -> int:
        return world.read_stats([self.stat])[self.stat] - world.baseline.get(self.stat, 0)


@dataclass(frozen=True)
class Note(Step):
    """Settles and records the present values of gauges (or absolute counters)."""

    stats: Sequence[str]

    def play(self, world: World) -> None:
        world.settle()
        values = world.read_stats(self.stats)
        world.notes += [f"{name}: {values[name]}" for name in self.stats]
