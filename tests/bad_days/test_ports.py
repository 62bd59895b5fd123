"""Ports that are taken: one line says which, and nothing is left behind."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.cli.voyant import voyant
from tests.parity.config import Node, address, bootstrap, cluster, http, merged

DIRECT = "[{match: {prefix: /}, direct_response: {status: 200}}]"


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def refused(folder: Path, config: Node) -> str:
    """The one line of an error with which the command ends."""
    file = folder / "envoy.yaml"
    file.write_text(yaml.safe_dump(config).replace("$dir", str(folder)))
    done = voyant("run", "-c", file, "-l", "error")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("voyant run: cannot start: ")
    return line


def listener(name: str, where: Node) -> Node:
    return merged(http(name, routes=DIRECT), {"address": where})


def test_of_the_second_listener(tmp_path: Path, taken: int) -> None:
    pipe = tmp_path / "http.sock"
    listeners = [
        listener("unix", {"socket_address": None, "pipe": {"path": str(pipe)}}),
        listener("web", address(taken)),
    ]
    line = refused(tmp_path, bootstrap(listeners, [cluster("a", "load_assignment: null")]))
    assert f"127.0.0.1:{taken}" in line
    assert "Address already in use" in line


def test_of_the_admin_interface(tmp_path: Path, taken: int) -> None:
    config = bootstrap([], [cluster("a", "load_assignment: null")])
    config["admin"]["address"] = address(taken)
    line = refused(tmp_path, config)
    assert f"127.0.0.1:{taken}" in line
    assert "Address already in use" in line


def test_an_address_of_another_machine(tmp_path: Path) -> None:
    # TEST-NET-3 belongs to nobody.
    listeners = [listener("web", address(0, "203.0.113.7"))]
    line = refused(tmp_path, bootstrap(listeners, [cluster("a", "load_assignment: null")]))
    assert "203.0.113.7" in line
    assert "Cannot assign requested address" in line


def test_a_pipe_where_none_can_be(tmp_path: Path) -> None:
    pipe = {"socket_address": None, "pipe": {"path": "/does/not/exist/http.sock"}}
    line = refused(
        tmp_path, bootstrap([listener("unix", pipe)], [cluster("a", "load_assignment: null")])
    )
    assert "/does/not/exist/http.sock" in line
    assert "No such file or directory" in line
