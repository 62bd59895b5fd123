//! The whole engine in front of a host that only a name server knows.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use super::tests::{asking, strict};
use crate::Engine;
use crate::upstream::dns::scripted_server::{Record, ScriptedServer};

/// One listener whose connections go to the cluster.
fn snapshot(cluster: &Value) -> Value {
    json!({
        "node": {"id": "", "cluster": "", "region": "", "zone": "", "sub_zone": ""},
        "listeners": [{
            "name": "l",
            "addresses": [{
                "address": {
                    "type": "socket", "ip": "127.0.0.1", "port": 0, "ipv4_compat": false
                },
                "socket_options": [],
                "tcp_keepalive": null,
            }],
            "stat_prefix": "",
            "bind_to_port": true,
            "backlog": 128,
            "reuse_port": true,
            "exact_balance": false,
            "freebind": false,
            "transparent": false,
            "mptcp": false,
            "per_connection_buffer_limit_bytes": 1_048_576,
            "max_connections_to_accept_per_socket_event": 1,
            "ignore_global_connection_limit": false,
            "traffic_direction": "unspecified",
            "drain_type": "default",
            "filter_chains": [{"name": "", "filters": [tcp_proxy(&cluster["name"])]}],
            "default_filter_chain": null,
            "access_logs": [],
        }],
        "clusters": [cluster],
        "route_configurations": [],
        "admin": null,
        "runtime": [],
        "stats": {
            "flush_interval_ms": 5_000,
            "fixed_tags": [],
            "tag_rules": [],
            "matcher": null,
            "histogram_buckets": [],
        },
        "server": {
            "concurrency": 1,
            "drain_time_ms": 0,
            "drain_strategy": "immediate",
            "file_flush_interval_ms": 1_000,
            "file_flush_min_size_bytes": 65_536,
            "deprecated_features_used": 0,
            "runtime_unread": false,
            "header_prefix": "x-envoy",
            "local_ip": "127.0.0.1",
            "version": "",
            "command_line_options_json": "{}",
            "node_json": "{}",
            "stats_server_version_override": null,
            "watchdogs": {
                "main_thread": {"miss_timeout_ms": 200, "megamiss_timeout_ms": 1_000},
                "workers": {"miss_timeout_ms": 200, "megamiss_timeout_ms": 1_000},
            },
        },
    })
}

fn tcp_proxy(cluster: &Value) -> Value {
    json!({
        "type": "tcp_proxy",
        "stat_prefix": "t",
        "clusters": [{"cluster": cluster, "weight": 1}],
        "idle_timeout_ms": 0,
        "max_connect_attempts": 1,
        "max_downstream_connection_duration_ms": 0,
        "max_downstream_connection_duration_jitter_ms": 0,
        "access_logs": [],
        "access_log_options": {
            "flush_interval_ms": 0, "on_connected": false, "on_start": false
        },
        "backoff": null,
        "check_drain_close": false,
        "tunneling": null,
    })
}

/// Says hello to one connection.
fn greeter() -> (u16, std::thread::JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
    let port = listener.local_addr().expect("bound").port();
    let thread = std::thread::spawn(move || listener.accept()?.0.write_all(b"hello"));
    (port, thread)
}

/// The first connection already finds the host: workers begin after the first answer.
#[tokio::test]
async fn the_first_connection_goes_where_the_name_server_says() {
    let server = ScriptedServer::run().await;
    server.set("greeter.test", Record::of("127.0.0.1"));
    let (port, greeter) = greeter();
    let config = strict("c", asking(&server), &[&format!("greeter.test:{port}")]);
    let cluster = serde_json::to_value(config).expect("serialises");
    let snapshot = serde_json::from_value(snapshot(&cluster)).expect("a snapshot");
    let greeting = tokio::task::spawn_blocking(move || {
        let engine = Engine::start(snapshot).expect("it starts");
        let address = engine.snapshot().listeners[0].addresses[0].local.to_string();
        let mut greeting = String::new();
        let mut client = TcpStream::connect(address)?;
        client.read_to_string(&mut greeting)?;
        std::io::Result::Ok(greeting)
    });
    assert_eq!(greeting.await.expect("no panic").expect("a connection"), "hello");
    greeter.join().expect("no panic").expect("said hello");
}
