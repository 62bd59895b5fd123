"""`python -m tests.parity play|record|list`: see README.md."""

import argparse
import sys
from pathlib import Path

from tests.parity import groups, recording
from tests.parity.play import Observed, Performance
from tests.parity.proxy import COMMANDS
from tests.parity.scenario import Case, Group
from tests.parity.stage import Stage


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.parity", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    play = commands.add_parser("play", help="play cases and show what is seen")
    play.add_argument("name", help="a group, a case, or part of a name")
    play.add_argument("--against", choices=sorted(COMMANDS), default="voyant")
    play.add_argument("--compare", action="store_true", help="show only what differs")
    record = commands.add_parser("record", help="renew the recordings with the real Envoy")
    record.add_argument("name", nargs="?", default="")
    listing = commands.add_parser("list", help="name all cases")
    listing.add_argument("name", nargs="?", default="")
    options = parser.parse_args()
    if options.command == "list":
        return _list(options.name)
    if options.command == "record":
        return _record(options.name)
    return _play(options.name, options.against, options.compare)


def observe(
    group: Group, cases: list[Case], against: str, expected: dict[str, Observed] | None
) -> dict[str, Observed]:
    """Plays cases of a group; a fresh process for each where the group asks for it."""
    seen: dict[str, Observed] = {}
    command = COMMANDS[against]()
    for batch in [[case] for case in cases] if group.fresh else [cases]:
        with Stage(group, command) as stage:
            for case in batch:
                known = None if expected is None else expected.get(case.name, {})
                seen[case.name] = Performance(stage, case, known).play()
    return seen


def _list(wanted: str) -> int:
    for name, _, cases in groups.matching(wanted):
        for case in cases:
            print(f"{name}-{case.name}")
    return 0


def _record(wanted: str) -> int:
    failed = 0
    for name, group, cases in groups.matching(wanted):
        kept = recording.load(name)
        seen = observe(group, cases, "envoy", None)
        for case, sections in seen.items():
            if "failed" in sections:
                failed += 1
                print(f"{name}-{case}: {sections['failed'][0]}", file=sys.stderr)
            elif case not in kept:
                print(f"{name}-{case}: new")
            elif kept[case] != sections:
                print(f"{name}-{case}: changed")
                print(recording.differences(kept[case], sections, ("kept", "now")))
        order = [case.name for case in group.cases]
        both = {**kept, **{case: s for case, s in seen.items() if "failed" not in s}}
        recording.save(name, {case: both[case] for case in order if case in both})
    if not wanted:
        _forget()
    return 1 if failed else 0


def _forget() -> None:
    """Removes recordings of groups that are no more."""
    known = {recording.path(name) for name in groups.names()}
    for file in sorted(Path(recording.DIRECTORY).rglob("*.yaml")):
        if file not in known:
            print(f"{file.stem}: removed")
            file.unlink()


def _play(wanted: str, against: str, compare: bool) -> int:
    differing = 0
    for name, group, cases in groups.matching(wanted):
        kept = recording.load(name)
        seen = observe(group, cases, against, kept if compare else None)
        for case, sections in seen.items():
            if compare:
                text = recording.differences(kept.get(case, {}), sections, ("recorded", against))
                differing += bool(text)
                print(f"{'DIFFERS' if text else 'equal'}  {name}-{case}")
                if text:
                    print(text)
                continue
            print(f"#### {name}-{case}")
            for section, lines in sections.items():
                print(f"== {section}", *lines, sep="\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
