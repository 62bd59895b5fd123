//! Expected texts were taken from the real Envoy where they are not obvious.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use voyant_ir::format::{
    DurationPrecision, GrpcStatusFormat, Operator, PathQuery, PathSource, StreamField, TimePoint,
};

use super::*;
use crate::codec::Protocol;
use crate::failure::flags::ResponseFlag;
use crate::head::Head;
use crate::http::stream_info::{ClusterNames, ConnectionInfo, StreamInfo};
use crate::rt::address::PeerAddress;
use crate::rt::clock::{Instant, now};
use crate::upstream::host::tests::spec;
use crate::upstream::host::{Host, HostSpec};

mod connections;
mod property;
mod stream_state;

/// A finished request, to be changed by a test.
pub(super) struct Fixture {
    pub request: Head,
    pub response: Head,
    pub trailers: Option<Head>,
    pub info: StreamInfo,
    pub now: Instant,
}

pub(super) fn address(text: &str) -> PeerAddress {
    PeerAddress::Ip(text.parse::<SocketAddr>().expect("an address"))
}

impl Fixture {
    pub(super) fn new() -> Self {
        let start = now();
        let (remote, local) = (address("127.0.0.1:56804"), address("127.0.0.1:39757"));
        let connection = ConnectionInfo::new(2, remote, local, "".into());
        let wall = Duration::from_micros(1_795_233_319_125_555);
        let mut info = StreamInfo::new(Rc::new(connection), 7, start, wall);
        info.remote = address("[2001:db8::1]:0");
        info.protocol = Some(Protocol::Http11);
        info.response_code = 200;
        let mut request = Head::new();
        for (name, value) in [
            (":method", "GET"),
            (":path", "/app/x?a=1&b=2"),
            (":authority", "h.example"),
            ("x-dup", "1"),
            ("x-dup", "2"),
            ("x-empty", ""),
            ("x-request-id", "9eccf80b-1e5f-48c7-a2f0-5290bf376acc"),
        ] {
            request.push_received(name.as_bytes(), value.as_bytes());
        }
        let mut response = Head::new();
        response.push_received(b":status", b"200");
        response.push_received(b"x-upper", b"AbC");
        Self { request, response, trailers: None, info, now: start + Duration::from_micros(2_900) }
    }

    pub(super) fn context(&self) -> FormatContext<'_> {
        FormatContext {
            request: &self.request,
            response: Some(&self.response),
            trailers: self.trailers.as_ref(),
            info: &self.info,
            now: self.now,
            log_type: AccessLogType::DownstreamEnd,
            local_reply_body: b"",
        }
    }

    fn text(&self, operator: Operator) -> String {
        self.cut(operator, None)
    }

    fn cut(&self, operator: Operator, max_length: Option<u32>) -> String {
        let mut out = Vec::new();
        let formatter = Formatter::new(&[Segment::Operator { operator, max_length }]);
        formatter.write(&self.context(), &mut out);
        String::from_utf8(out).expect("text")
    }

    fn field(&self, field: StreamField) -> String {
        self.text(Operator::Field { field })
    }
}

pub(super) fn text(text: &str) -> Segment {
    Segment::Text { text: text.to_owned() }
}

pub(super) fn field(field: StreamField) -> Segment {
    Segment::Operator { operator: Operator::Field { field }, max_length: None }
}

pub(super) fn request_header(name: &str, alternative: Option<&str>) -> Operator {
    Operator::RequestHeader { name: name.to_owned(), alternative: alternative.map(str::to_owned) }
}

#[test]
fn texts_join_and_a_format_without_operators_is_constant() {
    let constant = Formatter::new(&[text("a"), text("b")]);
    assert_eq!(constant.as_constant(), Some(&b"ab"[..]));
    assert_eq!(Formatter::new(&[]).as_constant(), Some(&b""[..]));
    let mixed = Formatter::new(&[text("a"), field(StreamField::Protocol), text("b")]);
    assert_eq!(mixed.as_constant(), None);
    let mut out = b"> ".to_vec();
    assert!(mixed.write(&Fixture::new().context(), &mut out));
    assert_eq!(out, b"> aHTTP/1.1b");
}

#[test]
fn a_missing_value_is_a_dash_or_nothing() {
    let fixture = Fixture::new();
    let formatter = Formatter::new(&[text("["), field(StreamField::RouteName), text("]")]);
    let mut out = Vec::new();
    assert!(!formatter.write(&fixture.context(), &mut out));
    assert!(!formatter.write_omitting(&fixture.context(), &mut out));
    assert_eq!(out, b"[-][]");
}

#[test]
fn headers_have_alternatives_and_lengths() {
    let fixture = Fixture::new();
    assert_eq!(fixture.text(request_header(":path", None)), "/app/x?a=1&b=2");
    assert_eq!(fixture.cut(request_header(":path", None), Some(5)), "/app/");
    assert_eq!(fixture.text(request_header("x-none", Some(":path"))), "/app/x?a=1&b=2");
    assert_eq!(fixture.text(request_header("x-dup", None)), "1");
    assert_eq!(fixture.text(request_header("host", None)), "h.example");
    assert_eq!(fixture.text(request_header("x-empty", None)), "");
    assert_eq!(fixture.cut(request_header("x-none", None), Some(0)), "-");
    let without_query =
        Operator::RequestHeaderWithoutQuery { name: ":path".into(), alternative: None };
    assert_eq!(fixture.text(without_query), "/app/x");
    let response = Operator::ResponseHeader { name: "x-upper".into(), alternative: None };
    assert_eq!(fixture.text(response), "AbC");
    let trailer = Operator::ResponseTrailer { name: "x-t".into(), alternative: None };
    assert_eq!(fixture.text(trailer), "-");
}

#[test]
fn paths_and_queries() {
    let mut fixture = Fixture::new();
    let path = |query, source| Operator::Path { query, source };
    assert_eq!(fixture.text(path(PathQuery::Without, PathSource::Current)), "/app/x");
    assert_eq!(fixture.text(path(PathQuery::With, PathSource::Original)), "-");
    fixture.request.push_received(b"x-envoy-original-path", b"/old?q");
    assert_eq!(fixture.text(path(PathQuery::With, PathSource::OriginalOrCurrent)), "/old?q");
    fixture.request.remove(crate::head::header_name::HeaderId::Path);
    fixture.request.push_received(b":path", b"/p?e=&d=%41b&f&d=2&%67=%zz#d=3");
    let query = |name: &str| Operator::QueryParameter { name: name.to_owned() };
    let values = ["e", "d", "f", "g", "h"].map(|name| fixture.text(query(name)));
    assert_eq!(values, ["", "Ab", "", "%zz#d=3", "-"]);
}

#[test]
fn addresses_of_both_sides() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.field(StreamField::DownstreamRemoteAddress), "[2001:db8::1]:0");
    assert_eq!(fixture.field(StreamField::DownstreamRemoteAddressWithoutPort), "2001:db8::1");
    assert_eq!(fixture.field(StreamField::DownstreamDirectRemoteAddress), "127.0.0.1:56804");
    assert_eq!(fixture.field(StreamField::DownstreamLocalPort), "39757");
    assert_eq!(fixture.field(StreamField::UpstreamHost), "-");
    fixture.info.upstream.remote = Some(address("127.0.0.1:19911"));
    assert_eq!(fixture.field(StreamField::UpstreamHost), "127.0.0.1:19911");
    assert_eq!(fixture.field(StreamField::UpstreamHostName), "127.0.0.1:19911");
    assert_eq!(fixture.field(StreamField::UpstreamHostNameWithoutPort), "127.0.0.1");
    assert_eq!(fixture.field(StreamField::UpstreamRemoteAddress), "-");
    fixture.info.upstream.connection_id = Some(3);
    let named = HostSpec { hostname: "app.example:80".into(), ..spec(80, 1) };
    fixture.info.upstream.host = Some(Rc::new(Arc::new(Host::new(named)).into()));
    assert_eq!(fixture.field(StreamField::UpstreamRemotePort), "19911");
    assert_eq!(fixture.field(StreamField::UpstreamHostName), "app.example:80");
    assert_eq!(fixture.field(StreamField::UpstreamHostNameWithoutPort), "app.example");
}

#[test]
fn durations_need_both_points_in_order() {
    let mut fixture = Fixture::new();
    let start = fixture.info.start;
    fixture.info.mark(TimePoint::UsRxBeg, start + Duration::from_micros(1_999));
    fixture.info.mark(TimePoint::DsTxEnd, start + Duration::from_micros(2_500));
    assert_eq!(fixture.field(StreamField::Duration), "2");
    assert_eq!(fixture.field(StreamField::ResponseDuration), "1");
    assert_eq!(fixture.field(StreamField::ResponseTxDuration), "0");
    assert_eq!(fixture.field(StreamField::RequestTxDuration), "-");
    let between =
        |start, end| Operator::CommonDuration { start, end, precision: DurationPrecision::Us };
    assert_eq!(fixture.text(between(TimePoint::DsRxBeg, TimePoint::DsTxEnd)), "2500");
    assert_eq!(fixture.text(between(TimePoint::DsTxEnd, TimePoint::UsRxBeg)), "-");
}

#[test]
fn flags_details_and_reasons() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.field(StreamField::ResponseFlags), "-");
    fixture.info.flags.insert(ResponseFlag::UpstreamRetryLimitExceeded);
    fixture.info.flags.insert(ResponseFlag::UpstreamConnectionFailure);
    assert_eq!(fixture.field(StreamField::ResponseFlags), "URX,UF");
    assert_eq!(
        fixture.field(StreamField::ResponseFlagsLong),
        "UpstreamRetryLimitExceeded,UpstreamConnectionFailure"
    );
    fixture.info.details = Some("a b{c d}".into());
    let details = |allow_whitespaces| Operator::ResponseCodeDetails { allow_whitespaces };
    assert_eq!(fixture.text(details(false)), "a_b{c_d}");
    assert_eq!(fixture.text(details(true)), "a b{c d}");
    fixture.info.upstream.transport_failure =
        Some("delayed_connect_error: Connection refused".into());
    assert_eq!(
        fixture.field(StreamField::UpstreamTransportFailureReason),
        "delayed_connect_error:_Connection_refused"
    );
}

#[test]
fn a_cluster_is_shown_by_its_alternative_name() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.field(StreamField::UpstreamCluster), "-");
    let called = |stat_name: &str| {
        let stat_name = Some(stat_name.into());
        Some(Rc::new(ClusterNames { name: "a:b".into(), stat_name, metadata: None }))
    };
    fixture.info.upstream.cluster = called("a_b");
    assert_eq!(fixture.field(StreamField::UpstreamCluster), "a:b");
    fixture.info.upstream.cluster = called("alt");
    assert_eq!(fixture.field(StreamField::UpstreamCluster), "alt");
    assert_eq!(fixture.field(StreamField::UpstreamClusterRaw), "a:b");
}

#[test]
fn grpc_status_comes_from_trailers_headers_or_the_code() {
    let mut fixture = Fixture::new();
    let status = |format| Operator::GrpcStatus { format };
    assert_eq!(fixture.text(status(GrpcStatusFormat::Number)), "-");
    fixture.request.push_received(b"content-type", b"application/grpc+proto");
    assert_eq!(fixture.text(status(GrpcStatusFormat::Number)), "2");
    fixture.response.push_received(b"grpc-status", b"12");
    assert_eq!(fixture.text(status(GrpcStatusFormat::SnakeString)), "UNIMPLEMENTED");
    let mut trailers = Head::new();
    trailers.push_received(b"grpc-status", b"5");
    fixture.trailers = Some(trailers);
    assert_eq!(fixture.text(status(GrpcStatusFormat::CamelString)), "NotFound");
    fixture.trailers.as_mut().expect("set above").clear();
    fixture.trailers.as_mut().expect("set above").push_received(b"grpc-status", b"99");
    assert_eq!(fixture.text(status(GrpcStatusFormat::CamelString)), "99");
}

#[test]
fn ids() {
    let mut fixture = Fixture::new();
    assert_eq!(
        fixture.field(StreamField::StreamId),
        fixture.text(request_header("x-request-id", None))
    );
    assert_ne!(fixture.field(StreamField::UniqueId), fixture.field(StreamField::UniqueId));
    fixture.request.clear();
    assert_eq!(fixture.field(StreamField::StreamId), "-", "of a head that was refused");
    fixture.info.protocol = None;
    let id = fixture.field(StreamField::StreamId);
    assert_eq!(id.len(), 36);
    assert_eq!(id, fixture.field(StreamField::StreamId), "the same in each line of a session");
}

#[test]
fn constants() {
    let fixture = Fixture::new();
    assert_eq!(fixture.text(Operator::Environment { value: None }), "-");
    assert_eq!(fixture.cut(Operator::Environment { value: Some("/root".into()) }, Some(2)), "/r");
    assert_eq!(fixture.text(Operator::Hostname { value: "vm".into() }), "vm");
    assert_eq!(fixture.field(StreamField::LocalReplyBody), "");
    assert_eq!(fixture.field(StreamField::AccessLogType), "DownstreamEnd");
}

#[test]
fn every_field_of_the_ir_has_an_operator() {
    let schema = serde_json::from_str::<serde_json::Value>(&voyant_ir::schema()).expect("JSON");
    let variants = schema["$defs"]["StreamField"].to_string();
    let names: Vec<_> = variants.split('"').filter(|word| word.contains('_')).collect();
    assert!(names.len() > 50, "{variants}");
    let fixture = Fixture::new();
    for name in names.into_iter().map(serde_json::Value::from) {
        let field: StreamField = serde_json::from_value(name).expect("a field");
        fixture.field(field);
    }
}
