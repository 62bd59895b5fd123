"""The examples on the pages of docs/: served as they stand, and asked by the commands beside them.

A page has one `yaml` block, which is a bootstrap, and `console` blocks: a line that begins with `$`
is a command, and each line behind it stands in what the command prints, in that order. Ports are
those of the page only on the page; listeners may be each other's upstreams.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml

from tests.cli.voyant import SECONDS, running
from tests.examples.demo import moved
from tests.parity.config import Node
from tools.demo_upstream import Upstream

DOCS = Path(__file__).resolve().parents[2] / "docs"
UPSTREAM = 3000


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """Those that show what is asked of an example."""
    return sorted(page for page in DOCS.rglob("*.md") if blocks(page.read_text(), "console"))


def commands(text: str) -> list[tuple[str, list[str]]]:
    """Each command with the lines that it prints."""
    found: list[tuple[str, list[str]]] = []
    for block in blocks(text, "console"):
        for line in block.replace("\\\n", "").splitlines():
            if line.startswith("$ "):
                found.append((line.removeprefix("$ "), []))
            elif line.strip():
                found[-1][1].append(line.strip())
    return found


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_the_example_does_what_its_page_says(page: Path, tmp_path: Path) -> None:
    text = page.read_text()
    (block,) = blocks(text, "yaml")
    example = yaml.safe_load(block)
    upstream = Upstream("app", 0).start()
    with reserved(listening(example)) as ports:
        file = tmp_path / "envoy.yaml"
        file.write_text(yaml.safe_dump(moved(example, {**ports, UPSTREAM: upstream.port})))
        try:
            with running("-c", file) as proxy:
                for listener in example["static_resources"]["listeners"]:
                    proxy.address(listener["name"])
                play(text, ports)
        finally:
            upstream.stop()


def listening(example: Node) -> list[int]:
    """The ports of a page's listeners."""
    listeners = example["static_resources"]["listeners"]
    return [listener["address"]["socket_address"]["port_value"] for listener in listeners]


@contextmanager
def reserved(wanted: Sequence[int]) -> Iterator[dict[int, int]]:
    """Free ports in place of others, held for listeners that share theirs."""
    with ExitStack() as stack:
        ports = {}
        for port in wanted:
            held = stack.enter_context(socket.socket())
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            held.bind(("127.0.0.1", 0))
            ports[port] = held.getsockname()[1]
        yield ports


def play(text: str, ports: Mapping[int, int]) -> None:
    """Runs a page's commands, and looks for what they are said to print."""
    for command, expected in commands(text):
        line = command
        for port, taken in ports.items():
            line = line.replace(f"127.0.0.1:{port}", f"127.0.0.1:{taken}")
        done = subprocess.run(
            line, shell=True, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert expected, f"{command}: the page says nothing of what it prints"
        printed = [each.strip() for each in done.stdout.splitlines()]
        for wanted in expected:
            assert wanted in printed, f"{command}\n{done.stdout}{done.stderr}"
            printed = printed[printed.index(wanted) + 1 :]


def test_every_filter_has_a_page() -> None:
    from voyant.config.filters import FILTERS

    stems = {translate.__module__.rpartition(".")[2] for translate in FILTERS.values()}
    # The router is what all pages are about; the lists tell of filters made of others.
    stems -= {"router", "filters"}
    missing = stems - {page.stem for page in (DOCS / "filters").glob("*.md")}
    assert not missing, f"without a page in docs/filters: {sorted(missing)}"
