"""`voyant run` from its start to its end."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from voyant.config import load_text

from tests.cli.voyant import COMMAND, SECONDS, Running, running, voyant, wait_until

HCM = (
    '"@type": type.googleapis.com/envoy.extensions.filters.network'
    ".http_connection_manager.v3.HttpConnectionManager"
)
ROUTER = (
    '{name: router, typed_config: {"@type": '
    "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}"
)


def configuration(upstream: int = 1, log: str = "/dev/null", port: int = 0) -> str:
    """A listener `web` that forwards, and answers `/direct` itself."""
    return f"""admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: 0}}}}}}
node: {{id: by-file, cluster: by-file}}
static_resources:
  listeners:
  - name: web
    address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: hcm
        typed_config:
          {HCM}
          stat_prefix: web
          access_log:
          - name: file
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
              path: {log}
              log_format: {{text_format_source: {{inline_string: "%REQ(:PATH)%\\n"}}}}
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: {{path: /direct}}
                direct_response: {{status: 200, body: {{inline_string: here}}}}
              - match: {{prefix: /}}
                route: {{cluster: backend, timeout: 0s}}
          http_filters: [{ROUTER}]
  clusters:
  - name: backend
    load_assignment:
      cluster_name: backend
      endpoints:
      - lb_endpoints:
        - endpoint:
            address: {{socket_address: {{address: 127.0.0.1, port_value: {upstream}}}}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "envoy.yaml"
    path.write_text(configuration())
    return path


@pytest.fixture
def upstream() -> socket.socket:
    """A listening socket; who accepts answers by hand."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(SECONDS)
    return listening


def connect(proxy: Running) -> socket.socket:
    connection = socket.create_connection(proxy.address("web"), SECONDS)
    connection.settimeout(SECONDS)
    return connection


def answer(connection: socket.socket) -> bytes:
    """A whole response with a content-length."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536) or b"\r\n\r\n"
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r")[0] or 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def get(proxy: Running, path: str = "/direct") -> bytes:
    with connect(proxy) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n".encode())
        return answer(client)


def test_it_serves_and_leaves(file: Path) -> None:
    with running("-c", file) as proxy:
        assert get(proxy).endswith(b"\r\n\r\nhere")
        proxy.signal(signal.SIGTERM)
        assert proxy.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_in_flight_is_finished(
    number: signal.Signals, upstream: socket.socket, tmp_path: Path
) -> None:
    (tmp_path / "envoy.yaml").write_text(configuration(upstream.getsockname()[1]))
    with running("-c", tmp_path / "envoy.yaml") as proxy, connect(proxy) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        with upstream.accept()[0] as behind:
            behind.recv(65536)
            proxy.signal(number)
            wait_until(lambda: refuses(proxy), "new connections are still accepted")
            behind.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlate")
            response = answer(client)
        assert response.endswith(b"\r\n\r\nlate")
        assert b"\r\nconnection: close" in response
        assert client.recv(1) == b""
        assert proxy.end() == 0


def refuses(proxy: Running) -> bool:
    try:
        connect(proxy).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_second_signal_ends_it_at_once(upstream: socket.socket, tmp_path: Path) -> None:
    (tmp_path / "envoy.yaml").write_text(configuration(upstream.getsockname()[1]))
    with running("-c", tmp_path / "envoy.yaml") as proxy, connect(proxy) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        with upstream.accept()[0]:
            proxy.signal(signal.SIGTERM)
            wait_until(lambda: refuses(proxy), "new connections are still accepted")
            assert proxy.process.poll() is None
            proxy.signal(signal.SIGINT)
            assert proxy.end() == 1
        proxy.wait_for("told again: leaving at once")


def test_the_drain_time_ends_what_does_not_end(upstream: socket.socket, tmp_path: Path) -> None:
    (tmp_path / "envoy.yaml").write_text(configuration(upstream.getsockname()[1]))
    with (
        running("-c", tmp_path / "envoy.yaml", "--drain-time-s", "0") as proxy,
        connect(proxy) as client,
    ):
        client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        with upstream.accept()[0]:
            proxy.signal(signal.SIGTERM)
            assert proxy.end() == 0
        proxy.wait_for("1 connections are cut after 0 s")


def test_logs_are_opened_anew(tmp_path: Path) -> None:
    access, own = tmp_path / "access.log", tmp_path / "own.log"
    (tmp_path / "envoy.yaml").write_text(configuration(log=str(access)))
    address = tmp_path / "admin"
    command = ["-c", tmp_path / "envoy.yaml", "--log-path", own, "--admin-address-path", address]
    with subprocess.Popen([*COMMAND, "run", *map(str, command)]) as process:
        wait_until(lambda: own.exists() and "starting workers" in own.read_text(), "not started")
        access.rename(tmp_path / "access.old")
        own.rename(tmp_path / "own.old")
        process.send_signal(signal.SIGUSR1)
        wait_until(access.exists, "the access log was not opened anew")
        wait_until(own.exists, "the log was not opened anew")
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    assert "caught SIGUSR1" in (tmp_path / "own.old").read_text()
    assert "exiting" in own.read_text()


def test_a_hangup_is_ignored(file: Path) -> None:
    with running("-c", file) as proxy:
        proxy.signal(signal.SIGHUP)
        proxy.wait_for("caught and eating SIGHUP")
        assert get(proxy).endswith(b"here")


def test_an_operator_may_end_it(file: Path) -> None:
    with running("-c", file) as proxy:
        assert proxy.admin("/quitquitquit", "POST") == "OK\n"
        assert proxy.end() == 0


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


def test_inline_yaml_is_merged_over_the_file(file: Path) -> None:
    inline = "{node: {id: inline}, static_resources: {clusters: [{name: added}]}}"
    with running("-c", file, "--config-yaml", inline) as proxy:
        assert json.loads(proxy.admin("/server_info"))["node"]["id"] == "inline"
        assert "added::" in proxy.admin("/clusters")
        assert "backend::" in proxy.admin("/clusters")


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


def test_silence(file: Path) -> None:
    done = voyant("run", "-c", file, "--mode", "init_only", "-l", "error")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


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
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "voyant run: neither -c FILE nor --config-yaml YAML is given\nhint: voyant run --help\n"
    )


def test_a_log_that_cannot_be_written(file: Path) -> None:
    done = voyant("run", "-c", file, "--log-path", "/does/not/exist/log")
    assert done.returncode == 1
    assert done.stderr == (
        "voyant run: cannot write the log /does/not/exist/log: No such file or directory\n"
    )


def test_the_configuration_is_shown(file: Path) -> None:
    with running("-c", file, "--service-node", "by-flag") as proxy:
        shown = json.loads(proxy.admin("/config_dump?mask=bootstrap.node.id"))
        assert shown["configs"][0]["bootstrap"] == {"node": {"id": "by-flag"}}
        clusters = json.loads(proxy.admin("/config_dump?resource=static_clusters"))["configs"]
        assert [each["cluster"]["name"] for each in clusters] == ["backend"]
