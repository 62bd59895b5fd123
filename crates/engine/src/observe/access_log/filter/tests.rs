use std::time::Duration;

use voyant_ir::access_log::{AccessLogFilter as F, Comparison};
use voyant_ir::matcher::{HeaderCondition, HeaderMatcher as IrHeaderMatcher};
use voyant_ir::snapshot::{RuntimeLayer, RuntimeValue};
use voyant_ir::value_matcher::{MetadataMatcher as IrMetadataMatcher, ValueMatcher};

use super::*;
use crate::failure::flags::ResponseFlag;
use crate::http::stream_info::{ConnectionInfo, StreamInfo};
use crate::rt::address::PeerAddress;
use crate::rt::clock;

struct Fixture {
    request: Head,
    response: Head,
    trailers: Option<Head>,
    info: StreamInfo,
    took: Duration,
    log_type: AccessLogType,
    runtime: Runtime,
    rng: Rng,
}

impl Fixture {
    fn new() -> Self {
        let address = PeerAddress::Pipe("".into());
        let connection = ConnectionInfo::new(1, address.clone(), address, "".into());
        Self {
            request: Head::new(),
            response: Head::new(),
            trailers: None,
            info: StreamInfo::new(connection.into(), 1, clock::now(), Duration::ZERO),
            took: Duration::ZERO,
            log_type: AccessLogType::DownstreamEnd,
            runtime: Runtime::default(),
            rng: Rng::seeded(1),
        }
    }

    fn with_runtime(key: &str, value: &str) -> Self {
        let values = vec![RuntimeValue { key: key.into(), value: value.into() }];
        let layer = RuntimeLayer { name: "layer".into(), admin: false, disk: false, values };
        Self { runtime: Runtime::new(&[layer]), ..Self::new() }
    }

    fn matches(&self, filter: &F) -> bool {
        let cx = FormatContext {
            request: &self.request,
            response: Some(&self.response),
            trailers: self.trailers.as_ref(),
            info: &self.info,
            now: self.info.start + self.took,
            log_type: self.log_type,
            local_reply_body: b"",
        };
        let filter = AccessLogFilter::new(filter).expect("it compiles");
        filter.matches(&cx, &self.runtime, &self.rng)
    }
}

fn comparison(op: ComparisonOp, value: u32) -> Comparison {
    Comparison { op, value, runtime_key: "key".into() }
}

fn status(op: ComparisonOp, value: u32) -> F {
    F::StatusCode { comparison: comparison(op, value) }
}

fn sampled(numerator: u32, denominator: u32, use_independent_randomness: bool) -> F {
    let percent = FractionalPercent { numerator, denominator, runtime_key: "key".into() };
    F::Runtime { percent, use_independent_randomness }
}

#[test]
fn numbers_are_compared_in_four_ways() {
    use ComparisonOp::{Eq, Ge, Le, Ne};
    let mut stream = Fixture::new();
    stream.info.response_code = 404;
    stream.took = Duration::from_millis(404);
    for (op, [below, same, above]) in [
        (Eq, [false, true, false]),
        (Ge, [false, true, true]),
        (Le, [true, true, false]),
        (Ne, [true, false, true]),
    ] {
        for (value, expected) in [(405, below), (404, same), (403, above)] {
            assert_eq!(stream.matches(&status(op, value)), expected, "{op:?} {value}");
            let duration = F::Duration { comparison: comparison(op, value) };
            assert_eq!(stream.matches(&duration), expected, "{op:?} {value}");
        }
    }
    assert!(Fixture::new().matches(&status(Le, 0)), "no status is 0");
}

#[test]
fn runtime_has_the_last_word() {
    let mut stream = Fixture::with_runtime("key", "500");
    stream.info.response_code = 404;
    assert!(!stream.matches(&status(ComparisonOp::Ge, 400)));
    stream.info.response_code = 500;
    assert!(stream.matches(&status(ComparisonOp::Ge, 501)));
}

#[test]
fn the_request_id_decides_a_share() {
    let mut stream = Fixture::new();
    // 0x63 is 99.
    for (id, expected) in [("00000062-x", true), ("00000063-x", false), ("000000c6", true)] {
        stream.request = Head::new();
        stream.request.push_received(b"x-request-id", id.as_bytes());
        assert_eq!(stream.matches(&sampled(99, 100, false)), expected, "{id}");
    }
    stream.request = Head::new();
    stream.request.push_received(b"x-request-id", b"00000063-x");
    let lucky = (0..1000).filter(|_| stream.matches(&sampled(5000, 10_000, true))).count();
    assert!((400..600).contains(&lucky), "independent of it: {lucky}");
    stream.request = Head::new();
    stream.request.push_received(b"x-request-id", b"no number");
    let lucky = (0..1000).filter(|_| stream.matches(&sampled(50, 100, false))).count();
    assert!((400..600).contains(&lucky), "at random without it: {lucky}");
}

#[test]
fn a_runtime_number_replaces_the_share_and_not_what_it_is_of() {
    let mut stream = Fixture::with_runtime("key", "100");
    stream.request.push_received(b"x-request-id", b"00000064-x");
    assert!(!stream.matches(&sampled(10_000, 10_000, false)), "100 of 10,000");
    assert!(stream.matches(&sampled(0, 100, false)), "100 of 100");
}

#[test]
fn filters_are_joined() {
    let mut stream = Fixture::new();
    stream.info.response_code = 404;
    let (yes, no) = (status(ComparisonOp::Eq, 404), status(ComparisonOp::Eq, 200));
    let and = |filters: [&F; 2]| F::And { filters: filters.map(Clone::clone).to_vec() };
    let or = |filters: [&F; 2]| F::Or { filters: filters.map(Clone::clone).to_vec() };
    assert!(stream.matches(&and([&yes, &yes])) && !stream.matches(&and([&yes, &no])));
    assert!(stream.matches(&or([&no, &yes])) && !stream.matches(&or([&no, &no])));
}

#[test]
fn what_the_stream_is() {
    let mut stream = Fixture::new();
    assert!(stream.matches(&F::NotHealthCheck {}));
    stream.info.health_check = true;
    assert!(!stream.matches(&F::NotHealthCheck {}));
    assert!(!stream.matches(&F::Traceable {}));
    let condition = HeaderCondition::Present { present: true };
    let matcher = IrHeaderMatcher {
        name: "x-a".into(),
        condition,
        invert: false,
        treat_missing_as_empty: false,
    };
    let header = F::Header { matcher };
    assert!(!stream.matches(&header));
    stream.request.push_received(b"x-a", b"1");
    assert!(stream.matches(&header));
    let types = vec![AccessLogType::DownstreamEnd];
    assert!(stream.matches(&F::LogType { types: types.clone(), exclude: false }));
    assert!(!stream.matches(&F::LogType { types: types.clone(), exclude: true }));
    stream.log_type = AccessLogType::DownstreamStart;
    assert!(!stream.matches(&F::LogType { types, exclude: false }));
}

#[test]
fn flags_of_a_list_or_any() {
    let mut stream = Fixture::new();
    let of = |flags: &[&str]| F::ResponseFlag {
        flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
    };
    assert!(!stream.matches(&of(&[])) && !stream.matches(&of(&["NR"])));
    stream.info.flags.insert(ResponseFlag::NoRouteFound);
    assert!(stream.matches(&of(&[])) && stream.matches(&of(&["UH", "NR"])));
    assert!(!stream.matches(&of(&["UH", "UF"])));
}

#[test]
fn grpc_statuses_come_from_trailers_then_headers_then_http() {
    let mut stream = Fixture::new();
    let of = |status: u32| F::GrpcStatus { statuses: vec![status], exclude: false };
    assert!(stream.matches(&of(2)), "no answer at all is UNKNOWN");
    stream.info.response_code = 503;
    assert!(stream.matches(&of(14)));
    assert!(!stream.matches(&F::GrpcStatus { statuses: vec![14], exclude: true }));
    stream.response.push_received(b"grpc-status", b"5");
    assert!(stream.matches(&of(5)) && !stream.matches(&of(14)));
    let mut trailers = Head::new();
    trailers.push_received(b"grpc-status", b"0");
    stream.trailers = Some(trailers);
    assert!(stream.matches(&of(0)));
    let mut trailers = Head::new();
    trailers.push_received(b"grpc-status", b"17");
    stream.trailers = Some(trailers);
    assert!((0..=16).all(|status| !stream.matches(&of(status))), "not one that gRPC knows");
}

#[test]
fn metadata_that_is_not_there_is_as_configured() {
    let value = ValueMatcher::Bool { value: true };
    let (namespace, path) = ("n".to_owned(), vec!["k".to_owned()]);
    let matcher = IrMetadataMatcher { namespace, path, value, invert: false };
    let filter = |match_if_key_not_found, matcher: &IrMetadataMatcher| F::Metadata {
        matcher: Some(matcher.clone()),
        match_if_key_not_found,
    };
    let mut fixture = Fixture::new();
    assert!(fixture.matches(&filter(true, &matcher)));
    assert!(!fixture.matches(&filter(false, &matcher)));
    for there in [true, false] {
        let members = [("k", there.into())].into_iter().collect();
        fixture.info.dynamic_metadata_mut().merge("n", members);
        assert_eq!(fixture.matches(&filter(!there, &matcher)), there);
    }
    assert!(!fixture.matches(&F::Metadata { matcher: None, match_if_key_not_found: false }));
}
