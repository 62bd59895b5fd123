"""`make fuzz`: every fuzz target for a while, from the kept corpus and what was found since.

The targets of `fuzz/` are built with the coverage instrumentation that libFuzzer reads, by stable
Rust's own compiler. There is no address sanitizer: the crates forbid unsafe code, and Debian's
Rust has no runtime for it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FUZZ = ROOT / "fuzz"
WORK = ROOT / "build" / "fuzz"
TRIPLE = "x86_64-unknown-linux-gnu"
COVERAGE = (
    "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
    " -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
    " -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
    " -Ccodegen-units=1"
)
KEPT_INPUTS, KEPT_LENGTH = 50, 256
LIMITS = ("-timeout=10", "-rss_limit_mb=2048", "-max_len=4096")


def targets() -> list[str]:
    manifest = tomllib.loads((FUZZ / "Cargo.toml").read_text())
    return [binary["name"] for binary in manifest["bin"]]


def triple() -> str:
    done = subprocess.run(["rustc", "-vV"], check=False, capture_output=True, text=True)
    found = re.search(r"host: (\S+)", done.stdout)
    return found[1] if found else TRIPLE


def build() -> bool:
    """Named targets keep the flags off build scripts, which run without libFuzzer."""
    if shutil.which("g++") is None and shutil.which("c++") is None:
        print("fuzz: libFuzzer needs a C++ compiler: apt-get install g++", file=sys.stderr)
        return False
    line = ["cargo", "build", "--release", "--locked", "--target", triple()]
    environment = {**os.environ, "RUSTFLAGS": COVERAGE}
    return subprocess.run(line, cwd=FUZZ, env=environment, check=False).returncode == 0


def command(target: str, *arguments: str) -> list[str]:
    return [str(FUZZ / "target" / triple() / "release" / target), *arguments]


def run(target: str, seconds: int) -> bool:
    """Whether nothing was found; what was found is kept, with the line that repeats it."""
    found, kept = WORK / target, FUZZ / "corpus" / target
    found.mkdir(parents=True, exist_ok=True)
    words = FUZZ / "dictionaries" / f"{target.partition('_')[0]}.dict"
    options = [*LIMITS, f"-max_total_time={seconds}", f"-artifact_prefix={WORK}/{target}-"]
    options += [f"-dict={words}"] if words.exists() else []
    done = subprocess.run(
        command(target, *options, str(found), str(kept)),
        env={**os.environ, "RUST_BACKTRACE": "0"},
        check=False,
        stderr=subprocess.PIPE,
        errors="replace",
    )
    return report(target, done.returncode, done.stderr)


def report(target: str, status: int, log: str) -> bool:
    runs = re.search(r"Done (\d+) runs", log)
    if status == 0 and runs:
        print(f"{target}: {int(runs[1]):,} runs, nothing found", flush=True)
        return True
    panic = re.search(r"panicked at .*?(?=\nnote:|\n==|\Z)", log, re.DOTALL)
    unit = re.search(r"Test unit written to (\S+)", log)
    print(f"{target}: {panic[0] if panic else log[-600:]}")
    if unit:
        print(f"  again: {' '.join(command(target, unit[1]))}", flush=True)
    return False


def keep(target: str) -> None:
    """Adds to the kept corpus the smallest of those inputs that together cover all.

    A few: they are read in review, and the rest is found again within the minute.
    """
    kept, merged = FUZZ / "corpus" / target, WORK / f"{target}-merged"
    shutil.rmtree(merged, ignore_errors=True)
    merged.mkdir(parents=True)
    folders = [str(merged), str(kept), str(WORK / target)]
    line = command(target, "-set_cover_merge=1", f"-max_len={KEPT_LENGTH}", *folders)
    subprocess.run(line, check=True, stderr=subprocess.DEVNULL)
    there = {path.read_bytes() for path in kept.iterdir()}
    new = sorted(merged.iterdir(), key=lambda path: (path.stat().st_size, path.name))
    for path in [path for path in new if path.read_bytes() not in there][:KEPT_INPUTS]:
        shutil.copy(path, kept / path.name[:12])


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tools.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", default=targets(), help="all, when none is named")
    parser.add_argument("--seconds", type=int, default=60, help="for each (%(default)s)")
    parser.add_argument("--keep", action="store_true", help="add what was found to fuzz/corpus")
    options = parser.parse_args(argv)
    if not build():
        return 1
    good = [run(target, options.seconds) for target in options.targets]
    if options.keep:
        for target in options.targets:
            keep(target)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
