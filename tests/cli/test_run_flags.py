"""What flags do to a proxy that serves."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
from pathlib import Path

import pytest
from voyant import ir
from voyant.cli import check
from voyant.cli.flags import parse
from voyant.cli.load import options as made
from voyant.config.descriptors import new
from voyant.config.server import Taken, server

from tests.cli.served import configuration, get
from tests.cli.voyant import running, voyant, wait_until

BOOTSTRAP = "envoy.config.bootstrap.v3.Bootstrap"
TAKEN = Taken(deprecated_features=0, runtime_unread=False)
NODE = ir.Node(id="", cluster="", region="", zone="", sub_zone="")


def test_flags_win_over_the_file_and_are_shown(file: Path) -> None:
    flags = ["--service-node", "by-flag", "--drain-time-s", "7", "--stats-tag", "pod:p1"]
    more = ["--concurrency", "1", "--file-flush-interval-msec", "1500"]
    with running("-c", file, *flags, *more) as proxy:
        info = json.loads(proxy.admin("/server_info"))
        assert 'pod="p1"' in proxy.admin("/stats/prometheus")
    assert (info["node"]["id"], info["node"]["cluster"]) == ("by-flag", "by-file")
    shown = info["command_line_options"]
    assert shown["config_path"] == str(file)
    assert (shown["concurrency"], shown["drain_time"]) == (1, "7s")
    assert (shown["file_flush_interval"], shown["stats_tag"]) == ("1.500s", ["pod:p1"])


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ("--service-cluster c --service-zone z", {"service_cluster": "c", "service_zone": "z"}),
        ("--drain-strategy immediate", {"drain_strategy": "Immediate"}),
        ("--allow-unknown-fields", {"allow_unknown_static_fields": True}),
        ("-l error --component-log-level dns:debug", {"component_log_level": "dns:debug"}),
        ("-l warn", {"log_level": "warning"}),
        ("--base-id 3 --base-id-path /tmp/x", {"base_id": "3", "base_id_path": "/tmp/x"}),
        ("--socket-path /tmp/s", {"socket_path": "/tmp/s", "socket_mode": 0o600}),
        ("--socket-path /tmp/s --socket-mode 640", {"socket_mode": 0o640}),
        ("--socket-mode 640", {"socket_path": "@envoy_domain_socket", "socket_mode": 0}),
        ("--parent-shutdown-time-s 5", {"parent_shutdown_time": "5s"}),
        ("--restart-epoch 2 --disable-hot-restart", {"restart_epoch": 2}),
        ("--disable-extensions a,b", {"disabled_extensions": ["a", "b"]}),
        ("--file-flush-min-size-kb 5", {"file_flush_min_size": 0}),
    ],
)
def test_flags_are_shown_as_by_envoy(arguments: str, shown: dict[str, object]) -> None:
    values = parse(arguments.split())
    check.check(values)
    options = made(values, 1)
    found = json.loads(server(new(BOOTSTRAP), NODE, options, TAKEN).command_line_options_json)
    assert {key: found[key] for key in shown} == shown


def test_the_node_of_the_flags(file: Path) -> None:
    flags = ["--service-cluster", "c", "--service-node", "n", "--service-zone", "z"]
    with running("-c", file, *flags) as proxy:
        node = json.loads(proxy.admin("/server_info"))["node"]
    assert (node["id"], node["cluster"], node["locality"]["zone"]) == ("n", "c", "z")


def test_the_admin_address_is_written(file: Path, tmp_path: Path) -> None:
    with running("-c", file, "--admin-address-path", tmp_path / "address") as proxy:
        address = proxy.wait_for("admin address: ").rstrip().rpartition(" ")[2]
        assert (tmp_path / "address").read_text() == address


def test_an_admin_address_that_cannot_be_written_ends_nothing(file: Path) -> None:
    path = "/does/not/exist/address"
    with running("-c", file, "--admin-address-path", path) as proxy:
        line = proxy.wait_for("[critical][admin]")
        assert f"cannot open admin address output file {path} for writing: No such file" in line
        assert get(proxy).endswith(b"here")


def test_workers(file: Path) -> None:
    with running("-c", file, "--concurrency", "3") as proxy:
        assert "server.concurrency: 3\n" in proxy.admin("/stats?filter=concurrency")


def test_access_logs_are_flushed_at_the_interval(tmp_path: Path) -> None:
    # Without the flag the second line waits longer than the test does.
    log = tmp_path / "access.log"
    (tmp_path / "envoy.yaml").write_text(configuration(log=str(log)))
    flags = ["--concurrency", "1", "--file-flush-interval-msec", "10"]
    with running("-c", tmp_path / "envoy.yaml", *flags) as proxy:
        get(proxy)
        wait_until(lambda: log.read_text() == "/direct\n", "the first line was not written")
        get(proxy, "/direct?2")
        lines = "/direct\n/direct?2\n"
        wait_until(lambda: log.read_text() == lines, "the second line was not written", seconds=8)


def test_access_logs_are_flushed_from_a_size_on(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    (tmp_path / "envoy.yaml").write_text(configuration(log=str(log)))
    never = ["--file-flush-interval-msec", "4000000000"]
    flags = ["--concurrency", "1", "--file-flush-min-size-kb", "0", *never]
    with running("-c", tmp_path / "envoy.yaml", *flags) as proxy:
        get(proxy)
        get(proxy, "/direct?2")
        lines = "/direct\n/direct?2\n"
        wait_until(lambda: log.read_text() == lines, "the second line was not written")


def test_silence(file: Path) -> None:
    done = voyant("run", "-c", file, "--mode", "init_only", "-l", "error")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_levels_of_components(file: Path) -> None:
    flags = ["-l", "off", "--component-log-level", "admin:info,dns:debug"]
    done = voyant("run", "-c", file, "--mode", "init_only", *flags)
    note, line = done.stderr.splitlines()
    assert note.endswith("--component-log-level has no effect yet: nothing is logged by dns")
    assert "[info][admin]" in line


def test_levels_are_shown_and_changed_while_it_serves(file: Path) -> None:
    with running("-c", file, "--component-log-level", "dns:debug,upstream:off") as proxy:
        levels = dict(re.findall(r"(\w+): (\w+)", proxy.admin("/logging", "POST")))
        assert (levels["dns"], levels["upstream"], levels["main"]) == ("debug", "off", "info")
        proxy.admin("/logging?main=error", "POST")
        proxy.signal(signal.SIGTERM)
        assert proxy.end() == 0
        assert "SIGTERM" not in proxy.log()


def test_the_format_of_the_log(file: Path) -> None:
    flags = ["--mode", "init_only", "--log-format", "%L|%n|%v", "-l", "info"]
    first, *_ = voyant("run", "-c", file, *flags).stderr.splitlines()
    assert first == f"I|main|voyant starts with configuration '{file}', {os.cpu_count()} workers"


FORMAT = "application_log_config: {log_format: {text_format: '%n>%v'}}\n"


def test_the_format_of_the_configuration(file: Path) -> None:
    file.write_text(configuration() + FORMAT)
    done = voyant("run", "-c", file, "--mode", "init_only")
    assert "\nconfig>loading 1 cluster(s), 1 listener(s)\n" in done.stderr


def test_two_formats_are_refused(file: Path) -> None:
    file.write_text(FORMAT)
    flags = ["--mode", "validate", "--log-format", "%v"]
    finding, _ = voyant("run", "-c", file, *flags).stderr.splitlines()
    assert finding == (
        f"{file}:1:38: application_log_config.log_format: only one of "
        "ApplicationLogConfig.log_format or CLI option --log-format can be specified"
    )


@pytest.mark.parametrize("flag", ["--allow-unknown-static-fields", "--allow-unknown-fields"])
def test_unknown_fields(file: Path, flag: str) -> None:
    file.write_text("later: 1\n")
    done = voyant("run", "-c", file, "--mode", "validate", flag)
    assert done.returncode == 0
    assert "Bootstrap has no field 'later'" in done.stderr
    assert voyant("run", "-c", file, "--mode", "validate").returncode == 1


def test_core_dumps(file: Path) -> None:
    def soft_limit(*flags: str) -> int:
        with running("-c", file, *flags) as proxy:
            return resource.prlimit(proxy.process.pid, resource.RLIMIT_CORE)[0]

    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, before[1]))
    try:
        assert soft_limit() == 0
        assert soft_limit("--enable-core-dump") == before[1]
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)


def test_the_address_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(version: str) -> str:
        asked.append(version)
        return "192.0.2.1"

    monkeypatch.setattr("voyant.config.server.local_address", ask)
    for flag in ("", "--local-address-ip-version=v4", "--local-address-ip-version v6"):
        server(new(BOOTSTRAP), NODE, made(parse(flag.split()), 1), TAKEN)
    assert asked == ["v4", "v4", "v6"]
