"""The names of filter state that Envoy makes objects for, and what they are."""

from typing import Literal

ObjectKind = Literal["string", "text", "opaque", "bool", "uint32", "uint64", "address", "ip"]
"""What an object is, in the words of the IR."""

OBJECT_KINDS: dict[str, ObjectKind] = {
    "envoy.ai.model.request": "string",
    "envoy.filters.listener.original_dst.local_ip": "address",
    "envoy.filters.listener.original_dst.remote_ip": "address",
    "envoy.hashable_string": "string",
    "envoy.network.application_protocols": "opaque",
    "envoy.network.ip": "ip",
    "envoy.network.network_namespace": "text",
    "envoy.network.transport_socket.original_dst_address": "address",
    "envoy.network.upstream_server_name": "text",
    "envoy.network.upstream_subject_alt_names": "text",
    "envoy.ratelimit.hits_addend": "uint32",
    "envoy.router.debug_config": "opaque",
    "envoy.string": "string",
    "envoy.tcp_proxy.cluster": "text",
    "envoy.tcp_proxy.disable_tunneling": "bool",
    "envoy.tcp_proxy.per_connection_idle_timeout_ms": "uint64",
    "envoy.upstream.dynamic_host": "string",
    "envoy.upstream.dynamic_port": "uint32",
}
"""By the key or the factory's name. `envoy.ai.llm_protocol.request` and
`envoy.network.transport_socket.http_11_proxy.info` have readers of their own, which are not
there."""
