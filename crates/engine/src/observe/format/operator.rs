//! A compiled operator and its evaluation.

use std::time::Duration;

use voyant_ir::format::{
    DurationPrecision, GrpcStatusFormat, Operator, PathQuery, PathSource, TimePoint,
};

use super::context::FormatContext;
use super::field;
use super::header::{HeaderSource, Lookup, grpc_status, path, query_parameter};
use super::time::TimePattern;
use super::value::{self, AddressPart};
use crate::http::stream_info::PeerAddress;

/// One operator.
#[derive(Debug)]
pub(super) enum Op {
    Constant(Box<str>),
    Header(Lookup),
    Number(fn(&FormatContext<'_>) -> Option<u64>),
    Text(for<'a> fn(&FormatContext<'a>) -> Option<&'a str>),
    /// Text whose spaces become `_`.
    Underscored(for<'a> fn(&FormatContext<'a>) -> Option<&'a str>),
    Address(for<'a> fn(&FormatContext<'a>) -> Option<&'a PeerAddress>, AddressPart),
    /// Written by a function of its own; false when missing.
    Write(fn(&FormatContext<'_>, &mut Vec<u8>) -> bool),
    StartTime(TimePattern),
    EmitTime(TimePattern),
    Duration(TimePoint, TimePoint, DurationPrecision),
    GrpcStatus(GrpcStatusFormat),
    Path(PathQuery, PathSource),
    QueryParameter(Box<str>),
}

impl Op {
    pub(super) fn new(operator: &Operator) -> Self {
        let header = |source, name: &str, alternative: &Option<String>| {
            Self::Header(Lookup::new(source, name, alternative.as_deref()))
        };
        match operator {
            Operator::RequestHeader { name, alternative } => {
                header(HeaderSource::Request, name, alternative)
            }
            Operator::ResponseHeader { name, alternative } => {
                header(HeaderSource::Response, name, alternative)
            }
            Operator::ResponseTrailer { name, alternative } => {
                header(HeaderSource::Trailers, name, alternative)
            }
            Operator::RequestHeaderWithoutQuery { name, alternative } => {
                header(HeaderSource::RequestWithoutQuery, name, alternative)
            }
            Operator::Field { field } => field::compile(*field),
            Operator::StartTime { format } => Self::StartTime(TimePattern::new(format)),
            Operator::EmitTime { format } => Self::EmitTime(TimePattern::new(format)),
            Operator::CommonDuration { start, end, precision } => {
                Self::Duration(*start, *end, *precision)
            }
            // An environment variable that is not set is a constant dash, also in JSON.
            Operator::Environment { value } => {
                Self::Constant(value.as_deref().unwrap_or("-").into())
            }
            Operator::GrpcStatus { format } => Self::GrpcStatus(*format),
            Operator::ResponseCodeDetails { allow_whitespaces: true } => {
                Self::Text(|cx| cx.info.details.as_deref())
            }
            Operator::ResponseCodeDetails { allow_whitespaces: false } => {
                Self::Underscored(|cx| cx.info.details.as_deref())
            }
            Operator::Path { query, source } => Self::Path(*query, *source),
            Operator::QueryParameter { name } => Self::QueryParameter(name.as_str().into()),
            Operator::Hostname { value } => Self::Constant(value.as_str().into()),
        }
    }

    /// Whether JSON writes it without quotes.
    pub(super) fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Number(_)
                | Self::Duration(..)
                | Self::Address(_, AddressPart::Port)
                | Self::GrpcStatus(GrpcStatusFormat::Number)
        )
    }

    /// Appends the value; false, with nothing appended, when it is missing.
    pub(super) fn write(&self, cx: &FormatContext<'_>, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Constant(text) => put(Some(text.as_bytes()), out),
            Self::Header(lookup) => put(lookup.find(cx), out),
            Self::Number(number) => put_number(number(cx), out),
            Self::Text(text) => put(text(cx).map(str::as_bytes), out),
            Self::Underscored(text) => {
                let start = out.len();
                let found = put(text(cx).map(str::as_bytes), out);
                out[start..].iter_mut().filter(|byte| **byte == b' ').for_each(|b| *b = b'_');
                found
            }
            Self::Address(address, part) => {
                address(cx).is_some_and(|address| value::address(address, *part, out))
            }
            Self::Write(write) => write(cx, out),
            Self::StartTime(pattern) => {
                pattern.write(cx.info.start_wall, out);
                true
            }
            Self::EmitTime(pattern) => {
                let since_start = cx.now.saturating_duration_since(cx.info.start);
                pattern.write(cx.info.start_wall + since_start, out);
                true
            }
            Self::Duration(start, end, precision) => {
                put_number(between(cx, *start, *end).map(|d| in_unit(d, *precision)), out)
            }
            Self::GrpcStatus(format) => grpc_status(cx, *format, out),
            Self::Path(query, source) => put(path(cx.request, *query, *source), out),
            Self::QueryParameter(name) => query_parameter(cx.request, name, out),
        }
    }
}

fn put(value: Option<&[u8]>, out: &mut Vec<u8>) -> bool {
    value.inspect(|value| out.extend_from_slice(value)).is_some()
}

fn put_number(number: Option<u64>, out: &mut Vec<u8>) -> bool {
    number.inspect(|number| value::number(*number, out)).is_some()
}

/// The time between two points, if both were reached in that order.
fn between(cx: &FormatContext<'_>, start: TimePoint, end: TimePoint) -> Option<Duration> {
    let at = |point| match (cx.info.point(point), point) {
        (None, TimePoint::DsRxBeg) => Some(cx.info.start),
        (reached, _) => reached,
    };
    at(end)?.checked_duration_since(at(start)?)
}

fn in_unit(duration: Duration, precision: DurationPrecision) -> u64 {
    let count = match precision {
        DurationPrecision::Ms => duration.as_millis(),
        DurationPrecision::Us => duration.as_micros(),
        DurationPrecision::Ns => duration.as_nanos(),
    };
    u64::try_from(count).unwrap_or(u64::MAX)
}
