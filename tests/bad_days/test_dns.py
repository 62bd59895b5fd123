"""Name servers that fail and recover: hosts that were known stay, and new ones are found."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bad_days.name_server import NameServer
from tests.bad_days.stand import Client, proxy, stat, wait_for_stat, wait_for_zero
from tests.bad_days.upstream import Upstream, answer_with
from tests.cli.voyant import Running, wait_until
from tests.parity.config import cluster, http

FIRST, SECOND = "127.0.0.1", "127.0.0.2"
TYPE = "type.googleapis.com/envoy.extensions"
RESOLVER = f"""
name: envoy.network.dns_resolver.cares
typed_config:
  "@type": {TYPE}.network.dns_resolver.cares.v3.CaresDnsResolverConfig
  resolvers: [{{socket_address: {{address: 127.0.0.1, port_value: $dns, protocol: UDP}}}}]
  query_timeout_seconds: 1
  query_tries: 1
"""
RATES = """
dns_refresh_rate: 0.05s
dns_failure_refresh_rate: {base_interval: 0.05s, max_interval: 0.1s}
dns_lookup_family: V4_ONLY
"""
ENDPOINTS = """
connect_timeout: 1s
load_assignment:
  cluster_name: up
  endpoints:
  - lb_endpoints:
    - endpoint: {address: {socket_address: {address: service.test, port_value: $up}}}
"""


def indented(text: str, by: int) -> str:
    return text.replace("\n", "\n" + " " * by)


KINDS = {
    "STRICT_DNS": f"type: STRICT_DNS{RATES}typed_dns_resolver_config:{indented(RESOLVER, 2)}",
    "LOGICAL_DNS": f"type: LOGICAL_DNS{RATES}typed_dns_resolver_config:{indented(RESOLVER, 2)}",
    "envoy.clusters.dns": f"""
cluster_type:
  name: envoy.clusters.dns
  typed_config:
    "@type": {TYPE}.clusters.dns.v3.DnsCluster{indented(RATES, 4)}
    typed_dns_resolver_config:{indented(RESOLVER, 6)}
""",
}


@contextlib.contextmanager
def started_with(folder: Path, kind: str, names: NameServer) -> Iterator[Running]:
    with Upstream(answer_with(b"first")) as up:
        second = socket.create_server((SECOND, up.port))
        with (
            Upstream(answer_with(b"second"), second),
            proxy(
                folder,
                [http()],
                [cluster("up", KINDS[kind] + ENDPOINTS)],
                {"up": up.port, "dns": names.port},
            ) as started,
        ):
            yield started


def body(started: Running) -> bytes:
    """What a new connection is answered."""
    with contextlib.closing(Client(started)) as client:
        return client.ask().partition(b"\r\n\r\n")[2]


def fails_again(started: Running) -> None:
    """Two more attempts: at least one of them began after the mood had changed."""
    wait_for_stat(
        started, "cluster.up.update_failure", stat(started, "cluster.up.update_failure") + 2
    )


@pytest.mark.parametrize("mood", ["SERVFAIL", "REFUSED", "garbage", "silent"])
def test_it_fails_and_recovers(tmp_path: Path, mood: str) -> None:
    with NameServer() as names:
        names.be(mood)
        with started_with(tmp_path, "STRICT_DNS", names) as started:
            assert body(started) == b"no healthy upstream"
            names.answer(FIRST)
            wait_for_stat(started, "cluster.up.membership_total", 1)
            assert body(started) == b"first"
            names.be(mood)
            fails_again(started)
            assert body(started) == b"first"
            names.answer(SECOND)
            wait_until(lambda: body(started) == b"second", "the new address is not used")
            assert stat(started, "cluster.up.membership_total") == 1


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_cluster_recovers(tmp_path: Path, kind: str) -> None:
    with NameServer() as names:
        names.be("SERVFAIL")
        with started_with(tmp_path, kind, names) as started:
            assert body(started) == b"no healthy upstream"
            names.answer(FIRST)
            wait_until(lambda: body(started) == b"first", "it has not recovered")
            names.be("SERVFAIL")
            fails_again(started)
            assert body(started) == b"first"


def test_a_name_that_is_gone_has_no_hosts(tmp_path: Path) -> None:
    with NameServer() as names:
        names.answer(FIRST, SECOND)
        with started_with(tmp_path, "STRICT_DNS", names) as started:
            wait_for_stat(started, "cluster.up.membership_total", 2)
            assert {body(started), body(started)} == {b"first", b"second"}
            names.be("NXDOMAIN")
            wait_for_zero(started, "cluster.up.membership_total")
            assert body(started) == b"no healthy upstream"
            names.answer(SECOND)
            wait_until(lambda: body(started) == b"second", "it has not recovered")


def test_connections_to_a_host_that_is_gone_end_without_another_request(tmp_path: Path) -> None:
    with NameServer() as names:
        names.answer(FIRST)
        with started_with(tmp_path, "STRICT_DNS", names) as started:
            assert body(started) == b"first"
            assert stat(started, "cluster.up.upstream_cx_active") == 1
            names.be("NXDOMAIN")
            wait_for_zero(started, "cluster.up.membership_total")
            wait_for_zero(started, "cluster.up.upstream_cx_active")
            assert stat(started, "cluster.up.upstream_cx_destroy_local") == 1
