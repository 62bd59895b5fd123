//! Names of headers. Those that the engine itself reads or writes have a number, so that asking
//! a head for one is a comparison of bytes in a short list; all others keep their text.
//! Names are lower case, as HTTP/2 has them (RFC 9113, 8.2.1).

/// Declares the numbered headers: one list, from which both directions are made.
macro_rules! known_headers {
    ($($variant:ident = $text:literal),* $(,)?) => {
        /// A header that the engine knows by number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum HeaderId { $($variant),* }

        const NAMES: &[&str] = &[$($text),*];
        const FIELD_STARTS: &[&str] = &[$(concat!($text, ": ")),*];
        const IDS: &[HeaderId] = &[$(HeaderId::$variant),*];
    };
}

known_headers! {
    Method = ":method",
    Path = ":path",
    Authority = ":authority",
    Scheme = ":scheme",
    Protocol = ":protocol",
    Status = ":status",
    Accept = "accept",
    AcceptEncoding = "accept-encoding",
    AccessControlAllowCredentials = "access-control-allow-credentials",
    AccessControlAllowHeaders = "access-control-allow-headers",
    AccessControlAllowMethods = "access-control-allow-methods",
    AccessControlAllowOrigin = "access-control-allow-origin",
    AccessControlAllowPrivateNetwork = "access-control-allow-private-network",
    AccessControlExposeHeaders = "access-control-expose-headers",
    AccessControlMaxAge = "access-control-max-age",
    AccessControlRequestMethod = "access-control-request-method",
    AccessControlRequestHeaders = "access-control-request-headers",
    AccessControlRequestPrivateNetwork = "access-control-request-private-network",
    Age = "age",
    Authorization = "authorization",
    CacheControl = "cache-control",
    CdnLoop = "cdn-loop",
    Connection = "connection",
    ContentEncoding = "content-encoding",
    ContentLength = "content-length",
    ContentType = "content-type",
    Cookie = "cookie",
    Date = "date",
    Etag = "etag",
    Expect = "expect",
    Expires = "expires",
    GrpcAcceptEncoding = "grpc-accept-encoding",
    GrpcMessage = "grpc-message",
    GrpcStatus = "grpc-status",
    GrpcTimeout = "grpc-timeout",
    Host = "host",
    Http2Settings = "http2-settings",
    IfMatch = "if-match",
    IfModifiedSince = "if-modified-since",
    IfNoneMatch = "if-none-match",
    IfRange = "if-range",
    IfUnmodifiedSince = "if-unmodified-since",
    KeepAlive = "keep-alive",
    LastModified = "last-modified",
    Location = "location",
    Origin = "origin",
    Pragma = "pragma",
    ProxyConnection = "proxy-connection",
    ProxyStatus = "proxy-status",
    Referer = "referer",
    Server = "server",
    SetCookie = "set-cookie",
    Te = "te",
    Trailer = "trailer",
    TransferEncoding = "transfer-encoding",
    Upgrade = "upgrade",
    UserAgent = "user-agent",
    Vary = "vary",
    Via = "via",
    XB3Traceid = "x-b3-traceid",
    XClientTraceId = "x-client-trace-id",
    XEnvoyAttemptCount = "x-envoy-attempt-count",
    XEnvoyDecoratorOperation = "x-envoy-decorator-operation",
    XEnvoyDegraded = "x-envoy-degraded",
    XEnvoyDownstreamServiceCluster = "x-envoy-downstream-service-cluster",
    XEnvoyDownstreamServiceNode = "x-envoy-downstream-service-node",
    XEnvoyExpectedRqTimeoutMs = "x-envoy-expected-rq-timeout-ms",
    XEnvoyExternalAddress = "x-envoy-external-address",
    XEnvoyForceTrace = "x-envoy-force-trace",
    XEnvoyHedgeOnPerTryTimeout = "x-envoy-hedge-on-per-try-timeout",
    XEnvoyImmediateHealthCheckFail = "x-envoy-immediate-health-check-fail",
    XEnvoyInternal = "x-envoy-internal",
    XEnvoyIpTags = "x-envoy-ip-tags",
    XEnvoyIsTimeoutRetry = "x-envoy-is-timeout-retry",
    XEnvoyMaxRetries = "x-envoy-max-retries",
    XEnvoyOriginalHost = "x-envoy-original-host",
    XEnvoyOriginalPath = "x-envoy-original-path",
    XEnvoyOriginalUrl = "x-envoy-original-url",
    XEnvoyOverloaded = "x-envoy-overloaded",
    XEnvoyRateLimited = "x-envoy-ratelimited",
    XEnvoyRetriableHeaderNames = "x-envoy-retriable-header-names",
    XEnvoyRetriableStatusCodes = "x-envoy-retriable-status-codes",
    XEnvoyRetryGrpcOn = "x-envoy-retry-grpc-on",
    XEnvoyRetryOn = "x-envoy-retry-on",
    XEnvoyUpstreamAltStatName = "x-envoy-upstream-alt-stat-name",
    XEnvoyUpstreamCanary = "x-envoy-upstream-canary",
    XEnvoyUpstreamHealthcheckedCluster = "x-envoy-upstream-healthchecked-cluster",
    XEnvoyUpstreamRqPerTryTimeoutMs = "x-envoy-upstream-rq-per-try-timeout-ms",
    XEnvoyUpstreamRqTimeoutAltResponse = "x-envoy-upstream-rq-timeout-alt-response",
    XEnvoyUpstreamRqTimeoutMs = "x-envoy-upstream-rq-timeout-ms",
    XEnvoyUpstreamServiceTime = "x-envoy-upstream-service-time",
    XEnvoyUpstreamStreamDurationMs = "x-envoy-upstream-stream-duration-ms",
    XForwardedClientCert = "x-forwarded-client-cert",
    XForwardedFor = "x-forwarded-for",
    XForwardedHost = "x-forwarded-host",
    XForwardedPort = "x-forwarded-port",
    XForwardedProto = "x-forwarded-proto",
    XRateLimitLimit = "x-ratelimit-limit",
    XRateLimitRemaining = "x-ratelimit-remaining",
    XRateLimitReset = "x-ratelimit-reset",
    XRequestId = "x-request-id",
}

/// Buckets of [`INDEX`]; a power of two well above the number of names.
const BUCKETS: usize = 512;

/// Number (plus one) of the first name of a bucket; names of one bucket are probed in turn.
static INDEX: [u8; BUCKETS] = build_index();

/// Alike for upper and lower case: what differs between them is set in every byte.
const fn bucket(name: &[u8]) -> usize {
    const LOWER: usize = 0x20;
    let len = name.len();
    let first = name[0] as usize | LOWER;
    let last = name[len - 1] as usize | LOWER;
    let middle = name[len / 2] as usize | LOWER;
    let late = name[len - len / 4 - 1] as usize | LOWER;
    (len * 29 + first * 5 + last * 61 + middle * 151 + late * 401) % BUCKETS
}

const fn build_index() -> [u8; BUCKETS] {
    let mut index = [0u8; BUCKETS];
    let mut i = 0;
    while i < NAMES.len() {
        let mut at = bucket(NAMES[i].as_bytes());
        while index[at] != 0 {
            at = (at + 1) % BUCKETS;
        }
        index[at] = i as u8 + 1;
        i += 1;
    }
    index
}

impl HeaderId {
    /// How many headers have a number.
    pub const COUNT: usize = NAMES.len();

    /// Every numbered header in the order of its number.
    pub fn all() -> &'static [Self] {
        IDS
    }

    /// The header's name in lower case.
    pub fn as_str(self) -> &'static str {
        NAMES[self as usize]
    }

    /// The name as a field begins on HTTP/1, with colon and space.
    pub fn field_start(self) -> &'static [u8] {
        FIELD_STARTS[self as usize].as_bytes()
    }

    /// The number of a lower-case name.
    pub fn from_lower(name: &[u8]) -> Option<Self> {
        Self::find(name, |known| known == name)
    }

    /// The number of a name in any case, of which it is known that it is a token.
    pub fn from_token(name: &[u8]) -> Option<Self> {
        Self::find(name, |known| is_lower_of(name, known))
    }

    #[inline]
    fn find(name: &[u8], is: impl Fn(&[u8]) -> bool) -> Option<Self> {
        if name.is_empty() {
            return None;
        }
        let mut at = bucket(name);
        loop {
            let slot = INDEX[at];
            if slot == 0 {
                return None;
            }
            if is(NAMES[slot as usize - 1].as_bytes()) {
                return Some(IDS[slot as usize - 1]);
            }
            at = (at + 1) % BUCKETS;
        }
    }

    /// True for names that begin with `:`.
    pub fn is_pseudo(self) -> bool {
        (self as u8) <= Self::Status as u8
    }
}

/// True if `name` is `known` in any case, where every byte that differs between the cases of a
/// token is one of a letter. Words at a time, since every header of every message comes by.
fn is_lower_of(name: &[u8], known: &[u8]) -> bool {
    const LOWER: u64 = 0x2020_2020_2020_2020;
    if name.len() != known.len() {
        return false;
    }
    let differ = |name: &[u8; 8], known: &[u8; 8]| {
        (u64::from_le_bytes(*name) | LOWER) ^ u64::from_le_bytes(*known)
    };
    let (Some(name_end), Some(known_end)) = (name.last_chunk(), known.last_chunk()) else {
        return name.iter().zip(known).fold(0, |diff, (a, b)| diff | ((a | LOWER as u8) ^ b)) == 0;
    };
    let (names, knowns) = (name.as_chunks().0, known.as_chunks().0);
    let mut different = differ(name_end, known_end);
    for at in 0..names.len().min(knowns.len()) {
        different |= differ(&names[at], &knowns[at]);
    }
    different == 0
}

/// A header name compiled once from configuration.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HeaderKey {
    Known(HeaderId),
    Other(Box<str>),
}

impl HeaderKey {
    /// Compiles a name; upper case is folded.
    pub fn new(name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        match HeaderId::from_lower(lower.as_bytes()) {
            Some(id) => Self::Known(id),
            None => Self::Other(lower.into()),
        }
    }

    /// The key of a name in a request, in which `host` is `:authority`.
    pub fn of_request(name: &str) -> Self {
        match Self::new(name) {
            Self::Known(HeaderId::Host) => Self::Known(HeaderId::Authority),
            key => key,
        }
    }

    /// The name in lower case.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(id) => id.as_str(),
            Self::Other(text) => text,
        }
    }
}

impl From<HeaderId> for HeaderKey {
    fn from(id: HeaderId) -> Self {
        Self::Known(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_its_number() {
        for id in IDS {
            assert_eq!(HeaderId::from_lower(id.as_str().as_bytes()), Some(*id));
            let upper = id.as_str().to_ascii_uppercase();
            assert_eq!(HeaderId::from_token(upper.as_bytes()), Some(*id));
            let other = format!("{}x", &upper[..upper.len() - 1]);
            assert_ne!(HeaderId::from_token(other.as_bytes()), Some(*id));
        }
        assert_eq!(HeaderId::from_lower(b"x-unheard-of"), None);
        assert_eq!(HeaderId::from_lower(b""), None);
    }

    #[test]
    fn a_key_folds_case() {
        assert_eq!(HeaderKey::new("Content-Type"), HeaderKey::Known(HeaderId::ContentType));
        assert_eq!(HeaderKey::new("X-Team").as_str(), "x-team");
    }
}
