"""Replays every case against Voyant; what Envoy did is in `recordings/`.

`differences.txt` names the cases in which Voyant is known to differ, each with a reason. A
case that has come to agree must leave the list, and a name in it that is no case fails.
"""

import subprocess
from pathlib import Path

import pytest

from tests.parity import groups, recording
from tests.parity.conftest import Stages
from tests.parity.play import Performance
from tests.parity.proxy import available, voyant_command

_CASES = [(name, case) for name in groups.names() for case in groups.load(name).cases]
_LIST = Path(__file__).with_name("differences.txt")


def _known() -> dict[str, str]:
    lines = (line.strip() for line in _LIST.read_text().splitlines())
    pairs = (line.partition(": ") for line in lines if line and not line.startswith("#"))
    return {name: reason for name, _, reason in pairs}


_KNOWN = _known()


def _runs() -> bool:
    command = voyant_command()
    return (
        available(command)
        and subprocess.run([*command, "--help"], capture_output=True).returncode == 0
    )


def _parameters() -> list[object]:
    parameters: list[object] = []
    for name, case in _CASES:
        full = f"{name}-{case.name}"
        marks = [pytest.mark.xdist_group(name)]
        if full in _KNOWN:
            marks.append(pytest.mark.xfail(reason=_KNOWN[full], strict=True))
        parameters.append(pytest.param(name, case.name, id=full, marks=marks))
    return parameters


@pytest.mark.skipif(not _runs(), reason="needs the program: `make build`, or its path in VOYANT")
@pytest.mark.parametrize(("group", "name"), _parameters())
def test_as_envoy(stages: Stages, group: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if f"{group}-{name}" in _KNOWN:
        # What is known not to come need not be waited for as long.
        monkeypatch.setattr("tests.parity.play.OUTCOME_S", 0.6)
        monkeypatch.setattr("tests.parity.world.DEADLINE_S", 1.0)
    case = next(case for case in groups.load(group).cases if case.name == name)
    expected = recording.load(group)[name]
    seen = Performance(stages.of(group, name), case, expected).play()
    text = recording.differences(expected, seen, ("envoy", "voyant"))
    assert not text, f"{group}-{name} differs from Envoy:\n{text}"


@pytest.mark.xdist_group("together")
def test_the_cases_of_a_group_stay_with_one_worker(request: pytest.FixtureRequest) -> None:
    if not hasattr(request.config, "workerinput") or not request.config.getoption("loadgroup"):
        pytest.skip("needs `-n 2 --dist loadgroup`, as `make test` has it")
    assert request.node.nodeid.endswith("@together"), "pytest-xdist does not see the groups"


def test_every_case_is_recorded_once_and_nothing_else_is() -> None:
    full = [f"{name}-{case.name}" for name, case in _CASES]
    assert len(full) == len(set(full))
    recorded = [f"{name}-{case}" for name in groups.names() for case in recording.load(name)]
    assert sorted(recorded) == sorted(full)
    files = set(recording.DIRECTORY.rglob("*.yaml"))
    assert files == {recording.path(name) for name in groups.names()}


def test_known_differences_name_cases() -> None:
    full = {f"{name}-{case.name}" for name, case in _CASES}
    assert set(_KNOWN) <= full
    assert all(_KNOWN.values())
