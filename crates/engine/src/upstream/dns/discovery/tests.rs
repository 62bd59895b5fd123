use voyant_ir::cluster::HealthStatus;

use super::*;
use crate::upstream::endpoints::endpoints;
use crate::upstream::fixtures::{cluster, dns, endpoint, locality};

fn answer(ips: &str) -> Answer {
    Answer::of(ips.split_whitespace().map(|ip| ip.parse().expect("an address")), None)
}

/// Names `a` and `b` in two priorities, and an address between them.
fn strict() -> Discovery {
    let mut config = cluster("c", &[]);
    config.discovery = Kind::StrictDns(dns());
    let mut b = endpoint("b:2");
    (b.weight, b.health, b.hostname) = (7, HealthStatus::Draining, "bee".into());
    config.localities =
        vec![locality(0, vec![endpoint("a:1"), endpoint("10.9.9.9:9")]), locality(1, vec![b])];
    config.localities[1].zone = "z".into();
    Discovery::new(&config, &dns(), endpoints(&config).expect("valid"))
}

fn logical(settings: &DnsDiscovery, kind: Kind) -> Discovery {
    let mut config = cluster("c", &[]);
    config.discovery = kind;
    config.localities = vec![locality(0, vec![endpoint("a:1")])];
    Discovery::new(&config, settings, endpoints(&config).expect("valid"))
}

fn hosts(change: Change) -> Vec<String> {
    let Change::Hosts(hosts) = change else { panic!("{change:?}") };
    let line = |host: &HostSpec| {
        let HostSpec { addresses, hostname, locality, priority, weight, health, metadata: _ } =
            host;
        let PeerAddress::Ip(address) = &addresses.first else { panic!("{addresses:?}") };
        let health = health.describe();
        format!("{address} {hostname} {} {priority} {weight} {health}", locality.zone)
    };
    hosts.iter().map(line).collect()
}

#[test]
fn names_become_hosts_and_keep_what_is_configured() {
    let (mut strict, rng) = (strict(), Rng::seeded(1));
    assert_eq!(strict.names().collect::<Vec<_>>(), [(0, "a"), (1, "b")]);
    let outcome = strict.on_answer(1, answer("10.0.0.2 10.0.0.3"), &rng);
    assert!(outcome.success);
    let b =
        ["10.0.0.2:2 bee z 1 7 /eds_status_draining", "10.0.0.3:2 bee z 1 7 /eds_status_draining"];
    let literal = "10.9.9.9:9   0 1 healthy";
    assert_eq!(hosts(outcome.change), [literal, b[0], b[1]]);
    let outcome = strict.on_answer(0, answer("10.0.0.1"), &rng);
    assert_eq!(hosts(outcome.change), ["10.0.0.1:1 a  0 1 healthy", literal, b[0], b[1]]);
}

#[test]
fn a_failure_keeps_hosts_and_an_empty_answer_takes_them() {
    let (mut strict, rng) = (strict(), Rng::seeded(1));
    strict.on_answer(0, answer("10.0.0.1"), &rng);
    let failed = strict.on_answer(0, Answer::Failed, &rng);
    assert_eq!((failed.success, failed.change), (false, Change::Nothing));
    let empty = strict.on_answer(0, Answer::Empty, &rng);
    assert!(empty.success);
    assert_eq!(hosts(empty.change).len(), 1);
}

#[test]
fn the_same_addresses_in_another_order_are_no_change() {
    let (mut strict, rng) = (strict(), Rng::seeded(1));
    strict.on_answer(0, answer("10.0.0.1 10.0.0.2"), &rng);
    let again = strict.on_answer(0, answer("10.0.0.2 10.0.0.1"), &rng);
    assert_eq!((again.success, again.change), (true, Change::Nothing));
    let other = strict.on_answer(0, answer("10.0.0.2 10.0.0.3"), &rng);
    assert_eq!(hosts(other.change).len(), 3);
}

#[test]
fn a_logical_host_moves_with_all_its_addresses() {
    let rng = Rng::seeded(1);
    let typed = DnsDiscovery { all_addresses_in_single_endpoint: true, ..dns() };
    for (settings, kind) in
        [(dns(), Kind::LogicalDns(dns())), (typed.clone(), Kind::StrictDns(typed))]
    {
        let mut logical = logical(&settings, kind);
        let moved = logical.on_answer(0, answer("10.0.0.1 10.0.0.2 fd00::1"), &rng);
        let Change::Moved(addresses, host) = moved.change else { panic!("{moved:?}") };
        let text = format!("{:?} {:?}", addresses.first, addresses.rest);
        assert_eq!(text, "Ip(10.0.0.1:1) [Ip([fd00::1]:1), Ip(10.0.0.2:1)]");
        assert_eq!((&host.addresses, &*host.hostname), (&addresses, "a"));
        let same = logical.on_answer(0, answer("10.0.0.1 10.0.0.2 fd00::1"), &rng);
        assert_eq!((same.success, same.change), (true, Change::Nothing));
        let turned = logical.on_answer(0, answer("10.0.0.2 10.0.0.1"), &rng);
        assert!(matches!(turned.change, Change::Moved(..)));
    }
}

#[test]
fn a_logical_host_stays_where_it_is_without_an_address() {
    let rng = Rng::seeded(1);
    let mut logical = logical(&dns(), Kind::LogicalDns(dns()));
    logical.on_answer(0, answer("10.0.0.1"), &rng);
    for nothing in [Answer::Empty, Answer::Failed] {
        let outcome = logical.on_answer(0, nothing, &rng);
        assert_eq!((outcome.success, outcome.change), (false, Change::Nothing));
    }
}
