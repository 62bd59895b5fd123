"""The routes that are measured are ones that both proxies read, and the last is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bench.proxies import bootstrap
from bench.proxies.mixed_routes import KINDS, as_list, as_tree
from tests.cli.voyant import voyant

COUNT = 2 * len(KINDS)


@pytest.mark.parametrize("hosts", [as_list, as_tree])
def test_routes_of_all_kinds_are_taken(hosts: Callable[[int], str], tmp_path: Path) -> None:
    file = tmp_path / "envoy.yaml"
    file.write_text(bootstrap.mixed(10000, 3000, hosts(COUNT)))
    done = voyant("validate", file)
    assert (done.returncode, done.stdout) == (0, f"{file}: OK\n"), done.stdout


def test_the_first_and_the_last_are_what_is_asked() -> None:
    (host,) = yaml.safe_load(as_list(COUNT))
    asked = [host["routes"][index]["match"] for index in (0, COUNT - 1)]
    assert asked == [{"prefix": bootstrap.route_prefix(index)} for index in (0, COUNT - 1)]
    assert len({next(iter(route["match"])) for route in host["routes"]}) == 5
