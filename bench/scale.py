"""`make bench-scale`: what N clusters and N routes in one virtual host cost, Voyant beside Envoy.

Time from exec to the first 200, memory after it, and CPU time a request on the first and on the
last route of the list.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from bench import measure, stand
from bench.cases import CASES
from bench.load import LoadError
from bench.process import Process
from bench.programs import available, provide, say
from bench.proxies import PROXIES, Proxy, bootstrap
from bench.proxies.mixed_routes import as_list, as_tree
from bench.proxies.proxy import Setup
from bench.report import aligned

CASE = CASES["http1"]
ROUTES: dict[str, Callable[[int, int, int], str]] = {
    "prefix": bootstrap.scaled,
    "mixed": lambda listen, port, count: bootstrap.mixed(listen, port, as_list(count)),
    "tree": lambda listen, port, count: bootstrap.mixed(listen, port, as_tree(count)),
}
"""What the routes are: prefixes with a cluster each, all kinds, all kinds behind a tree."""
COLUMNS = ("", "N", "first 200, s", "MB", "first route, us", "last route, us", "last / first")


@dataclass(frozen=True, slots=True)
class Scale:
    """One proxy with one number of clusters and routes."""

    proxy: str
    count: int
    ready_seconds: float
    memory_mb: float
    first_us: float
    last_us: float

    def row(self) -> tuple[str, ...]:
        return (
            self.proxy,
            f"{self.count:,}",
            f"{self.ready_seconds:.2f}",
            f"{self.memory_mb:.1f}",
            f"{self.first_us:.1f}",
            f"{self.last_us:.1f}",
            f"{self.last_us / self.first_us:.2f} x",
        )


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.scale", description=__doc__)
    parser.add_argument("--counts", default="100,1000,5000", help="of routes (%(default)s)")
    parser.add_argument("--routes", default="prefix", choices=sorted(ROUTES), help="%(choices)s")
    parser.add_argument("--proxies", default="voyant,envoy", help="of these (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="starts of each (%(default)s)")
    parser.add_argument("--seconds", type=float, default=3, help="of load a route (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    options = parser.parse_args(argv)
    if set(options.proxies.split(",")) - {"voyant", "envoy"}:
        parser.error("--proxies takes voyant and envoy: only they read this configuration")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    provide(["nginx", "wrk"])
    binaries = available(options.proxies.split(","))
    done: list[Scale] = []
    try:
        with stand.backend() as port:
            for count in map(int, options.counts.split(",")):
                for name, binary in binaries.items():
                    say(f"  {count} routes: {name}")
                    done.append(play(PROXIES[name], binary, port, count, options))
    except (LoadError, stand.StandError) as error:
        say(f"bench: {error}")
        return 1
    except KeyboardInterrupt:
        say("bench: interrupted")
        return 130
    print(aligned([COLUMNS, *(scale.row() for scale in done)]))
    if options.json:
        options.json.write_text(json.dumps([asdict(scale) for scale in done], indent=1) + "\n")
    return 0


def play(
    which: Proxy, binary: Path, backend: int, count: int, options: argparse.Namespace
) -> Scale:
    turns = [turn(which, binary, backend, count, options) for _ in range(options.rounds)]
    ready, memory, first, last = (median(column) for column in zip(*turns, strict=True))
    return Scale(which.name, count, ready, memory, first, last)


def turn(
    which: Proxy, binary: Path, backend: int, count: int, options: argparse.Namespace
) -> tuple[float, float, float, float]:
    """Seconds to the first 200, megabytes after it, microseconds on the first and last route."""
    place = stand.folder(f"{which.name}-scale")
    setup = Setup(CASE, stand.free_port(), backend, binary, place)
    text = ROUTES[options.routes](setup.listen, backend, count)
    first, last = bootstrap.route_prefix(0), bootstrap.route_prefix(count - 1)
    with stand.serve(which, setup, text) as process:
        ready = stand.wait_until_served(process, setup.listen, last)
        memory = process.memory() / 1e6
        cost = [route_cost(process, setup.listen, path, options.seconds) for path in (first, last)]
    return ready, memory, cost[0], cost[1]


def route_cost(process: Process, port: int, path: str, seconds: float) -> float:
    measure.loaded(CASE, port, measure.WARM_UP_SECONDS, path)
    before = process.cpu()
    seen = measure.loaded(CASE, port, seconds, path)
    return (process.cpu() - before).total * 1e6 / seen.requests


if __name__ == "__main__":
    sys.exit(main())
