//! A compiled operator and its evaluation.

use std::time::Duration;

use voyant_ir::format::{
    CoalesceOperator, DurationPrecision, GrpcStatusFormat, Operator, PathQuery, PathSource,
    ServerName, TimePoint,
};

use super::context::FormatContext;
use super::escape::escape_tail;
use super::field;
use super::filter_state::FilterStateOp;
use super::header::{HeaderSource, Lookup, grpc_status, path, query, query_parameter, server_name};
use super::metadata::MetadataOp;
use super::network;
use super::time::TimePattern;
use super::value::{self, AddressPart};
use crate::rt::address::PeerAddress;

/// One operator.
#[derive(Debug)]
pub(super) enum Op {
    Constant(Box<str>),
    Header(Lookup),
    Number(fn(&FormatContext<'_>) -> Option<u64>),
    Text(for<'a> fn(&FormatContext<'a>) -> Option<&'a str>),
    /// Text whose spaces become `_`.
    Underscored(for<'a> fn(&FormatContext<'a>) -> Option<&'a str>),
    Address(AddressSource, AddressPart),
    /// Written by a function of its own; false when missing.
    Write(fn(&FormatContext<'_>, &mut Vec<u8>) -> bool),
    StartTime(TimePattern),
    EmitTime(TimePattern),
    Duration(TimePoint, TimePoint, DurationPrecision),
    GrpcStatus(GrpcStatusFormat),
    Path(PathQuery, PathSource),
    QueryParameter(Box<str>),
    Query {
        decoded: bool,
    },
    ServerName(ServerName, PathSource),
    Network(AddressSource, u8),
    Metadata(MetadataOp),
    FilterState(FilterStateOp),
    /// Each with the length that its value is cut to.
    Coalesce(Box<[(Op, usize)]>),
}

/// Where an address is.
pub(super) type AddressSource = for<'a> fn(&FormatContext<'a>) -> Option<&'a PeerAddress>;

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
            Operator::QueryParameters { decoded } => Self::Query { decoded: *decoded },
            Operator::RequestedServerName { first, host } => Self::ServerName(*first, *host),
            Operator::Network { field, bits } => match field::compile(*field) {
                Self::Address(source, _) => Self::Network(source, *bits),
                other => other,
            },
            Operator::Metadata { source, namespace, path } => {
                Self::Metadata(MetadataOp::new(*source, namespace, path))
            }
            Operator::FilterState { upstream, name, form } => {
                Self::FilterState(FilterStateOp::new(*upstream, name, form))
            }
            Operator::Coalesce { operators } => Self::coalesce(operators),
        }
    }

    fn coalesce(operators: &[CoalesceOperator]) -> Self {
        let operand = |CoalesceOperator { operator, max_length }: &CoalesceOperator| {
            (Self::new(operator), max_length.map_or(usize::MAX, |length| length as usize))
        };
        Self::Coalesce(operators.iter().map(operand).collect())
    }

    /// Appends the value as JSON, a string cut to a length; false, with nothing appended, when it
    /// is missing.
    pub(super) fn write_json(
        &self,
        cx: &FormatContext<'_>,
        max_length: usize,
        out: &mut Vec<u8>,
    ) -> bool {
        match self {
            Self::Metadata(metadata) => return metadata.write_json(cx, max_length, out),
            Self::FilterState(state) => return state.write_json(cx, max_length, out),
            Self::Coalesce(operands) => {
                let mut each = operands.iter();
                return each.any(|(op, own)| op.write_json(cx, max_length.min(*own), out));
            }
            number if number.is_number() => return number.write(cx, out),
            _ => {}
        }
        out.push(b'"');
        let start = out.len();
        if !self.write(cx, out) {
            out.truncate(start - 1);
            return false;
        }
        out.truncate(start.saturating_add(max_length));
        escape_tail(out, start);
        out.push(b'"');
        true
    }

    /// Whether JSON writes it without quotes.
    fn is_number(&self) -> bool {
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
            Self::Query { decoded } => query(cx.request, *decoded, out),
            Self::ServerName(first, host) => put(server_name(cx, *first, *host), out),
            Self::Network(address, bits) => {
                address(cx).is_some_and(|address| network::write(address, *bits, out))
            }
            Self::Metadata(metadata) => metadata.write(cx, out),
            Self::FilterState(state) => state.write(cx, out),
            Self::Coalesce(operands) => operands.iter().any(|(op, max_length)| {
                let start = out.len();
                let found = op.write(cx, out);
                out.truncate(start.saturating_add(*max_length));
                found
            }),
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
    let info = cx.info;
    let at = |point| match point {
        TimePoint::DsRxBeg => Some(info.start),
        // The logs of upstream requests know nothing of the client's connection.
        TimePoint::DsCxBeg if cx.log_type.is_upstream() => Some(info.start),
        TimePoint::DsCxEnd if cx.log_type.is_upstream() => None,
        TimePoint::DsCxBeg => Some(info.connection.opened),
        TimePoint::DsCxEnd => info.connection.ended.get(),
        other => info.point(other),
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
