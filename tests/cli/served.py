"""A configuration to serve, and clients of it."""

from __future__ import annotations

import socket

from tests.cli.voyant import SECONDS, Running

HCM = (
    '"@type": type.googleapis.com/envoy.extensions.filters.network'
    ".http_connection_manager.v3.HttpConnectionManager"
)
ROUTER = (
    '{name: router, typed_config: {"@type": '
    "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}"
)


CARES = "type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig"


def asking_a_silent_name_server(port: int) -> str:
    """One cluster, whose one name is asked of the resolver at `port` of 127.0.0.1."""
    return f"""admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: 0}}}}}}
static_resources:
  clusters:
  - name: named
    type: STRICT_DNS
    typed_dns_resolver_config:
      name: envoy.network.dns_resolver.cares
      typed_config:
        "@type": {CARES}
        resolvers: [{{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}]
    load_assignment:
      cluster_name: named
      endpoints:
      - lb_endpoints:
        - endpoint: {{address: {{socket_address: {{address: does.not.answer, port_value: 1}}}}}}
"""


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
