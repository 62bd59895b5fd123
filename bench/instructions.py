"""`make bench-check`: instructions of the hot path's pieces, beside the figures that are kept.

Callgrind counts the same from run to run, so a change of one instruction shows, on any machine
and under any load. The figures belong to a compiler: another one counts otherwise.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.programs import provide, say
from bench.proxies.proxy import ROOT
from bench.report import aligned

KEPT = ROOT / "bench" / "instructions.txt"
CONDITIONS = (
    "header_exact",
    "header_prefix",
    "header_suffix",
    "header_contains",
    "header_regex",
    "header_folded",
    "header_range",
    "header_name",
    "query_prefix",
    "query_name",
    "cookie_regex",
    "cookie_name",
    "metadata_suffix",
    "connect",
)
CASES = (
    "parse_head",
    "parse_response_head",
    "write_request_head",
    "write_response_head",
    "match_route",
    "match_mixed_list_10",
    "match_mixed_list_1000",
    "match_mixed_list_10000",
    "match_mixed_tree_10",
    "match_mixed_tree_1000",
    "match_mixed_tree_10000",
    *(f"match_by_{kind}_{count}" for kind in CONDITIONS for count in (10, 10000)),
    "rewrite_head",
    "finalize_route",
)
TIMES = 200
COLUMNS = ("", "kept", "now", "change")


class CheckError(Exception):
    """The count could not be made."""


def build() -> Path:
    """The release build of the bench binary: what is counted is what ships."""
    line = ["cargo", "bench", "--no-run", "--locked", "-p", "voyant-engine"]
    line += ["--bench", "instructions", "--message-format", "json"]
    done = subprocess.run(line, cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise CheckError("the bench binary does not build")
    messages = (json.loads(text) for text in done.stdout.splitlines() if text.startswith("{"))
    # Cargo also names the programs of the crate, which a bench may start.
    return next(Path(m["executable"]) for m in messages if is_bench(m))


def is_bench(message: dict[str, Any]) -> bool:
    return bool(message.get("executable")) and message["target"]["kind"] == ["bench"]


def counted(binary: Path, case: str) -> int:
    """Instructions of doing it once; only the bench's loop is counted, not what it is set up on."""
    line = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    line += ["--collect-atstart=no", "--toggle-collect=instructions::measured*"]
    done = subprocess.run(
        [*line, str(binary), case, str(TIMES)], check=False, capture_output=True, text=True
    )
    found = re.search(r"Collected\s*:\s*(\d+)", done.stderr)
    if done.returncode != 0 or found is None or found[1] == "0":
        raise CheckError(f"callgrind, {case}: {done.stderr.strip()[-400:]}")
    return round(int(found[1]) / TIMES)


def compiler() -> str:
    done = subprocess.run(["rustc", "-vV"], check=False, capture_output=True, text=True)
    words = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
    return f"rustc {words.get('release', '?')} {words.get('host', '?')}"


def load() -> tuple[str, dict[str, int]]:
    """The compiler that the kept figures belong to, and the figures."""
    if not KEPT.exists():
        return "", {}
    header, *lines = KEPT.read_text().splitlines()
    return header.removeprefix("# "), {name: int(count) for name, count in map(str.split, lines)}


def keep(figures: dict[str, int]) -> None:
    lines = [f"{name} {count}" for name, count in figures.items()]
    KEPT.write_text("\n".join([f"# {compiler()}", *lines]) + "\n")


def row(name: str, kept: int | None, now: int) -> tuple[str, ...]:
    if kept is None:
        return name, "", f"{now:,}", "new"
    change = f"{now - kept:+,} ({(now - kept) / kept:+.1%})" if now != kept else "none"
    return name, f"{kept:,}", f"{now:,}", change


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.instructions", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep these figures from now on")
    options = parser.parse_args(argv)
    provide(["valgrind"])
    if shutil.which("valgrind") is None:
        return 1
    try:
        binary = build()
        figures = {case: counted(binary, case) for case in CASES}
    except CheckError as error:
        say(f"bench-check: {error}")
        return 1
    made_by, kept = load()
    print(aligned([COLUMNS, *(row(name, kept.get(name), now) for name, now in figures.items())]))
    if kept and made_by != compiler():
        say(f"bench-check: kept with {made_by}, counted with {compiler()}: compare with care")
    if options.keep:
        keep(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
