use voyant_ir::address::CidrRange;
use voyant_ir::matcher::StringMatcher;

use super::*;
use crate::head::Head;
use crate::head::header_name::HeaderKey;
use crate::runtime::Runtime;

mod naive;

pub(super) fn header(name: &str) -> ir::MatchInput {
    ir::MatchInput::RequestHeader { name: name.into() }
}

pub(super) fn is(name: &str, value: &str) -> ir::Predicate {
    let matcher = StringMatcher::Exact { value: value.into(), ignore_case: false };
    ir::Predicate::Single { input: header(name), test: ir::InputTest::String { matcher } }
}

pub(super) fn action(number: u32) -> ir::OnMatch {
    let outcome = ir::MatchOutcome::Action { action: number };
    ir::OnMatch { keep_matching: false, outcome }
}

pub(super) fn inner(matcher: ir::XdsMatcher) -> ir::OnMatch {
    let outcome = ir::MatchOutcome::Matcher { matcher: Box::new(matcher) };
    ir::OnMatch { keep_matching: false, outcome }
}

pub(super) fn keeping(on_match: ir::OnMatch) -> ir::OnMatch {
    ir::OnMatch { keep_matching: true, ..on_match }
}

pub(super) fn tree(kind: ir::XdsMatcherKind) -> ir::XdsMatcher {
    ir::XdsMatcher { kind, on_no_match: None }
}

fn list(matchers: Vec<(ir::Predicate, ir::OnMatch)>) -> ir::XdsMatcher {
    let matchers = matchers.into_iter();
    let matchers = matchers.map(|(predicate, on_match)| ir::FieldMatcher { predicate, on_match });
    tree(ir::XdsMatcherKind::List { matchers: matchers.collect() })
}

fn entry(key: &str, on_match: ir::OnMatch) -> ir::MapEntry {
    ir::MapEntry { key: key.into(), on_match }
}

fn ranges(ranges: &[(&str, u8)], on_match: ir::OnMatch, exclusive: bool) -> ir::IpEntry {
    let range = |&(ip, prefix_len): &(&str, u8)| CidrRange { ip: ip.into(), prefix_len };
    ir::IpEntry { ranges: ranges.iter().map(range).collect(), on_match, exclusive }
}

/// Asks with the header `a` of a value.
fn ask(matcher: &ir::XdsMatcher, value: &str) -> Found {
    let mut head = Head::new();
    head.push_key(&HeaderKey::new("a"), value.as_bytes());
    ask_with(matcher, &head)
}

pub(super) fn ask_with(matcher: &ir::XdsMatcher, head: &Head) -> Found {
    let runtime = Runtime::default();
    Matcher::new(matcher).expect("a matcher").find(&MatchData {
        info: None,
        request: Some(head),
        request_trailers: None,
        response: None,
        response_trailers: None,
        runtime: &runtime,
    })
}

fn never() -> ir::OnMatch {
    inner(tree(ir::XdsMatcherKind::Never {}))
}

#[test]
fn the_first_of_a_list_that_leads_somewhere() {
    let mut matcher = list(vec![
        (is("a", "x"), never()),
        (is("a", "x"), keeping(action(1))),
        (is("a", "x"), action(2)),
        (is("a", "y"), action(3)),
    ]);
    assert_eq!(ask(&matcher, "x"), Found::Action(2));
    assert_eq!(ask(&matcher, "y"), Found::Action(3));
    assert_eq!(ask(&matcher, "z"), Found::Nothing);
    matcher.on_no_match = Some(action(9));
    assert_eq!(ask(&matcher, "z"), Found::Action(9));
    matcher.on_no_match = Some(keeping(action(9)));
    assert_eq!(ask(&matcher, "z"), Found::Nothing);
}

#[test]
fn a_condition_on_what_is_to_come_leaves_all_open() {
    let matcher = StringMatcher::Exact { value: "x".into(), ignore_case: false };
    let later = ir::Predicate::Single {
        input: ir::MatchInput::ResponseHeader { name: "b".into() },
        test: ir::InputTest::String { matcher },
    };
    let of =
        |predicate: ir::Predicate| list(vec![(predicate, action(1)), (is("a", "x"), action(2))]);
    let both = |first: &ir::Predicate, second: &ir::Predicate| vec![first.clone(), second.clone()];
    let yes = is("a", "x");
    let not = ir::Predicate::Not { predicate: Box::new(later.clone()) };
    assert_eq!(ask(&of(later.clone()), "x"), Found::Unknown);
    assert_eq!(ask(&of(not), "x"), Found::Unknown);
    assert_eq!(
        ask(&of(ir::Predicate::Or { predicates: both(&yes, &later) }), "x"),
        Found::Action(1)
    );
    assert_eq!(ask(&of(ir::Predicate::Or { predicates: both(&later, &yes) }), "x"), Found::Unknown);
    assert_eq!(
        ask(&of(ir::Predicate::And { predicates: both(&yes, &later) }), "y"),
        Found::Nothing
    );
    let input = ir::MatchInput::ResponseHeader { name: "b".into() };
    let mut map = tree(ir::XdsMatcherKind::Exact { input, entries: vec![] });
    map.on_no_match = Some(action(3));
    assert_eq!(ask(&map, "x"), Found::Unknown);
}

#[test]
fn the_longest_prefix_that_leads_somewhere() {
    let entries = vec![
        entry("", action(0)),
        entry("/a", action(1)),
        entry("/a/b", never()),
        entry("/c", keeping(action(2))),
    ];
    let mut matcher = tree(ir::XdsMatcherKind::Prefix { input: header("a"), entries });
    matcher.on_no_match = Some(action(9));
    assert_eq!(ask(&matcher, "/a/b/c"), Found::Action(1));
    assert_eq!(ask(&matcher, "/a"), Found::Action(1));
    assert_eq!(ask(&matcher, "/c"), Found::Action(0));
    assert_eq!(ask(&matcher, ""), Found::Action(0));
    assert_eq!(ask_with(&matcher, &Head::new()), Found::Action(9));
}

#[test]
fn an_exact_entry() {
    let entries = vec![entry("x", action(1)), entry("y", never())];
    let mut matcher = tree(ir::XdsMatcherKind::Exact { input: header("a"), entries });
    matcher.on_no_match = Some(action(9));
    assert_eq!(ask(&matcher, "x"), Found::Action(1));
    assert_eq!(ask(&matcher, "y"), Found::Action(9));
    assert_eq!(ask(&matcher, "xx"), Found::Action(9));
}

#[test]
fn the_narrowest_range_that_leads_somewhere() {
    let entries = vec![
        ranges(&[("10.0.0.0", 8), ("fd00::", 8)], action(1), false),
        ranges(&[("10.1.0.0", 16)], action(2), true),
        ranges(&[("10.1.1.0", 24)], never(), false),
        ranges(&[("0.0.0.0", 0)], action(3), false),
    ];
    let matcher = tree(ir::XdsMatcherKind::Ip { input: header("a"), entries });
    for (ip, found) in [
        ("10.9.9.9", Found::Action(1)),
        ("10.1.9.9", Found::Action(2)),
        // The exclusive one is passed over behind a narrower one.
        ("10.1.1.1", Found::Action(1)),
        ("9.9.9.9", Found::Action(3)),
        ("fd00::1", Found::Action(1)),
        ("::1", Found::Nothing),
        ("text", Found::Nothing),
    ] {
        assert_eq!(ask(&matcher, ip), found, "{ip}");
    }
}

#[test]
fn the_most_specific_domain_that_leads_somewhere() {
    let domains = |domains: &[&str], on_match| ir::DomainEntry {
        domains: domains.iter().map(|&domain| domain.into()).collect(),
        on_match,
    };
    let entries = vec![
        domains(&["a.test", "b.test"], action(1)),
        domains(&["*.test"], action(2)),
        domains(&["*.a.test", "c.test"], never()),
        domains(&["*"], action(3)),
    ];
    let matcher = tree(ir::XdsMatcherKind::Domain { input: header("a"), entries });
    for (domain, found) in [
        ("a.test", 1),
        ("A.test", 2),
        ("b.test", 1),
        ("x.test", 2),
        ("x.y.test", 2),
        ("x.a.test", 2),
        ("c.test", 2),
        ("test", 3),
        (".test", 2),
    ] {
        assert_eq!(ask(&matcher, domain), Found::Action(found), "{domain}");
    }
}
