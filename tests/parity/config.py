"""Bootstraps from small pieces of YAML: a scenario states only the fields it is about.

Every listener of the harness logs what became of each request, closes refused connections
soon, and has a name for its address and for its statistics.
"""

from collections.abc import Callable, Sequence
from typing import Any

import yaml

# A tree as PyYAML loads it: what a bootstrap is made of.
Node = dict[str, Any]

LOG_FORMAT = (
    "%REQUEST_HEADER(:METHOD)% %REQUEST_HEADER(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL% "
    "%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% "
    "rx=%BYTES_RECEIVED% tx=%BYTES_SENT% %UPSTREAM_CLUSTER%\n"
)
TCP_LOG_FORMAT = (
    "%RESPONSE_FLAGS% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% %UPSTREAM_CLUSTER% %UPSTREAM_HOST%\n"
)
_SUPPRESS = "suppress_envoy_headers: true"
_EXTENSIONS = "type.googleapis.com/envoy.extensions"
_HCM = "filters.network.http_connection_manager.v3.HttpConnectionManager"


def load(text: str) -> Any:  # noqa: ANN401 - a YAML fragment may be of any shape
    return yaml.safe_load(text)


def merged(base: Node, over: Node) -> Node:
    """Objects merge, everything else is replaced; null takes a field away."""
    result = dict(base)
    for key, value in over.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def address(port: int | str = 0, host: str = "127.0.0.1") -> Node:
    return {"socket_address": {"address": host, "port_value": port}}


def access_log(path: str, fields: Node) -> list[Node]:
    kind = {"@type": f"{_EXTENSIONS}.access_loggers.file.v3.FileAccessLog", "path": path}
    return [{"name": "envoy.access_loggers.file", "typed_config": {**kind, **fields}}]


def text_format(line: str) -> Node:
    return {"log_format": {"text_format_source": {"inline_string": line}}}


def router(fields: str = "{}") -> Node:
    kind = {"@type": f"{_EXTENSIONS}.filters.http.router.v3.Router"}
    return {"name": "envoy.filters.http.router", "typed_config": {**kind, **load(fields)}}


def http(
    name: str = "http",
    *,
    routes: str = "[{match: {prefix: /}, route: {cluster: up}}]",
    virtual_hosts: str = "",
    route_config: str = "{}",
    hcm: str = "{}",
    router_fields: str = "{}",
    listener: str = "{}",
    plain: bool = False,
) -> Node:
    """A listener with a connection manager; every text is YAML of Envoy's fields.

    `plain` keeps what Envoy adds to every message out of transcripts that are not about it.
    """
    hosts = load(virtual_hosts) if virtual_hosts else [{"name": "all", "domains": ["*"]}]
    if not virtual_hosts:
        hosts[0]["routes"] = load(routes)
    base: Node = {
        "@type": f"{_EXTENSIONS}.{_HCM}",
        "stat_prefix": name,
        "delayed_close_timeout": "0.05s",
        "route_config": merged({"virtual_hosts": hosts}, load(route_config)),
        "http_filters": [router(router_fields)],
        "access_log": access_log(f"$dir/{name}.log", text_format(LOG_FORMAT)),
    }
    if plain:
        base |= {"generate_request_id": False, "http_filters": [router(_SUPPRESS)]}
    chain = {"name": "envoy.filters.network.http_connection_manager"}
    return _listener(name, {**chain, "typed_config": merged(base, load(hcm))}, listener)


def tcp(name: str = "tcp", *, proxy: str = "cluster: up", listener: str = "{}") -> Node:
    """A listener with a TCP proxy."""
    base: Node = {
        "@type": f"{_EXTENSIONS}.filters.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": name,
        "access_log": access_log(f"$dir/{name}.log", text_format(TCP_LOG_FORMAT)),
    }
    chain = {"name": "envoy.filters.network.tcp_proxy"}
    return _listener(name, {**chain, "typed_config": merged(base, load(proxy))}, listener)


def cluster(
    name: str = "up", fields: str = "{}", *, to: Sequence[str] = (), h2: bool = False
) -> Node:
    """A STATIC cluster of 127.0.0.1 with the ports of the named upstreams."""
    endpoints = [{"endpoint": {"address": address(f"${up}")}} for up in (to or [name])]
    base: Node = {
        "name": name,
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]},
    }
    if h2:
        base = merged(base, http_protocol("explicit_http_config: {http2_protocol_options: {}}"))
    return merged(base, load(fields))


def http_protocol(fields: str) -> Node:
    """`typed_extension_protocol_options` with HttpProtocolOptions."""
    kind = {"@type": f"{_EXTENSIONS}.upstreams.http.v3.HttpProtocolOptions"}
    key = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    return {"typed_extension_protocol_options": {key: {**kind, **load(fields)}}}


def bootstrap(listeners: Sequence[Node], clusters: Sequence[Node], fields: str = "{}") -> Node:
    """The whole, with the admin interface on a port of the kernel's choice."""
    base: Node = {
        "node": {"id": "parity", "cluster": "parity"},
        "admin": {"address": address()},
        "static_resources": {"listeners": list(listeners), "clusters": list(clusters)},
    }
    return merged(base, load(fields))


def with_barrier(config: Node) -> Node:
    """Adds the harness's own listener, which `World.settle` asks for answers."""
    routes = "[{match: {prefix: /}, direct_response: {status: 200}}]"
    barrier = http("barrier", routes=routes, hcm="access_log: null")
    resources = config["static_resources"]
    listeners = [*resources["listeners"], barrier]
    return {**config, "static_resources": {**resources, "listeners": listeners}}


def filled(node: Any, value: Callable[[str], str | int | None]) -> Any:  # noqa: ANN401
    """The tree with `$name` replaced where `value` knows the name."""
    if isinstance(node, dict):
        return {key: filled(child, value) for key, child in node.items()}
    if isinstance(node, list):
        return [filled(child, value) for child in node]
    if isinstance(node, str) and "$" in node:
        if node.startswith("$") and (whole := value(node[1:])) is not None:
            return whole
        directory = value("dir")
        return node.replace("$dir", str(directory))
    return node


def _listener(name: str, network_filter: Node, fields: str) -> Node:
    base: Node = {
        "name": name,
        "stat_prefix": name,
        "address": address(),
        "filter_chains": [{"filters": [network_filter]}],
    }
    return merged(base, load(fields))


def http_filter(name: str, kind: str, fields: str = "{}", more: str = "{}") -> Node:
    """An HTTP filter; `kind` follows `filters.http.`, as in `cors.v3.Cors`."""
    config = {"@type": f"{_EXTENSIONS}.filters.http.{kind}", **load(fields)}
    return {"name": name, "typed_config": config, **load(more)}


def filtered(name: str, filters: Sequence[Node], routes: str = "", more: str = "{}") -> Node:
    """A listener whose connection manager has filters before its router."""
    default = "[{match: {prefix: /}, route: {cluster: up}}]"
    node = http(name, routes=routes or default, route_config=more)
    manager = node["filter_chains"][0]["filters"][0]["typed_config"]
    manager["http_filters"] = [*filters, *manager["http_filters"]]
    return node
