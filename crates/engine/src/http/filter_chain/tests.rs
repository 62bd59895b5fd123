//! Chains in a whole engine, of filters that wait for permits.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use voyant_ir::filter::buffer::Buffer;
use voyant_ir::filter::grpc_stats::{GrpcMethods, GrpcStats};
use voyant_ir::filter::{HttpFilter, HttpFilterKind};
use voyant_ir::filter_chain::NetworkFilter;
use voyant_ir::route::{ClusterSpecifier, Forward, RouteAction, RoutePriority};

use crate::Engine;
use crate::engine::fixtures::snapshot;
use crate::filter::scripted::{Seen, put};
use crate::observe::log_level::{Level, LogLevels};
use crate::observe::stats::reader::{Kinds, Reader};
use crate::rt::address::PeerAddress;
use crate::rt::clock::now;
use crate::upstream::fixtures::cluster;

const DEADLINE: Duration = Duration::from_secs(20);
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// An engine whose requests pass two filters on their way to an upstream.
struct World {
    engine: Engine,
    upstream: TcpListener,
}

impl World {
    fn start(filters: [&str; 2]) -> Self {
        Self::start_with(&filters, &[])
    }

    /// The second ones stand before the upstream.
    fn start_with(filters: &[&str], of_cluster: &[&str]) -> Self {
        let all = |names: &[&str]| names.iter().copied().map(scripted).collect();
        Self::start_of(all(filters), all(of_cluster))
    }

    fn start_of(filters: Vec<HttpFilter>, of_cluster: Vec<HttpFilter>) -> Self {
        let upstream = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut ir = snapshot();
        let port = upstream.local_addr().expect("it is bound").port();
        ir.clusters = vec![cluster("app", &[port])];
        ir.clusters[0].http.filters = of_cluster;
        ir.route_configurations[0].virtual_hosts[0].routes[0].action = forward();
        let NetworkFilter::HttpConnectionManager(http) =
            &mut ir.listeners[0].filter_chains[0].filters[0]
        else {
            panic!("the first listener speaks HTTP")
        };
        http.http_filters.splice(0..0, filters);
        let levels = Arc::new(LogLevels::new(Level::Info));
        Self { engine: Engine::start_for(ir, None, levels).expect("it starts"), upstream }
    }

    fn client(&self) -> TcpStream {
        let PeerAddress::Ip(address) = self.address() else { panic!("bound to a path") };
        connected(TcpStream::connect(address).expect("it listens"))
    }

    fn address(&self) -> PeerAddress {
        self.engine.snapshot().listeners[0].addresses[0].local.clone()
    }

    /// The engine's connection, when it has come.
    fn accept(&self) -> TcpStream {
        let accepted: (TcpStream, SocketAddr) = self.upstream.accept().expect("it connects");
        connected(accepted.0)
    }
}

/// A filter that a test's stands in for.
fn scripted(name: &str) -> HttpFilter {
    let kind = HttpFilterKind::Buffer(Buffer { max_request_bytes: 1 });
    HttpFilter { name: name.into(), disabled: false, kind }
}

fn connected(stream: TcpStream) -> TcpStream {
    stream.set_read_timeout(Some(DEADLINE)).expect("a timeout");
    stream
}

fn forward() -> RouteAction {
    RouteAction::Forward(Box::new(Forward {
        cluster: ClusterSpecifier::Cluster { name: "app".into() },
        internal_redirect: None,
        body_buffer_limit_bytes: None,
        cluster_not_found_status: 503,
        path_rewrite: None,
        host_rewrite: None,
        upgrades: vec![],
        connect: None,
        append_x_forwarded_host: false,
        priority: RoutePriority::Default,
        timeout_ms: 0,
        idle_timeout_ms: None,
        flush_timeout_ms: None,
        max_stream_duration: None,
        grpc_timeout: None,
        cors: None,
        rate_limits: vec![],
        include_virtual_host_rate_limits: false,
        mirrors: vec![],
    }))
}

fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(end.as_bytes()) {
        stream.read_exact(&mut byte).expect("more comes");
        text.push(byte[0]);
    }
    String::from_utf8(text).expect("it is text")
}

fn until_seen(seen: &Seen, lines: &[&str]) {
    let began = now();
    while seen.lines() != lines {
        assert!(now() - began < DEADLINE, "{:?} is not {lines:?}", seen.lines());
        std::thread::yield_now();
    }
}

#[test]
fn a_waiting_filter_holds_the_request_and_its_body() {
    let (seen, gate) = (Seen::default(), Arc::new(Semaphore::new(0)));
    put("hold a", &seen, Some(&gate), None);
    put("hold b", &seen, None, None);
    let world = World::start(["hold a", "hold b"]);
    let mut client = world.client();
    client
        .write_all(b"POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody")
        .expect("sent");
    until_seen(&seen, &["hold a request /x"]);
    gate.add_permits(1);
    let mut upstream = world.accept();
    assert!(read_until(&mut upstream, "\r\n\r\nbody").starts_with("POST /x"));
    upstream.write_all(ANSWER).expect("sent");
    assert!(read_until(&mut client, "ok").starts_with("HTTP/1.1 200"));
    until_seen(
        &seen,
        &[
            "hold a request /x",
            "hold a goes on",
            "hold b request /x",
            "hold a request body",
            "hold b request body",
            "hold a request end",
            "hold b request end",
            "hold b response 200",
            "hold a response 200",
            "hold b response ok",
            "hold a response ok",
            "hold b response end",
            "hold a response end",
            "hold a done",
            "hold b done",
        ],
    );
}

#[test]
fn a_waiting_filter_holds_the_response_and_its_body() {
    let (seen, gate) = (Seen::default(), Arc::new(Semaphore::new(0)));
    put("answer a", &seen, None, None);
    put("answer b", &seen, None, Some(&gate));
    let world = World::start(["answer a", "answer b"]);
    let mut client = world.client();
    client.write_all(b"GET /x HTTP/1.1\r\nhost: a\r\n\r\n").expect("sent");
    let mut upstream = world.accept();
    read_until(&mut upstream, "\r\n\r\n");
    upstream.write_all(ANSWER).expect("sent");
    let waiting = ["answer a request /x", "answer b request /x", "answer b response 200"];
    until_seen(&seen, &waiting);
    gate.add_permits(1);
    assert!(read_until(&mut client, "ok").starts_with("HTTP/1.1 200"));
    let mut all = waiting.to_vec();
    all.extend([
        "answer b goes on",
        "answer a response 200",
        "answer b response ok",
        "answer a response ok",
        "answer b response end",
        "answer a response end",
        "answer a done",
        "answer b done",
    ]);
    until_seen(&seen, &all);
}

#[test]
fn a_wait_ends_when_the_client_leaves() {
    let (seen, gate) = (Seen::default(), Arc::new(Semaphore::new(0)));
    put("leave a", &seen, Some(&gate), None);
    put("leave b", &seen, None, None);
    let world = World::start(["leave a", "leave b"]);
    let mut client = world.client();
    client.write_all(b"GET /x HTTP/1.1\r\nhost: a\r\n\r\n").expect("sent");
    until_seen(&seen, &["leave a request /x"]);
    client.shutdown(Shutdown::Both).expect("it is open");
    until_seen(&seen, &["leave a request /x", "leave a done", "leave b done"]);
}

#[test]
fn a_wait_ends_when_the_stream_is_reset() {
    let (seen, gate) = (Seen::default(), Arc::new(Semaphore::new(0)));
    put("reset a", &seen, Some(&gate), None);
    put("reset b", &seen, None, None);
    let world = World::start(["reset a", "reset b"]);
    let mut client = world.client();
    client.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").expect("sent");
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    client.write_all(&settings).expect("sent");
    // GET http://a/
    let headers = [0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84, 0x41, 1, b'a'];
    client.write_all(&headers).expect("sent");
    until_seen(&seen, &["reset a request /"]);
    let reset = [0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8];
    client.write_all(&reset).expect("sent");
    until_seen(&seen, &["reset a request /", "reset a done", "reset b done"]);
}

#[test]
fn a_filter_before_the_upstream_holds_what_the_router_lets_pass() {
    let (seen, gate) = (Seen::default(), Arc::new(Semaphore::new(0)));
    put("first", &seen, None, None);
    put("inner", &seen, Some(&gate), None);
    let world = World::start_with(&["first"], &["inner"]);
    let mut client = world.client();
    client
        .write_all(b"POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody")
        .expect("sent");
    // The connection is made meanwhile; nothing is sent on it.
    let mut upstream = world.accept();
    until_seen(&seen, &["first request /x", "inner request /x"]);
    gate.add_permits(1);
    assert!(read_until(&mut upstream, "\r\n\r\nbody").starts_with("POST /x"));
    upstream.write_all(ANSWER).expect("sent");
    assert!(read_until(&mut client, "ok").starts_with("HTTP/1.1 200"));
    until_seen(
        &seen,
        &[
            "first request /x",
            "inner request /x",
            "inner goes on",
            "first request body",
            "first request end",
            "inner request body",
            "inner request end",
            "inner response 200",
            "first response 200",
            "inner response ok",
            "inner response end",
            "first response ok",
            "first response end",
            "inner done",
            "first done",
        ],
    );
}

#[test]
fn a_filter_before_the_upstream_is_given_up_with_its_client() {
    let (seen, gate) = (Seen::default(), Arc::new(Semaphore::new(0)));
    put("before", &seen, Some(&gate), None);
    let world = World::start_with(&[], &["before"]);
    let mut client = world.client();
    client.write_all(b"GET /x HTTP/1.1\r\nhost: a\r\n\r\n").expect("sent");
    let _upstream = world.accept();
    until_seen(&seen, &["before request /x"]);
    drop(client);
    until_seen(&seen, &["before request /x", "before done"]);
}

/// The histograms that have had a value.
fn histograms(engine: &Engine) -> Vec<String> {
    let mut reader = Reader::new(engine.registry().scopes().into(), Kinds::HISTOGRAMS);
    let mut found = Vec::new();
    while let Some(place) = reader.next_place() {
        let mut name = String::new();
        reader.name(place, &mut name);
        if reader.value(place).1 {
            found.push(name);
        }
    }
    found
}

#[test]
fn calls_of_grpc_are_timed_where_that_is_wanted() {
    for timed in [true, false] {
        let kind = HttpFilterKind::GrpcStats(GrpcStats {
            emit_filter_state: false,
            methods: GrpcMethods::All { replace_dots_in_grpc_service_name: false },
            enable_upstream_stats: timed,
        });
        let filter = HttpFilter { name: "stats".into(), disabled: false, kind };
        let world = World::start_of(vec![filter], vec![]);
        let mut client = world.client();
        client
            .write_all(b"POST /a.B/C HTTP/1.1\r\nhost: a\r\ncontent-type: application/grpc\r\n\r\n")
            .expect("sent");
        let mut upstream = world.accept();
        read_until(&mut upstream, "\r\n\r\n");
        upstream
            .write_all(b"HTTP/1.1 200 OK\r\ngrpc-status: 0\r\ncontent-length: 0\r\n\r\n")
            .expect("sent");
        read_until(&mut client, "\r\n\r\n");
        let name = "cluster.app.grpc.a.B.C.upstream_rq_time".to_owned();
        // Every request has that of the cluster, which is noted last.
        let last = if timed { &name } else { "cluster.app.upstream_rq_time" };
        let began = now();
        while !histograms(&world.engine).iter().any(|found| found == last) {
            assert!(now() - began < DEADLINE, "{:?}", histograms(&world.engine));
            std::thread::yield_now();
        }
        assert_eq!(histograms(&world.engine).contains(&name), timed);
    }
}
