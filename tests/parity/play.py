"""Plays one case on a stage and says what was observed, as text that can be kept."""

import re
from collections.abc import Mapping
from functools import partial

from tests.parity.normalise import Normaliser
from tests.parity.scenario import Case
from tests.parity.stage import Stage
from tests.parity.steps import Until
from tests.parity.wire import End, Wire
from tests.parity.world import Failed, World

# A section of a transcript ("client c", "upstream up.0", "log http", "stats", ...) to its lines.
Observed = dict[str, list[str]]

# How long a recording waits for more, and a replay for what is recorded.
_QUIET_S = 0.15
OUTCOME_S = 3.0
_GAUGE = re.compile(
    r"_active$|_open$|\.membership_|\.remaining_|_buffered$|\.live$|total_listeners"
)


class Performance:
    """One case being played; `expected` is what a replay waits for, None when recording."""

    def __init__(self, stage: Stage, case: Case, expected: Mapping[str, list[str]] | None) -> None:
        self._stage = stage
        self._case = case
        self._expected = expected
        group = stage.group
        for name, upstream in stage.upstreams.items():
            upstream.script(case.replies_of(name, next(iter(stage.upstreams))))
        listener, protocol = case.listener or group.listener, case.protocol or group.protocol
        self._world = World(stage.addresses, stage.upstreams, stage.barrier, listener, protocol)
        self._world.read_stats = stage.proxy.admin.values
        self._text = Normaliser(stage.names(), case)

    def play(self) -> Observed:
        before = self._stats()
        awaited = [step.stat for step in self._case.script() if isinstance(step, Until)]
        counters = [name for name in awaited if not _GAUGE.search(name)]
        self._world.baseline = self._stage.proxy.admin.values(counters) if counters else {}
        logged = self._stage.logs()
        failed: list[str] = []
        try:
            for step in self._case.script():
                step.play(self._world)
            self._await_outcome()
        except Failed as error:
            failed = [str(error)]
        seen = self._traffic()
        self._leave(failed)
        counted = self._expected.get("stats") if self._expected else None
        seen |= self._logs(logged)
        if self._case.stats:
            read = partial(self._grown, before)
            if counted is not None:
                self._world.poll(lambda: read() == counted, OUTCOME_S / 3)
            seen["stats"] = read()
        if failed:
            seen["failed"] = failed
        return seen

    def _await_outcome(self) -> None:
        """The end of a script: what is recorded has come and nothing else follows."""
        if self._expected is None:
            self._world.quiet(_QUIET_S)
        else:
            traffic = {k: v for k, v in self._expected.items() if k.startswith(("client", "upst"))}
            self._world.pump(lambda: self._traffic(notes=False) == traffic, OUTCOME_S)
        self._world.settle()

    def _traffic(self, notes: bool = True) -> Observed:
        world = self._world
        seen: Observed = {}
        for name, wire in world.clients.items():
            seen[f"client {name}"] = self._shown("client", wire)
        for name, upstream in world.upstreams.items():
            spoken = [w for w in upstream.wires if w.session.lines() or upstream.protocol == "tcp"]
            shown = [self._shown("upstream", wire) for wire in spoken]
            if self._case.any_upstream_order:
                shown.sort()
            seen |= {f"upstream {name}.{number}": lines for number, lines in enumerate(shown)}
        if notes and world.notes:
            seen["notes"] = list(world.notes)
        return seen

    def _shown(self, section: str, wire: Wire) -> list[str]:
        return self._text.message(section, [*wire.session.lines(), self._end(wire)])

    def _end(self, wire: Wire) -> str:
        if wire.end is End.RESET and not self._case.resets_count:
            return f"<{End.CLOSED}>"
        return f"<{wire.end}>"

    def _leave(self, failed: list[str]) -> None:
        """Closes the clients, then the upstream connections, and sees the proxy let go."""
        for wire in self._world.clients.values():
            wire.close()
        active = r"\.downstream_(cx|rq)_active$"
        self._world.poll(lambda: not self._stage.busy(active))
        for upstream in self._stage.upstreams.values():
            for wire in upstream.wires:
                wire.close()
        if not self._world.poll(self._stage.idle):
            failed.append(f"still active after the case: {self._stage.busy()}")

    def _logs(self, before: Observed) -> Observed:
        def new() -> Observed:
            found: Observed = {}
            for name, lines in self._stage.logs().items():
                fresh = lines[len(before.get(name, [])) :]
                if fresh:
                    found[f"log {name}"] = self._text.lines("log", fresh)
            return found

        if self._expected is None:
            self._world.quiet(_QUIET_S)
        else:
            wanted = {k: v for k, v in self._expected.items() if k.startswith("log ")}
            self._world.poll(lambda: new() == wanted, OUTCOME_S / 3)
        return new()

    def _stats(self) -> dict[str, int]:
        return self._stage.proxy.admin.values(self._case.stats) if self._case.stats else {}

    def _grown(self, before: dict[str, int]) -> list[str]:
        now = self._stats()
        return [
            f"{name}: {value - (0 if _GAUGE.search(name) else before[name])}"
            for name, value in now.items()
        ]
