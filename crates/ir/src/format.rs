//! The formatter's program: Python parses `%OPERATOR(arguments):length%` text, Rust evaluates.
//! One engine serves access logs, header values and bodies (Envoy's substitution formatter).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A piece of a formatted value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Segment {
    Text {
        text: String,
    },
    /// `max_length` is `:Z` in bytes.
    Operator {
        operator: Operator,
        max_length: Option<u32>,
    },
}

/// A whole text or document (Envoy's `SubstitutionFormatString`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum FormatString {
    Text {
        segments: Vec<Segment>,
        omit_empty_values: bool,
    },
    /// Ends in a newline.
    Json {
        template: JsonTemplate,
        omit_empty_values: bool,
    },
}

/// The format of a response's body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BodyFormat {
    pub format: FormatString,
    /// Empty: that of any text.
    pub content_type: String,
}

/// A JSON document with formatted leaves; keys are in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum JsonTemplate {
    Object {
        members: Vec<JsonMember>,
    },
    List {
        items: Vec<JsonTemplate>,
    },
    /// A single operator keeps its type; otherwise the text of all segments.
    Format {
        segments: Vec<Segment>,
    },
    Number {
        value: f64,
    },
    Bool {
        value: bool,
    },
    Null {},
}

/// A member of a JSON object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonMember {
    pub key: String,
    pub value: JsonTemplate,
}

/// A command operator. Names are Envoy's in lower case; header names are lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Operator {
    RequestHeader {
        name: String,
        alternative: Option<String>,
    },
    ResponseHeader {
        name: String,
        alternative: Option<String>,
    },
    ResponseTrailer {
        name: String,
        alternative: Option<String>,
    },
    RequestHeaderWithoutQuery {
        name: String,
        alternative: Option<String>,
    },
    /// A field of the stream without arguments.
    Field {
        field: StreamField,
    },
    StartTime {
        format: TimeFormat,
    },
    EmitTime {
        format: TimeFormat,
    },
    CommonDuration {
        start: TimePoint,
        end: TimePoint,
        precision: DurationPrecision,
    },
    Environment {
        value: Option<String>,
    },
    GrpcStatus {
        format: GrpcStatusFormat,
    },
    ResponseCodeDetails {
        allow_whitespaces: bool,
    },
    Path {
        query: PathQuery,
        source: PathSource,
    },
    QueryParameter {
        name: String,
    },
    Hostname {
        value: String,
    },
    /// What stands at a path; the whole namespace for an empty one.
    Metadata {
        source: MetadataSource,
        namespace: String,
        path: Vec<String>,
    },
    FilterState {
        /// What the upstream connection was given.
        upstream: bool,
        name: String,
        form: FilterStateForm,
    },
    /// The query as it is in the path, or with its percent signs decoded.
    QueryParameters {
        decoded: bool,
    },
    /// The first that has a value.
    Coalesce {
        operators: Vec<CoalesceOperator>,
    },
    /// An address (a field `*_without_port`) as the network of so many bits that it is in.
    Network {
        field: StreamField,
        bits: u8,
    },
    /// The name that TLS asked for, or the authority.
    RequestedServerName {
        first: ServerName,
        host: PathSource,
    },
}

/// One operator of a `COALESCE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CoalesceOperator {
    pub operator: Operator,
    /// As in [`Segment::Operator`].
    pub max_length: Option<u32>,
}

/// Whose metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetadataSource {
    Dynamic,
    Route,
    VirtualHost,
    Cluster,
    UpstreamHost,
    Listener,
    ListenerFilterChain,
}

/// As what an object of the filter state is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum FilterStateForm {
    Plain {},
    /// As JSON.
    Typed {},
    Field {
        name: String,
    },
}

/// Where the name of a server is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServerName {
    SniOnly,
    SniFirst,
    HostFirst,
}

/// A stream's fields as the formatter names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StreamField {
    AccessLogType,
    BytesReceived,
    BytesRetransmitted,
    BytesSent,
    ConnectionId,
    ConnectionTerminationDetails,
    CustomFlags,
    DownstreamCxRtt,
    DownstreamDecompressedHeaderBytesReceived,
    DownstreamDecompressedHeaderBytesSent,
    DownstreamDetectedCloseType,
    DownstreamDirectLocalAddress,
    DownstreamDirectLocalAddressEndpointId,
    DownstreamDirectLocalAddressWithoutPort,
    DownstreamDirectLocalPort,
    DownstreamDirectRemoteAddress,
    DownstreamDirectRemoteAddressWithoutPort,
    DownstreamDirectRemotePort,
    DownstreamHeaderBytesReceived,
    DownstreamHeaderBytesSent,
    DownstreamLocalAddress,
    DownstreamLocalAddressEndpointId,
    DownstreamLocalAddressWithoutPort,
    DownstreamLocalCloseReason,
    DownstreamLocalPort,
    DownstreamRemoteAddress,
    DownstreamRemoteAddressWithoutPort,
    DownstreamRemotePort,
    DownstreamTransportFailureReason,
    DownstreamWireBytesReceived,
    DownstreamWireBytesSent,
    Duration,
    FilterChainName,
    ListenerName,
    LocalReplyBody,
    PacketsRetransmitted,
    Protocol,
    RequestDuration,
    RequestHeadersBytes,
    RequestTxDuration,
    ResponseCode,
    ResponseDuration,
    ResponseFlags,
    ResponseFlagsLong,
    ResponseHeadersBytes,
    ResponseTrailersBytes,
    ResponseTxDuration,
    RoundtripDuration,
    RouteName,
    RouteResolutionCount,
    RouteResolutionTimeUs,
    StreamId,
    TraceId,
    UniqueId,
    UpstreamCluster,
    UpstreamClusterRaw,
    UpstreamConnectionId,
    UpstreamConnectionIdsAttempted,
    UpstreamConnectionPoolReadyDuration,
    UpstreamDecompressedHeaderBytesReceived,
    UpstreamDecompressedHeaderBytesSent,
    UpstreamDetectedCloseType,
    UpstreamHeaderBytesReceived,
    UpstreamHeaderBytesSent,
    UpstreamHost,
    UpstreamHostName,
    UpstreamHostNameWithoutPort,
    UpstreamHostNamesAttempted,
    UpstreamHostNamesAttemptedWithoutPort,
    UpstreamHostsAttempted,
    UpstreamHostsAttemptedWithoutPort,
    UpstreamLocalAddress,
    UpstreamLocalAddressWithoutPort,
    UpstreamLocalCloseReason,
    UpstreamLocalPort,
    UpstreamProtocol,
    UpstreamRemoteAddress,
    UpstreamRemoteAddressEndpointId,
    UpstreamRemoteAddressWithoutPort,
    UpstreamRemotePort,
    UpstreamRequestAttemptCount,
    UpstreamTransportFailureReason,
    UpstreamWireBytesReceived,
    UpstreamWireBytesSent,
    VirtualClusterName,
    VirtualHostName,
}

/// A time format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeFormat {
    /// `strftime` text with Envoy's `%s`, `%f` and `%1f` to `%9f`; empty: RFC 3339 with
    /// milliseconds.
    pub strftime: String,
    /// The local zone's offsets by the time from which they hold, ascending; the first also
    /// holds before. Empty: UTC.
    pub offsets: Vec<UtcOffset>,
}

/// What a zone's clocks show from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UtcOffset {
    /// Seconds since the epoch.
    pub from_s: i64,
    pub offset_s: i32,
    /// As `%Z` prints it.
    pub abbreviation: String,
}

/// Points in a stream's life (`COMMON_DURATION`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimePoint {
    DsRxBeg,
    DsRxEnd,
    UsCxBeg,
    UsCxEnd,
    UsHsEnd,
    UsTxBeg,
    UsTxEnd,
    UsRxBeg,
    UsRxBodyBeg,
    UsRxEnd,
    DsTxBeg,
    DsTxEnd,
    DsRxHdrEnd,
    /// Of the connection.
    DsCxBeg,
    DsCxEnd,
    /// Of its TLS handshake.
    DsHsBeg,
    DsHsEnd,
    /// A name that a filter may give a point; none does.
    Custom,
}

/// The unit of a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DurationPrecision {
    Ms,
    Us,
    Ns,
}

/// How a gRPC status is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrpcStatusFormat {
    CamelString,
    SnakeString,
    Number,
}

/// Whether a path keeps its query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PathQuery {
    With,
    Without,
}

/// Which path is meant after a rewrite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PathSource {
    Original,
    Current,
    OriginalOrCurrent,
}
