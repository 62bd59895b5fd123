"""`make fuzz`: every fuzz target for a while, from the kept corpus and what was found since.

The Rust targets of `fuzz/` are built by stable Rust's own compiler with the coverage
instrumentation that libFuzzer reads. There is no address sanitizer: the crates forbid unsafe
code, and Debian's Rust has no runtime for it. The targets in `fuzz/python` run under atheris,
which reads the same options; its environment is made under build/.
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
ATHERIS = ROOT / "build" / "atheris"
ENVIRONMENT = {**os.environ, "RUST_BACKTRACE": "0", "PYTHONPATH": str(ROOT / "python")}
TRIPLE = "x86_64-unknown-linux-gnu"
COVERAGE = (
    "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
    " -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
    " -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
    " -Ccodegen-units=1"
)
KEPT_INPUTS, KEPT_LENGTH = 50, 256
LIMITS = ("-timeout=10", "-rss_limit_mb=2048", "-max_len=4096")


def rust_targets() -> list[str]:
    manifest = tomllib.loads((FUZZ / "Cargo.toml").read_text())
    return [binary["name"] for binary in manifest["bin"]]


def python_targets() -> list[str]:
    return sorted(path.stem for path in (FUZZ / "python").glob("*.py"))


def triple() -> str:
    done = subprocess.run(["rustc", "-vV"], check=False, capture_output=True, text=True)
    found = re.search(r"host: (\S+)", done.stdout)
    return found[1] if found else TRIPLE


def make_ready(targets: Sequence[str]) -> bool:
    """Whether all that the targets need is there."""
    rust, python = set(rust_targets()), set(python_targets())
    unknown = sorted(set(targets) - rust - python)
    if unknown:
        known = ", ".join(sorted(rust | python))
        print(f"fuzz: no target {', '.join(unknown)}; known: {known}", file=sys.stderr)
        return False
    return (not rust & set(targets) or build()) and (not python & set(targets) or install())


def install() -> bool:
    """Atheris beside what the package needs, in an environment of its own."""
    if (ATHERIS / ".installed").exists():
        return True
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pip = [str(ATHERIS / "bin" / "python"), "-m", "pip", "install", "-q", "atheris>=3,<4"]
    for line in ([sys.executable, "-m", "venv", str(ATHERIS)], [*pip, *project["dependencies"]]):
        if subprocess.run(line, check=False).returncode != 0:
            return False
    (ATHERIS / ".installed").touch()
    return True


def build() -> bool:
    """A named platform keeps the flags off build scripts, which run without libFuzzer."""
    if shutil.which("g++") is None and shutil.which("c++") is None:
        print("fuzz: libFuzzer needs a C++ compiler: apt-get install g++", file=sys.stderr)
        return False
    line = ["cargo", "build", "--release", "--target", triple()]
    environment = {**os.environ, "RUSTFLAGS": COVERAGE}
    return subprocess.run(line, cwd=FUZZ, env=environment, check=False).returncode == 0


def command(target: str, *arguments: str) -> list[str]:
    if target in python_targets():
        script = FUZZ / "python" / f"{target}.py"
        return [str(ATHERIS / "bin" / "python"), str(script), *arguments]
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
        env=ENVIRONMENT,
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
    panic = re.search(r"(panicked at|=== Uncaught).*?(?=\nnote:|\n==|\Z)", log, re.DOTALL)
    unit = re.search(r"Test unit written to (\S+)", log)
    print(f"{target}: {panic[0] if panic else log[-600:]}")
    if unit:
        print(f"  again: {' '.join(command(target, unit[1]))}", flush=True)
    return False


def keep(target: str) -> None:
    """Adds to the kept corpus the smallest of those inputs that together cover all.

    A few: they are read in review, and the rest is found again within the minute. Atheris cannot
    merge, so the inputs of Python's targets are those written by hand.
    """
    if target in python_targets():
        return
    kept, merged = FUZZ / "corpus" / target, WORK / f"{target}-merged"
    shutil.rmtree(merged, ignore_errors=True)
    merged.mkdir(parents=True)
    folders = [str(merged), str(kept), str(WORK / target)]
    line = command(target, "-set_cover_merge=1", f"-max_len={KEPT_LENGTH}", *folders)
    subprocess.run(line, env=ENVIRONMENT, check=True, stderr=subprocess.DEVNULL)
    there = {path.read_bytes() for path in kept.iterdir()}
    new = sorted(merged.iterdir(), key=lambda path: (path.stat().st_size, path.name))
    for path in [path for path in new if path.read_bytes() not in there][:KEPT_INPUTS]:
        shutil.copy(path, kept / path.name[:12])


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tools.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", help="all, when none is named")
    parser.add_argument("--seconds", type=int, default=60, help="for each (%(default)s)")
    parser.add_argument("--keep", action="store_true", help="add what was found to fuzz/corpus")
    options = parser.parse_args(argv)
    wanted = options.targets or [*rust_targets(), *python_targets()]
    if not make_ready(wanted):
        return 1
    good = [run(target, options.seconds) for target in wanted]
    if options.keep:
        for target in wanted:
            keep(target)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
