"""The Envoy v3 bootstrap that Envoy and Voyant both serve, written as a person would write it.

Features stay as they are by default: request id, forwarded headers, statistics, routing.
`use_remote_address` makes it an edge proxy, which appends x-forwarded-for as nginx is told to.
"""

from __future__ import annotations

from bench.proxies.proxy import Setup

BOOTSTRAP = """\
admin:
  address: {{socket_address: {{address: 127.0.0.1, port_value: 0}}}}
static_resources:
  listeners:
  - name: bench
    address:
      socket_address:
        address: 127.0.0.1
        port_value: {listen}
    filter_chains:
    - filters:
{filter}  clusters:
{clusters}"""

TCP_FILTER = """\
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: bench
          cluster: backend
"""

TYPES = "type.googleapis.com/envoy.extensions.filters"

HTTP_FILTER = f"""\
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": {TYPES}.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: bench
          use_remote_address: true
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": {TYPES}.http.router.v3.Router
          route_config:
            name: bench
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
{{routes}}"""

ROUTE = """\
              - match:
                  prefix: "{prefix}"
                route:
                  cluster: {cluster}
"""

CLUSTER = """\
  - name: {name}
    type: STATIC
    connect_timeout: 1s
    load_assignment:
      cluster_name: {name}
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address:
                address: 127.0.0.1
                port_value: {port}
"""


def configure(setup: Setup) -> str:
    if setup.case.tcp:
        filter_text = TCP_FILTER
    else:
        filter_text = HTTP_FILTER.format(routes=ROUTE.format(prefix="/", cluster="backend"))
    clusters = CLUSTER.format(name="backend", port=setup.backend)
    return BOOTSTRAP.format(listen=setup.listen, filter=filter_text, clusters=clusters)


def scaled(listen: int, backend: int, count: int) -> str:
    """`count` prefix routes in one virtual host, each to a cluster of its own."""
    routes = "".join(
        ROUTE.format(prefix=route_prefix(index), cluster=f"cluster-{index}")
        for index in range(count)
    )
    clusters = "".join(
        CLUSTER.format(name=f"cluster-{index}", port=backend) for index in range(count)
    )
    filter_text = HTTP_FILTER.format(routes=routes)
    return BOOTSTRAP.format(listen=listen, filter=filter_text, clusters=clusters)


def route_prefix(index: int) -> str:
    return f"/service-{index}/"
