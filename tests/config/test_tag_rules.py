"""The default tag rules against what Envoy's `/stats/prometheus` made of the same names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from voyant.config.tag_rules import DEFAULT_TAG_RULES, other_than

RECORDED = Path(__file__).with_name("tag_rules.txt").read_text().splitlines()


def series(name: str) -> str:
    """What the engine makes of a name: all rules see the whole of it."""
    tags: dict[str, str] = {}
    taken: list[tuple[int, int]] = []
    for tag, rule in DEFAULT_TAG_RULES:
        match = re.search(rule, name)
        if match and tag not in tags:
            tags[tag] = match[2]
            taken.append(match.span(1))
    for start, end in sorted(taken, reverse=True):
        name = name[:start] + name[end:]
    labels = ",".join(f'{plain(tag)}="{value}"' for tag, value in tags.items())
    return f"envoy_{plain(name)}{{{labels}}}"


def plain(name: str) -> str:
    return re.sub(r"\W", "_", name)


@pytest.mark.parametrize("line", RECORDED)
def test_a_name_gives_envoys_series(line: str) -> None:
    name, _, expected = line.partition(" ")
    assert series(name) == expected


def test_a_listener_named_admin_has_no_address() -> None:
    rule = re.compile(f"{other_than('admin')}$")
    taken = ["a", "ad", "adm", "admi", "admins", "admit", "b", "administration", "edge"]
    assert [word for word in taken if not rule.match(word)] == []
    assert rule.match("admin") is None
