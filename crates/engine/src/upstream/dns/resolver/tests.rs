use voyant_ir::cluster::DnsLookupFamily;

use super::*;
use crate::upstream::dns::scripted_server::{Record, ScriptedServer};
use crate::upstream::fixtures::dns;

/// Settings that ask only this server, once, and with no long waits.
fn asking(server: &ScriptedServer) -> DnsDiscovery {
    let (ip, port) = (server.address.ip().to_string(), server.address.port());
    DnsDiscovery {
        resolvers: vec![Address::Socket { ip, port, ipv4_compat: false }],
        no_default_search_domain: true,
        query_tries: 1,
        query_timeout_ms: 2_000,
        ..dns()
    }
}

async fn resolve(name: &str, discovery: &DnsDiscovery) -> Answer {
    Resolvers::new(Arc::default()).resolve(name, discovery).await
}

fn answer(ips: &str, ttl: u64) -> Answer {
    let ips = ips.split_whitespace().map(|ip| ip.parse().expect("an address"));
    Answer::of(ips, Some(Duration::from_secs(ttl)))
}

fn asked(server: &ScriptedServer) -> Vec<(u16, bool)> {
    server.asked().into_iter().map(|(_, kind, tcp)| (kind, tcp)).collect()
}

#[tokio::test]
async fn each_lookup_family_asks_and_takes_its_own() {
    let server = ScriptedServer::run().await;
    server.set("both.test", Record::of("10.0.0.1 10.0.0.2 fd00::1").ttl(7));
    server.set("four.test", Record::of("10.0.0.1"));
    for (lookup_family, both, four) in [
        (DnsLookupFamily::Auto, answer("fd00::1", 7), answer("10.0.0.1", 60)),
        (DnsLookupFamily::V4Preferred, answer("10.0.0.1 10.0.0.2", 7), answer("10.0.0.1", 60)),
        (DnsLookupFamily::V4Only, answer("10.0.0.1 10.0.0.2", 7), answer("10.0.0.1", 60)),
        (DnsLookupFamily::V6Only, answer("fd00::1", 7), Answer::Empty),
        (DnsLookupFamily::All, answer("10.0.0.1 10.0.0.2 fd00::1", 7), answer("10.0.0.1", 60)),
    ] {
        let discovery = DnsDiscovery { lookup_family, ..asking(&server) };
        assert_eq!(resolve("both.test", &discovery).await, both, "{lookup_family:?}");
        assert_eq!(resolve("four.test", &discovery).await, four, "{lookup_family:?}");
    }
}

#[tokio::test]
async fn nobody_and_nothing_are_told_apart() {
    let server = ScriptedServer::run().await;
    server.set("nodata.test", Record::of(""));
    server.set("servfail.test", Record::error(2));
    server.set("refused.test", Record::error(5));
    let discovery = asking(&server);
    assert_eq!(resolve("nxdomain.test", &discovery).await, Answer::Empty);
    assert_eq!(resolve("nodata.test", &discovery).await, Answer::Empty);
    assert_eq!(resolve("servfail.test", &discovery).await, Answer::Failed);
    assert_eq!(resolve("refused.test", &discovery).await, Answer::Failed);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_a_failure() {
    let server = ScriptedServer::run().await;
    server.set("silent.test", Record::silence());
    let discovery = DnsDiscovery { query_timeout_ms: 50, ..asking(&server) };
    assert_eq!(resolve("silent.test", &discovery).await, Answer::Failed);
    assert!(!server.asked().is_empty());
}

#[tokio::test]
async fn a_truncated_answer_is_asked_for_again_by_tcp() {
    let server = ScriptedServer::run().await;
    let many: Vec<_> = (1..=200).map(|n| format!("10.0.0.{n}")).collect();
    server.set("many.test", Record::of(&many.join(" ")).truncated());
    let discovery = DnsDiscovery { lookup_family: DnsLookupFamily::V4Only, ..asking(&server) };
    assert_eq!(resolve("many.test", &discovery).await, answer(&many.join(" "), 60));
    assert_eq!(asked(&server), [(1, false), (1, true)]);
}

#[tokio::test]
async fn use_tcp_asks_by_tcp_alone() {
    let server = ScriptedServer::run().await;
    server.set("one.test", Record::of("10.0.0.1"));
    let lookup_family = DnsLookupFamily::V4Only;
    let discovery = DnsDiscovery { use_tcp: true, lookup_family, ..asking(&server) };
    assert_eq!(resolve("one.test", &discovery).await, answer("10.0.0.1", 60));
    assert_eq!(asked(&server), [(1, true)]);
}

#[tokio::test]
async fn a_dead_server_leaves_the_answer_to_the_next() {
    let (dead, server) = (ScriptedServer::run().await, ScriptedServer::run().await);
    dead.set("one.test", Record::silence());
    server.set("one.test", Record::of("10.0.0.1"));
    let mut discovery = DnsDiscovery { lookup_family: DnsLookupFamily::V4Only, ..asking(&dead) };
    discovery.resolvers.extend(asking(&server).resolvers);
    assert_eq!(resolve("one.test", &discovery).await, answer("10.0.0.1", 60));
}

#[tokio::test]
async fn every_lookup_asks_anew_and_tries_are_bounded() {
    let server = ScriptedServer::run().await;
    server.set("one.test", Record::of("10.0.0.1"));
    server.set("fail.test", Record::error(2));
    let lookup_family = DnsLookupFamily::V4Only;
    let discovery = DnsDiscovery { lookup_family, query_tries: 3, ..asking(&server) };
    let resolvers = Resolvers::new(Arc::default());
    for _ in 0..3 {
        resolvers.resolve("one.test", &discovery).await;
    }
    assert_eq!(server.asked().len(), 3);
    resolvers.resolve("fail.test", &discovery).await;
    assert!(server.asked().len() <= 6, "{:?}", server.asked());
}

#[tokio::test]
async fn localhost_asks_nobody() {
    let server = ScriptedServer::run().await;
    let discovery = DnsDiscovery { lookup_family: DnsLookupFamily::V4Only, ..asking(&server) };
    let Answer::Addresses { ips, ttl: None } = resolve("localhost", &discovery).await else {
        panic!("localhost has no address");
    };
    assert!(ips.iter().all(std::net::IpAddr::is_loopback));
    assert_eq!(server.asked(), []);
}
