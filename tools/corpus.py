"""Loads and translates each bootstrap of the corpora, and prints our verdict beside Envoy's.

    python -m tools.corpus [--corpora FOLDER] [--only TEXT] [--features] [--all] [--start]

Ours is `loads`, `unsupported` (refused only for features that are not there yet, each named) or
`content` (refused, also, for what it says). Envoy's is `accepted` or `refused`. What Envoy accepts
and we refuse for its content is a wrong refusal; what Envoy refuses and we load is missed. Prints
those (`--all`: everything), the table of verdicts, and with `--features` how often each feature
stood in the way. With `--start` each that loads is started until it would serve. Each file is
loaded in its own folder, as Envoy was. The resource files of `eg-xds` are loaded after that: Envoy
has no verdict on them, but what is not understood shows. Fails on a traceback, on a wrong refusal,
on one that is missed, and on one that does not start.
"""

import argparse
import os
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from voyant.config import ConfigError, ConfigErrors, Report, Unplaced, load, new, validate
from voyant.config.bootstrap import translate
from voyant.config.load.fill import fill
from voyant.config.load.yaml_text import read_yaml
from voyant.config.options import Options

NOT_YET = "not supported yet"
VERDICTS = ("loads", "unsupported", "content", "traceback")
_STARTS_IN_S = 60


class Verdict(NamedTuple):
    """What we answer to one bootstrap."""

    ours: str
    words: str = ""
    features: tuple[str, ...] = ()


def verdict_of(path: Path) -> Verdict:
    """Loads one bootstrap in its own folder."""
    folder = Path.cwd()
    os.chdir(path.parent)
    try:
        translate(load(Path(path.name)), Options())
    except ConfigErrors as errors:
        return refused(errors)
    except Exception:
        return Verdict("traceback", traceback.format_exc())
    finally:
        os.chdir(folder)
    return Verdict("loads")


def problem_of_start(path: Path) -> str:
    """What keeps a bootstrap that loads from serving; nothing when it does."""
    voyant = Path(sys.executable).with_name("voyant")
    command = [str(voyant), "run", "--mode", "init_only", "-c", path.name]
    done = subprocess.run(
        command, cwd=path.parent, capture_output=True, text=True, timeout=_STARTS_IN_S, check=False
    )
    return done.stderr if done.returncode else ""


def refused(errors: ConfigErrors) -> Verdict:
    """Why: for features alone, or for what it says."""
    features = tuple(feature(error) for error in errors.errors if NOT_YET in error.message)
    if len(features) == len(errors.errors):
        return Verdict("unsupported", str(errors), features)
    # What is wrong with the content is shown first.
    ordered = sorted(errors.errors, key=lambda error: NOT_YET in error.message)
    return Verdict("content", "\n".join(map(str, ordered)), features)


def feature(error: ConfigError) -> str:
    """A feature that is not there, without the place."""
    if error.message == NOT_YET:
        return error.path.rpartition(".")[2].partition("[")[0]
    return error.message.partition(f" {NOT_YET}")[0].removesuffix(" is").removesuffix(" are")


def judgement(ours: str, envoys: str) -> str:
    """How two verdicts compare; empty: nothing is wrong."""
    if ours == "traceback":
        return "TRACEBACK"
    if ours == "content" and envoys == "accepted":
        return "WRONG"
    return "MISSED" if ours == "loads" and envoys != "accepted" else ""


def bootstraps(corpora: Path, only: str) -> Iterator[tuple[str, str, str]]:
    """File, Envoy's verdict and Envoy's words."""
    lines = (corpora / "envoy-verdicts.tsv").read_text().splitlines()
    for line in lines[1:]:
        file, verdict, words = [*line.split("\t"), "", ""][:3]
        if only in file:
            yield file, verdict, words


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument("--only", default="", help="only files with this text in their path")
    parser.add_argument("--all", action="store_true", help="print all files")
    parser.add_argument("--start", action="store_true", help="start each that loads")
    parser.add_argument("--features", action="store_true", help="print what stood in the way")
    args = parser.parse_args()
    corpora = args.corpora.resolve()
    counts: Counter[tuple[str, str]] = Counter()
    features: Counter[str] = Counter()
    wrong = 0
    for file, envoys, reason in bootstraps(corpora, args.only):
        verdict = verdict_of(corpora / file)
        counts[envoys, verdict.ours] += 1
        features.update(set(verdict.features))
        judged = judgement(verdict.ours, envoys)
        wrong += bool(judged)
        if args.all or judged:
            print(f"{judged:9}  {file}  ours: {verdict.ours}  envoy: {envoys} {reason}")
            print(
                "".join(f"           {line}\n" for line in verdict.words.splitlines()[:8]), end=""
            )
        if args.start and verdict.ours == "loads" and (problem := problem_of_start(corpora / file)):
            wrong += 1
            print(f"{'STARTS NOT':10} {file}\n{problem}")
    if args.features:
        print("".join(f"{count:5}  {name}\n" for name, count in features.most_common()), end="")
    print_table(counts)
    return 1 if resources(corpora / "eg-xds", args.only) or wrong else 0


def print_table(counts: Counter[tuple[str, str]]) -> None:
    """Envoy's verdicts down, ours across."""
    print(f"{'envoy':12}" + "".join(f"{ours:>12}" for ours in VERDICTS))
    for envoys in sorted({envoys for envoys, _ in counts}):
        row = "".join(f"{counts[envoys, ours]:12}" for ours in VERDICTS)
        print(f"{envoys:12}{row}")


_KINDS = {
    "clusters": "envoy.config.cluster.v3.Cluster",
    "endpoints": "envoy.config.endpoint.v3.ClusterLoadAssignment",
    "listeners": "envoy.config.listener.v3.Listener",
    "routes": "envoy.config.route.v3.RouteConfiguration",
    "secrets": "envoy.extensions.transport_sockets.tls.v3.Secret",
}


def load_resources(path: Path) -> None:
    """Reads a list of resources as a control plane sent them; raises what is wrong."""
    report = Report(Unplaced(str(path)))
    trees, _ = read_yaml(path.read_text())
    for tree in trees if isinstance(trees, list) else []:
        message = new(_KINDS[path.stem])
        fill(message, tree, report.root)
        validate(message, report.root)
    report.check()


def resources(folder: Path, only: str) -> int:
    """Loads the lists of resources; returns how many were not understood."""
    failed = loaded = 0
    for path in sorted(folder.glob("*/*.yaml")):
        if only not in str(path) or path.stem not in _KINDS:
            continue
        try:
            load_resources(path)
            loaded += 1
        except ConfigErrors as errors:
            failed += 1
            print(f"resources  {path.relative_to(folder)}")
            print("".join(f"           {error}\n" for error in errors.errors[:8]), end="")
    print(f"resources: {loaded} understood, {failed} not")
    return failed


if __name__ == "__main__":
    sys.exit(main())
