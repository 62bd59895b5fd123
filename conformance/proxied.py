"""A proxy in front of a suite's server: every path goes to one upstream, without a timeout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bench import stand
from bench.process import Process
from bench.proxies.proxy import Proxy

CONFIGURATION = """\
admin:
  address: {{socket_address: {{address: 127.0.0.1, port_value: 0}}}}
static_resources:
  listeners:
  - name: conformance
    address: {{socket_address: {{address: 127.0.0.1, port_value: {listen}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": {type}.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: conformance
          stream_idle_timeout: 0s
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": {type}.http.router.v3.Router
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: {{prefix: "/"}}
                route: {{cluster: upstream, timeout: 0s}}
  clusters:
  - name: upstream
    connect_timeout: 1s
{protocol}    load_assignment:
      cluster_name: upstream
      endpoints:
      - lb_endpoints:
        - endpoint:
            address: {{socket_address: {{address: 127.0.0.1, port_value: {upstream}}}}}
"""

HTTP2 = """\
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {http2_protocol_options: {}}
"""


@contextmanager
def proxied(which: Proxy, upstream: int, *, http2: bool) -> Iterator[int]:
    """Serves the upstream through the proxy; gives the proxy's port."""
    binary = which.find()
    if binary is None:
        raise stand.StandError(f"{which.name} is not there: {which.missing}")
    listen, place = stand.free_port(), stand.folder(f"conformance-{which.name}")
    configuration = place / f"configuration{which.suffix}"
    text = CONFIGURATION.format(
        listen=listen,
        upstream=upstream,
        type="type.googleapis.com/envoy.extensions.filters",
        protocol=HTTP2 if http2 else "",
    )
    configuration.write_text(text)
    with Process(which.command(binary, configuration), None, place / "log") as process:
        stand.wait_until_open(process, listen)
        yield listen
