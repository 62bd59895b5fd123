//! Over a socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use voyant_ir::access_log::{AccessLog, AccessLogSink};
use voyant_ir::address::Address;
use voyant_ir::admin as ir;
use voyant_ir::format::{FormatString, Operator, Segment, StreamField};

use super::super::backend::{AdminState, Delegate, DelegateAnswer};
use super::super::{Admin, Request};
use super::fixture::{EchoDelegate, FakeBackend, state};
use crate::listener::limit::{ConnectionLimit, GLOBAL};
use crate::observe::access_log::{AccessLogs, Flush};
use crate::rt::address::PeerAddress;
use crate::runtime::Runtime;
use crate::runtime::loader::{Layers, RuntimeLoader};
use crate::snapshot::Snapshot;

fn config() -> ir::Admin {
    ir::Admin {
        address: Address::Socket { ip: "127.0.0.1".into(), port: 0, ipv4_compat: false },
        socket_options: vec![],
        access_logs: vec![],
        allow_paths: vec![],
        ignore_global_connection_limit: false,
        address_path: String::new(),
    }
}

fn no_limit() -> Arc<ConnectionLimit> {
    ConnectionLimit::new(GLOBAL, &Runtime::default())
}

fn start(config: &ir::Admin, state: AdminState) -> (Admin, Arc<AccessLogs>) {
    let registry = Arc::clone(&state.registry);
    let flush = Flush { interval: Duration::from_mins(1), bytes: 64 << 10 };
    let logs = Arc::new(AccessLogs::start(registry, flush).expect("a thread"));
    let admin =
        Admin::start(config, state, no_limit(), Arc::clone(&logs), Duration::from_millis(20));
    (admin.expect("it starts"), logs)
}

fn echo() -> AdminState {
    let mut state = state(Arc::new(FakeBackend::default()), Some(Arc::new(EchoDelegate)));
    let (layers, values) = (state.runtime.layers(), Arc::clone(state.runtime.runtime()));
    state.runtime = RuntimeLoader::new(
        Layers { read: layers, unread: false },
        values,
        Weak::<Snapshot>::new(),
        &state.registry,
    )
    .into();
    state
}

fn address(admin: &Admin) -> SocketAddr {
    match admin.address() {
        PeerAddress::Ip(address) => *address,
        PeerAddress::Pipe(path) => panic!("bound to {path}"),
    }
}

/// Sends bytes and reads until the server closes.
fn exchange(admin: &Admin, request: &str) -> String {
    let mut client = TcpStream::connect(address(admin)).expect("it listens");
    client.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    client.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("it closes");
    answer
}

fn without_date(answer: &str) -> String {
    let lines = answer.split_inclusive('\n').filter(|line| !line.starts_with("date: "));
    lines.collect()
}

#[test]
fn answers_have_envoys_head() {
    let (admin, _logs) = start(&config(), echo());
    let get = "GET /ready HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let expected = "HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=UTF-8\r\n\
                    cache-control: no-cache, max-age=0\r\nx-content-type-options: nosniff\r\n\
                    server: envoy\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n\
                    5\r\nLIVE\n\r\n0\r\n\r\n";
    let answer = exchange(&admin, get);
    assert_eq!(without_date(&answer), expected);
    assert!(answer.contains("date: ") && answer.contains(" GMT\r\n"));
    let head = exchange(&admin, &get.replace("GET", "HEAD"));
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    let old = exchange(&admin, "GET /ready HTTP/1.0\r\n\r\n");
    assert!(old.contains(" 426 Upgrade Required\r\n"), "{old}");
    let garbage = exchange(&admin, "\0garbage\r\n\r\n");
    let expected = "HTTP/1.1 400 Bad Request\r\ncontent-length: 11\r\n\
                    content-type: text/plain\r\nserver: envoy\r\nconnection: close\r\n\r\n\
                    Bad Request";
    assert_eq!(without_date(&garbage), expected);
    let nameless = exchange(&admin, "GET /ready HTTP/1.1\r\n\r\n");
    let expected = "HTTP/1.1 400 Bad Request\r\nserver: envoy\r\nconnection: close\r\n\
                    content-length: 0\r\n\r\n";
    assert_eq!(without_date(&nameless), expected);
}

#[test]
fn a_connection_carries_requests_one_after_another() {
    let (admin, _logs) = start(&config(), echo());
    let answers = exchange(
        &admin,
        "GET /ready HTTP/1.1\r\nhost: a\r\n\r\n\
         POST /reset_counters HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc\
         GET /config_dump?mask=x HTTP/1.1\r\nhost: a\r\n\r\n\
         GET /nope HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    );
    let statuses: Vec<_> =
        answers.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")).collect();
    assert_eq!(statuses, ["200 OK", "200 OK", "200 OK", "404 Not Found"]);
    assert!(answers.contains("/config_dump [(\"mask\", \"x\")]"));
}

/// Waits until it is allowed to answer.
#[derive(Debug)]
struct SlowDelegate(Mutex<Receiver<()>>);

impl Delegate for SlowDelegate {
    fn answer(&self, _request: &Request) -> DelegateAnswer {
        let _ = self.0.lock().expect("no panic").recv();
        DelegateAnswer { status: 200, is_json: false, body: b"at last".to_vec() }
    }

    fn quit(&self) {}

    fn warn(&self, _logger: &str, _text: &str) {}
}

#[test]
fn a_busy_delegate_delays_nobody_else() {
    let (allow, wait) = channel();
    let slow: Arc<dyn Delegate> = Arc::new(SlowDelegate(Mutex::new(wait)));
    let (admin, _logs) = start(&config(), state(Arc::new(FakeBackend::default()), Some(slow)));
    let mut waiting = TcpStream::connect(address(&admin)).expect("it listens");
    waiting
        .write_all(b"GET /config_dump HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .expect("it reads");
    let ready = "GET /ready HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    assert!(exchange(&admin, ready).contains("LIVE"));
    allow.send(()).expect("it waits");
    let mut answer = String::new();
    waiting.read_to_string(&mut answer).expect("it answers");
    assert!(answer.contains("at last"), "{answer}");
}

#[test]
fn statistics_show_the_process_and_the_interface_itself() {
    let (admin, _logs) = start(&config(), echo());
    let get = |target: &str| {
        exchange(&admin, &format!("GET {target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"))
    };
    get("/ready");
    let page = get("/stats");
    for line in [
        "server.live: 1\n",
        "server.concurrency: 2\n",
        "server.version: 7\n",
        "server.compilation_settings.fips_mode: 0\n",
        "runtime.num_keys: 2\n",
        "runtime.num_layers: 3\n",
        "http.admin.downstream_rq_2xx: 2\n",
        "http.admin.downstream_rq_active: 1\n",
        "listener.admin.downstream_cx_total: 2\n",
        "listener.admin.main_thread.downstream_cx_active: 1\n",
    ] {
        assert!(page.contains(line), "{line} in {page}");
    }
    let deadline = std::time::Duration::from_secs(20);
    let began = crate::rt::clock::now();
    while get("/stats?filter=http.admin.downstream_rq_time").contains("No recorded values") {
        assert!(crate::rt::clock::now() - began < deadline, "never flushed");
    }
}

#[test]
fn the_address_is_written_and_requests_are_logged() {
    let dir = std::env::temp_dir().join(format!("voyant-admin-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory");
    let path = |name: &str| dir.join(name).to_str().expect("UTF-8").to_owned();
    let mut config = config();
    config.address_path = path("address");
    let request = Operator::RequestHeader { name: ":path".into(), alternative: None };
    let code = Operator::Field { field: StreamField::ResponseCode };
    let operator = |operator| Segment::Operator { operator, max_length: None };
    let text = |text: &str| Segment::Text { text: text.into() };
    config.access_logs = vec![AccessLog {
        sink: AccessLogSink::File { path: path("log") },
        format: FormatString::Text {
            segments: vec![operator(request), text(" "), operator(code), text("\n")],
            omit_empty_values: false,
        },
        filter: None,
    }];
    let (admin, logs) = start(&config, echo());
    let written = std::fs::read_to_string(path("address")).expect("it was written");
    assert_eq!(written, address(&admin).to_string());
    exchange(&admin, "GET /nope?x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    drop(admin);
    logs.shutdown();
    assert_eq!(std::fs::read_to_string(path("log")).expect("logged"), "/nope?x 404\n");
    std::fs::remove_dir_all(&dir).expect("it goes");
}

#[test]
fn an_address_that_cannot_be_written_ends_nothing() {
    let mut config = config();
    config.address_path = "/does/not/exist/address".to_owned();
    let (admin, _logs) = start(&config, echo());
    let error = admin.unwritten().expect("it is told");
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    let answer = exchange(&admin, "GET /nope HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}

#[test]
fn a_port_in_use_is_an_error() {
    let (admin, logs) = start(&config(), echo());
    let mut taken = config();
    taken.address = Address::Socket {
        ip: "127.0.0.1".into(),
        port: address(&admin).port(),
        ipv4_compat: false,
    };
    let error = Admin::start(&taken, echo(), no_limit(), logs, Duration::from_secs(5));
    let text = error.expect_err("the port is taken").to_string();
    assert!(text.contains("admin") && text.contains("in use"), "{text}");
}
