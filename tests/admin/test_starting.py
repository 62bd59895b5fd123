"""The admin interface while the engine waits for the first answers of DNS."""

from __future__ import annotations

import http.client
import socket
from pathlib import Path

from tests.cli.served import asking_a_silent_name_server
from tests.cli.voyant import SECONDS, starting, wait_until

COUNTS = "/stats?filter=server.live|workers_started|warming_state|dns.cares.pending|dns.cares.res"


def ask(file: Path, path: str) -> tuple[int, str]:
    """The answer of the admin interface whose address the file tells."""
    host, _, port = file.read_text().rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=SECONDS)
    connection.request("GET", path)
    response = connection.getresponse()
    return response.status, response.read().decode()


def test_it_says_that_clusters_are_not_ready(tmp_path: Path) -> None:
    address = tmp_path / "address"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(SECONDS)
        file = tmp_path / "envoy.yaml"
        file.write_text(asking_a_silent_name_server(silent.getsockname()[1]))
        with starting("-c", file, "--admin-address-path", address):
            silent.recv(512)
            wait_until(lambda: address.exists() and bool(address.read_text()), "no address")
            assert ask(address, "/ready") == (503, "PRE_INITIALIZING\n")
            assert '"state": "PRE_INITIALIZING"' in ask(address, "/server_info")[1]
            assert ask(address, COUNTS)[1].splitlines() == [
                "cluster.named.warming_state: 1",
                "dns.cares.pending_resolutions: 1",
                "dns.cares.resolve_total: 0",
                "listener_manager.workers_started: 0",
                "server.live: 1",
            ]
