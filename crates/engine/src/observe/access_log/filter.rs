//! Which streams a log tells of (Envoy's `config.accesslog.v3.AccessLogFilter`), asked at the
//! moment of each line. Mappers of local replies ask the same filters.

use voyant_ir::access_log::{self as ir, AccessLogType, ComparisonOp};
use voyant_ir::matcher::FractionalPercent;

use crate::failure::flags::ResponseFlags;
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::observe::format::FormatContext;
use crate::observe::format::header::status_from_http;
use crate::pattern::PatternError;
use crate::route::matcher::HeaderMatcher;
use crate::rt::rng::Rng;
use crate::runtime::Runtime;
use crate::value_matcher::MetadataMatcher;

/// What Envoy takes a response without any status for.
const GRPC_UNKNOWN: i64 = 2;
/// So many characters of a request id are its number.
const REQUEST_ID_DIGITS: usize = 8;

/// A compiled filter.
#[derive(Debug)]
pub enum AccessLogFilter {
    StatusCode(ir::Comparison),
    Duration(ir::Comparison),
    NotHealthCheck,
    Traceable,
    Runtime {
        percent: FractionalPercent,
        use_independent_randomness: bool,
    },
    And(Box<[AccessLogFilter]>),
    Or(Box<[AccessLogFilter]>),
    Header(HeaderMatcher),
    /// The empty set stands for any.
    ResponseFlag(ResponseFlags),
    GrpcStatus {
        statuses: Box<[u32]>,
        exclude: bool,
    },
    Metadata {
        matcher: Option<MetadataMatcher>,
        match_if_key_not_found: bool,
    },
    LogType {
        types: Box<[AccessLogType]>,
        exclude: bool,
    },
}

impl AccessLogFilter {
    /// Compiles the IR's filter.
    pub fn new(filter: &ir::AccessLogFilter) -> Result<Self, PatternError> {
        use ir::AccessLogFilter as F;
        let all = |filters: &[F]| filters.iter().map(Self::new).collect::<Result<_, _>>();
        Ok(match filter {
            F::StatusCode { comparison } => Self::StatusCode(comparison.clone()),
            F::Duration { comparison } => Self::Duration(comparison.clone()),
            F::NotHealthCheck {} => Self::NotHealthCheck,
            F::Traceable {} => Self::Traceable,
            F::Runtime { percent, use_independent_randomness } => Self::Runtime {
                percent: percent.clone(),
                use_independent_randomness: *use_independent_randomness,
            },
            F::And { filters } => Self::And(all(filters)?),
            F::Or { filters } => Self::Or(all(filters)?),
            F::Header { matcher } => Self::Header(HeaderMatcher::new(matcher)?),
            F::ResponseFlag { flags } => {
                Self::ResponseFlag(ResponseFlags::of_short(flags.iter().map(String::as_str)))
            }
            F::GrpcStatus { statuses, exclude } => {
                Self::GrpcStatus { statuses: statuses.as_slice().into(), exclude: *exclude }
            }
            F::Metadata { matcher, match_if_key_not_found } => Self::Metadata {
                matcher: matcher.as_ref().map(MetadataMatcher::new).transpose()?,
                match_if_key_not_found: *match_if_key_not_found,
            },
            F::LogType { types, exclude } => {
                Self::LogType { types: types.as_slice().into(), exclude: *exclude }
            }
        })
    }

    /// Whether the stream is to be told of now.
    pub fn matches(&self, cx: &FormatContext<'_>, runtime: &Runtime, rng: &Rng) -> bool {
        match self {
            Self::StatusCode(comparison) => {
                compare(comparison, cx.info.response_code.into(), runtime)
            }
            Self::Duration(comparison) => {
                let took = cx.now.saturating_duration_since(cx.info.start);
                compare(comparison, took.as_millis() as u64, runtime)
            }
            Self::NotHealthCheck => !cx.info.health_check,
            // Nothing is traced.
            Self::Traceable => false,
            Self::Runtime { percent, use_independent_randomness } => {
                let independent = *use_independent_randomness;
                let of_request = if independent { None } else { request_number(cx) };
                let number = of_request.unwrap_or_else(|| rng.next_u64());
                let FractionalPercent { numerator, denominator, runtime_key } = percent;
                runtime.sampled(runtime_key, *numerator, number, *denominator)
            }
            Self::And(filters) => filters.iter().all(|each| each.matches(cx, runtime, rng)),
            Self::Or(filters) => filters.iter().any(|each| each.matches(cx, runtime, rng)),
            Self::Header(matcher) => matcher.matches(cx.request),
            Self::ResponseFlag(flags) if flags.is_empty() => !cx.info.flags.is_empty(),
            Self::ResponseFlag(flags) => cx.info.flags.intersects(*flags),
            Self::GrpcStatus { statuses, exclude } => {
                let status = grpc_status_code(cx).unwrap_or(GRPC_UNKNOWN);
                statuses.iter().any(|each| i64::from(*each) == status) != *exclude
            }
            Self::Metadata { matcher, match_if_key_not_found } => {
                let found = matcher.as_ref().and_then(|matcher| matcher.matches_present(cx.info));
                found.unwrap_or(*match_if_key_not_found)
            }
            Self::LogType { types, exclude } => types.contains(&cx.log_type) != *exclude,
        }
    }
}

/// Nothing for a stream without an answer; what gRPC does not know is no status of its own.
fn grpc_status_code(cx: &FormatContext<'_>) -> Option<i64> {
    let status = |head: Option<&Head>| {
        let text = head?.get_str(HeaderId::GrpcStatus).filter(|text| !text.is_empty())?;
        Some(text.trim().parse().ok().filter(|code| (0..=16).contains(code)).unwrap_or(-1))
    };
    status(cx.trailers)
        .or_else(|| status(cx.response))
        .or_else(|| status_from_http(cx.info.response_code).map(i64::from))
}

fn compare(comparison: &ir::Comparison, number: u64, runtime: &Runtime) -> bool {
    let ir::Comparison { op, value, runtime_key } = comparison;
    let value = runtime.integer(runtime_key, u64::from(*value));
    match op {
        ComparisonOp::Eq => number == value,
        ComparisonOp::Ge => number >= value,
        ComparisonOp::Le => number <= value,
        ComparisonOp::Ne => number != value,
    }
}

/// The number of a request id: all logs of a request, here and elsewhere, sample it alike.
fn request_number(cx: &FormatContext<'_>) -> Option<u64> {
    let digits = cx.request.get(HeaderId::XRequestId)?.get(..REQUEST_ID_DIGITS)?;
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests;
