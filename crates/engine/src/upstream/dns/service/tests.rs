use std::time::Duration;

use voyant_ir::address::Address;
use voyant_ir::cluster::{Cluster, Discovery as Kind, DnsLookupFamily};

use super::*;
use crate::observe::stats::Registry;
use crate::observe::stats::groups::cluster::ClusterConfigStats;
use crate::rt::address::PeerAddress;
use crate::upstream::dns::scripted_server::{Record, ScriptedServer};
use crate::upstream::fixtures::{cluster, dns, endpoint, locality};
use crate::upstream::host_set::HostSet;

/// Refreshes every few milliseconds from this server.
pub(super) fn asking(server: &ScriptedServer) -> DnsDiscovery {
    let (ip, port) = (server.address.ip().to_string(), server.address.port());
    DnsDiscovery {
        refresh_rate_ms: 5,
        failure_refresh_base_ms: 5,
        lookup_family: DnsLookupFamily::V4Only,
        resolvers: vec![Address::Socket { ip, port, ipv4_compat: false }],
        no_default_search_domain: true,
        query_timeout_ms: 2_000,
        query_tries: 1,
        ..dns()
    }
}

pub(super) fn strict(name: &str, settings: DnsDiscovery, addresses: &[&str]) -> Cluster {
    let endpoints = addresses.iter().map(|address| endpoint(address)).collect();
    let mut config = cluster(name, &[]);
    config.discovery = Kind::StrictDns(settings);
    config.localities = vec![locality(0, endpoints)];
    config
}

fn build(configs: Vec<Cluster>, previous: &ClusterSet) -> Arc<ClusterSet> {
    Arc::new(
        ClusterSet::build(configs, previous, &Arc::default(), &Registry::new()).expect("valid"),
    )
}

fn follow(configs: Vec<Cluster>) -> (DnsService, Arc<ClusterSet>) {
    let service = DnsService::start(Arc::default()).expect("a thread");
    let clusters = build(configs, &ClusterSet::default());
    service.follow(Arc::clone(&clusters));
    (service, clusters)
}

fn addresses(hosts: &HostSet) -> Vec<String> {
    let address = |address: &PeerAddress| match address {
        PeerAddress::Ip(address) => address.to_string(),
        PeerAddress::Pipe(path) => path.to_string(),
    };
    hosts.hosts().map(|(_, entry)| address(&entry.host.addresses().first)).collect()
}

/// Waits until it is so; says what was there instead when it does not come to be.
async fn until<T: std::fmt::Debug>(read: impl Fn() -> T, is: impl Fn(&T) -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while !is(&read()) {
            sleep(Duration::from_millis(1)).await;
        }
    });
    assert!(waited.await.is_ok(), "{:?}", read());
}

async fn until_hosts(cluster: &SharedCluster, expected: &[&str]) {
    until(|| addresses(&cluster.hosts()), |hosts| hosts == expected).await;
}

fn counted(cluster: &SharedCluster, of: impl Fn(&ClusterConfigStats) -> u64) -> u64 {
    let mut count = 0;
    cluster.count_update(|stats| count = of(stats));
    count
}

#[tokio::test]
async fn hosts_follow_the_name_through_changes_failures_and_recovery() {
    let server = ScriptedServer::run().await;
    server.set("a.test", Record::of("10.0.0.1 10.0.0.2"));
    let (_service, clusters) = follow(vec![strict("c", asking(&server), &["a.test:80"])]);
    let cluster = clusters.get(0).expect("it is there");
    cluster.warmed().await;
    until_hosts(cluster, &["10.0.0.1:80", "10.0.0.2:80"]).await;
    let kept = Arc::clone(&cluster.hosts().priorities[0].all[1].host);
    server.set("a.test", Record::of("10.0.0.2 10.0.0.3"));
    until_hosts(cluster, &["10.0.0.2:80", "10.0.0.3:80"]).await;
    assert!(Arc::ptr_eq(&kept, &cluster.hosts().priorities[0].all[0].host));
    server.set("a.test", Record::error(2));
    let failures = || counted(cluster, |stats| stats.update_failure.get());
    until(failures, |failures| *failures > 3).await;
    assert_eq!(addresses(&cluster.hosts()), ["10.0.0.2:80", "10.0.0.3:80"]);
    server.set("a.test", Record::of("10.0.0.4"));
    until_hosts(cluster, &["10.0.0.4:80"]).await;
    server.set("a.test", Record::error(3));
    until_hosts(cluster, &[]).await;
    assert_eq!(counted(cluster, |stats| stats.membership_change.get()), 4);
    until(|| counted(cluster, |stats| stats.update_no_rebuild.get()), |count| *count > 3).await;
}

#[tokio::test]
async fn a_logical_host_is_the_same_host_wherever_it_is() {
    let server = ScriptedServer::run().await;
    server.set("a.test", Record::of("10.0.0.1 10.0.0.2"));
    let mut config = strict("c", asking(&server), &["a.test:80"]);
    config.discovery = Kind::LogicalDns(asking(&server));
    let (_service, clusters) = follow(vec![config]);
    let cluster = clusters.get(0).expect("it is there");
    until_hosts(cluster, &["10.0.0.1:80"]).await;
    let host = Arc::clone(&cluster.hosts().priorities[0].all[0].host);
    assert_eq!(host.addresses().rest.len(), 1);
    server.set("a.test", Record::of("10.0.0.9"));
    until_hosts(cluster, &["10.0.0.9:80"]).await;
    assert!(Arc::ptr_eq(&host, &cluster.hosts().priorities[0].all[0].host));
    server.set("a.test", Record::error(3));
    let failures = || counted(cluster, |stats| stats.update_failure.get());
    until(failures, |failures| *failures > 3).await;
    assert_eq!(addresses(&cluster.hosts()), ["10.0.0.9:80"]);
}

#[tokio::test]
async fn a_cluster_is_warm_after_the_first_answer_even_a_failure() {
    let server = ScriptedServer::run().await;
    server.set("fails.test", Record::error(2));
    server.set("answers.test", Record::of("10.0.0.1"));
    server.set("silent.test", Record::silence());
    let (_service, clusters) = follow(vec![
        strict("failing", asking(&server), &["fails.test:80"]),
        strict("half", asking(&server), &["silent.test:80", "answers.test:80"]),
        strict("literal", asking(&server), &["10.0.0.7:80"]),
    ]);
    clusters.warmed().await;
    assert!(clusters.get(0).expect("it is there").hosts().is_empty());
    assert_eq!(addresses(&clusters.get(1).expect("it is there").hosts()), ["10.0.0.1:80"]);
    assert_eq!(addresses(&clusters.get(2).expect("it is there").hosts()), ["10.0.0.7:80"]);
}

#[tokio::test]
async fn a_ttl_that_is_respected_sets_the_pace() {
    let server = ScriptedServer::run().await;
    server.set("long.test", Record::of("10.0.0.1").ttl(3_600));
    server.set("zero.test", Record::of("10.0.0.1").ttl(0));
    let settings = DnsDiscovery { respect_ttl: true, ..asking(&server) };
    let (_service, clusters) = follow(vec![
        strict("long", settings.clone(), &["long.test:80"]),
        strict("zero", settings, &["zero.test:80"]),
    ]);
    let attempts = |at: usize| {
        counted(clusters.get(at).expect("it is there"), |stats| stats.update_attempt.get())
    };
    until(|| attempts(1), |attempts| *attempts > 10).await;
    assert_eq!(attempts(0), 1);
}

#[tokio::test]
async fn a_next_snapshot_goes_on_with_what_stays_and_ends_what_goes() {
    let server = ScriptedServer::run().await;
    for name in ["stays.test", "goes.test", "comes.test"] {
        server.set(name, Record::of("10.0.0.1"));
    }
    let one = |name: &str| strict(name, asking(&server), &[&format!("{name}.test:80")]);
    let (service, before) = follow(vec![one("stays"), one("goes")]);
    before.warmed().await;
    let after = build(vec![one("comes"), one("stays")], &before);
    service.follow(Arc::clone(&after));
    after.warmed().await;
    let asked = |name: &'static str| server.asked().iter().filter(|one| one.0 == name).count();
    let gone = asked("goes.test");
    let (comes, stays) = (asked("comes.test"), asked("stays.test"));
    until(|| (asked("comes.test"), asked("stays.test")), |(c, s)| *c > comes + 5 && *s > stays + 5)
        .await;
    // One question may have been on its way.
    assert!(asked("goes.test") <= gone + 1);
}
