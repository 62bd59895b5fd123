"""`make bench`: CPU time a request of Voyant beside Envoy, nginx and HAProxy, played in turns."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import measure, report, stand
from bench.cases import CASES, Case
from bench.load import LoadError
from bench.measure import Result, Turn
from bench.programs import available, provide, say
from bench.proxies import PROXIES


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--cases", default=",".join(CASES), help="of: %(default)s")
    parser.add_argument("--proxies", default=",".join(PROXIES), help="of: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each (%(default)s)")
    parser.add_argument("--seconds", type=float, default=5, help="of load a turn (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    options = parser.parse_args(argv)
    for given, known in ((options.cases, CASES), (options.proxies, PROXIES)):
        unknown = set(given.split(",")) - set(known)
        if unknown:
            parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    cases = [CASES[name] for name in options.cases.split(",")]
    names = options.proxies.split(",")
    provide(["nginx", *names, *sorted({case.tool for case in cases} - {"bulk"})])
    binaries = available(names)
    versions = {name: PROXIES[name].version(path) for name, path in binaries.items()}
    say("\n".join(f"  {name}: {version}" for name, version in versions.items()))
    results: dict[str, list[Result]] = {}
    try:
        with stand.backend() as port, stand.bulk_backend() as bulk:
            for case in cases:
                mine = {name: path for name, path in binaries.items() if name in case.proxies}
                upstream = bulk if case.tool == "bulk" else port
                results[case.name] = play(case, mine, upstream, options)
                print(report.block(case.title, results[case.name]), flush=True)
    except stand.StandError as error:
        say(f"bench: {error}")
        return 1
    except KeyboardInterrupt:
        say("bench: interrupted")
        return 130
    finally:
        if options.json:
            options.json.write_text(json.dumps(report.as_json(versions, results), indent=1) + "\n")
    return 0


def play(
    case: Case, binaries: dict[str, Path], backend: int, options: argparse.Namespace
) -> list[Result]:
    """All rounds of a case. Turns alternate, so that the machine's moods fall on all alike."""
    turns: dict[str, list[Turn]] = {name: [] for name in binaries}
    for number in range(options.rounds):
        for name in rotated(list(binaries), number):
            say(f"  {case.name}, round {number + 1} of {options.rounds}: {name}")
            try:
                cost = measure.turn(PROXIES[name], binaries[name], case, backend, options.seconds)
            except (LoadError, stand.StandError) as error:
                say(f"bench: {name}, {case.name}: {error}")
                continue
            turns[name].append(cost)
    return [Result(name, tuple(done)) for name, done in turns.items() if done]


def rotated(names: list[str], by: int) -> list[str]:
    shift = by % max(1, len(names))
    return names[shift:] + names[:shift]


if __name__ == "__main__":
    sys.exit(main())
