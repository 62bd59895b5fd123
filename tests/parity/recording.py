"""Recordings: one YAML file a group, a case to its sections, each a block of lines."""

import difflib
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

import yaml

from tests.parity.play import Observed

DIRECTORY = Path(__file__).parent / "recordings"


class _Dumper(yaml.SafeDumper):
    """Writes every section as a literal block, so that a review reads it as it was."""


def _literal(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _literal)


def path(group: str, directory: Path = DIRECTORY) -> Path:
    return directory / f"{group}.yaml"


def load(group: str, directory: Path = DIRECTORY) -> dict[str, Observed]:
    """The recorded cases of a group; none if it was never recorded."""
    file = path(group, directory)
    if not file.exists():
        return {}
    kept = yaml.load(file.read_text(), Loader=_Loader) or {}
    return {
        case: {section: text.removesuffix("\n").split("\n") for section, text in sections.items()}
        for case, sections in kept.items()
    }


def save(group: str, cases: Mapping[str, Observed], directory: Path = DIRECTORY) -> bool:
    """Keeps the cases of a group; True if the file is another one than before."""
    blocks = {
        case: {section: "\n".join(lines) + "\n" for section, lines in sections.items()}
        for case, sections in cases.items()
    }
    text = yaml.dump(blocks, Dumper=_Dumper, sort_keys=False, width=10**6, allow_unicode=False)
    file = path(group, directory)
    before = file.read_text() if file.exists() else None
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return before != text


def _pseudo_sorted(lines: list[str]) -> list[str]:
    """The order of the pseudo-headers among themselves says nothing: it is each library's own."""
    shown: list[str] = []
    for pseudo, run in groupby(lines, key=lambda line: line.startswith(":")):
        block = list(run)
        shown += sorted(block) if pseudo else block
    return shown


def differences(expected: Observed, seen: Observed, sides: tuple[str, str]) -> str:
    """A unified diff of every section that is not the same, empty if they are equal."""
    shown: list[str] = []
    for name in sorted({*expected, *seen}):
        old, new = _pseudo_sorted(expected.get(name, [])), _pseudo_sorted(seen.get(name, []))
        left, right = (f"{side}: {name}" for side in sides)
        shown += difflib.unified_diff(old, new, left, right, lineterm="", n=4)
    return "\n".join(shown)


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
