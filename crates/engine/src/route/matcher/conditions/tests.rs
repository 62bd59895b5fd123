//! Each condition, and which of them is said to have failed.

use voyant_ir::value_matcher as ir;

use super::*;
use crate::filter_state::{Keeping, LifeSpan, Object, Sharing};
use crate::http::stream_info::StreamInfo;
use crate::route::finalize::tests::stream;
use crate::route::table::tests::build::{exact_value, prefix, query_parameter, route, with_header};
use crate::runtime::Runtime;

fn head(path: &str, content_type: &str) -> Head {
    let mut head = Head::new();
    head.push(HeaderId::Path, path.as_bytes());
    head.push(HeaderId::ContentType, content_type.as_bytes());
    head.push_received(b"x", b"1");
    head
}

fn check(matches: &RouteMatch, head: &Head, random: u64) -> Result<(), Miss> {
    let runtime = Runtime::default();
    let conditions = Conditions::new(matches).unwrap().unwrap();
    conditions.check(head, &MatchContext { random, runtime: &runtime, info: None })
}

fn check_stream(matches: &RouteMatch, info: Option<&StreamInfo>) -> Result<(), Miss> {
    let runtime = Runtime::default();
    let conditions = Conditions::new(matches).unwrap().unwrap();
    conditions.check(&head("/", ""), &MatchContext { random: 0, runtime: &runtime, info })
}

#[test]
fn what_filters_have_written_is_asked_last() {
    let mut info = stream();
    info.dynamic_metadata_mut().set("ns", &["key"], "value".into());
    let keeping =
        Keeping { life_span: LifeSpan::FilterChain, read_only: false, sharing: Sharing::None };
    info.set_filter_state("name", Object::String("value".into()), keeping).unwrap();
    let mut matches = with_header(route("", prefix("/")), "x", "1").matches;
    let metadata = |wanted: &str, invert| ir::MetadataMatcher {
        namespace: "ns".into(),
        path: vec!["key".into()],
        value: ir::ValueMatcher::String { matcher: exact_value(wanted) },
        invert,
    };
    let state = |wanted: &str| ir::FilterStateMatcher {
        key: "name".into(),
        condition: ir::FilterStateCondition::String { matcher: exact_value(wanted) },
    };
    matches.dynamic_metadata = vec![metadata("other", true), metadata("value", false)];
    matches.filter_state = vec![state("value")];
    assert_eq!(check_stream(&matches, Some(&info)), Ok(()));
    assert_eq!(check_stream(&matches, Some(&stream())), Err(Miss::DynamicMetadata(1)));
    assert_eq!(check_stream(&matches, None), Err(Miss::DynamicMetadata(1)));
    matches.filter_state.push(state("other"));
    assert_eq!(check_stream(&matches, Some(&info)), Err(Miss::FilterState(1)));
    matches.dynamic_metadata.clear();
    assert_eq!(check_stream(&matches, None), Err(Miss::FilterState(0)));
}

#[test]
fn grpc_goes_by_content_type() {
    let mut matches = route("", prefix("/")).matches;
    matches.grpc = true;
    for (content_type, expected) in [
        ("application/grpc", true),
        ("application/grpc+proto", true),
        ("application/grpc;x", false),
        ("application/grpc-web", false),
        ("Application/grpc", false),
        ("application/json", false),
    ] {
        let expected = if expected { Ok(()) } else { Err(Miss::Grpc) };
        assert_eq!(check(&matches, &head("/s/M", content_type), 0), expected, "{content_type}");
    }
}

#[test]
fn a_fraction_goes_by_the_random_number() {
    let mut matches = route("", prefix("/")).matches;
    let fraction =
        FractionalPercent { numerator: 30, denominator: 10_000, runtime_key: String::new() };
    matches.runtime_fraction = Some(fraction);
    for (random, expected) in [(29, Ok(())), (30, Err(Miss::RuntimeFraction)), (10_029, Ok(()))] {
        assert_eq!(check(&matches, &head("/", ""), random), expected, "{random}");
    }
}

#[test]
fn the_first_condition_that_fails_is_named() {
    let both = with_header(with_header(route("", prefix("/")), "x", "1"), "y", "2");
    assert_eq!(check(&both.matches, &head("/", ""), 0), Err(Miss::Header(1)));
    let mut matches = with_header(route("", prefix("/")), "x", "1").matches;
    matches.query_parameters.push(query_parameter("a", exact_value("1")));
    matches.query_parameters.push(query_parameter("b", exact_value("2")));
    assert_eq!(check(&matches, &head("/?b=2&a=1", ""), 0), Ok(()));
    assert_eq!(check(&matches, &head("/?a=1", ""), 0), Err(Miss::QueryParameter(1)));
    assert_eq!(check(&matches, &head("/", ""), 0), Err(Miss::QueryParameter(0)));
}

#[test]
fn a_route_that_asks_only_its_path_has_no_conditions() {
    assert!(Conditions::new(&route("", prefix("/")).matches).unwrap().is_none());
}
