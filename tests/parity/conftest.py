"""Keeps one stage open at a time: pytest plays the cases of a group one after another."""

from collections.abc import Iterator

import pytest

from tests.parity import groups
from tests.parity.proxy import voyant_command
from tests.parity.stage import Stage


class Stages:
    """The stage of the group that is being played."""

    def __init__(self) -> None:
        self._key = ""
        self._stage: Stage | None = None

    def of(self, group: str, case: str) -> Stage:
        found = groups.load(group)
        key = f"{group}-{case}" if found.fresh else group
        if key != self._key or self._stage is None:
            self.close()
            self._stage = Stage(found, voyant_command()).__enter__()
            self._key = key
        return self._stage

    def close(self) -> None:
        if self._stage is not None:
            stage, self._stage = self._stage, None
            stage.__exit__(None, None, None)


@pytest.fixture(scope="session")
def stages() -> Iterator[Stages]:
    kept = Stages()
    yield kept
    kept.close()
