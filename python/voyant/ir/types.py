"""The IR: generated from crates/ir by `python -m tools.ir_classes`; do not edit."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class AccessLog(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One access log."""

    sink: "AccessLogSink"
    format: "FormatString"
    """A text line ends as its format does."""
    filter: "AccessLogFilter | None"
    """Lines that it does not match are not written."""


class AccessLogFilterStatusCode(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="status_code",
):
    """One of several; see the union."""

    comparison: "Comparison"


class AccessLogFilterDuration(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="duration",
):
    """Of milliseconds."""

    comparison: "Comparison"


class AccessLogFilterNotHealthCheck(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="not_health_check",
):
    """One of several; see the union."""


class AccessLogFilterTraceable(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="traceable",
):
    """One of several; see the union."""


class AccessLogFilterRuntime(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="runtime",
):
    """Runtime overrides the numerator only."""

    percent: "FractionalPercent"
    use_independent_randomness: bool


class AccessLogFilterAnd(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="and",
):
    """One of several; see the union."""

    filters: "list[AccessLogFilter]"


class AccessLogFilterOr(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="or",
):
    """One of several; see the union."""

    filters: "list[AccessLogFilter]"


class AccessLogFilterHeader(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="header",
):
    """One of several; see the union."""

    matcher: "HeaderMatcher"


class AccessLogFilterResponseFlag(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="response_flag",
):
    """Short names; none of them stands for any flag."""

    flags: list[str]


class AccessLogFilterGrpcStatus(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="grpc_status",
):
    """One of several; see the union."""

    statuses: list[Annotated[int, Meta(ge=0, le=4294967295)]]
    exclude: bool


class AccessLogFilterMetadata(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="metadata",
):
    """Of dynamic metadata."""

    matcher: "MetadataMatcher | None"
    match_if_key_not_found: bool
    """Of a stream without a value there."""


class AccessLogFilterLogType(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="log_type",
):
    """One of several; see the union."""

    types: "list[AccessLogType]"
    exclude: bool


AccessLogFilter = (
    AccessLogFilterStatusCode
    | AccessLogFilterDuration
    | AccessLogFilterNotHealthCheck
    | AccessLogFilterTraceable
    | AccessLogFilterRuntime
    | AccessLogFilterAnd
    | AccessLogFilterOr
    | AccessLogFilterHeader
    | AccessLogFilterResponseFlag
    | AccessLogFilterGrpcStatus
    | AccessLogFilterMetadata
    | AccessLogFilterLogType
)
"""A condition on a stream at the moment of its log line."""


class AccessLogSinkFile(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="file",
):
    """One of several; see the union."""

    path: str


class AccessLogSinkStdout(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="stdout",
):
    """One of several; see the union."""


class AccessLogSinkStderr(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="stderr",
):
    """One of several; see the union."""


AccessLogSink = AccessLogSinkFile | AccessLogSinkStdout | AccessLogSinkStderr
"""Where lines go."""


AccessLogType = Literal[
    "tcp_upstream_connected",
    "tcp_periodic",
    "tcp_connection_start",
    "tcp_connection_end",
    "downstream_start",
    "downstream_periodic",
    "downstream_end",
    "upstream_pool_ready",
    "upstream_periodic",
    "upstream_end",
    "downstream_tunnel_successfully_established",
    "udp_tunnel_upstream_connected",
    "udp_periodic",
    "udp_session_end",
    "not_set",
]
"""On what occasion a line is written (`%ACCESS_LOG_TYPE%`)."""


class AddressSocket(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="socket",
):
    """An IP address in text form, without brackets."""

    ip: str
    port: Annotated[int, Meta(ge=0, le=65535)]
    ipv4_compat: bool


class AddressPipe(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="pipe",
):
    """A Unix socket; a path that begins with `@` is abstract."""

    path: str
    mode: Annotated[int, Meta(ge=0, le=4294967295)]


Address = AddressSocket | AddressPipe
"""Where a socket listens or connects."""


class Admin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The admin listener."""

    address: "Address"
    socket_options: "list[SocketOption]"
    access_logs: "list[AccessLog]"
    allow_paths: "list[StringMatcher]"
    """Empty: every path is allowed."""
    ignore_global_connection_limit: bool
    """As a listener's."""
    address_path: str
    """File that gets the address as bound; empty: none."""


AppendAction = Literal[
    "append_if_exists_or_add",
    "add_if_absent",
    "overwrite_if_exists_or_add",
    "overwrite_if_exists",
]
"""What happens when the header is there already."""


class BodyFormat(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The format of a response's body."""

    format: "FormatString"
    content_type: str
    """Empty: that of any text."""


BrotliMode = Literal["generic", "text", "font"]
"""What Brotli takes its input for."""


class CidrRange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """An address range."""

    ip: str
    prefix_len: Annotated[int, Meta(ge=0, le=255)]


class CircuitBreaker(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Limits that hold over all workers together."""

    max_connections: Annotated[int, Meta(ge=0, le=4294967295)]
    max_pending_requests: Annotated[int, Meta(ge=0, le=4294967295)]
    max_requests: Annotated[int, Meta(ge=0, le=4294967295)]
    max_retries: Annotated[int, Meta(ge=0, le=4294967295)]
    track_remaining: bool


class Cluster(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One cluster. A timeout of 0 ms is off unless a field says otherwise."""

    name: str
    stat_name: str
    """`alt_stat_name`, or the name; `:` replaced by `_`."""
    discovery: "Discovery"
    localities: "list[LocalityEndpoints]"
    connect_timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    per_connection_buffer_limit_bytes: Annotated[int, Meta(ge=0, le=4294967295)]
    load_balancer: "LoadBalancer"
    healthy_panic_threshold_percent: float
    """A share of healthy hosts below which health is ignored; percent."""
    circuit_breakers: "tuple[CircuitBreaker, CircuitBreaker]"
    """For requests of default priority, then of high priority."""
    http: "UpstreamHttp"
    tcp_keepalive: "TcpKeepalive | None"
    socket_options: "list[SocketOption]"
    source_address: "Address | None"
    """Local address of connections; absent: the kernel's choice."""
    metadata: "Metadata | None"


class ClusterSpecifierCluster(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="cluster",
):
    """One of several; see the union."""

    name: str


class ClusterSpecifierClusterHeader(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="cluster_header",
):
    """Named by a request header; lower case."""

    header: str


class ClusterSpecifierWeighted(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="weighted",
):
    """One of several; see the union."""

    clusters: "list[WeightedCluster]"
    runtime_key_prefix: str
    header_name: str


class ClusterSpecifierMatcher(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="matcher",
):
    """A tree leads to one of the clusters, by its place in the list."""

    matcher: "XdsMatcher"
    clusters: list[str]


ClusterSpecifier = (
    ClusterSpecifierCluster
    | ClusterSpecifierClusterHeader
    | ClusterSpecifierWeighted
    | ClusterSpecifierMatcher
)
"""Which cluster."""


class CoalesceOperator(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One operator of a `COALESCE`."""

    operator: "Operator"
    max_length: Annotated[int, Meta(ge=0, le=4294967295)] | None
    """As in [`Segment::Operator`]."""


CodecType = Literal["http1", "http2", "auto"]
"""Which protocol a downstream connection speaks."""


class Comparison(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A comparison with a number that runtime may override."""

    op: "ComparisonOp"
    value: Annotated[int, Meta(ge=0, le=4294967295)]
    runtime_key: str
    """Empty: none."""


ComparisonOp = Literal["eq", "ge", "le", "ne"]
"""What must hold of a number."""


class CompressedDirection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What is compressed of one direction."""

    enabled: "RuntimeFlag"
    min_content_length: Annotated[int, Meta(ge=0, le=4294967295)]
    content_types: "list[StringMatcher]"


class CompressorLibraryGzip(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="gzip",
):
    """One of several; see the union."""

    level: Annotated[int, Meta(ge=0, le=4294967295)]
    """1 to 9."""
    window_bits: Annotated[int, Meta(ge=0, le=255)]
    """9 to 15."""


class CompressorLibraryBrotli(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="brotli",
):
    """One of several; see the union."""

    quality: Annotated[int, Meta(ge=0, le=4294967295)]
    """0 to 11."""
    window_bits: Annotated[int, Meta(ge=0, le=4294967295)]
    input_block_bits: Annotated[int, Meta(ge=0, le=4294967295)]
    mode: "BrotliMode"
    literal_context_modeling: bool


class CompressorLibraryZstd(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="zstd",
):
    """One of several; see the union."""

    level: Annotated[int, Meta(ge=0, le=4294967295)]
    checksum: bool
    strategy: Annotated[int, Meta(ge=0, le=255)] | None
    """1 to 9, from the fastest to the smallest; absent: as the level has it."""
    dictionary: str
    """In base64; empty: none."""


CompressorLibrary = CompressorLibraryGzip | CompressorLibraryBrotli | CompressorLibraryZstd
"""What compresses."""


class ConnectBackoff(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """How long attempts wait for one another: a random time below a limit, which doubles each time.
    """

    base_interval_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    max_interval_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]


class ConnectConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """CONNECT ends here: what it carries goes to the upstream as TCP."""

    proxy_protocol: "ProxyProtocolVersion | None"
    """What tells the upstream of the client."""
    allow_post: bool
    """POST is treated as CONNECT."""


class CookieMatcher(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Matches one cookie; the first of a name decides, and one that is missing does not match."""

    name: str
    matcher: "StringMatcher"
    invert: bool


class CorsPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Who may ask for a resource from other origins, and how. What is empty or absent is looked for
    in the policy of the level above.
    """

    allow_origins: "list[StringMatcher]"
    allow_methods: str
    allow_headers: str
    expose_headers: str
    max_age: str
    allow_credentials: bool | None
    allow_private_network_access: bool | None
    forward_not_matching_preflights: bool | None
    filter_enabled: "FractionalPercent | None"
    """Without it the policy holds always."""
    shadow_enabled: "FractionalPercent | None"
    """Origins are counted even when the policy does not hold."""


class DecompressedDirection(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
):
    """What is decompressed of one direction."""

    enabled: "RuntimeFlag"
    ignore_no_transform: bool
    """Also what is not to be transformed."""


class DecompressorLibraryGzip(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="gzip",
):
    """One of several; see the union."""

    window_bits: Annotated[int, Meta(ge=0, le=255)]
    """9 to 15."""
    max_inflate_ratio: Annotated[int, Meta(ge=0, le=4294967295)]
    """How many times as large as its input the output may be."""


class DecompressorLibraryBrotli(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="brotli",
):
    """One of several; see the union."""


class DecompressorLibraryZstd(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="zstd",
):
    """One of several; see the union."""

    dictionaries: list[str]
    """In base64; a frame that names one needs it."""


DecompressorLibrary = DecompressorLibraryGzip | DecompressorLibraryBrotli | DecompressorLibraryZstd
"""What decompresses."""


class DescriptorEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A key with its value; an empty value stands for any, each with a bucket of its own."""

    key: str
    value: str


class DiscoveryStatic(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="static",
):
    """One of several; see the union."""


class DiscoveryStrictDns(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="strict_dns",
):
    """Every address of every name is a host."""

    refresh_rate_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    respect_ttl: bool
    """Refresh by the answer's TTL unless it is 0, at least `min_refresh_rate_ms`."""
    min_refresh_rate_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    jitter_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    failure_refresh_base_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """After a failure: a random part of a bound that doubles from base to max. Max 0: always the
    base (without a failure rate of its own that is the refresh rate).
    """
    failure_refresh_max_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    lookup_family: "DnsLookupFamily"
    resolvers: "list[Address]"
    """`ip:port`; empty: the system's."""
    use_tcp: bool
    no_default_search_domain: bool
    query_timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    query_tries: Annotated[int, Meta(ge=0, le=4294967295)]
    all_addresses_in_single_endpoint: bool
    """All addresses make one host with fallbacks (logical DNS semantics of the typed cluster)."""


class DiscoveryLogicalDns(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="logical_dns",
):
    """The first address of the one name is the host of new connections."""

    refresh_rate_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    respect_ttl: bool
    """Refresh by the answer's TTL unless it is 0, at least `min_refresh_rate_ms`."""
    min_refresh_rate_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    jitter_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    failure_refresh_base_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """After a failure: a random part of a bound that doubles from base to max. Max 0: always the
    base (without a failure rate of its own that is the refresh rate).
    """
    failure_refresh_max_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    lookup_family: "DnsLookupFamily"
    resolvers: "list[Address]"
    """`ip:port`; empty: the system's."""
    use_tcp: bool
    no_default_search_domain: bool
    query_timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    query_tries: Annotated[int, Meta(ge=0, le=4294967295)]
    all_addresses_in_single_endpoint: bool
    """All addresses make one host with fallbacks (logical DNS semantics of the typed cluster)."""


Discovery = DiscoveryStatic | DiscoveryStrictDns | DiscoveryLogicalDns
"""Where hosts come from."""


DnsLookupFamily = Literal["v4_only", "v6_only", "all", "auto", "v4_preferred"]
"""Which address families are asked for."""


class DomainEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The entry of a map of domains."""

    domains: list[str]
    on_match: "OnMatch"


DrainStrategy = Literal["gradual", "immediate"]
"""How connections are told to go away while draining."""


DrainType = Literal["default", "modify_only"]
"""What makes a listener tell its connections to go."""


DurationPrecision = Literal["ms", "us", "ns"]
"""The unit of a duration."""


class EarlyHeaderMutationRemove(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="remove",
):
    """Lower case."""

    name: str


class EarlyHeaderMutationRemoveOnMatch(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="remove_on_match",
):
    """One of several; see the union."""

    name: "StringMatcher"


class EarlyHeaderMutationAppend(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="append",
):
    """One of several; see the union."""

    header: "HeaderAdd"


EarlyHeaderMutation = (
    EarlyHeaderMutationRemove
    | EarlyHeaderMutationRemoveOnMatch
    | EarlyHeaderMutationAppend
)
"""One change of a request's head before anything else is made of it."""


class Endpoint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One endpoint."""

    address: "EndpointAddress"
    hostname: str
    """For health checks, `auto_host_rewrite` and logs; empty: none (a DNS name is filled in)."""
    weight: Annotated[int, Meta(ge=0, le=4294967295)]
    health: "HealthStatus"
    metadata: "Metadata | None"


class EndpointAddressSocket(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="socket",
):
    """One of several; see the union."""

    ip: str
    port: Annotated[int, Meta(ge=0, le=65535)]


class EndpointAddressPipe(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="pipe",
):
    """One of several; see the union."""

    path: str


class EndpointAddressName(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="name",
):
    """Resolved by the cluster's discovery."""

    host: str
    port: Annotated[int, Meta(ge=0, le=65535)]


EndpointAddress = EndpointAddressSocket | EndpointAddressPipe | EndpointAddressName
"""Where an endpoint is."""


EscapedSlashes = Literal[
    "keep_unchanged",
    "reject_request",
    "unescape_and_redirect",
    "unescape_and_forward",
    "by_runtime",
]
"""What `%2F` and `%5C` in a path lead to."""


class FaultAbort(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Requests are answered."""

    status: "FaultStatus"
    percentage: "FractionalPercent"
    http_status_runtime_key: str
    grpc_status_runtime_key: str
    response_body: str


class FaultDelay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Requests wait."""

    fixed_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)] | None
    """Absent: as a header of the request says."""
    percentage: "FractionalPercent"
    duration_runtime_key: str


class FaultRateLimit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Bodies of responses are slow."""

    fixed_kib_per_s: Annotated[int, Meta(ge=0, le=9223372036854775807)] | None
    """Absent: as a header of the request says."""
    percentage: "FractionalPercent"


class FaultStatusHttp(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="http",
):
    """One of several; see the union."""

    status: Annotated[int, Meta(ge=0, le=4294967295)]


class FaultStatusGrpc(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="grpc",
):
    """One of several; see the union."""

    status: Annotated[int, Meta(ge=0, le=4294967295)]


class FaultStatusHeader(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="header",
):
    """As headers of the request say."""


FaultStatus = FaultStatusHttp | FaultStatusGrpc | FaultStatusHeader
"""With what requests are answered."""


class FieldMatcher(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One of a list."""

    predicate: "Predicate"
    on_match: "OnMatch"


class FilterChain(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A chain of network filters; the last one is terminal. An empty chain closes the connection.
    """

    name: str
    filters: "list[NetworkFilter]"
    metadata: "Metadata | None"


class FilterOverride(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What a route table, virtual host, route or weighted cluster says of the filter of a name
    (Envoy's `typed_per_filter_config`). It switches the filter on unless it switches it off.
    """

    name: str
    """As in [`HttpFilter::name`]; there may be no filter of that name."""
    disabled: bool
    config: "PerRouteKind | None"


class FilterStateConditionString(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="string",
):
    """Its text is as asked."""

    matcher: "StringMatcher"


class FilterStateConditionAddress(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="address",
):
    """It is an IP address in one of the ranges, or in none of them when inverted."""

    ranges: "list[CidrRange]"
    invert: bool


FilterStateCondition = FilterStateConditionString | FilterStateConditionAddress
"""What is asked of an object."""


class FilterStateFormPlain(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="plain",
):
    """One of several; see the union."""


class FilterStateFormTyped(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="typed",
):
    """As JSON."""


class FilterStateFormField(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="field",
):
    """One of several; see the union."""

    name: str


FilterStateForm = FilterStateFormPlain | FilterStateFormTyped | FilterStateFormField
"""As what an object of the filter state is written."""


class FilterStateMatcher(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Matches an object of filter state (Envoy's `FilterStateMatcher`)."""

    key: str
    condition: "FilterStateCondition"


class FilterStateValue(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One object."""

    key: str
    kind: "ObjectKind"
    value: "FormatString"
    read_only: bool
    sharing: "Sharing"
    skip_if_empty: bool


class FormatStringText(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="text",
):
    """One of several; see the union."""

    segments: "list[Segment]"
    omit_empty_values: bool


class FormatStringJson(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="json",
):
    """Ends in a newline."""

    template: "JsonTemplate"
    omit_empty_values: bool


FormatString = FormatStringText | FormatStringJson
"""A whole text or document (Envoy's `SubstitutionFormatString`)."""


ForwardClientCertDetails = Literal[
    "sanitize",
    "forward_only",
    "append_forward",
    "sanitize_set",
    "always_forward_only",
]
"""What happens to `x-forwarded-client-cert` of requests. All but the last remove it where the
client has no certificate.
"""


class FractionalPercent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A share of requests."""

    numerator: Annotated[int, Meta(ge=0, le=4294967295)]
    denominator: Annotated[int, Meta(ge=0, le=4294967295)]
    """100, 10,000 or 1,000,000."""
    runtime_key: str
    """Runtime key that overrides it; empty: none."""


class GrpcMethodsAll(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="all",
):
    """One of several; see the union."""

    replace_dots_in_grpc_service_name: bool


class GrpcMethodsListed(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="listed",
):
    """One of several; see the union."""

    services: "list[GrpcService]"


GrpcMethods = GrpcMethodsAll | GrpcMethodsListed
"""Which methods count by their names."""


class GrpcService(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Methods of a service."""

    name: str
    method_names: list[str]


GrpcStatusFormat = Literal["camel_string", "snake_string", "number"]
"""How a gRPC status is written."""


class GrpcTimeout(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A timeout of the whole response by gRPC's own header (the older `max_grpc_timeout`)."""

    max_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """`grpc-timeout` is obeyed up to this; 0: without a bound."""
    offset_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]


class HeaderAdd(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One header to add."""

    name: str
    """Lower case."""
    value: "list[Segment]"
    action: "AppendAction"
    keep_empty_value: bool


HeaderCase = Literal["lower", "proper_case_words", "preserve", "preserve_else_proper_case"]
"""How header names are written on HTTP/1."""


class HeaderConditionPresent(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="present",
):
    """One of several; see the union."""

    present: bool


class HeaderConditionRange(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="range",
):
    """A decimal integer in `start..end`."""

    start: Annotated[int, Meta(ge=-9223372036854775808, le=9223372036854775807)]
    end: Annotated[int, Meta(ge=-9223372036854775808, le=9223372036854775807)]


class HeaderConditionString(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="string",
):
    """One of several; see the union."""

    matcher: "StringMatcher"


HeaderCondition = HeaderConditionPresent | HeaderConditionRange | HeaderConditionString
"""What is asked of a header."""


class HeaderMatcher(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Matches one request header (Envoy's `HeaderMatcher`); repeated values are joined by `,`."""

    name: str
    """Lower case; may be a pseudo-header such as `:method`."""
    condition: "HeaderCondition"
    invert: bool
    treat_missing_as_empty: bool


class HeaderMutations(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What is done to the headers of one direction at one level: removals, then additions."""

    remove: list[str]
    """Lower case."""
    add: "list[HeaderAdd]"


class HeaderRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What becomes of one header or cookie."""

    source: "HeaderRuleSource"
    on_present: "HeaderRuleTarget | None"
    on_missing: "HeaderRuleTarget | None"


class HeaderRuleSourceHeader(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="header",
):
    """Repeated headers are joined by commas."""

    name: str
    remove: bool


class HeaderRuleSourceCookie(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="cookie",
):
    """One of several; see the union."""

    name: str


HeaderRuleSource = HeaderRuleSourceHeader | HeaderRuleSourceCookie
"""Where a value comes from."""


class HeaderRuleTarget(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Where a value goes."""

    namespace: str
    key: str
    value: "HeaderRuleValue"
    value_type: "HeaderValueType"
    base64: bool
    """It is decoded first."""


class HeaderRuleValueFound(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="found",
):
    """One of several; see the union."""


class HeaderRuleValueFixed(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="fixed",
):
    """One of several; see the union."""

    value: str


class HeaderRuleValueRewritten(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="rewritten",
):
    """What was found, with all matches replaced."""

    pattern: str
    substitution: str


HeaderRuleValue = HeaderRuleValueFound | HeaderRuleValueFixed | HeaderRuleValueRewritten
"""The value."""


HeaderValueType = Literal["string", "number", "protobuf_value"]
"""What a value is."""


HeadersWithUnderscores = Literal["allow", "reject_request", "drop_header"]
"""What happens to headers with `_` in their name."""


HealthStatus = Literal["unknown", "healthy", "unhealthy", "draining", "timeout", "degraded"]
"""Health as the control plane states it."""


class HistogramBuckets(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Bucket bounds of the histograms whose name matches."""

    name: "StringMatcher"
    buckets: list[float]


class HitsAddendNumber(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="number",
):
    """One of several; see the union."""

    number: Annotated[int, Meta(ge=0, le=9223372036854775807)]


class HitsAddendFormat(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="format",
):
    """One of several; see the union."""

    format: "list[Segment]"


HitsAddend = HitsAddendNumber | HitsAddendFormat
"""How many requests one counts for."""


class HostNormalization(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What is done to the host."""

    strip_port: "StripPort"
    strip_trailing_dot: bool


class HostRewriteLiteral(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="literal",
):
    """One of several; see the union."""

    value: str


class HostRewriteAuto(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="auto",
):
    """The chosen endpoint's hostname."""


class HostRewriteHeader(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="header",
):
    """One of several; see the union."""

    name: str


class HostRewritePathRegex(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="path_regex",
):
    """One of several; see the union."""

    pattern: str
    substitution: str


class HostRewriteFormat(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="format",
):
    """One of several; see the union."""

    segments: "list[Segment]"


HostRewrite = (
    HostRewriteLiteral
    | HostRewriteAuto
    | HostRewriteHeader
    | HostRewritePathRegex
    | HostRewriteFormat
)
"""How the authority changes."""


class Http1Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """HTTP/1."""

    allow_absolute_url: bool
    """Absolute-form targets set the authority (downstream)."""
    accept_http_10: bool
    default_host_for_http_10: str
    """Host of HTTP/1.0 requests that name none; empty: none."""
    header_case: "HeaderCase"
    forward_reason_phrase: bool
    """The reason phrase of a response is passed on (upstream, where names are preserved)."""
    enable_trailers: bool
    allow_chunked_length: bool
    """With both content-length and chunked: drop content-length instead of refusing."""
    stream_error_on_invalid_http_message: bool
    """A bad message ends only its stream where the framing allows it."""
    send_fully_qualified_url: bool
    """Write absolute-form targets upstream."""
    allow_custom_methods: bool
    ignore_http_11_upgrade: "list[StringMatcher]"
    """`upgrade` values that are dropped instead of refused."""


class Http2Keepalive(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """HTTP/2 pings that find dead connections."""

    interval_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """0: no pings at intervals."""
    timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    interval_jitter_percent: Annotated[int, Meta(ge=0, le=255)]
    connection_idle_interval_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """Ping before the first stream after so long without one; 0: off."""


class Http2Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """HTTP/2."""

    hpack_table_size: Annotated[int, Meta(ge=0, le=4294967295)]
    max_concurrent_streams: Annotated[int, Meta(ge=0, le=4294967295)]
    initial_stream_window_size: Annotated[int, Meta(ge=0, le=4294967295)]
    initial_connection_window_size: Annotated[int, Meta(ge=0, le=4294967295)]
    allow_connect: bool
    max_outbound_frames: Annotated[int, Meta(ge=0, le=4294967295)]
    max_outbound_control_frames: Annotated[int, Meta(ge=0, le=4294967295)]
    max_consecutive_inbound_frames_with_empty_payload: Annotated[int, Meta(ge=0, le=4294967295)]
    max_inbound_priority_frames_per_stream: Annotated[int, Meta(ge=0, le=4294967295)]
    max_inbound_window_update_frames_per_data_frame_sent: Annotated[int, Meta(ge=0, le=4294967295)]
    stream_error_on_invalid_http_message: bool
    """A bad message resets its stream instead of ending the connection."""
    keepalive: "Http2Keepalive | None"
    custom_settings: "list[Http2Setting]"
    """Sent before the settings that have fields of their own."""
    max_header_field_size_bytes: Annotated[int, Meta(ge=0, le=4294967295)]
    """Of one name or value; what is longer ends the connection."""
    stream_reset_burst: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """Resets that a client may send at once, and how many it earns back each second."""
    stream_reset_rate: Annotated[int, Meta(ge=0, le=9223372036854775807)]


class Http2Setting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One entry of an HTTP/2 SETTINGS frame."""

    identifier: Annotated[int, Meta(ge=0, le=65535)]
    value: Annotated[int, Meta(ge=0, le=4294967295)]


class HttpAccessLogOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """When logs of HTTP requests have lines beside the one at the end."""

    flush_interval_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """0: off."""
    on_new_request: bool
    on_tunnel_established: bool


class HttpFilter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """An HTTP filter with the name that per-route configuration refers to."""

    name: str
    disabled: bool
    """Off unless a route switches it on."""
    kind: "HttpFilterKind"


class HttpFilterKindBuffer(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="buffer",
):
    """Holds requests back until they are whole."""

    max_request_bytes: Annotated[int, Meta(ge=0, le=4294967295)]
    """A larger body is refused."""


class HttpFilterKindCompressor(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="compressor",
):
    """Compresses bodies."""

    stat_name: str
    """`<name of the library>.<gzip, brotli or zstd>`"""
    library: "CompressorLibrary"
    request: "CompressedDirection | None"
    """Absent: requests are left alone."""
    response: "CompressedDirection"
    response_has_stats_of_its_own: bool
    """Statistics of responses are told from those of requests."""
    disable_on_etag_header: bool
    weaken_etag_on_compress: bool
    remove_accept_encoding_header: bool
    uncompressible_response_codes: list[Annotated[int, Meta(ge=0, le=65535)]]
    status_header: bool
    """`x-envoy-compression-status` tells why a response was compressed, or was not."""
    choose_first: bool
    """Of encodings that a client likes equally, this one."""


class HttpFilterKindCors(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="cors",
):
    """Answers preflights and marks responses as routes say."""


class HttpFilterKindCsrf(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="csrf",
):
    """Refuses requests that change something and come from elsewhere; for the filter and for
    routes.
    """

    filter_enabled: "FractionalPercent"
    shadow_enabled: "FractionalPercent | None"
    """Requests are counted even when the policy does not hold."""
    additional_origins: "list[StringMatcher]"
    """Beside the destination's own."""


class HttpFilterKindDecompressor(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="decompressor",
):
    """Decompresses bodies."""

    library_name: str
    library: "DecompressorLibrary"
    request: "DecompressedDirection"
    response: "DecompressedDirection"
    advertise_accept_encoding: bool
    """Upstreams are told that they may compress."""


class HttpFilterKindExtensionWithMatcher(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="extension_with_matcher",
):
    """The filter and its tree. The tree has one action, 0: the filter is passed over."""

    filter: "HttpFilterKind"
    matcher: "XdsMatcher | None"
    """Nothing: the filter is passed over unless a route says something."""


class HttpFilterKindFault(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="fault",
):
    """Delays, refuses or slows down requests; for the filter and for routes."""

    delay: "FaultDelay | None"
    abort: "FaultAbort | None"
    response_rate_limit: "FaultRateLimit | None"
    upstream_cluster: str
    """Only requests to this cluster; empty: all."""
    headers: "list[HeaderMatcher]"
    downstream_nodes: list[str]
    """Only requests of these; empty: of all."""
    max_active_faults: Annotated[int, Meta(ge=0, le=4294967295)] | None
    max_active_faults_runtime_key: str
    disable_downstream_cluster_stats: bool
    metadata: "Value | None"
    """Put to the dynamic metadata of requests that are delayed or aborted."""


class HttpFilterKindGrpcHttp1Bridge(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="grpc_http1_bridge",
):
    """Lets clients of HTTP/1 call services of gRPC."""

    upgrade_protobuf_to_grpc: bool
    """Messages that come without a frame get one, and their answers lose theirs."""
    ignore_query_parameters: bool


class HttpFilterKindGrpcStats(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="grpc_stats",
):
    """Counts calls and messages of gRPC under their cluster."""

    emit_filter_state: bool
    """Leaves the numbers of messages as an object of the filter state."""
    methods: "GrpcMethods"
    enable_upstream_stats: bool
    """Times upstreams, too."""


class HttpFilterKindGrpcWeb(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="grpc_web",
):
    """Makes calls of gRPC of those that browsers make."""


class HttpFilterKindHeaderMutation(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="header_mutation",
):
    """Changes heads, trailers and queries."""

    mutations: "Mutations"
    most_specific_wins: bool
    """Of the levels of a route the most specific has the last word."""


class HttpFilterKindHeaderToMetadata(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="header_to_metadata",
):
    """Headers that become dynamic metadata; a route has one in place of the filter's."""

    request_rules: "list[HeaderRule]"
    response_rules: "list[HeaderRule]"
    stat_prefix: str
    """Empty: nothing is counted."""


class HttpFilterKindHealthCheck(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="health_check",
):
    """Answers health checks that others make of this process."""

    pass_through_mode: bool
    """They go to the upstream while this process is in health."""
    cache_time_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """How long an answer of the upstream holds; 0: it does not."""
    cluster_min_healthy_percentages: "list[MinHealthy]"
    headers: "list[HeaderMatcher]"
    """What a request must be to be one."""


class HttpFilterKindIpTagging(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="ip_tagging",
):
    """Tags of the addresses that requests come from."""

    request_type: "IpTaggingRequestType"
    tags: "list[IpTag]"
    header: "IpTagHeader | None"
    """Nothing: they are appended to `x-envoy-ip-tags`."""


class HttpFilterKindLocalRatelimit(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="local_ratelimit",
):
    """Refuses requests beyond a rate; for the filter and for routes."""

    stat_prefix: str
    status: Annotated[int, Meta(ge=0, le=65535)]
    token_bucket: "TokenBucket | None"
    """For what no descriptor is of; absent: that is not limited."""
    filter_enabled: "FractionalPercent | None"
    """Absent: off."""
    filter_enforced: "FractionalPercent | None"
    """Absent: nothing is refused."""
    request_headers_when_not_enforced: "HeaderMutations"
    response_headers: "HeaderMutations"
    descriptors: "list[LimitedDescriptor]"
    stage: Annotated[int, Meta(ge=0, le=4294967295)]
    """Of the rate limits of routes."""
    per_downstream_connection: bool
    """Each downstream connection has buckets of its own."""
    x_ratelimit_headers: bool
    retry_after_header: bool
    virtual_host_rate_limits: "VirtualHostRateLimits"
    always_consume_default_token_bucket: bool
    """Also where a descriptor has a bucket."""
    rate_limited_as_resource_exhausted: bool
    """gRPC clients are told `RESOURCE_EXHAUSTED` in place of `UNAVAILABLE`."""
    rate_limits: "list[RateLimit]"
    """In place of those of routes."""
    max_dynamic_descriptors: Annotated[int, Meta(ge=0, le=4294967295)]
    """How many buckets a descriptor with a value left open may have at once."""
    local_cluster: str | None
    """The hosts of this cluster share the tokens: each takes as many at once as they are."""


class HttpFilterKindOnDemand(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="on_demand",
):
    """Nothing is found on demand: it lets all pass."""


class HttpFilterKindRbac(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="rbac",
):
    """What is enforced, and what is only told of."""

    enforced: "RbacEngine | None"
    shadow: "RbacEngine | None"
    rules_stat_prefix: str
    """Put before the names of statistics and of metadata of what is enforced."""
    shadow_rules_stat_prefix: str
    track_per_rule_stats: bool
    """Each policy has statistics of its own."""


class HttpFilterKindRouter(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="router",
):
    """The terminal HTTP filter."""

    dynamic_stats: bool
    suppress_envoy_headers: bool
    strict_check_headers: list[str]
    respect_expected_rq_timeout: bool
    suppress_grpc_request_failure_code_stats: bool
    upstream_logs: "list[AccessLog]"
    reject_connect_early_data: bool
    """What a client of CONNECT sends before it is answered is refused."""
    upstream_filters: "list[HttpFilter]"
    """For clusters that have none of their own, the codec left out."""
    upstream_log_options: "UpstreamLogOptions"


class HttpFilterKindSetFilterState(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="set_filter_state",
):
    """Objects that each request leaves in its filter state."""

    on_request_headers: "list[FilterStateValue]"
    clear_route_cache: bool


class HttpFilterKindSetMetadata(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="set_metadata",
):
    """Dynamic metadata that each request gets."""

    entries: "list[SetMetadataEntry]"


HttpFilterKind = (
    HttpFilterKindBuffer
    | HttpFilterKindCompressor
    | HttpFilterKindCors
    | HttpFilterKindCsrf
    | HttpFilterKindDecompressor
    | HttpFilterKindExtensionWithMatcher
    | HttpFilterKindFault
    | HttpFilterKindGrpcHttp1Bridge
    | HttpFilterKindGrpcStats
    | HttpFilterKindGrpcWeb
    | HttpFilterKindHeaderMutation
    | HttpFilterKindHeaderToMetadata
    | HttpFilterKindHealthCheck
    | HttpFilterKindIpTagging
    | HttpFilterKindLocalRatelimit
    | HttpFilterKindOnDemand
    | HttpFilterKindRbac
    | HttpFilterKindRouter
    | HttpFilterKindSetFilterState
    | HttpFilterKindSetMetadata
)
"""What an HTTP filter does."""


class InputTestString(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="string",
):
    """One of several; see the union."""

    matcher: "StringMatcher"


class InputTestIp(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="ip",
):
    """One of several; see the union."""

    ranges: "list[CidrRange]"


class InputTestConsistentHashing(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="consistent_hashing",
):
    """The hash of the input modulo `modulo` is at least `threshold`."""

    threshold: Annotated[int, Meta(ge=0, le=4294967295)]
    modulo: Annotated[int, Meta(ge=0, le=4294967295)]
    seed: Annotated[int, Meta(ge=0, le=9223372036854775807)]


class InputTestRuntimeFraction(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="runtime_fraction",
):
    """The hash of the input falls into the share."""

    fraction: "FractionalPercent"
    seed: Annotated[int, Meta(ge=0, le=9223372036854775807)]


class InputTestMetadata(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="metadata",
):
    """Of the metadata input: the value is as asked."""

    matcher: "ValueMatcher"
    invert: bool


InputTest = (
    InputTestString
    | InputTestIp
    | InputTestConsistentHashing
    | InputTestRuntimeFraction
    | InputTestMetadata
)
"""What is asked of an input."""


class InternalRedirectPolicy(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
):
    """Redirects of the upstream that are followed."""

    max_internal_redirects: Annotated[int, Meta(ge=0, le=4294967295)]
    redirect_response_codes: list[Annotated[int, Meta(ge=0, le=65535)]]
    predicates: "list[RedirectPredicate]"
    """All of them accept the route that a redirect leads to."""
    allow_cross_scheme_redirect: bool
    response_headers_to_copy: list[str]
    """Lower case."""


class IpEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The entry of a map of address ranges."""

    ranges: "list[CidrRange]"
    on_match: "OnMatch"
    exclusive: bool
    """It counts only where no narrower range holds the address."""


class IpTag(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A tag and its addresses."""

    name: str
    ranges: "list[CidrRange]"


class IpTagHeader(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The header that tags are written to."""

    name: str
    append: bool
    """What a client sent stays; otherwise it is taken away, with or without tags."""


IpTaggingRequestType = Literal["both", "internal", "external"]
"""Which requests are tagged."""


class JsonMember(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A member of a JSON object."""

    key: str
    value: "JsonTemplate"


class JsonTemplateObject(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="object",
):
    """One of several; see the union."""

    members: "list[JsonMember]"


class JsonTemplateList(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="list",
):
    """One of several; see the union."""

    items: "list[JsonTemplate]"


class JsonTemplateFormat(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="format",
):
    """A single operator keeps its type; otherwise the text of all segments."""

    segments: "list[Segment]"


class JsonTemplateNumber(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="number",
):
    """One of several; see the union."""

    value: float


class JsonTemplateBool(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="bool",
):
    """One of several; see the union."""

    value: bool


class JsonTemplateNull(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="null",
):
    """One of several; see the union."""


JsonTemplate = (
    JsonTemplateObject
    | JsonTemplateList
    | JsonTemplateFormat
    | JsonTemplateNumber
    | JsonTemplateBool
    | JsonTemplateNull
)
"""A JSON document with formatted leaves; keys are in the order in which they are written."""


class LimitedDescriptor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Requests with a descriptor have a bucket of their own."""

    entries: "list[DescriptorEntry]"
    token_bucket: "TokenBucket"
    shadow_mode: bool
    """It is counted only."""


class Listener(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One listener."""

    name: str
    addresses: "list[ListenerAddress]"
    """The address, then the additional addresses."""
    stat_prefix: str
    """`stat_prefix`, or empty: the address as configured, with `:` replaced by `_`."""
    bind_to_port: bool
    backlog: Annotated[int, Meta(ge=0, le=4294967295)]
    reuse_port: bool
    """One socket a worker (`SO_REUSEPORT`); never for Unix sockets."""
    exact_balance: bool
    """Accepted connections go to the worker with the fewest."""
    freebind: bool
    transparent: bool
    mptcp: bool
    """Its sockets speak Multipath TCP to clients that ask for it."""
    per_connection_buffer_limit_bytes: Annotated[int, Meta(ge=0, le=4294967295)]
    max_connections_to_accept_per_socket_event: Annotated[int, Meta(ge=0, le=4294967295)]
    """At most so many accepts for one readiness event."""
    ignore_global_connection_limit: bool
    """Its connections count towards the limit of the process, but are never refused for it."""
    traffic_direction: "TrafficDirection"
    drain_type: "DrainType"
    filter_chains: "list[FilterChain]"
    default_filter_chain: "FilterChain | None"
    access_logs: "list[AccessLog]"
    metadata: "Metadata | None"


class ListenerAddress(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One address of a listener with its own socket options."""

    address: "Address"
    socket_options: "list[SocketOption]"
    tcp_keepalive: "TcpKeepalive | None"


class LoadBalancerRoundRobin(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="round_robin",
):
    """One of several; see the union."""


class LoadBalancerLeastRequest(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="least_request",
):
    """One of several; see the union."""

    choice_count: Annotated[int, Meta(ge=0, le=4294967295)]
    active_request_bias: "RuntimeDouble"
    full_scan: bool


class LoadBalancerRandom(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="random",
):
    """One of several; see the union."""


LoadBalancer = LoadBalancerRoundRobin | LoadBalancerLeastRequest | LoadBalancerRandom
"""How a host is picked."""


class LocalReplyConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What is made of answers that no upstream sent."""

    mappers: "list[LocalReplyMapper]"
    """The first whose filter takes an answer has it."""
    body_format: "BodyFormat | None"
    """For answers whose mapper has none."""


class LocalReplyMapper(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What is made of the answers that a filter takes."""

    filter: "AccessLogFilter"
    status: Annotated[int, Meta(ge=0, le=65535)] | None
    """Nothing: as it is."""
    body: str | None
    """Nothing: as it is."""
    headers_to_add: "list[HeaderAdd]"
    body_format: "BodyFormat | None"


class LocalityEndpoints(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Endpoints of one locality and priority."""

    region: str
    zone: str
    sub_zone: str
    priority: Annotated[int, Meta(ge=0, le=4294967295)]
    weight: Annotated[int, Meta(ge=0, le=4294967295)]
    """0: not weighted."""
    endpoints: "list[Endpoint]"


class MapEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The entry of a map."""

    key: str
    on_match: "OnMatch"


class MatchInputRequestHeader(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="request_header",
):
    """One of several; see the union."""

    name: str


class MatchInputResponseHeader(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="response_header",
):
    """One of several; see the union."""

    name: str


class MatchInputRequestTrailer(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="request_trailer",
):
    """One of several; see the union."""

    name: str


class MatchInputResponseTrailer(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="response_trailer",
):
    """One of several; see the union."""

    name: str


class MatchInputQueryParameter(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="query_parameter",
):
    """The first of the name, percent-decoded."""

    name: str


class MatchInputStatusCode(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="status_code",
):
    """One of several; see the union."""


class MatchInputStatusCodeClass(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="status_code_class",
):
    """`1xx` to `5xx`."""


class MatchInputLocalReply(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="local_reply",
):
    """`true` or `false`."""


class MatchInputDestinationIp(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="destination_ip",
):
    """One of several; see the union."""


class MatchInputDestinationPort(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="destination_port",
):
    """One of several; see the union."""


class MatchInputSourceIp(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="source_ip",
):
    """One of several; see the union."""


class MatchInputSourcePort(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="source_port",
):
    """One of several; see the union."""


class MatchInputDirectSourceIp(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="direct_source_ip",
):
    """One of several; see the union."""


class MatchInputSourceType(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="source_type",
):
    """`local` for a client at an address of this machine."""


class MatchInputServerName(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="server_name",
):
    """One of several; see the union."""


class MatchInputTransportProtocol(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="transport_protocol",
):
    """One of several; see the union."""


class MatchInputApplicationProtocol(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="application_protocol",
):
    """One of several; see the union."""


class MatchInputDynamicMetadata(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="dynamic_metadata",
):
    """One of several; see the union."""

    namespace: str
    path: list[str]


class MatchInputFilterState(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="filter_state",
):
    """A field of an object, or the object as a whole for an empty one."""

    key: str
    field: str


class MatchInputConstant(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="constant",
):
    """What an environment variable was when the configuration was read."""

    value: str | None


MatchInput = (
    MatchInputRequestHeader
    | MatchInputResponseHeader
    | MatchInputRequestTrailer
    | MatchInputResponseTrailer
    | MatchInputQueryParameter
    | MatchInputStatusCode
    | MatchInputStatusCodeClass
    | MatchInputLocalReply
    | MatchInputDestinationIp
    | MatchInputDestinationPort
    | MatchInputSourceIp
    | MatchInputSourcePort
    | MatchInputDirectSourceIp
    | MatchInputSourceType
    | MatchInputServerName
    | MatchInputTransportProtocol
    | MatchInputApplicationProtocol
    | MatchInputDynamicMetadata
    | MatchInputFilterState
    | MatchInputConstant
)
"""What is asked about. Header names are lower case."""


class MatchOutcomeMatcher(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="matcher",
):
    """One of several; see the union."""

    matcher: "XdsMatcher"


class MatchOutcomeAction(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="action",
):
    """One of several; see the union."""

    action: Annotated[int, Meta(ge=0, le=4294967295)]


MatchOutcome = MatchOutcomeMatcher | MatchOutcomeAction
"""Where a match leads."""


class MaxStreamDuration(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """How long a stream may last, with gRPC's own header."""

    max_stream_duration_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)] | None
    """Overrides the connection manager's; 0: off."""
    grpc_timeout_header_max_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)] | None
    """`grpc-timeout` is obeyed up to this; 0: without a bound."""
    grpc_timeout_header_offset_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]


class Member(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A member of a [`Value::Struct`], or a namespace."""

    key: str
    value: "Value"


class Metadata(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Values by namespace. There is no object of this without a namespace."""

    namespaces: "list[Member]"
    """Each a [`Value::Struct`]; ascending, each name once."""


class MetadataMatcher(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Matches what stands at a path in a namespace (Envoy's `MetadataMatcher`)."""

    namespace: str
    path: list[str]
    value: "ValueMatcher"
    invert: bool


MetadataSource = Literal[
    "dynamic",
    "route",
    "virtual_host",
    "cluster",
    "upstream_host",
    "listener",
    "listener_filter_chain",
]
"""Whose metadata."""


class MinHealthy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """How much of a cluster must be healthy, or degraded."""

    cluster: str
    percentage: Annotated[int, Meta(ge=0, le=255)]


class MirrorPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Where copies of requests go."""

    cluster: str
    """Empty when `cluster_header` names it."""
    cluster_header: str
    runtime_fraction: "FractionalPercent | None"
    """Nothing: every request."""
    disable_shadow_host_suffix_append: bool
    host_rewrite_literal: str
    request_headers_mutations: "list[EarlyHeaderMutation]"


class MutationRemove(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="remove",
):
    """One of several; see the union."""

    name: str


class MutationAdd(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="add",
):
    """One of several; see the union."""

    header: "HeaderAdd"


class MutationRemoveMatching(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="remove_matching",
):
    """Headers whose names match."""

    matcher: "StringMatcher"


Mutation = MutationRemove | MutationAdd | MutationRemoveMatching
"""One change of a head."""


class Mutations(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What a level changes, each list in its order."""

    request: "list[Mutation]"
    query_parameters: "list[QueryParameterMutation]"
    request_trailers: "list[Mutation]"
    response: "list[Mutation]"
    response_trailers: "list[Mutation]"


class NetworkFilterHttpConnectionManager(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="http_connection_manager",
):
    """One connection manager. A timeout of 0 ms is off."""

    stat_prefix: str
    codec_type: "CodecType"
    route_configuration: str
    """`id` of a route configuration in the snapshot."""
    scoped_routes: "ScopedRoutes | None"
    """Where they choose among tables, the one above is for requests of no scope."""
    http_filters: "list[HttpFilter]"
    """In order; the last is the router."""
    access_logs: "list[AccessLog]"
    server_name: str
    server_header: "ServerHeader"
    via: str
    """The value appended to `via` on requests and responses; empty: none."""
    use_remote_address: bool
    xff_num_trusted_hops: Annotated[int, Meta(ge=0, le=4294967295)]
    """Where the remote address is used."""
    skip_xff_append: bool
    internal_addresses: "list[CidrRange]"
    internal_unix_sockets: bool
    add_user_agent: bool
    generate_request_id: bool
    preserve_external_request_id: bool
    always_set_request_id_in_response: bool
    proxy_100_continue: bool
    http1: "Http1Options"
    http2: "Http2Options"
    headers_with_underscores: "HeadersWithUnderscores"
    max_request_headers_bytes: Annotated[int, Meta(ge=0, le=4294967295)]
    max_request_headers_count: Annotated[int, Meta(ge=0, le=4294967295)]
    max_requests_per_connection: Annotated[int, Meta(ge=0, le=4294967295)]
    """0: no limit."""
    idle_timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """Connection without a stream."""
    stream_idle_timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """Stream without progress."""
    request_timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """Until the whole request has arrived."""
    request_headers_timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """Until the request's headers have arrived."""
    max_connection_duration_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    max_connection_duration_jitter_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """By how much less than this a connection may last longer, at random."""
    max_stream_duration_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    drain_timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """Between the first GOAWAY and the last."""
    delayed_close_timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """How long a closed connection waits for the client to close first."""
    path_normalization: "PathNormalization"
    host_normalization: "HostNormalization"
    scheme_transformation: "SchemeTransformation"
    original_ip_detection: "list[OriginalIpDetection]"
    """Asked in order where the remote address is not used."""
    append_x_forwarded_port: bool
    early_header_mutations: "list[EarlyHeaderMutation]"
    pack_trace_reason: bool
    """The id of a request from outside that is kept loses what it says of tracing."""
    local_reply: "LocalReplyConfig | None"
    proxy_status: "ProxyStatusConfig | None"
    access_log_options: "HttpAccessLogOptions"
    stream_flush_timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)] | None
    """How long a client may take nothing of a response that is whole; nothing: as a stream may be
    idle, 0: for ever.
    """
    drain_timeout_jitter_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """By how much less than this a drain may take longer, at random."""
    http1_safe_max_connection_duration: bool
    """HTTP/1: a connection past its time ends with its next response, not before."""
    record_route_resolution_stats: bool
    upgrades: "list[Upgrade]"
    forward_client_cert_details: "ForwardClientCertDetails"


class NetworkFilterTcpProxy(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="tcp_proxy",
):
    """Carries a connection's bytes to a cluster. A timeout of 0 ms is off."""

    stat_prefix: str
    clusters: "list[TcpWeightedCluster]"
    """One entry for a plain `cluster`."""
    idle_timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    max_connect_attempts: Annotated[int, Meta(ge=0, le=4294967295)]
    max_downstream_connection_duration_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    max_downstream_connection_duration_jitter_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """By how much less than this a connection may last longer, at random."""
    access_logs: "list[AccessLog]"
    access_log_options: "TcpAccessLogOptions"
    backoff: "ConnectBackoff | None"
    """A further attempt waits so long; without it, it is made at once."""
    check_drain_close: bool
    """While the listener drains, a connection ends when it has been read or written."""
    tunneling: "Tunneling | None"
    """The bytes go through a tunnel."""


NetworkFilter = NetworkFilterHttpConnectionManager | NetworkFilterTcpProxy
"""A network filter."""


class Node(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Who this proxy is (Envoy's `core.v3.Node`)."""

    id: str
    cluster: str
    region: str
    zone: str
    sub_zone: str


NormalizePath = Literal["no", "yes", "by_runtime"]
"""Whether paths get their canonical form."""


ObjectKind = Literal["uint32", "string", "text", "opaque", "bool", "uint64", "address", "ip"]
"""What an object is, and so how it is read from text and what it is written as. Envoy has a factory
for each name; several make the same.
"""


class OnMatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What follows from a match."""

    keep_matching: bool
    """What is found is passed over."""
    outcome: "MatchOutcome"


class OperatorRequestHeader(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="request_header",
):
    """One of several; see the union."""

    name: str
    alternative: str | None


class OperatorResponseHeader(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="response_header",
):
    """One of several; see the union."""

    name: str
    alternative: str | None


class OperatorResponseTrailer(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="response_trailer",
):
    """One of several; see the union."""

    name: str
    alternative: str | None


class OperatorRequestHeaderWithoutQuery(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="request_header_without_query",
):
    """One of several; see the union."""

    name: str
    alternative: str | None


class OperatorField(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="field",
):
    """A field of the stream without arguments."""

    field: "StreamField"


class OperatorStartTime(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="start_time",
):
    """One of several; see the union."""

    format: "TimeFormat"


class OperatorEmitTime(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="emit_time",
):
    """One of several; see the union."""

    format: "TimeFormat"


class OperatorCommonDuration(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="common_duration",
):
    """One of several; see the union."""

    start: "TimePoint"
    end: "TimePoint"
    precision: "DurationPrecision"


class OperatorEnvironment(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="environment",
):
    """One of several; see the union."""

    value: str | None


class OperatorGrpcStatus(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="grpc_status",
):
    """One of several; see the union."""

    format: "GrpcStatusFormat"


class OperatorResponseCodeDetails(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="response_code_details",
):
    """One of several; see the union."""

    allow_whitespaces: bool


class OperatorPath(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="path",
):
    """One of several; see the union."""

    query: "PathQuery"
    source: "PathSource"


class OperatorQueryParameter(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="query_parameter",
):
    """One of several; see the union."""

    name: str


class OperatorHostname(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="hostname",
):
    """One of several; see the union."""

    value: str


class OperatorMetadata(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="metadata",
):
    """What stands at a path; the whole namespace for an empty one."""

    source: "MetadataSource"
    namespace: str
    path: list[str]


class OperatorFilterState(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="filter_state",
):
    """One of several; see the union."""

    upstream: bool
    """What the upstream connection was given."""
    name: str
    form: "FilterStateForm"


class OperatorQueryParameters(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="query_parameters",
):
    """The query as it is in the path, or with its percent signs decoded."""

    decoded: bool


class OperatorCoalesce(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="coalesce",
):
    """The first that has a value."""

    operators: "list[CoalesceOperator]"


class OperatorNetwork(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="network",
):
    """An address (a field `*_without_port`) as the network of so many bits that it is in."""

    field: "StreamField"
    bits: Annotated[int, Meta(ge=0, le=255)]


class OperatorRequestedServerName(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="requested_server_name",
):
    """The name that TLS asked for, or the authority."""

    first: "ServerName"
    host: "PathSource"


Operator = (
    OperatorRequestHeader
    | OperatorResponseHeader
    | OperatorResponseTrailer
    | OperatorRequestHeaderWithoutQuery
    | OperatorField
    | OperatorStartTime
    | OperatorEmitTime
    | OperatorCommonDuration
    | OperatorEnvironment
    | OperatorGrpcStatus
    | OperatorResponseCodeDetails
    | OperatorPath
    | OperatorQueryParameter
    | OperatorHostname
    | OperatorMetadata
    | OperatorFilterState
    | OperatorQueryParameters
    | OperatorCoalesce
    | OperatorNetwork
    | OperatorRequestedServerName
)
"""A command operator. Names are Envoy's in lower case; header names are lower case."""


class OriginalIpDetectionXff(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="xff",
):
    """One of several; see the union."""

    num_trusted_hops: Annotated[int, Meta(ge=0, le=4294967295)]
    trusted_cidrs: "list[CidrRange]"
    """When there are some, the first address that is in none of them counts."""
    skip_append: bool


class OriginalIpDetectionCustomHeader(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="custom_header",
):
    """One of several; see the union."""

    name: str
    """Lower case."""
    trusted: bool
    """The address may be an internal one."""
    reject_status: Annotated[int, Meta(ge=0, le=65535)] | None
    """What requests are answered whose header has no address."""


OriginalIpDetection = OriginalIpDetectionXff | OriginalIpDetectionCustomHeader
"""A way to find out who the client is, when it is not who opened the connection."""


class PathMatchPrefix(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="prefix",
):
    """One of several; see the union."""

    value: str
    case_sensitive: bool


class PathMatchExact(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="exact",
):
    """One of several; see the union."""

    value: str
    case_sensitive: bool


class PathMatchPathSeparatedPrefix(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="path_separated_prefix",
):
    """The path itself or anything below it."""

    value: str
    case_sensitive: bool


class PathMatchRegex(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="regex",
):
    """Anchored at both ends, in Rust's syntax."""

    pattern: str


class PathMatchConnect(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="connect",
):
    """CONNECT requests."""


PathMatch = (
    PathMatchPrefix
    | PathMatchExact
    | PathMatchPathSeparatedPrefix
    | PathMatchRegex
    | PathMatchConnect
)
"""What the path must be, without its query."""


class PathNormalization(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What is done to paths."""

    escaped_slashes: "EscapedSlashes"
    normalize: "NormalizePath"
    merge_slashes: bool


PathQuery = Literal["with", "without"]
"""Whether a path keeps its query."""


class PathRewritePrefix(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="prefix",
):
    """The matched prefix (or whole path) is replaced."""

    value: str


class PathRewriteRegex(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="regex",
):
    """`substitution` is in Rust's syntax (`${1}`)."""

    pattern: str
    substitution: str


class PathRewriteFormat(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="format",
):
    """The whole path becomes what the format gives."""

    segments: "list[Segment]"


PathRewrite = PathRewritePrefix | PathRewriteRegex | PathRewriteFormat
"""How the path changes."""


class PathSegmentKey(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="key",
):
    """To the member of a struct."""

    key: str


class PathSegmentIndex(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="index",
):
    """To an item of a list, from 0."""

    index: Annotated[int, Meta(ge=0, le=4294967295)]


PathSegment = PathSegmentKey | PathSegmentIndex
"""A step into a value."""


PathSource = Literal["original", "current", "original_or_current"]
"""Which path is meant after a rewrite."""


class PerRouteKindBuffer(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="buffer",
):
    """What a route changes of it."""

    disabled: bool
    """The filter leaves requests alone."""
    max_request_bytes: Annotated[int, Meta(ge=0, le=4294967295)] | None
    """In place of the filter's own."""


class PerRouteKindCompressor(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="compressor",
):
    """What a route changes of it."""

    enabled: bool | None
    """Whether responses are compressed, whatever the filter says."""
    remove_accept_encoding_header: bool | None
    library: "CompressorLibrary | None"


class PerRouteKindCors(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="cors",
):
    """Who may ask for a resource from other origins, and how. What is empty or absent is looked for
    in the policy of the level above.
    """

    allow_origins: "list[StringMatcher]"
    allow_methods: str
    allow_headers: str
    expose_headers: str
    max_age: str
    allow_credentials: bool | None
    allow_private_network_access: bool | None
    forward_not_matching_preflights: bool | None
    filter_enabled: "FractionalPercent | None"
    """Without it the policy holds always."""
    shadow_enabled: "FractionalPercent | None"
    """Origins are counted even when the policy does not hold."""


class PerRouteKindCsrf(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="csrf",
):
    """Refuses requests that change something and come from elsewhere; for the filter and for
    routes.
    """

    filter_enabled: "FractionalPercent"
    shadow_enabled: "FractionalPercent | None"
    """Requests are counted even when the policy does not hold."""
    additional_origins: "list[StringMatcher]"
    """Beside the destination's own."""


class PerRouteKindExtensionWithMatcher(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="extension_with_matcher",
):
    """What a route has in place of the tree."""

    matcher: "XdsMatcher | None"
    """Nothing: the filter is there."""


class PerRouteKindFault(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="fault",
):
    """Delays, refuses or slows down requests; for the filter and for routes."""

    delay: "FaultDelay | None"
    abort: "FaultAbort | None"
    response_rate_limit: "FaultRateLimit | None"
    upstream_cluster: str
    """Only requests to this cluster; empty: all."""
    headers: "list[HeaderMatcher]"
    downstream_nodes: list[str]
    """Only requests of these; empty: of all."""
    max_active_faults: Annotated[int, Meta(ge=0, le=4294967295)] | None
    max_active_faults_runtime_key: str
    disable_downstream_cluster_stats: bool
    metadata: "Value | None"
    """Put to the dynamic metadata of requests that are delayed or aborted."""


class PerRouteKindHeaderMutation(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="header_mutation",
):
    """What a level changes, each list in its order."""

    request: "list[Mutation]"
    query_parameters: "list[QueryParameterMutation]"
    request_trailers: "list[Mutation]"
    response: "list[Mutation]"
    response_trailers: "list[Mutation]"


class PerRouteKindHeaderToMetadata(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="header_to_metadata",
):
    """Headers that become dynamic metadata; a route has one in place of the filter's."""

    request_rules: "list[HeaderRule]"
    response_rules: "list[HeaderRule]"
    stat_prefix: str
    """Empty: nothing is counted."""


class PerRouteKindLocalRatelimit(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="local_ratelimit",
):
    """Refuses requests beyond a rate; for the filter and for routes."""

    stat_prefix: str
    status: Annotated[int, Meta(ge=0, le=65535)]
    token_bucket: "TokenBucket | None"
    """For what no descriptor is of; absent: that is not limited."""
    filter_enabled: "FractionalPercent | None"
    """Absent: off."""
    filter_enforced: "FractionalPercent | None"
    """Absent: nothing is refused."""
    request_headers_when_not_enforced: "HeaderMutations"
    response_headers: "HeaderMutations"
    descriptors: "list[LimitedDescriptor]"
    stage: Annotated[int, Meta(ge=0, le=4294967295)]
    """Of the rate limits of routes."""
    per_downstream_connection: bool
    """Each downstream connection has buckets of its own."""
    x_ratelimit_headers: bool
    retry_after_header: bool
    virtual_host_rate_limits: "VirtualHostRateLimits"
    always_consume_default_token_bucket: bool
    """Also where a descriptor has a bucket."""
    rate_limited_as_resource_exhausted: bool
    """gRPC clients are told `RESOURCE_EXHAUSTED` in place of `UNAVAILABLE`."""
    rate_limits: "list[RateLimit]"
    """In place of those of routes."""
    max_dynamic_descriptors: Annotated[int, Meta(ge=0, le=4294967295)]
    """How many buckets a descriptor with a value left open may have at once."""
    local_cluster: str | None
    """The hosts of this cluster share the tokens: each takes as many at once as they are."""


class PerRouteKindOnDemand(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="on_demand",
):
    """Nothing is found on demand: it lets all pass."""


class PerRouteKindRbac(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="rbac",
):
    """What a route has in place of the filter's own; nothing switches it off."""

    rbac: "Rbac | None"


class PerRouteKindSetFilterState(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="set_filter_state",
):
    """Objects that each request leaves in its filter state."""

    on_request_headers: "list[FilterStateValue]"
    clear_route_cache: bool


class PerRouteKindSetMetadata(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="set_metadata",
):
    """Dynamic metadata that each request gets."""

    entries: "list[SetMetadataEntry]"


PerRouteKind = (
    PerRouteKindBuffer
    | PerRouteKindCompressor
    | PerRouteKindCors
    | PerRouteKindCsrf
    | PerRouteKindExtensionWithMatcher
    | PerRouteKindFault
    | PerRouteKindHeaderMutation
    | PerRouteKindHeaderToMetadata
    | PerRouteKindLocalRatelimit
    | PerRouteKindOnDemand
    | PerRouteKindRbac
    | PerRouteKindSetFilterState
    | PerRouteKindSetMetadata
)
"""The configuration of a filter for a route."""


class PredicateSingle(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="single",
):
    """One of several; see the union."""

    input: "MatchInput"
    test: "InputTest"


class PredicateOr(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="or",
):
    """One of several; see the union."""

    predicates: "list[Predicate]"


class PredicateAnd(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="and",
):
    """One of several; see the union."""

    predicates: "list[Predicate]"


class PredicateNot(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="not",
):
    """One of several; see the union."""

    predicate: "Predicate"


Predicate = PredicateSingle | PredicateOr | PredicateAnd | PredicateNot
"""A condition on inputs."""


class ProxyNameServerName(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="server_name",
):
    """One of several; see the union."""


class ProxyNameNodeId(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="node_id",
):
    """One of several; see the union."""


class ProxyNameLiteral(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="literal",
):
    """One of several; see the union."""

    name: str


ProxyName = ProxyNameServerName | ProxyNameNodeId | ProxyNameLiteral
"""What the proxy calls itself."""


ProxyProtocolVersion = Literal["v1", "v2"]
"""A version of the PROXY protocol."""


class ProxyStatusConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The `proxy-status` header (RFC 9209) of answers in which something went wrong."""

    details: bool
    connection_termination_details: bool
    response_flags: bool
    set_recommended_response_code: bool
    proxy_name: "ProxyName"


class QueryParameterConditionPresent(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="present",
):
    """One of several; see the union."""

    present: bool


class QueryParameterConditionString(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="string",
):
    """One of several; see the union."""

    matcher: "StringMatcher"


QueryParameterCondition = QueryParameterConditionPresent | QueryParameterConditionString
"""What is asked of a query parameter."""


class QueryParameterMatcher(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
):
    """Matches one query parameter; the first of a name decides, values are not decoded."""

    name: str
    condition: "QueryParameterCondition"


class QueryParameterMutationRemove(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="remove",
):
    """One of several; see the union."""

    key: str


class QueryParameterMutationAdd(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="add",
):
    """One of several; see the union."""

    key: str
    value: "list[Segment]"
    action: "AppendAction"


QueryParameterMutation = QueryParameterMutationRemove | QueryParameterMutationAdd
"""One change of a query."""


class RateLimit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """How a descriptor is made of a request; none is made when one action fails."""

    stage: Annotated[int, Meta(ge=0, le=4294967295)]
    """Filters of this stage alone look at it."""
    disable_key: str
    """Of a key that could disable it, which a local filter does not read: it passes it over."""
    actions: "list[RateLimitAction]"
    hits_addend: "HitsAddend | None"
    gives_back: bool
    """What it counts for is given back."""
    apply_on_stream_done: bool
    """Counts when the stream is over, and refuses nothing."""
    x_ratelimit_headers: bool | None
    """Whether `x-ratelimit-*` headers tell of it; absent: as the filter says."""


class RateLimitActionSourceCluster(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="source_cluster",
):
    """One of several; see the union."""


class RateLimitActionDestinationCluster(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="destination_cluster",
):
    """One of several; see the union."""


class RateLimitActionRequestHeaders(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="request_headers",
):
    """One of several; see the union."""

    header: str
    key: str
    skip_if_absent: bool


class RateLimitActionQueryParameters(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="query_parameters",
):
    """One of several; see the union."""

    parameter: str
    key: str
    skip_if_absent: bool


class RateLimitActionRemoteAddress(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="remote_address",
):
    """One of several; see the union."""


class RateLimitActionMaskedRemoteAddress(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="masked_remote_address",
):
    """One of several; see the union."""

    v4_prefix: Annotated[int, Meta(ge=0, le=255)]
    v6_prefix: Annotated[int, Meta(ge=0, le=255)]


class RateLimitActionGenericKey(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="generic_key",
):
    """One of several; see the union."""

    entry: "RateLimitEntry"


class RateLimitActionHeaderValueMatch(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="header_value_match",
):
    """One of several; see the union."""

    entry: "RateLimitEntry"
    expected: bool
    headers: "list[HeaderMatcher]"


class RateLimitActionQueryParameterValueMatch(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="query_parameter_value_match",
):
    """One of several; see the union."""

    entry: "RateLimitEntry"
    expected: bool
    query_parameters: "list[QueryParameterMatcher]"


class RateLimitActionRemoteAddressMatch(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="remote_address_match",
):
    """One of several; see the union."""

    entry: "RateLimitEntry"
    invert: bool
    ranges: "list[CidrRange]"


class RateLimitActionInput(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="input",
):
    """What an input of a matching tree reads, where that is text; nothing for an empty one."""

    key: str
    input: "MatchInput"


class RateLimitActionMetadata(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="metadata",
):
    """Of a value that is text."""

    key: str
    source: "RateLimitMetadataSource"
    namespace: str
    path: "list[PathSegment]"
    default_value: str
    """Where there is no text."""
    skip_if_absent: bool


RateLimitAction = (
    RateLimitActionSourceCluster
    | RateLimitActionDestinationCluster
    | RateLimitActionRequestHeaders
    | RateLimitActionQueryParameters
    | RateLimitActionRemoteAddress
    | RateLimitActionMaskedRemoteAddress
    | RateLimitActionGenericKey
    | RateLimitActionHeaderValueMatch
    | RateLimitActionQueryParameterValueMatch
    | RateLimitActionRemoteAddressMatch
    | RateLimitActionInput
    | RateLimitActionMetadata
)
"""A part of a descriptor: a key and a value."""


class RateLimitEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A key with a value that may depend on the request."""

    key: str
    value: "list[Segment]"
    default_value: str
    """Where the value turns out to be empty; if this is, too, the action fails."""


RateLimitMetadataSource = Literal["dynamic", "route_entry"]
"""Whose metadata an action reads."""


class Rbac(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What is enforced, and what is only told of."""

    enforced: "RbacEngine | None"
    shadow: "RbacEngine | None"
    rules_stat_prefix: str
    """Put before the names of statistics and of metadata of what is enforced."""
    shadow_rules_stat_prefix: str
    track_per_rule_stats: bool
    """Each policy has statistics of its own."""


RbacAction = Literal["allow", "deny", "log"]
"""What is done with requests that fit."""


class RbacConditionAny(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="any",
):
    """One of several; see the union."""


class RbacConditionNever(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="never",
):
    """One of several; see the union."""


class RbacConditionAnd(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="and",
):
    """One of several; see the union."""

    conditions: "list[RbacCondition]"


class RbacConditionOr(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="or",
):
    """One of several; see the union."""

    conditions: "list[RbacCondition]"


class RbacConditionNot(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="not",
):
    """One of several; see the union."""

    condition: "RbacCondition"


class RbacConditionHeader(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="header",
):
    """One of several; see the union."""

    matcher: "HeaderMatcher"


class RbacConditionUrlPath(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="url_path",
):
    """The path without its query."""

    matcher: "StringMatcher"


class RbacConditionDestinationIp(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="destination_ip",
):
    """One of several; see the union."""

    range: "CidrRange"


class RbacConditionDestinationPort(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="destination_port",
):
    """A port in `start..end`."""

    start: Annotated[int, Meta(ge=0, le=4294967295)]
    end: Annotated[int, Meta(ge=0, le=4294967295)]


class RbacConditionDynamicMetadata(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="dynamic_metadata",
):
    """One of several; see the union."""

    matcher: "MetadataMatcher"


class RbacConditionRouteMetadata(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="route_metadata",
):
    """One of several; see the union."""

    matcher: "MetadataMatcher"


class RbacConditionFilterState(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="filter_state",
):
    """One of several; see the union."""

    matcher: "FilterStateMatcher"


class RbacConditionRequestedServerName(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="requested_server_name",
):
    """One of several; see the union."""

    matcher: "StringMatcher"


class RbacConditionDirectRemoteIp(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="direct_remote_ip",
):
    """The connection's peer."""

    range: "CidrRange"


class RbacConditionRemoteIp(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="remote_ip",
):
    """The client that the connection manager has found."""

    range: "CidrRange"


RbacCondition = (
    RbacConditionAny
    | RbacConditionNever
    | RbacConditionAnd
    | RbacConditionOr
    | RbacConditionNot
    | RbacConditionHeader
    | RbacConditionUrlPath
    | RbacConditionDestinationIp
    | RbacConditionDestinationPort
    | RbacConditionDynamicMetadata
    | RbacConditionRouteMetadata
    | RbacConditionFilterState
    | RbacConditionRequestedServerName
    | RbacConditionDirectRemoteIp
    | RbacConditionRemoteIp
)
"""A permission or a principal."""


class RbacEngineRules(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="rules",
):
    """The first policy that a request fits, in the order of their names."""

    action: "RbacAction"
    policies: "list[RbacPolicy]"


class RbacEngineMatcher(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="matcher",
):
    """The action that a tree leads to; what leads nowhere is denied."""

    matcher: "XdsMatcher"
    actions: "list[RbacNamedAction]"


RbacEngine = RbacEngineRules | RbacEngineMatcher
"""What decides."""


class RbacNamedAction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """An action of a matching tree."""

    name: str
    action: "RbacAction"


class RbacPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One of the permissions and one of the principals must hold."""

    name: str
    permissions: "list[RbacCondition]"
    principals: "list[RbacCondition]"


class RedirectPathKeep(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="keep",
):
    """One of several; see the union."""


class RedirectPathPath(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="path",
):
    """May carry a query of its own."""

    value: str


class RedirectPathPrefix(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="prefix",
):
    """One of several; see the union."""

    value: str


class RedirectPathRegex(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="regex",
):
    """One of several; see the union."""

    pattern: str
    substitution: str


class RedirectPathFormat(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="format",
):
    """As `Path`; empty: the request's."""

    segments: "list[Segment]"


RedirectPath = (
    RedirectPathKeep
    | RedirectPathPath
    | RedirectPathPrefix
    | RedirectPathRegex
    | RedirectPathFormat
)
"""The path of a redirect."""


class RedirectPredicatePreviousRoutes(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="previous_routes",
):
    """Those that no redirect from this route has led to before."""


class RedirectPredicateAllowListedRoutes(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="allow_listed_routes",
):
    """One of several; see the union."""

    names: list[str]


class RedirectPredicateSafeCrossScheme(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="safe_cross_scheme",
):
    """All, unless the scheme is less safe."""


RedirectPredicate = (
    RedirectPredicatePreviousRoutes
    | RedirectPredicateAllowListedRoutes
    | RedirectPredicateSafeCrossScheme
)
"""Which routes a redirect may lead to."""


class RedirectSchemeKeep(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="keep",
):
    """One of several; see the union."""


class RedirectSchemeHttps(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="https",
):
    """One of several; see the union."""


class RedirectSchemeScheme(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="scheme",
):
    """One of several; see the union."""

    scheme: str


RedirectScheme = RedirectSchemeKeep | RedirectSchemeHttps | RedirectSchemeScheme
"""The scheme of a redirect."""


class Route(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One route; the first that matches is taken."""

    name: str
    stat_prefix: str
    """`vhost.<v>.route.<stat_prefix>`; empty: no statistics of its own."""
    match: "RouteMatch"
    action: "RouteAction"
    request_headers: "HeaderMutations"
    response_headers: "HeaderMutations"
    filters: "list[FilterOverride]"
    metadata: "Metadata | None"


class RouteActionForward(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="forward",
):
    """Send the request to a cluster."""

    cluster: "ClusterSpecifier"
    internal_redirect: "InternalRedirectPolicy | None"
    body_buffer_limit_bytes: Annotated[int, Meta(ge=0, le=9223372036854775807)] | None
    """What is kept of a request's body to send it again; nothing: the listener's buffer limit."""
    cluster_not_found_status: Annotated[int, Meta(ge=0, le=65535)]
    path_rewrite: "PathRewrite | None"
    host_rewrite: "HostRewrite | None"
    append_x_forwarded_host: bool
    priority: "RoutePriority"
    timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """Of the whole response; 0: off."""
    idle_timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)] | None
    """Overrides the connection manager's stream idle timeout; 0: off."""
    flush_timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)] | None
    """How long a client may take nothing of a response that has ended, in place of the idle
    timeout; 0: for ever.
    """
    max_stream_duration: "MaxStreamDuration | None"
    grpc_timeout: "GrpcTimeout | None"
    """For gRPC requests, in place of `timeout_ms`."""
    upgrades: "list[RouteUpgrade]"
    connect: "ConnectConfig | None"
    cors: "CorsPolicy | None"
    """Envoy's older field: it counts where no level has a policy of the filter."""
    rate_limits: "list[RateLimit]"
    include_virtual_host_rate_limits: bool
    """Those of the virtual host hold beside the route's own."""
    mirrors: "list[MirrorPolicy]"
    """Of the route, else of its virtual host, else of the table."""


class RouteActionRedirect(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="redirect",
):
    """Answer with a redirect."""

    status: Annotated[int, Meta(ge=0, le=65535)]
    scheme: "RedirectScheme"
    host: str
    """Empty: the request's."""
    port: Annotated[int, Meta(ge=0, le=4294967295)]
    """0: as the rules of the other fields say."""
    path: "RedirectPath"
    strip_query: bool


class RouteActionDirectResponse(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="direct_response",
):
    """Answer without an upstream."""

    status: Annotated[int, Meta(ge=0, le=65535)]
    body: str
    body_format: "BodyFormat | None"
    """Written in place of the body, which it may contain."""


class RouteActionNonForwarding(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="non_forwarding",
):
    """One of several; see the union."""


RouteAction = (
    RouteActionForward
    | RouteActionRedirect
    | RouteActionDirectResponse
    | RouteActionNonForwarding
)
"""What is done with a request."""


class RouteConfiguration(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A table of virtual hosts."""

    id: str
    """Unique in the snapshot; connection managers refer to it."""
    name: str
    """Envoy's name; may be empty."""
    virtual_hosts: "list[VirtualHost]"
    internal_only_headers: list[str]
    """Removed from external requests; lower case."""
    request_headers: "HeaderMutations"
    response_headers: "HeaderMutations"
    most_specific_header_mutations_wins: bool
    ignore_port_in_host_matching: bool
    filters: "list[FilterOverride]"
    vhost_header: str
    """The header whose value chooses the virtual host, in lower case; empty: the authority."""
    ignore_path_parameters_in_path_matching: bool
    """Paths are matched without the parameters (`;...`) of their segments."""


class RouteMatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What a request must be for a route; all conditions hold."""

    path: "PathMatch"
    headers: "list[HeaderMatcher]"
    query_parameters: "list[QueryParameterMatcher]"
    runtime_fraction: "FractionalPercent | None"
    grpc: bool
    cookies: "list[CookieMatcher]"
    dynamic_metadata: "list[MetadataMatcher]"
    """Of what filters have written."""
    filter_state: "list[FilterStateMatcher]"


RoutePriority = Literal["default", "high"]
"""Which set of circuit breakers counts."""


class RouteScope(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A table and its key."""

    key: list[str]
    route_configuration: str
    """`id` of a route configuration in the snapshot."""


class RouteTree(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A tree of which each action is a part of the virtual host's routes, in which the first that
    matches is taken.
    """

    matcher: "XdsMatcher"
    lengths: list[Annotated[int, Meta(ge=0, le=4294967295)]]
    """How many routes each action has: those of the first action come first, and so on."""


class RouteUpgrade(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What a route says of an upgrade (Envoy's `route.v3.RouteAction.UpgradeConfig`)."""

    upgrade_type: str
    enabled: bool


class RuntimeDouble(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A number that the runtime may override."""

    default: float
    runtime_key: str
    """Empty: none."""


class RuntimeFlag(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A truth value that runtime may override."""

    default: bool
    runtime_key: str
    """Empty: none."""


class RuntimeLayer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One layer of runtime values, flattened to `a.b.c` keys; later layers win."""

    name: str
    admin: bool
    """The operator's, by way of the admin interface."""
    disk: bool
    """Read from a directory, which is there."""
    values: "list[RuntimeValue]"


class RuntimeValue(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One runtime value as Envoy prints it."""

    key: str
    value: str


class SchemeTransformation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What is done to the scheme."""

    overwrite: str
    """Empty: the client's, or what `x-forwarded-proto` says."""
    match_upstream: bool
    """Upstreams are told what the connection to them is."""


class ScopeKeyExtractIndex(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="index",
):
    """One of several; see the union."""

    index: Annotated[int, Meta(ge=0, le=4294967295)]


class ScopeKeyExtractElement(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="element",
):
    """What follows the separator in the first element that begins with the key."""

    separator: str
    key: str


ScopeKeyExtract = ScopeKeyExtractIndex | ScopeKeyExtractElement
"""Which element."""


class ScopeKeyFragment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A part of the key: an element of a header's first value."""

    header: str
    """Lower case."""
    element_separator: str
    """Between elements; empty: the value is one."""
    extract: "ScopeKeyExtract"


class ScopedRoutes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The tables and how the key is made. A request whose key is of none has no route."""

    fragments: "list[ScopeKeyFragment]"
    """The parts of the key, in order; a request that lacks one has no key."""
    scopes: "list[RouteScope]"


class SegmentText(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="text",
):
    """One of several; see the union."""

    text: str


class SegmentOperator(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="operator",
):
    """`max_length` is `:Z` in bytes."""

    operator: "Operator"
    max_length: Annotated[int, Meta(ge=0, le=4294967295)] | None


Segment = SegmentText | SegmentOperator
"""A piece of a formatted value."""


class Server(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Settings of the process that come from the command line or the bootstrap's root."""

    concurrency: Annotated[int, Meta(ge=0, le=4294967295)]
    """Worker threads; at least one."""
    drain_time_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    drain_strategy: "DrainStrategy"
    file_flush_interval_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """How long a log file's buffer may wait (`--file-flush-interval-msec`)."""
    file_flush_min_size_bytes: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """A log file's buffer that is larger does not wait (`--file-flush-min-size-kb`)."""
    deprecated_features_used: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """How often Envoy would count the use of something deprecated in the configuration."""
    runtime_unread: bool
    """A layer of the runtime is left out because it could not be read."""
    header_prefix: str
    """Prefix of Envoy's own headers, `x-envoy` unless `header_prefix` says otherwise."""
    version: str
    """The version string in `/server_info` and `%ENVIRONMENT%`-free places."""
    command_line_options_json: str
    """Command line options in JSON as `/server_info` shows them."""
    node_json: str
    """The bootstrap's `node` in JSON as `/server_info` shows it."""
    stats_server_version_override: Annotated[int, Meta(ge=0, le=9223372036854775807)] | None
    watchdogs: "Watchdogs"
    local_ip: str
    """This machine's first address that is not loopback: what `x-forwarded-for` gets for a client
    on the loopback interface.
    """


ServerHeader = Literal["overwrite", "append_if_absent", "pass_through"]
"""What happens to the `server` header of responses."""


ServerName = Literal["sni_only", "sni_first", "host_first"]
"""Where the name of a server is looked for."""


class SetMetadataEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What goes into one namespace."""

    namespace: str
    value: "Value"
    """A struct."""
    allow_overwrite: bool
    """Also where there is something already, which it is merged into."""


Sharing = Literal["none", "once", "transitive"]
"""Whether upstream connections get an object."""


class Snapshot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Everything the engine needs to serve."""

    node: "Node"
    listeners: "list[Listener]"
    clusters: "list[Cluster]"
    route_configurations: "list[RouteConfiguration]"
    """Route tables, named by connection managers through `id`."""
    admin: "Admin | None"
    """Absent when the bootstrap has no admin address."""
    runtime: "list[RuntimeLayer]"
    stats: "Stats"
    server: "Server"


SocketIpVersion = Literal["any", "v4", "v6"]
"""On sockets of which addresses an option is set; a Unix socket is of neither version."""


class SocketOption(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """`setsockopt` arguments as given."""

    level: Annotated[int, Meta(ge=-2147483648, le=2147483647)]
    name: Annotated[int, Meta(ge=-2147483648, le=2147483647)]
    value: "SocketOptionValue"
    state: "SocketState"
    ip_version: "SocketIpVersion"


class SocketOptionValueInt(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="int",
):
    """One of several; see the union."""

    value: Annotated[int, Meta(ge=-2147483648, le=2147483647)]


class SocketOptionValueBuf(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="buf",
):
    """One of several; see the union."""

    hex: str


SocketOptionValue = SocketOptionValueInt | SocketOptionValueBuf
"""The value of a socket option."""


SocketState = Literal["prebind", "bound", "listening"]
"""When in a socket's life an option is set."""


class Stats(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """How statistics are kept and flushed."""

    flush_interval_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    fixed_tags: "list[StatsTag]"
    """Tags with a fixed value, added to every statistic in Prometheus form."""
    tag_rules: "list[StatsTagRule]"
    """Tag extraction rules in order; the first capture is removed from the name, the second (or the
    first, when there is one) is the value.
    """
    matcher: "StatsMatcher | None"
    """Statistics that match none of these (when inclusive) or any (when not) are not kept."""
    histogram_buckets: "list[HistogramBuckets]"


class StatsMatcher(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Which statistics exist at all (Envoy's `stats_matcher`)."""

    inclusive: bool
    """True: only matching names are kept; false: matching names are dropped."""
    patterns: "list[StringMatcher]"


class StatsTag(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A tag with a fixed value."""

    name: str
    value: str


class StatsTagRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A tag taken from a statistic's name."""

    name: str
    regex: str


StreamField = Literal[
    "access_log_type",
    "bytes_received",
    "bytes_retransmitted",
    "bytes_sent",
    "connection_id",
    "connection_termination_details",
    "custom_flags",
    "downstream_cx_rtt",
    "downstream_decompressed_header_bytes_received",
    "downstream_decompressed_header_bytes_sent",
    "downstream_detected_close_type",
    "downstream_direct_local_address",
    "downstream_direct_local_address_endpoint_id",
    "downstream_direct_local_address_without_port",
    "downstream_direct_local_port",
    "downstream_direct_remote_address",
    "downstream_direct_remote_address_without_port",
    "downstream_direct_remote_port",
    "downstream_header_bytes_received",
    "downstream_header_bytes_sent",
    "downstream_local_address",
    "downstream_local_address_endpoint_id",
    "downstream_local_address_without_port",
    "downstream_local_close_reason",
    "downstream_local_port",
    "downstream_remote_address",
    "downstream_remote_address_without_port",
    "downstream_remote_port",
    "downstream_transport_failure_reason",
    "downstream_wire_bytes_received",
    "downstream_wire_bytes_sent",
    "duration",
    "filter_chain_name",
    "listener_name",
    "local_reply_body",
    "packets_retransmitted",
    "protocol",
    "request_duration",
    "request_headers_bytes",
    "request_tx_duration",
    "response_code",
    "response_duration",
    "response_flags",
    "response_flags_long",
    "response_headers_bytes",
    "response_trailers_bytes",
    "response_tx_duration",
    "roundtrip_duration",
    "route_name",
    "route_resolution_count",
    "route_resolution_time_us",
    "stream_id",
    "trace_id",
    "unique_id",
    "upstream_cluster",
    "upstream_cluster_raw",
    "upstream_connection_id",
    "upstream_connection_ids_attempted",
    "upstream_connection_pool_ready_duration",
    "upstream_decompressed_header_bytes_received",
    "upstream_decompressed_header_bytes_sent",
    "upstream_detected_close_type",
    "upstream_header_bytes_received",
    "upstream_header_bytes_sent",
    "upstream_host",
    "upstream_host_name",
    "upstream_host_name_without_port",
    "upstream_host_names_attempted",
    "upstream_host_names_attempted_without_port",
    "upstream_hosts_attempted",
    "upstream_hosts_attempted_without_port",
    "upstream_local_address",
    "upstream_local_address_without_port",
    "upstream_local_close_reason",
    "upstream_local_port",
    "upstream_protocol",
    "upstream_remote_address",
    "upstream_remote_address_endpoint_id",
    "upstream_remote_address_without_port",
    "upstream_remote_port",
    "upstream_request_attempt_count",
    "upstream_transport_failure_reason",
    "upstream_wire_bytes_received",
    "upstream_wire_bytes_sent",
    "virtual_cluster_name",
    "virtual_host_name",
]
"""A stream's fields as the formatter names them."""


class StringMatcherExact(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="exact",
):
    """One of several; see the union."""

    value: str
    ignore_case: bool


class StringMatcherPrefix(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="prefix",
):
    """One of several; see the union."""

    value: str
    ignore_case: bool


class StringMatcherSuffix(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="suffix",
):
    """One of several; see the union."""

    value: str
    ignore_case: bool


class StringMatcherContains(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="contains",
):
    """One of several; see the union."""

    value: str
    ignore_case: bool


class StringMatcherRegex(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="regex",
):
    """A regular expression in Rust's syntax, anchored at both ends."""

    pattern: str


StringMatcher = (
    StringMatcherExact
    | StringMatcherPrefix
    | StringMatcherSuffix
    | StringMatcherContains
    | StringMatcherRegex
)
"""Matches a whole value (Envoy's `StringMatcher`)."""


StripPort = Literal["no", "any", "matching"]
"""Which ports are taken from the host."""


class TcpAccessLogOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """When logs of TCP sessions have lines beside the one at the end."""

    flush_interval_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """0: off."""
    on_connected: bool
    on_start: bool


class TcpKeepalive(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """TCP keepalive; zero leaves the kernel's value."""

    probes: Annotated[int, Meta(ge=0, le=4294967295)]
    time_s: Annotated[int, Meta(ge=0, le=4294967295)]
    interval_s: Annotated[int, Meta(ge=0, le=4294967295)]


class TcpWeightedCluster(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A share of the connections."""

    cluster: str
    weight: Annotated[int, Meta(ge=0, le=4294967295)]


class TimeFormat(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A time format."""

    strftime: str
    """`strftime` text with Envoy's `%s`, `%f` and `%1f` to `%9f`; empty: RFC 3339 with
    milliseconds.
    """
    offsets: "list[UtcOffset]"
    """The local zone's offsets by the time from which they hold, ascending; the first also holds
    before. Empty: UTC.
    """


TimePoint = Literal[
    "ds_rx_beg",
    "ds_rx_end",
    "us_cx_beg",
    "us_cx_end",
    "us_hs_end",
    "us_tx_beg",
    "us_tx_end",
    "us_rx_beg",
    "us_rx_body_beg",
    "us_rx_end",
    "ds_tx_beg",
    "ds_tx_end",
    "ds_rx_hdr_end",
    "ds_cx_end",
    "ds_hs_end",
    "ds_cx_beg",
    "ds_hs_beg",
    "custom",
]
"""Points in a stream's life (`COMMON_DURATION`)."""


TlsRequirement = Literal["none", "external_only", "all"]
"""Who is redirected to https."""


class TokenBucket(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A bucket that fills steadily."""

    max_tokens: Annotated[int, Meta(ge=0, le=4294967295)]
    tokens_per_fill: Annotated[int, Meta(ge=0, le=4294967295)]
    fill_interval_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]


TrafficDirection = Literal["unspecified", "inbound", "outbound"]
"""Which way a listener's traffic flows, as seen from the service."""


class TunnelRequestId(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The id that each request for a tunnel gets."""

    header: str
    """Lower case."""
    metadata_key: str
    """In the dynamic metadata of `envoy.filters.network.tcp_proxy`."""


class Tunneling(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A tunnel through an HTTP proxy, asked for by CONNECT or POST."""

    hostname: "list[Segment]"
    post_path: str | None
    """That of a POST; without it, it is a CONNECT."""
    headers: "HeaderMutations"
    propagate_response_headers: bool
    propagate_response_trailers: bool
    request_id: "TunnelRequestId | None"


class Upgrade(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What a connection manager says of an upgrade (Envoy's
    `http_connection_manager.v3.HttpConnectionManager.UpgradeConfig`).
    """

    upgrade_type: str
    """As in the `upgrade` header, in any case; `CONNECT` is the method."""
    enabled: bool
    filters: "list[HttpFilter] | None"
    """In place of the connection manager's; the last is the router."""


class UpstreamHttp(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """How HTTP is spoken to the hosts."""

    protocol: "UpstreamProtocol"
    http1: "Http1Options"
    http2: "Http2Options"
    idle_timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """Connection without a stream."""
    max_connection_duration_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    max_connection_duration_jitter_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """By how much less than this a connection may last longer, at random."""
    max_stream_duration_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    max_requests_per_connection: Annotated[int, Meta(ge=0, le=4294967295)]
    """0: no limit."""
    max_response_headers_bytes: Annotated[int, Meta(ge=0, le=4294967295)]
    max_response_headers_count: Annotated[int, Meta(ge=0, le=4294967295)]
    filters: "list[HttpFilter]"
    """Between the router and the hosts, the codec left out."""
    mirrors: "list[MirrorPolicy]"
    """In the place of those of routes, if there are any."""


class UpstreamLogOptions(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """When the router's logs of what it asked upstreams have lines beside the one at the end."""

    flush_interval_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    """0: off."""
    on_stream: bool


UpstreamProtocol = Literal["http1", "http2", "use_downstream"]
"""The protocol of upstream connections."""


class UtcOffset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What a zone's clocks show from a moment on."""

    from_s: Annotated[int, Meta(ge=-9223372036854775808, le=9223372036854775807)]
    """Seconds since the epoch."""
    offset_s: Annotated[int, Meta(ge=-2147483648, le=2147483647)]
    abbreviation: str
    """As `%Z` prints it."""


class ValueNull(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="null",
):
    """One of several; see the union."""


class ValueBool(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="bool",
):
    """One of several; see the union."""

    value: bool


class ValueNumber(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="number",
):
    """One of several; see the union."""

    value: float


class ValueString(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="string",
):
    """One of several; see the union."""

    value: str


class ValueList(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="list",
):
    """One of several; see the union."""

    items: "list[Value]"


class ValueStruct(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="struct",
):
    """Ascending by key, each key once."""

    members: "list[Member]"


Value = ValueNull | ValueBool | ValueNumber | ValueString | ValueList | ValueStruct
"""A JSON-like value (protobuf's `Value`)."""


class ValueMatcherNull(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="null",
):
    """One of several; see the union."""


class ValueMatcherDoubleExact(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="double_exact",
):
    """One of several; see the union."""

    value: float


class ValueMatcherDoubleRange(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="double_range",
):
    """A number in `start..end`."""

    start: float
    end: float


class ValueMatcherString(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="string",
):
    """One of several; see the union."""

    matcher: "StringMatcher"


class ValueMatcherBool(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="bool",
):
    """One of several; see the union."""

    value: bool


class ValueMatcherPresent(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="present",
):
    """One of several; see the union."""

    present: bool


class ValueMatcherList(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="list",
):
    """A list of which one item matches."""

    one_of: "ValueMatcher"


class ValueMatcherOr(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="or",
):
    """One of several; see the union."""

    matchers: "list[ValueMatcher]"


ValueMatcher = (
    ValueMatcherNull
    | ValueMatcherDoubleExact
    | ValueMatcherDoubleRange
    | ValueMatcherString
    | ValueMatcherBool
    | ValueMatcherPresent
    | ValueMatcherList
    | ValueMatcherOr
)
"""Matches a value of metadata (Envoy's `ValueMatcher`)."""


class VirtualCluster(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A kind of requests that has statistics of its own (`vhost.<v>.vcluster.<name>`)."""

    name: str
    headers: "list[HeaderMatcher]"
    """All of them match."""


class VirtualHost(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Routes of a set of domains."""

    name: str
    domains: list[str]
    """Lower case: exact, `*.suffix` or `*-suffix`, `prefix.*`, or `*`."""
    routes: "list[Route]"
    request_headers: "HeaderMutations"
    response_headers: "HeaderMutations"
    include_request_attempt_count: bool
    include_attempt_count_in_response: bool
    filters: "list[FilterOverride]"
    metadata: "Metadata | None"
    require_tls: "TlsRequirement"
    virtual_clusters: "list[VirtualCluster]"
    """Statistics by kind of request; the first that matches counts. Without any, there are none."""
    cors: "CorsPolicy | None"
    """Envoy's older field; see [`Forward::cors`]."""
    rate_limits: "list[RateLimit]"
    matcher: "RouteTree | None"
    """Which of the routes are asked; nothing: all of them."""


VirtualHostRateLimits = Literal["include", "ignore", "override"]
"""Whether the rate limits of a virtual host hold for a route."""


class Watchdog(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The limits of one kind of thread."""

    miss_timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]
    megamiss_timeout_ms: Annotated[int, Meta(ge=0, le=9223372036854775807)]


class Watchdogs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """When a thread that does not come round counts as stuck."""

    main_thread: "Watchdog"
    workers: "Watchdog"


class WeightedCluster(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A share of a weighted split."""

    name: str
    """Empty when `cluster_header` names it."""
    cluster_header: str
    weight: Annotated[int, Meta(ge=0, le=4294967295)]
    host_rewrite_literal: str
    request_headers: "HeaderMutations"
    response_headers: "HeaderMutations"
    filters: "list[FilterOverride]"


class XdsMatcher(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A tree, or a part of one."""

    kind: "XdsMatcherKind"
    on_no_match: "OnMatch | None"


class XdsMatcherKindNever(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="never",
):
    """Nothing matches."""


class XdsMatcherKindList(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="list",
):
    """The first whose predicate holds."""

    matchers: "list[FieldMatcher]"


class XdsMatcherKindExact(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="exact",
):
    """The entry that is equal to the input."""

    input: "MatchInput"
    entries: "list[MapEntry]"


class XdsMatcherKindPrefix(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="prefix",
):
    """The longest entry that the input begins with; shorter ones where it leads nowhere."""

    input: "MatchInput"
    entries: "list[MapEntry]"


class XdsMatcherKindIp(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="ip",
):
    """The narrowest range that holds the address; wider ones where it leads nowhere."""

    input: "MatchInput"
    entries: "list[IpEntry]"


class XdsMatcherKindDomain(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    gc=False,
    tag_field="type",
    tag="domain",
):
    """The domain that is equal to the input, else the longest `*.` wildcard, else `*`."""

    input: "MatchInput"
    entries: "list[DomainEntry]"


XdsMatcherKind = (
    XdsMatcherKindNever
    | XdsMatcherKindList
    | XdsMatcherKindExact
    | XdsMatcherKindPrefix
    | XdsMatcherKindIp
    | XdsMatcherKindDomain
)
"""How what matches is found."""


__all__ = [
    "AccessLog",
    "AccessLogFilter",
    "AccessLogFilterAnd",
    "AccessLogFilterDuration",
    "AccessLogFilterGrpcStatus",
    "AccessLogFilterHeader",
    "AccessLogFilterLogType",
    "AccessLogFilterMetadata",
    "AccessLogFilterNotHealthCheck",
    "AccessLogFilterOr",
    "AccessLogFilterResponseFlag",
    "AccessLogFilterRuntime",
    "AccessLogFilterStatusCode",
    "AccessLogFilterTraceable",
    "AccessLogSink",
    "AccessLogSinkFile",
    "AccessLogSinkStderr",
    "AccessLogSinkStdout",
    "AccessLogType",
    "Address",
    "AddressPipe",
    "AddressSocket",
    "Admin",
    "AppendAction",
    "BodyFormat",
    "BrotliMode",
    "CidrRange",
    "CircuitBreaker",
    "Cluster",
    "ClusterSpecifier",
    "ClusterSpecifierCluster",
    "ClusterSpecifierClusterHeader",
    "ClusterSpecifierMatcher",
    "ClusterSpecifierWeighted",
    "CoalesceOperator",
    "CodecType",
    "Comparison",
    "ComparisonOp",
    "CompressedDirection",
    "CompressorLibrary",
    "CompressorLibraryBrotli",
    "CompressorLibraryGzip",
    "CompressorLibraryZstd",
    "ConnectBackoff",
    "ConnectConfig",
    "CookieMatcher",
    "CorsPolicy",
    "DecompressedDirection",
    "DecompressorLibrary",
    "DecompressorLibraryBrotli",
    "DecompressorLibraryGzip",
    "DecompressorLibraryZstd",
    "DescriptorEntry",
    "Discovery",
    "DiscoveryLogicalDns",
    "DiscoveryStatic",
    "DiscoveryStrictDns",
    "DnsLookupFamily",
    "DomainEntry",
    "DrainStrategy",
    "DrainType",
    "DurationPrecision",
    "EarlyHeaderMutation",
    "EarlyHeaderMutationAppend",
    "EarlyHeaderMutationRemove",
    "EarlyHeaderMutationRemoveOnMatch",
    "Endpoint",
    "EndpointAddress",
    "EndpointAddressName",
    "EndpointAddressPipe",
    "EndpointAddressSocket",
    "EscapedSlashes",
    "FaultAbort",
    "FaultDelay",
    "FaultRateLimit",
    "FaultStatus",
    "FaultStatusGrpc",
    "FaultStatusHeader",
    "FaultStatusHttp",
    "FieldMatcher",
    "FilterChain",
    "FilterOverride",
    "FilterStateCondition",
    "FilterStateConditionAddress",
    "FilterStateConditionString",
    "FilterStateForm",
    "FilterStateFormField",
    "FilterStateFormPlain",
    "FilterStateFormTyped",
    "FilterStateMatcher",
    "FilterStateValue",
    "FormatString",
    "FormatStringJson",
    "FormatStringText",
    "ForwardClientCertDetails",
    "FractionalPercent",
    "GrpcMethods",
    "GrpcMethodsAll",
    "GrpcMethodsListed",
    "GrpcService",
    "GrpcStatusFormat",
    "GrpcTimeout",
    "HeaderAdd",
    "HeaderCase",
    "HeaderCondition",
    "HeaderConditionPresent",
    "HeaderConditionRange",
    "HeaderConditionString",
    "HeaderMatcher",
    "HeaderMutations",
    "HeaderRule",
    "HeaderRuleSource",
    "HeaderRuleSourceCookie",
    "HeaderRuleSourceHeader",
    "HeaderRuleTarget",
    "HeaderRuleValue",
    "HeaderRuleValueFixed",
    "HeaderRuleValueFound",
    "HeaderRuleValueRewritten",
    "HeaderValueType",
    "HeadersWithUnderscores",
    "HealthStatus",
    "HistogramBuckets",
    "HitsAddend",
    "HitsAddendFormat",
    "HitsAddendNumber",
    "HostNormalization",
    "HostRewrite",
    "HostRewriteAuto",
    "HostRewriteFormat",
    "HostRewriteHeader",
    "HostRewriteLiteral",
    "HostRewritePathRegex",
    "Http1Options",
    "Http2Keepalive",
    "Http2Options",
    "Http2Setting",
    "HttpAccessLogOptions",
    "HttpFilter",
    "HttpFilterKind",
    "HttpFilterKindBuffer",
    "HttpFilterKindCompressor",
    "HttpFilterKindCors",
    "HttpFilterKindCsrf",
    "HttpFilterKindDecompressor",
    "HttpFilterKindExtensionWithMatcher",
    "HttpFilterKindFault",
    "HttpFilterKindGrpcHttp1Bridge",
    "HttpFilterKindGrpcStats",
    "HttpFilterKindGrpcWeb",
    "HttpFilterKindHeaderMutation",
    "HttpFilterKindHeaderToMetadata",
    "HttpFilterKindHealthCheck",
    "HttpFilterKindIpTagging",
    "HttpFilterKindLocalRatelimit",
    "HttpFilterKindOnDemand",
    "HttpFilterKindRbac",
    "HttpFilterKindRouter",
    "HttpFilterKindSetFilterState",
    "HttpFilterKindSetMetadata",
    "InputTest",
    "InputTestConsistentHashing",
    "InputTestIp",
    "InputTestMetadata",
    "InputTestRuntimeFraction",
    "InputTestString",
    "InternalRedirectPolicy",
    "IpEntry",
    "IpTag",
    "IpTagHeader",
    "IpTaggingRequestType",
    "JsonMember",
    "JsonTemplate",
    "JsonTemplateBool",
    "JsonTemplateFormat",
    "JsonTemplateList",
    "JsonTemplateNull",
    "JsonTemplateNumber",
    "JsonTemplateObject",
    "LimitedDescriptor",
    "Listener",
    "ListenerAddress",
    "LoadBalancer",
    "LoadBalancerLeastRequest",
    "LoadBalancerRandom",
    "LoadBalancerRoundRobin",
    "LocalReplyConfig",
    "LocalReplyMapper",
    "LocalityEndpoints",
    "MapEntry",
    "MatchInput",
    "MatchInputApplicationProtocol",
    "MatchInputConstant",
    "MatchInputDestinationIp",
    "MatchInputDestinationPort",
    "MatchInputDirectSourceIp",
    "MatchInputDynamicMetadata",
    "MatchInputFilterState",
    "MatchInputLocalReply",
    "MatchInputQueryParameter",
    "MatchInputRequestHeader",
    "MatchInputRequestTrailer",
    "MatchInputResponseHeader",
    "MatchInputResponseTrailer",
    "MatchInputServerName",
    "MatchInputSourceIp",
    "MatchInputSourcePort",
    "MatchInputSourceType",
    "MatchInputStatusCode",
    "MatchInputStatusCodeClass",
    "MatchInputTransportProtocol",
    "MatchOutcome",
    "MatchOutcomeAction",
    "MatchOutcomeMatcher",
    "MaxStreamDuration",
    "Member",
    "Metadata",
    "MetadataMatcher",
    "MetadataSource",
    "MinHealthy",
    "MirrorPolicy",
    "Mutation",
    "MutationAdd",
    "MutationRemove",
    "MutationRemoveMatching",
    "Mutations",
    "NetworkFilter",
    "NetworkFilterHttpConnectionManager",
    "NetworkFilterTcpProxy",
    "Node",
    "NormalizePath",
    "ObjectKind",
    "OnMatch",
    "Operator",
    "OperatorCoalesce",
    "OperatorCommonDuration",
    "OperatorEmitTime",
    "OperatorEnvironment",
    "OperatorField",
    "OperatorFilterState",
    "OperatorGrpcStatus",
    "OperatorHostname",
    "OperatorMetadata",
    "OperatorNetwork",
    "OperatorPath",
    "OperatorQueryParameter",
    "OperatorQueryParameters",
    "OperatorRequestHeader",
    "OperatorRequestHeaderWithoutQuery",
    "OperatorRequestedServerName",
    "OperatorResponseCodeDetails",
    "OperatorResponseHeader",
    "OperatorResponseTrailer",
    "OperatorStartTime",
    "OriginalIpDetection",
    "OriginalIpDetectionCustomHeader",
    "OriginalIpDetectionXff",
    "PathMatch",
    "PathMatchConnect",
    "PathMatchExact",
    "PathMatchPathSeparatedPrefix",
    "PathMatchPrefix",
    "PathMatchRegex",
    "PathNormalization",
    "PathQuery",
    "PathRewrite",
    "PathRewriteFormat",
    "PathRewritePrefix",
    "PathRewriteRegex",
    "PathSegment",
    "PathSegmentIndex",
    "PathSegmentKey",
    "PathSource",
    "PerRouteKind",
    "PerRouteKindBuffer",
    "PerRouteKindCompressor",
    "PerRouteKindCors",
    "PerRouteKindCsrf",
    "PerRouteKindExtensionWithMatcher",
    "PerRouteKindFault",
    "PerRouteKindHeaderMutation",
    "PerRouteKindHeaderToMetadata",
    "PerRouteKindLocalRatelimit",
    "PerRouteKindOnDemand",
    "PerRouteKindRbac",
    "PerRouteKindSetFilterState",
    "PerRouteKindSetMetadata",
    "Predicate",
    "PredicateAnd",
    "PredicateNot",
    "PredicateOr",
    "PredicateSingle",
    "ProxyName",
    "ProxyNameLiteral",
    "ProxyNameNodeId",
    "ProxyNameServerName",
    "ProxyProtocolVersion",
    "ProxyStatusConfig",
    "QueryParameterCondition",
    "QueryParameterConditionPresent",
    "QueryParameterConditionString",
    "QueryParameterMatcher",
    "QueryParameterMutation",
    "QueryParameterMutationAdd",
    "QueryParameterMutationRemove",
    "RateLimit",
    "RateLimitAction",
    "RateLimitActionDestinationCluster",
    "RateLimitActionGenericKey",
    "RateLimitActionHeaderValueMatch",
    "RateLimitActionInput",
    "RateLimitActionMaskedRemoteAddress",
    "RateLimitActionMetadata",
    "RateLimitActionQueryParameterValueMatch",
    "RateLimitActionQueryParameters",
    "RateLimitActionRemoteAddress",
    "RateLimitActionRemoteAddressMatch",
    "RateLimitActionRequestHeaders",
    "RateLimitActionSourceCluster",
    "RateLimitEntry",
    "RateLimitMetadataSource",
    "Rbac",
    "RbacAction",
    "RbacCondition",
    "RbacConditionAnd",
    "RbacConditionAny",
    "RbacConditionDestinationIp",
    "RbacConditionDestinationPort",
    "RbacConditionDirectRemoteIp",
    "RbacConditionDynamicMetadata",
    "RbacConditionFilterState",
    "RbacConditionHeader",
    "RbacConditionNever",
    "RbacConditionNot",
    "RbacConditionOr",
    "RbacConditionRemoteIp",
    "RbacConditionRequestedServerName",
    "RbacConditionRouteMetadata",
    "RbacConditionUrlPath",
    "RbacEngine",
    "RbacEngineMatcher",
    "RbacEngineRules",
    "RbacNamedAction",
    "RbacPolicy",
    "RedirectPath",
    "RedirectPathFormat",
    "RedirectPathKeep",
    "RedirectPathPath",
    "RedirectPathPrefix",
    "RedirectPathRegex",
    "RedirectPredicate",
    "RedirectPredicateAllowListedRoutes",
    "RedirectPredicatePreviousRoutes",
    "RedirectPredicateSafeCrossScheme",
    "RedirectScheme",
    "RedirectSchemeHttps",
    "RedirectSchemeKeep",
    "RedirectSchemeScheme",
    "Route",
    "RouteAction",
    "RouteActionDirectResponse",
    "RouteActionForward",
    "RouteActionNonForwarding",
    "RouteActionRedirect",
    "RouteConfiguration",
    "RouteMatch",
    "RoutePriority",
    "RouteScope",
    "RouteTree",
    "RouteUpgrade",
    "RuntimeDouble",
    "RuntimeFlag",
    "RuntimeLayer",
    "RuntimeValue",
    "SchemeTransformation",
    "ScopeKeyExtract",
    "ScopeKeyExtractElement",
    "ScopeKeyExtractIndex",
    "ScopeKeyFragment",
    "ScopedRoutes",
    "Segment",
    "SegmentOperator",
    "SegmentText",
    "Server",
    "ServerHeader",
    "ServerName",
    "SetMetadataEntry",
    "Sharing",
    "Snapshot",
    "SocketIpVersion",
    "SocketOption",
    "SocketOptionValue",
    "SocketOptionValueBuf",
    "SocketOptionValueInt",
    "SocketState",
    "Stats",
    "StatsMatcher",
    "StatsTag",
    "StatsTagRule",
    "StreamField",
    "StringMatcher",
    "StringMatcherContains",
    "StringMatcherExact",
    "StringMatcherPrefix",
    "StringMatcherRegex",
    "StringMatcherSuffix",
    "StripPort",
    "TcpAccessLogOptions",
    "TcpKeepalive",
    "TcpWeightedCluster",
    "TimeFormat",
    "TimePoint",
    "TlsRequirement",
    "TokenBucket",
    "TrafficDirection",
    "TunnelRequestId",
    "Tunneling",
    "Upgrade",
    "UpstreamHttp",
    "UpstreamLogOptions",
    "UpstreamProtocol",
    "UtcOffset",
    "Value",
    "ValueBool",
    "ValueList",
    "ValueMatcher",
    "ValueMatcherBool",
    "ValueMatcherDoubleExact",
    "ValueMatcherDoubleRange",
    "ValueMatcherList",
    "ValueMatcherNull",
    "ValueMatcherOr",
    "ValueMatcherPresent",
    "ValueMatcherString",
    "ValueNull",
    "ValueNumber",
    "ValueString",
    "ValueStruct",
    "VirtualCluster",
    "VirtualHost",
    "VirtualHostRateLimits",
    "Watchdog",
    "Watchdogs",
    "WeightedCluster",
    "XdsMatcher",
    "XdsMatcherKind",
    "XdsMatcherKindDomain",
    "XdsMatcherKindExact",
    "XdsMatcherKindIp",
    "XdsMatcherKindList",
    "XdsMatcherKindNever",
    "XdsMatcherKindPrefix",
]
