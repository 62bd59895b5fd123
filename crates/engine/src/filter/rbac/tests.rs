use std::time::Duration;

use voyant_ir::matcher::StringMatcher;
use voyant_ir::xds_matcher as tree;

use super::*;
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::http::stream_info::{ConnectionInfo, StreamInfo};
use crate::matcher::MatchData;
use crate::rt::address::PeerAddress;
use crate::rt::clock::now;
use crate::runtime::Runtime;
use engine::Verdict;

fn path_is(path: &str) -> ir::RbacCondition {
    let matcher = StringMatcher::Exact { value: path.into(), ignore_case: false };
    ir::RbacCondition::UrlPath { matcher }
}

fn policy(name: &str, path: &str) -> ir::RbacPolicy {
    let principals = vec![ir::RbacCondition::Any {}];
    ir::RbacPolicy { name: name.into(), permissions: vec![path_is(path)], principals }
}

fn asked(engine: &ir::RbacEngine, path: &str) -> (bool, Option<String>, Mark) {
    let peer = |text: &str| PeerAddress::Ip(text.parse().expect("an address"));
    let connection = ConnectionInfo::new(0, peer("10.0.0.1:9"), peer("127.0.0.1:8080"), "".into());
    let info = StreamInfo::new(Rc::new(connection), 0, now(), Duration::ZERO);
    let (mut request, runtime) = (Head::new(), Runtime::default());
    request.push(HeaderId::Path, path.as_bytes());
    request.push_key(&HeaderKey::new("x"), b"1");
    let data = MatchData {
        info: Some(&info),
        request: Some(&request),
        request_trailers: None,
        response: None,
        response_trailers: None,
        runtime: &runtime,
    };
    let engine = Engine::new(engine);
    let Verdict { allowed, policy, mark } = engine.decide(&data);
    (allowed, policy.map(Into::into), mark)
}

#[test]
fn rules_decide_by_the_first_policy_that_fits() {
    let rules = |action| {
        let policies = vec![policy("a", "/a"), policy("b", "/a"), policy("c", "/c")];
        ir::RbacEngine::Rules { action, policies }
    };
    let named = |name: &str| Some(name.to_owned());
    assert_eq!(asked(&rules(ir::RbacAction::Allow), "/a?q"), (true, named("a"), Mark::None));
    assert_eq!(asked(&rules(ir::RbacAction::Allow), "/x"), (false, None, Mark::None));
    assert_eq!(asked(&rules(ir::RbacAction::Deny), "/c"), (false, named("c"), Mark::None));
    assert_eq!(asked(&rules(ir::RbacAction::Deny), "/x"), (true, None, Mark::None));
    assert_eq!(asked(&rules(ir::RbacAction::Log), "/c"), (true, named("c"), Mark::Logged(true)));
    assert_eq!(asked(&rules(ir::RbacAction::Log), "/x"), (true, None, Mark::Logged(false)));
}

#[test]
fn a_tree_decides_and_what_leads_nowhere_is_denied() {
    let action = |name: &str, action| ir::RbacNamedAction { name: name.into(), action };
    let actions = vec![action("a", ir::RbacAction::Allow), action("d", ir::RbacAction::Deny)];
    let entry = |key: &str, number| tree::MapEntry {
        key: key.into(),
        on_match: tree::OnMatch {
            keep_matching: false,
            outcome: tree::MatchOutcome::Action { action: number },
        },
    };
    let kind = tree::XdsMatcherKind::Exact {
        input: tree::MatchInput::RequestHeader { name: ":path".into() },
        entries: vec![entry("/a", 0), entry("/d", 1)],
    };
    let matcher = tree::XdsMatcher { kind, on_no_match: None };
    let engine = ir::RbacEngine::Matcher { matcher, actions };
    assert_eq!(asked(&engine, "/a"), (true, Some("a".into()), Mark::None));
    assert_eq!(asked(&engine, "/d"), (false, Some("d".into()), Mark::None));
    assert_eq!(asked(&engine, "/x"), (false, None, Mark::None));
}

#[test]
fn conditions() {
    use ir::RbacCondition as C;
    let range = |ip: &str, prefix_len| voyant_ir::address::CidrRange { ip: ip.into(), prefix_len };
    let not = |condition| C::Not { condition: Box::new(condition) };
    for (condition, expected) in [
        (C::Any {}, true),
        (C::Never {}, false),
        (not(C::Never {}), true),
        (C::And { conditions: vec![C::Any {}, C::Never {}] }, false),
        (C::Or { conditions: vec![C::Never {}, C::Any {}] }, true),
        (C::DestinationIp { range: range("127.0.0.0", 8) }, true),
        (C::DestinationIp { range: range("10.0.0.0", 8) }, false),
        (C::DestinationPort { start: 8080, end: 8081 }, true),
        (C::DestinationPort { start: 8079, end: 8080 }, false),
        (C::DirectRemoteIp { range: range("10.0.0.0", 8) }, true),
        (C::RemoteIp { range: range("10.0.0.0", 24) }, true),
        (C::RemoteIp { range: range("127.0.0.0", 8) }, false),
        (
            C::RequestedServerName {
                matcher: StringMatcher::Prefix { value: String::new(), ignore_case: false },
            },
            true,
        ),
    ] {
        let principals = vec![condition.clone()];
        let permissions = vec![C::Any {}];
        let policies = vec![ir::RbacPolicy { name: "p".into(), permissions, principals }];
        let engine = ir::RbacEngine::Rules { action: ir::RbacAction::Allow, policies };
        assert_eq!(asked(&engine, "/").0, expected, "{condition:?}");
    }
}

#[test]
fn details_have_no_spaces() {
    assert_eq!(denial(Some("a \tb")).details, "rbac_access_denied_matched_policy[a__b]");
    assert_eq!(denial(None).details, "rbac_access_denied_matched_policy[none]");
}
