"""Loads each bootstrap of the corpora and prints our verdict beside the real Envoy's.

    python -m tools.corpus [--corpora FOLDER] [--only TEXT] [--words] [--all]

A file is `agreed` when both accept or both refuse it; `ours` when only we refuse it and `missed`
when only Envoy does. Prints what is not agreed (`--all`: everything), and the sums. Each file is
loaded in its own folder, as Envoy was. The resource files of `eg-xds` are loaded after that: Envoy
has no verdict on them, but what is not understood shows. Fails on a traceback and on a refusal that
is ours alone.
"""

import argparse
import os
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from voyant.config import ConfigErrors, Report, Unplaced, load, new, validate
from voyant.config.load.fill import fill
from voyant.config.load.yaml_text import read_yaml


def verdict_of(path: Path) -> tuple[str, str]:
    """What we answer to one bootstrap: `accepted`, `refused` or `traceback`, and the words."""
    folder = Path.cwd()
    os.chdir(path.parent)
    try:
        load(Path(path.name))
    except ConfigErrors as errors:
        return "refused", str(errors)
    except Exception:
        return "traceback", traceback.format_exc()
    finally:
        os.chdir(folder)
    return "accepted", ""


def agreement(ours: str, envoys: str) -> str:
    """How two verdicts compare."""
    if ours == "traceback":
        return "TRACEBACK"
    if ours == envoys:
        return "agreed"
    return "ours" if ours == "refused" else "missed"


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
    parser.add_argument("--all", action="store_true", help="print what is agreed, too")
    args = parser.parse_args()
    corpora = args.corpora.resolve()
    counts: Counter[str] = Counter()
    for file, envoys, reason in bootstraps(corpora, args.only):
        ours, words = verdict_of(corpora / file)
        how = agreement(ours, envoys)
        counts[how] += 1
        if args.all or how != "agreed":
            print(f"{how:9}  {file}  ours: {ours}  envoy: {envoys} {reason}")
            print("".join(f"           {line}\n" for line in words.splitlines()[:8]), end="")
    failed = resources(corpora / "eg-xds", args.only, counts)
    print(", ".join(f"{how}: {count}" for how, count in sorted(counts.items())))
    return 1 if counts["TRACEBACK"] or counts["ours"] or failed else 0


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


def resources(folder: Path, only: str, counts: Counter[str]) -> int:
    """Loads the lists of resources; returns how many were not understood."""
    failed = 0
    for path in sorted(folder.glob("*/*.yaml")):
        if only not in str(path) or path.stem not in _KINDS:
            continue
        try:
            load_resources(path)
            counts["resources"] += 1
        except ConfigErrors as errors:
            failed += 1
            counts["resources refused"] += 1
            print(f"resources  {path.relative_to(folder)}")
            print("".join(f"           {error}\n" for error in errors.errors[:8]), end="")
    return failed


if __name__ == "__main__":
    sys.exit(main())
