"""`voyant run` from its start to its end."""

from __future__ import annotations

import json
import signal
import socket
from pathlib import Path

from voyant.config import load_text

from tests.cli.served import configuration, get
from tests.cli.voyant import running, voyant


def test_it_serves_and_leaves(file: Path) -> None:
    with running("-c", file) as proxy:
        assert get(proxy).endswith(b"\r\n\r\nhere")
        proxy.signal(signal.SIGTERM)
        assert proxy.end() == 0


def test_an_operator_may_end_it(file: Path) -> None:
    with running("-c", file) as proxy:
        assert proxy.admin("/quitquitquit", "POST") == "OK\n"
        assert proxy.end() == 0


def test_inline_yaml_is_merged_over_the_file(file: Path) -> None:
    inline = "{node: {id: inline}, static_resources: {clusters: [{name: added}]}}"
    with running("-c", file, "--config-yaml", inline) as proxy:
        assert json.loads(proxy.admin("/server_info"))["node"]["id"] == "inline"
        assert "added::" in proxy.admin("/clusters")
        assert "backend::" in proxy.admin("/clusters")


def test_inline_yaml_alone_and_none_at_all(file: Path) -> None:
    flags = ["--mode", "validate"]
    alone = voyant("run", "--config-yaml", "{node: {id: a}}", *flags)
    assert (alone.returncode, alone.stdout) == (0, "configuration '' OK\n")
    empty = voyant("run", "-c", file, "--config-yaml", "", *flags)
    assert (empty.returncode, empty.stdout) == (0, f"configuration '{file}' OK\n")


def test_an_error_is_told_in_its_source(file: Path) -> None:
    inline = "{node: {clutter: b}, static_resources: {clusters: [{name: backend}]}}"
    file.write_text(configuration().replace("cluster: by-file", "cluster: 1"))
    done = voyant("run", "-c", file, "--config-yaml", inline, "-l", "error")
    first, second, third, last = done.stderr.splitlines()
    assert first.startswith("--config-yaml:1:9: node.clutter: ")
    # It follows from the translation, and is told although there are errors of form.
    assert second.startswith("--config-yaml:1:59: static_resources.clusters[1].name: ")
    assert third.startswith(f"{file}:2:30: node.cluster: the number 1 is not text")
    assert last == f"voyant run: 3 errors in {file}; nothing was started"
    file.write_text(configuration())
    done = voyant("run", "-c", file, "--config-yaml", inline.replace("clutter", "id"), "-l", "off")
    assert done.stderr.startswith("--config-yaml:1:54: static_resources.clusters[1].name: ")


def test_other_forms_of_configuration(tmp_path: Path) -> None:
    from google.protobuf import json_format, text_format
    from voyant.config.descriptors import pool

    message = load_text(configuration()).message
    every = {
        "a.json": json_format.MessageToJson(message, descriptor_pool=pool()).encode(),
        "a.pb": message.SerializeToString(),
        "a.pb_text": text_format.MessageToString(message, descriptor_pool=pool()).encode(),
    }
    for name, data in every.items():
        (tmp_path / name).write_bytes(data)
        done = voyant("run", "-c", name, "--mode", "validate", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, f"configuration '{name}' OK\n")


def test_init_only_starts_and_leaves(file: Path) -> None:
    done = voyant("run", "-c", file, "--mode", "init_only")
    assert done.returncode == 0
    assert "listener 'web': 127.0.0.1:" in done.stderr


def test_what_has_no_effect_is_said(file: Path) -> None:
    done = voyant("run", "-c", file, "--mode", "validate", "--base-id", "3")
    assert done.returncode == 0
    note = "voyant run: --base-id has no effect: there is no hot restart yet\n"
    assert done.stderr == note


def test_warnings_are_logged(file: Path) -> None:
    file.write_text("admin: {access_log_path: /dev/null}\n")
    command = ("run", "-c", file, "--mode", "validate")
    assert "admin.access_log_path: is deprecated" in voyant(*command).stderr
    assert voyant(*command, "--skip-deprecated-logs").stderr == ""
    assert voyant(*command, "-l", "error").stderr == ""


def test_a_port_in_use(upstream: socket.socket, file: Path) -> None:
    file.write_text(configuration(port=upstream.getsockname()[1]))
    done = voyant("run", "-c", file, "-l", "error")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("voyant run: cannot start: ")
    assert f"127.0.0.1:{upstream.getsockname()[1]}" in line


def test_usage() -> None:
    done = voyant("run")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "voyant run: at least one of --config-path (-c FILE) or --config-yaml YAML should be "
        "non-empty\nhint: voyant run --help\n"
    )
    assert voyant("run", "-c", "", "--config-yaml=").stderr == done.stderr


def test_a_log_that_cannot_be_written(file: Path) -> None:
    done = voyant("run", "-c", file, "--log-path", "/does/not/exist/log")
    assert done.returncode == 1
    assert done.stderr == (
        "voyant run: failed to open log-file '/does/not/exist/log': No such file or directory\n"
    )


def test_the_configuration_is_shown(file: Path) -> None:
    with running("-c", file, "--service-node", "by-flag") as proxy:
        shown = json.loads(proxy.admin("/config_dump?mask=bootstrap.node.id"))
        assert shown["configs"][0]["bootstrap"] == {"node": {"id": "by-flag"}}
        clusters = json.loads(proxy.admin("/config_dump?resource=static_clusters"))["configs"]
        assert [each["cluster"]["name"] for each in clusters] == ["backend"]
