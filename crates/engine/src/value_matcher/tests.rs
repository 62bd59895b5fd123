use std::rc::Rc;
use std::time::Duration;

use voyant_ir::address::CidrRange;
use voyant_ir::matcher::StringMatcher as IrString;

use super::*;
use crate::filter_state::{Keeping, LifeSpan, Sharing};
use crate::http::stream_info::ConnectionInfo;
use crate::rt::address::PeerAddress;
use crate::rt::clock::now;

fn stream() -> StreamInfo {
    let end = PeerAddress::Pipe("".into());
    let connection = ConnectionInfo::new(0, end.clone(), end, "".into());
    StreamInfo::new(Rc::new(connection), 0, now(), Duration::ZERO)
}

fn exact(value: &str) -> IrString {
    IrString::Exact { value: value.into(), ignore_case: false }
}

fn matches(matcher: &ir::ValueMatcher, value: Option<&Value>) -> bool {
    ValueMatcher::new(matcher).expect("a matcher").matches(value)
}

#[test]
fn a_value_is_matched_by_its_kind() {
    let list = Value::from(vec![1.0.into(), "a".into()]);
    let values = [
        None,
        Some(Value::Null {}),
        Some(1.5.into()),
        Some("a".into()),
        Some(true.into()),
        Some(list),
    ];
    let is_a = ir::ValueMatcher::String { matcher: exact("a") };
    let one_of = Box::new(is_a.clone());
    let null_or_a = vec![ir::ValueMatcher::Null {}, is_a.clone()];
    for (matcher, expected) in [
        (ir::ValueMatcher::Null {}, [0, 1, 0, 0, 0, 0]),
        (ir::ValueMatcher::DoubleExact { value: 1.5 }, [0, 0, 1, 0, 0, 0]),
        (ir::ValueMatcher::DoubleRange { start: 1.0, end: 1.5 }, [0, 0, 0, 0, 0, 0]),
        (ir::ValueMatcher::DoubleRange { start: 1.5, end: 2.0 }, [0, 0, 1, 0, 0, 0]),
        (is_a, [0, 0, 0, 1, 0, 0]),
        (ir::ValueMatcher::Bool { value: true }, [0, 0, 0, 0, 1, 0]),
        (ir::ValueMatcher::Present { present: true }, [0, 1, 1, 1, 1, 1]),
        (ir::ValueMatcher::Present { present: false }, [0, 0, 0, 0, 0, 0]),
        (ir::ValueMatcher::List { one_of }, [0, 0, 0, 0, 0, 1]),
        (ir::ValueMatcher::Or { matchers: null_or_a }, [0, 1, 0, 1, 0, 0]),
    ] {
        let found = values.each_ref().map(|value| i32::from(matches(&matcher, value.as_ref())));
        assert_eq!(found, expected, "{matcher:?}");
    }
}

#[test]
fn metadata_is_matched_at_a_path() {
    let mut info = stream();
    info.dynamic_metadata_mut().set("ns", &["a", "b"], "x".into());
    let holds = |path: &[&str], invert| {
        let value = ir::ValueMatcher::String { matcher: exact("x") };
        let path = path.iter().map(|&key| key.into()).collect();
        let matcher = ir::MetadataMatcher { namespace: "ns".into(), path, value, invert };
        MetadataMatcher::new(&matcher).expect("a matcher").matches_dynamic(&info)
    };
    assert!(holds(&["a", "b"], false) && !holds(&["a", "b"], true));
    assert!(!holds(&["a"], false) && holds(&["c"], true));
}

#[test]
fn filter_state_is_matched_as_text_or_as_an_address() {
    let mut info = stream();
    let keeping =
        Keeping { life_span: LifeSpan::FilterChain, read_only: false, sharing: Sharing::None };
    let ip = Object::Ip("10.0.0.1".parse().expect("an address"));
    info.set_filter_state("ip", ip, keeping).expect("it is new");
    info.set_filter_state("text", Object::String("x".into()), keeping).expect("it is new");
    let holds = |key: &str, condition| {
        let matcher = ir::FilterStateMatcher { key: key.into(), condition };
        FilterStateMatcher::new(&matcher).expect("a matcher").matches(&info)
    };
    let text = || ir::FilterStateCondition::String { matcher: exact("x") };
    let range = |invert| {
        let ranges = vec![CidrRange { ip: "10.0.0.0".into(), prefix_len: 8 }];
        ir::FilterStateCondition::Address { ranges, invert }
    };
    assert!(holds("text", text()) && !holds("ip", text()) && !holds("none", text()));
    assert!(holds("ip", range(false)) && !holds("ip", range(true)));
    assert!(!holds("text", range(false)) && !holds("text", range(true)));
}
