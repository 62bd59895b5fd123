//! The order of mutations and rewrites, as the real Envoy 1.40 was seen to apply them.

use std::rc::Rc;
use std::time::Duration;

use voyant_ir::format::{Operator, Segment};
use voyant_ir::header::{AppendAction, HeaderAdd, HeaderMutations};

use super::*;
use crate::http::stream_info::{ConnectionInfo, StreamInfo};
use crate::route::table::tests::build;
use crate::route::{ClusterIndex, MatchContext, MatchScratch, RouteTable};
use crate::rt::address::PeerAddress;
use crate::rt::clock;
use crate::runtime::Runtime;

fn adds(value: Vec<Segment>) -> HeaderMutations {
    let action = AppendAction::AppendIfExistsOrAdd;
    let add = HeaderAdd { name: "m".into(), value, action, keep_empty_value: false };
    HeaderMutations { remove: Vec::new(), add: vec![add] }
}

fn text(text: &str) -> Vec<Segment> {
    vec![Segment::Text { text: text.into() }]
}

fn request_header(name: &str) -> Segment {
    let operator = Operator::RequestHeader { name: name.into(), alternative: None };
    Segment::Operator { operator, max_length: None }
}

/// A split with one entry that has mutations and a host of its own, in a route that has, too.
fn forward() -> ir::Forward {
    let entry = ir::WeightedCluster {
        name: "c".into(),
        cluster_header: String::new(),
        weight: 1,
        host_rewrite_literal: "weighted.example".into(),
        request_headers: adds(text("wc")),
        response_headers: adds(text("wc")),
        filters: vec![],
    };
    ir::Forward {
        cluster: ir::ClusterSpecifier::Weighted {
            clusters: vec![entry],
            runtime_key_prefix: String::new(),
            header_name: String::new(),
        },
        internal_redirect: None,
        body_buffer_limit_bytes: None,
        cluster_not_found_status: 503,
        path_rewrite: Some(ir::PathRewrite::Prefix { value: "/rewritten".into() }),
        host_rewrite: None,
        append_x_forwarded_host: false,
        priority: ir::RoutePriority::Default,
        timeout_ms: 15_000,
        idle_timeout_ms: None,
        flush_timeout_ms: None,
        max_stream_duration: None,
        grpc_timeout: None,
        cors: None,
        rate_limits: vec![],
        include_virtual_host_rate_limits: false,
        mirrors: vec![],
        upgrades: Vec::new(),
        connect: None,
    }
}

fn table(forward: ir::Forward, most_specific_wins: bool) -> RouteTable {
    let mut route = build::route("r", build::prefix("/x"));
    route.action = ir::RouteAction::Forward(Box::new(forward));
    let mut with_path = text("route ");
    with_path.push(request_header(":path"));
    route.request_headers = adds(with_path);
    route.response_headers = adds(text("route"));
    let mut configuration = build::configuration(vec![route]);
    configuration.request_headers = adds(text("rc"));
    configuration.virtual_hosts[0].request_headers = adds(text("vh"));
    configuration.virtual_hosts[0].response_headers = adds(text("vh"));
    configuration.most_specific_header_mutations_wins = most_specific_wins;
    RouteTable::new(&configuration, |_| Some(ClusterIndex(0))).unwrap()
}

pub fn stream() -> StreamInfo {
    let local = PeerAddress::Pipe("".into());
    let connection = ConnectionInfo::new(0, local.clone(), local, "".into());
    StreamInfo::new(Rc::new(connection), 0, clock::now(), Duration::ZERO)
}

/// The heads of request and response after the route is done with them.
fn finalize(table: &RouteTable, keep_original: bool) -> (Head, Head) {
    let (runtime, info) = (Runtime::default(), stream());
    let mut request = build::get("/x/y?z");
    let cx = MatchContext { random: 0, runtime: &runtime, info: None };
    let route = table.find(&request, &cx, &mut MatchScratch::default()).unwrap();
    let mut scratch = MutationScratch::default();
    let cx = MutationContext { request: None, info: &info, now: clock::now() };
    route.finalize_request(&mut request, Some(0), keep_original, &cx, &mut scratch);
    let mut response = Head::new();
    let cx = MutationContext { request: Some(&request), ..cx };
    route.finalize_response(&mut response, Some(0), &cx, &mut scratch);
    (request, response)
}

fn mutations(head: &Head) -> Vec<&str> {
    let added = head.iter().filter(|header| header.name == b"m");
    added.map(|header| std::str::from_utf8(header.value).unwrap()).collect()
}

#[test]
fn the_weighted_entry_is_always_first() {
    let (request, response) = finalize(&table(forward(), false), true);
    assert_eq!(mutations(&request), ["wc", "route /x/y?z", "vh", "rc"]);
    assert_eq!(mutations(&response), ["wc", "route", "vh"]);
    let (request, response) = finalize(&table(forward(), true), true);
    assert_eq!(mutations(&request), ["wc", "rc", "vh", "route /x/y?z"]);
    assert_eq!(mutations(&response), ["wc", "vh", "route"]);
}

#[test]
fn its_host_leaves_no_trace_and_the_routes_host_replaces_it() {
    let (request, _) = finalize(&table(forward(), false), true);
    assert_eq!(request.authority(), b"weighted.example");
    assert!(!request.contains(HeaderId::XEnvoyOriginalHost));
    let host_rewrite = Some(ir::HostRewrite::Literal { value: "base.example".into() });
    let (request, _) = finalize(&table(ir::Forward { host_rewrite, ..forward() }, false), true);
    assert_eq!(request.authority(), b"base.example");
    assert_eq!(request.get_str(HeaderId::XEnvoyOriginalHost), Some("weighted.example"));
}

#[test]
fn originals_are_kept_unless_suppressed() {
    let (request, _) = finalize(&table(forward(), false), true);
    assert_eq!(request.path(), b"/rewritten/y?z");
    assert_eq!(request.get_str(HeaderId::XEnvoyOriginalPath), Some("/x/y?z"));
    let (request, _) = finalize(&table(forward(), false), false);
    assert_eq!(request.path(), b"/rewritten/y?z");
    assert!(!request.contains(HeaderId::XEnvoyOriginalPath));
}

#[test]
fn an_endpoints_hostname_becomes_the_authority_when_asked() {
    let auto = ir::Forward {
        host_rewrite: Some(ir::HostRewrite::Auto {}),
        append_x_forwarded_host: true,
        ..forward()
    };
    let table = table(auto, false);
    let (mut request, _) = finalize(&table, true);
    let Action::Forward(forward) = &table.routes()[0].action else { panic!() };
    let mut scratch = MutationScratch::default();
    forward.rewrite_host_to_endpoint(&mut request, b"", true, &mut scratch);
    assert_eq!(request.authority(), b"weighted.example");
    forward.rewrite_host_to_endpoint(&mut request, b"ep.example", true, &mut scratch);
    assert_eq!(request.authority(), b"ep.example");
    assert_eq!(request.get_str(HeaderId::XEnvoyOriginalHost), Some("weighted.example"));
    assert_eq!(request.get_str(HeaderId::XForwardedHost), Some("weighted.example"));
}

#[test]
fn timeouts_override_or_inherit() {
    use crate::route::timeouts::TimeoutOverride;
    let forward = ir::Forward { timeout_ms: 0, idle_timeout_ms: Some(0), ..forward() };
    let table = table(forward, false);
    let Action::Forward(forward) = &table.routes()[0].action else { panic!() };
    let second = Some(Duration::from_secs(1));
    assert_eq!(forward.timeout, None);
    assert_eq!(forward.idle_timeout.or(second), None);
    assert_eq!(TimeoutOverride::Inherit.or(second), second);
    assert_eq!(TimeoutOverride::After(Duration::ZERO).or(second), Some(Duration::ZERO));
}
