"""How HTTP is spoken to a cluster's hosts: `HttpProtocolOptions`, or the older fields."""

from functools import cache

from msgspec.structs import replace

from voyant import ir
from voyant.config.at import At, Report, Unplaced
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto, new
from voyant.config.filters import ONLY_DOWNSTREAM, UPSTREAM_FILTERS
from voyant.config.protocol_options import (
    COMMON_FIELDS,
    HOUR_MS,
    connection_duration_ms,
    http1_options,
    http2_options,
)
from voyant.config.request_mirror import request_mirror_policies
from voyant.config.scalar import duration_ms, wrapped_int
from voyant.config.unpack import type_name, unpack
from voyant.config.upstream_filters import of_cluster

COMMON = Fields(
    "envoy.config.core.v3.HttpProtocolOptions",
    reads=COMMON_FIELDS - {"headers_with_underscores_action"},
    no_effect={"headers_with_underscores_action": "only requests of clients are judged"},
    where="upstream",
)
OPTIONS = Fields(
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
    reads={
        "common_http_protocol_options",
        "upstream_http_protocol_options",
        "explicit_http_config",
        "use_downstream_protocol_config",
        "http_filters",
        "request_mirror_policies",
    },
    unsupported={
        "auto_config",
        "header_validation_config",
        "outlier_detection",
        "hash_policy",
        "retry_policy",
    },
)
EXPLICIT = Fields(
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig",
    reads={"http_protocol_options", "http2_protocol_options"},
    unsupported={"http3_protocol_options"},
)
USE_DOWNSTREAM = Fields(
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig",
    reads={"http_protocol_options", "http2_protocol_options"},
    unsupported={"http3_protocol_options"},
)
UPSTREAM_OPTIONS = Fields(
    "envoy.config.core.v3.UpstreamHttpProtocolOptions",
    reads=(),
    no_effect={
        "auto_sni": "there is no TLS to the hosts yet",
        "auto_san_validation": "there is no TLS to the hosts yet",
        "override_auto_sni_header": "there is no TLS to the hosts yet",
    },
)
TCP_OPTIONS = Fields(
    "envoy.extensions.upstreams.tcp.v3.TcpProtocolOptions",
    reads=(),
    no_effect={"idle_timeout": "each TCP connection has one to the host, which never idles alone"},
)

# Envoy's clients differ: 80 KiB on HTTP/1, 60 KiB on HTTP/2.
DEFAULT_MAX_HEADERS_KB = {"http1": 80, "use_downstream": 80, "http2": 60}
DEFAULT_MAX_HEADERS = 100
HTTP_NAMES = frozenset({OPTIONS.full_name, "envoy.upstreams.http.http_protocol_options"})
TCP_NAMES = frozenset({TCP_OPTIONS.full_name, "envoy.upstreams.tcp.tcp_protocol_options"})
_OLD_FIELDS = (
    "common_http_protocol_options",
    "http_protocol_options",
    "http2_protocol_options",
    "max_requests_per_connection",
    "upstream_http_protocol_options",
)


def upstream_http(cluster: Proto, at: At) -> ir.UpstreamHttp:
    """How HTTP is spoken to the hosts of a cluster."""
    typed, there = _typed(cluster, at)
    if typed is not None:
        # Of the older fields, Envoy then reads only max_requests_per_connection.
        return _from_typed(typed, there, cluster)
    downstream = bool(cluster.protocol_selection)
    if not downstream and not any(cluster.HasField(name) for name in _OLD_FIELDS):
        return _plain()
    return _from_old(cluster, at, downstream=downstream)


@cache
def _plain() -> ir.UpstreamHttp:
    """HTTP/1 with Envoy's defaults; most clusters share it."""
    nowhere = Report(Unplaced("")).root
    return _from_old(new("envoy.config.cluster.v3.Cluster"), nowhere, downstream=False)


def _typed(cluster: Proto, at: At) -> tuple[Proto | None, At]:
    """The cluster's `HttpProtocolOptions`; what else its options hold is reported."""
    found, place = None, at
    for key in sorted(cluster.typed_extension_protocol_options):
        there = at.key("typed_extension_protocol_options", key)
        message = cluster.typed_extension_protocol_options[key]
        typed = unpack(message, there)
        if typed is None:
            continue
        name = typed.DESCRIPTOR.full_name
        if key in HTTP_NAMES and name == OPTIONS.full_name:
            found, place = typed, there
        elif key in TCP_NAMES and name == TCP_OPTIONS.full_name:
            TCP_OPTIONS.check(typed, there)
        elif key in HTTP_NAMES | TCP_NAMES:
            there.field("@type").error(f"{type_name(message)} does not belong to {key!r}")
        else:
            there.error(
                f"the protocol options {key!r} are not supported yet",
                expected=f"{OPTIONS.full_name} or {TCP_OPTIONS.full_name}",
                key=True,
            )
    return found, place


def _from_typed(options: Proto, at: At, cluster: Proto) -> ir.UpstreamHttp:
    OPTIONS.check(options, at)
    there = at.field("upstream_http_protocol_options")
    UPSTREAM_OPTIONS.check(options.upstream_http_protocol_options, there)
    kind = options.WhichOneof("upstream_protocol_options")
    there = at.field(kind or "explicit_http_config")
    protocol: ir.UpstreamProtocol = "http1"
    inner = options.explicit_http_config
    if kind == "use_downstream_protocol_config":
        inner, protocol = options.use_downstream_protocol_config, "use_downstream"
        USE_DOWNSTREAM.check(inner, there)
    else:
        EXPLICIT.check(inner, there)
        if inner.WhichOneof("protocol_config") == "http2_protocol_options":
            protocol = "http2"
    http = _assemble(
        protocol,
        inner,
        there,
        options.common_http_protocol_options,
        at.field("common_http_protocol_options"),
        cluster,
    )
    if not options.http_filters and not options.request_mirror_policies:
        return http
    # Envoy looks for the clusters of copies when it makes them.
    mirrors = request_mirror_policies(options, at, lambda _name, _at: None)
    filters = of_cluster(options.http_filters, at, UPSTREAM_FILTERS, ONLY_DOWNSTREAM)
    return replace(http, filters=filters, mirrors=mirrors)


def _from_old(cluster: Proto, at: At, *, downstream: bool) -> ir.UpstreamHttp:
    there = at.field("upstream_http_protocol_options")
    UPSTREAM_OPTIONS.check(cluster.upstream_http_protocol_options, there)
    http2 = cluster.HasField("http2_protocol_options")
    if http2 and cluster.HasField("http_protocol_options") and not downstream:
        at.field("http_protocol_options").error(
            "both HTTP1 and HTTP2 options may only be configured with non-default "
            "'protocol_selection' values",
            expected="one of http_protocol_options and http2_protocol_options",
            key=True,
        )
    return _assemble(
        "use_downstream" if downstream else "http2" if http2 else "http1",
        cluster,
        at,
        cluster.common_http_protocol_options,
        at.field("common_http_protocol_options"),
        cluster,
    )


def _assemble(
    protocol: ir.UpstreamProtocol,
    options: Proto,
    at: At,
    common: Proto,
    common_at: At,
    cluster: Proto,
) -> ir.UpstreamHttp:
    """From the message that holds the options of both protocols, and the common ones."""
    COMMON.check(common, common_at)
    longest, jitter = connection_duration_ms(common, common_at)
    requests = wrapped_int(cluster, "max_requests_per_connection", 0)
    default_kb = DEFAULT_MAX_HEADERS_KB[protocol]
    headers_kb = wrapped_int(common, "max_response_headers_kb", default_kb)
    return ir.UpstreamHttp(
        protocol=protocol,
        http1=http1_options(options.http_protocol_options, at.field("http_protocol_options")),
        http2=http2_options(options.http2_protocol_options, at.field("http2_protocol_options")),
        idle_timeout_ms=duration_ms(common, "idle_timeout", HOUR_MS),
        max_connection_duration_ms=longest,
        max_connection_duration_jitter_ms=jitter,
        max_stream_duration_ms=duration_ms(common, "max_stream_duration", 0),
        max_requests_per_connection=wrapped_int(common, "max_requests_per_connection", requests),
        max_response_headers_bytes=headers_kb * 1024,
        max_response_headers_count=wrapped_int(common, "max_headers_count", DEFAULT_MAX_HEADERS),
        filters=[],
        mirrors=[],
    )
