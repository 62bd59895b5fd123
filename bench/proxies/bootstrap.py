"""The Envoy v3 bootstrap that Envoy and Voyant both serve, written as a person would write it.

Features stay as they are by default: request id, forwarded headers, statistics, routing.
`use_remote_address` makes it an edge proxy, which appends x-forwarded-for as nginx is told to.
"""

from __future__ import annotations

from bench.proxies import edge
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

LIBRARIES = "type.googleapis.com/envoy.extensions"
TYPES = f"{LIBRARIES}.filters"

HTTP_FILTER = f"""\
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": {TYPES}.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: bench
          use_remote_address: true
{{options}}          http_filters:
{{filters}}          - name: envoy.filters.http.router
            typed_config:
              "@type": {TYPES}.http.router.v3.Router
          route_config:
            name: bench
            virtual_hosts:
{{hosts}}"""

HOST = """\
            - name: {name}
              domains: [{domains}]
              routes:
{routes}"""

GZIP = f"""\
          - name: envoy.filters.http.compressor
            typed_config:
              "@type": {TYPES}.http.compressor.v3.Compressor
              compressor_library:
                name: gzip
                typed_config:
                  "@type": {LIBRARIES}.compression.gzip.compressor.v3.Gzip
"""

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
    filter_text = TCP_FILTER if setup.case.tcp else http_filter(setup)
    clusters = CLUSTER.format(name="backend", port=setup.backend)
    return BOOTSTRAP.format(listen=setup.listen, filter=filter_text, clusters=clusters)


def http_filter(setup: Setup) -> str:
    plain = ROUTE.format(prefix="/", cluster="backend")
    hosts = HOST.format(name="all", domains='"*"', routes=plain)
    if setup.case.edge:
        log = setup.folder / "access.log"
        log.unlink(missing_ok=True)
        options, filters, hosts = edge.OPTIONS.format(log=log), edge.FILTERS, edge.hosts()
    else:
        options, filters = "", GZIP if setup.case.gzip else ""
    return HTTP_FILTER.format(options=options, filters=filters, hosts=hosts)


def scaled(listen: int, backend: int, count: int) -> str:
    """`count` prefix routes in one virtual host, each to a cluster of its own."""
    routes = "".join(
        ROUTE.format(prefix=route_prefix(index), cluster=f"cluster-{index}")
        for index in range(count)
    )
    clusters = "".join(
        CLUSTER.format(name=f"cluster-{index}", port=backend) for index in range(count)
    )
    hosts = HOST.format(name="all", domains='"*"', routes=routes)
    filter_text = HTTP_FILTER.format(options="", filters="", hosts=hosts)
    return BOOTSTRAP.format(listen=listen, filter=filter_text, clusters=clusters)


def mixed(listen: int, backend: int, hosts: str) -> str:
    """Virtual hosts whose routes go to one cluster."""
    filter_text = HTTP_FILTER.format(options="", filters="", hosts=hosts)
    clusters = CLUSTER.format(name="backend", port=backend)
    return BOOTSTRAP.format(listen=listen, filter=filter_text, clusters=clusters)


def route_prefix(index: int) -> str:
    return f"/service-{index}/"
