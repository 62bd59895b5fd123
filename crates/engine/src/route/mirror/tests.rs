//! Which requests are copied, and what their copies say.

use super::*;
use crate::route::finalize::tests::stream;
use crate::route::table::tests::build::get;
use crate::rt::clock;
use crate::runtime::Runtime;

fn policy() -> ir::MirrorPolicy {
    ir::MirrorPolicy {
        cluster: "shadow".into(),
        cluster_header: String::new(),
        runtime_fraction: None,
        disable_shadow_host_suffix_append: false,
        host_rewrite_literal: String::new(),
        request_headers_mutations: vec![],
    }
}

fn mirror(policy: &ir::MirrorPolicy) -> Mirror {
    Mirror::new(policy, &mut |name| ClusterRef { name: name.into(), index: None }).unwrap()
}

/// The name of the cluster that a request is copied to.
fn chosen(policy: &ir::MirrorPolicy, head: &Head, random: u64) -> Option<String> {
    let runtime = Runtime::default();
    let cx = MatchContext { random, runtime: &runtime, info: None };
    mirror(policy).choose(head, &cx).map(|chosen| match chosen {
        ChosenCluster::Configured(cluster) => cluster.name.to_string(),
        ChosenCluster::Named(name) => String::from_utf8(name.to_vec()).unwrap(),
    })
}

/// The authority of the copy of a request to a host.
fn host(policy: &ir::MirrorPolicy, host: &str) -> String {
    let mut head = get("/");
    head.set(HeaderId::Authority, host.as_bytes());
    head.push(HeaderId::XForwardedFor, b"1.2.3.4");
    let info = stream();
    let cx = MutationContext { request: None, info: &info, now: clock::now() };
    mirror(policy).finalize(&mut head, "10.0.0.1", &cx, &mut MutationScratch::default());
    assert_eq!(head.get(HeaderId::XForwardedFor), Some(&b"1.2.3.4,10.0.0.1"[..]));
    assert_eq!(head.get(HeaderId::XEnvoyInternal), Some(&b"true"[..]));
    String::from_utf8(head.authority().to_vec()).unwrap()
}

#[test]
fn copies_are_told_by_their_host() {
    assert_eq!(host(&policy(), "a.test"), "a.test-shadow");
    assert_eq!(host(&policy(), "a.test:80"), "a.test-shadow:80");
    assert_eq!(host(&policy(), "[::1]:80"), "[::1]-shadow:80");
    let kept = ir::MirrorPolicy { disable_shadow_host_suffix_append: true, ..policy() };
    assert_eq!(host(&kept, "a.test:80"), "a.test:80");
    let literal = ir::MirrorPolicy { host_rewrite_literal: "b.test".into(), ..kept };
    assert_eq!(host(&literal, "a.test:80"), "b.test");
}

#[test]
fn a_share_of_requests_is_copied() {
    let runtime_key = String::new();
    let fraction = FractionalPercent { numerator: 30, denominator: 100, runtime_key };
    let policy = ir::MirrorPolicy { runtime_fraction: Some(fraction), ..policy() };
    assert_eq!(chosen(&policy, &get("/"), 29).as_deref(), Some("shadow"));
    assert_eq!(chosen(&policy, &get("/"), 30), None);
}

#[test]
fn the_cluster_of_a_cluster_is_looked_for_when_it_is_wanted() {
    let mirror = Mirror::of_cluster(&policy()).unwrap();
    let (runtime, head) = (Runtime::default(), get("/"));
    let cx = MatchContext { random: 0, runtime: &runtime, info: None };
    let chosen = mirror.choose(&head, &cx);
    assert!(matches!(chosen, Some(ChosenCluster::Named(b"shadow"))));
}

#[test]
fn a_header_names_the_cluster() {
    let policy =
        ir::MirrorPolicy { cluster: String::new(), cluster_header: "x-mirror".into(), ..policy() };
    let mut head = get("/");
    assert_eq!(chosen(&policy, &head, 0), None);
    head.push_received(b"x-mirror", b"other");
    assert_eq!(chosen(&policy, &head, 0).as_deref(), Some("other"));
}
