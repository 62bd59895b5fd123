"""The groups of scenarios: every module of `scenarios/` and `smuggling/` holds one `GROUP`."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from tests.parity.scenario import Case, Group

PACKAGES = ("scenarios", "smuggling")


def names() -> list[str]:
    """`http1_basics`, `smuggling/framing`, ...: also where the recording is kept."""
    here = Path(__file__).parent
    found: list[str] = []
    for package in PACKAGES:
        prefix = "" if package == "scenarios" else f"{package}/"
        found += [
            prefix + m.name
            for m in pkgutil.iter_modules([str(here / package)])
            if not m.name.startswith("_")
        ]
    return sorted(found)


def load(name: str) -> Group:
    package, _, stem = name.rpartition("/")
    module = importlib.import_module(f"tests.parity.{package or 'scenarios'}.{stem}")
    group: Group = module.GROUP
    return group


def matching(wanted: str) -> Iterator[tuple[str, Group, list[Case]]]:
    """The groups and cases for `group`, `group-case`, or a part of either; "" is all."""
    for name in names():
        group = load(name)
        cases = [case for case in group.cases if wanted in f"{name}-{case.name}"]
        if cases:
            yield name, group, cases
