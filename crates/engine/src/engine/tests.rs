//! The whole engine, asked through its admin interface.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use super::fixtures::snapshot;
use super::*;
use crate::admin::{DelegateAnswer, Request};

/// What the real Envoy lists on the same listeners and cluster, at rest.
const ENVOY: &str = include_str!("tests/envoy_stat_names.txt");

/// What of it we do not have: the beginning of names, and why.
const ABSENT: &[(&str, &str)] = &[
    ("dns.cares.", "there is no name to be resolved"),
    ("envoy.overload_actions.", "there is no overload manager yet"),
    ("overload.", "there is no overload manager yet"),
    ("http.async-client.", "the engine sends no requests of its own yet"),
    ("server.stats_recent_lookups", "names are never looked up while requests are served"),
];

/// What we have beside: the beginning of names, and why.
const ADDED: &[(&str, &str)] =
    &[("access_logs.file.logs_dropped", "Envoy waits for the disk instead of dropping")];

fn started(owner: Option<Arc<dyn Delegate>>) -> Engine {
    let levels = Arc::new(LogLevels::new(Level::Info));
    Engine::start_for(snapshot(), owner, levels).expect("it starts")
}

fn socket(address: &PeerAddress) -> SocketAddr {
    match address {
        PeerAddress::Ip(address) => *address,
        PeerAddress::Pipe(path) => panic!("bound to {path}"),
    }
}

fn listener(engine: &Engine, index: usize) -> SocketAddr {
    socket(&engine.snapshot().listeners[index].addresses[0].local)
}

fn ask(engine: &Engine, method: &str, target: &str) -> String {
    request(socket(engine.admin_address().expect("there is one")), method, target)
}

fn request(address: SocketAddr, method: &str, target: &str) -> String {
    let mut client = TcpStream::connect(address).expect("it listens");
    client.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    let head = format!("{method} {target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    client.write_all(head.as_bytes()).expect("it reads");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("it answers");
    answer
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = now();
    while !holds() {
        assert!(now() - began < Duration::from_secs(20), "never {what}");
        std::thread::yield_now();
    }
}

fn names(page: &str) -> BTreeSet<String> {
    let lines = page.lines().filter_map(|line| line.split_once(": ").map(|(name, _)| name));
    lines.filter(|name| name.contains('.')).map(str::to_owned).collect()
}

#[test]
fn statistics_at_rest_have_envoys_names() {
    let engine = started(None);
    let ours = names(&ask(&engine, "GET", "/stats"));
    let envoys: BTreeSet<String> = ENVOY.lines().map(str::to_owned).collect();
    let excused = |list: &[(&str, &str)], name: &str| {
        list.iter().any(|(start, reason)| name.starts_with(start) && !reason.is_empty())
    };
    let missing: Vec<_> = envoys.difference(&ours).filter(|name| !excused(ABSENT, name)).collect();
    assert!(missing.is_empty(), "missing: {missing:#?}");
    let added: Vec<_> = ours.difference(&envoys).filter(|name| !excused(ADDED, name)).collect();
    assert!(added.is_empty(), "beside Envoy's: {added:#?}");
    for (start, _) in ABSENT {
        assert!(!ours.iter().any(|name| name.starts_with(start)), "{start} is there by now");
    }
}

#[test]
fn the_admin_interface_shows_what_the_engine_has() {
    let engine = started(None);
    assert!(ask(&engine, "GET", "/ready").ends_with("5\r\nLIVE\n\r\n0\r\n\r\n"));
    let listeners = ask(&engine, "GET", "/listeners");
    assert!(listeners.contains(&format!("ingress::{}\n", listener(&engine, 0))), "{listeners}");
    assert!(ask(&engine, "GET", "/clusters").contains("app::127.0.0.1:1::rq_total::0\n"));
    let stats = ask(&engine, "GET", "/stats");
    for line in [
        "listener_manager.total_listeners_active: 2\n",
        "listener_manager.listener_create_success: 4\n",
        "cluster_manager.active_clusters: 1\n",
        "server.live: 1\n",
    ] {
        assert!(stats.contains(line), "{line} in {stats}");
    }
}

#[test]
fn each_request_that_reaches_the_router_counts() {
    let engine = started(None);
    let ingress = listener(&engine, 0);
    for _ in 0..3 {
        assert!(request(ingress, "GET", "/").contains("hello"));
    }
    until("counted", || {
        let page = ask(&engine, "GET", "/stats?filter=ingress_http.(rq_|downstream_rq_2xx)");
        page.contains("http.ingress_http.rq_total: 3\n")
            && page.contains("http.ingress_http.rq_direct_response: 3\n")
            && page.contains("listener.127.0.0.1_0.http.ingress_http.downstream_rq_2xx: 3\n")
    });
}

#[test]
fn drained_listeners_accept_nothing_and_others_go_on() {
    let engine = started(None);
    let ingress = listener(&engine, 0);
    assert!(request(ingress, "GET", "/").contains("hello"));
    assert!(ask(&engine, "POST", "/drain_listeners?inboundonly").contains("OK"));
    assert!(request(ingress, "GET", "/").contains("hello"), "no listener is inbound");
    assert!(ask(&engine, "POST", "/drain_listeners").contains("OK"));
    let second = Duration::from_secs(1);
    until("refused", || {
        let refused = TcpStream::connect_timeout(&ingress, second);
        refused.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
    });
    assert!(ask(&engine, "GET", "/ready").contains("LIVE"));
}

#[test]
fn a_failed_health_check_ends_connections() {
    let engine = started(None);
    ask(&engine, "POST", "/healthcheck/fail");
    assert!(ask(&engine, "GET", "/ready").starts_with("HTTP/1.1 503 "));
    let mut client = TcpStream::connect(listener(&engine, 0)).expect("it listens");
    client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("it closes");
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
}

/// Tells when it was asked to quit.
#[derive(Debug)]
struct Owner(std::sync::Mutex<Sender<()>>);

impl Delegate for Owner {
    fn answer(&self, _request: &Request) -> DelegateAnswer {
        DelegateAnswer { status: 200, is_json: true, body: b"{}\n".to_vec() }
    }

    fn quit(&self) {
        let _ = self.0.lock().expect("no panic").send(());
    }

    fn warn(&self, _logger: &str, _text: &str) {}
}

#[test]
fn the_owner_hears_of_quit_and_answers_for_the_configuration() {
    let (told, hears) = channel();
    let engine = started(Some(Arc::new(Owner(told.into()))));
    assert!(ask(&engine, "GET", "/config_dump").contains("application/json"));
    assert!(ask(&engine, "POST", "/quitquitquit").contains("OK"));
    hears.recv_timeout(Duration::from_secs(20)).expect("it is told");
}
