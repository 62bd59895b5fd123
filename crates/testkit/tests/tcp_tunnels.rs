//! Tunnels of the TCP proxy through the whole engine, where Envoy 1.40 cannot be asked: it ends
//! with a fault when a POST's response is over before the client is.

use voyant_ir::access_log::TcpAccessLogOptions;
use voyant_ir::filter_chain::NetworkFilter;
use voyant_ir::format::Segment;
use voyant_ir::header::HeaderMutations;
use voyant_ir::tcp_proxy::{ConnectBackoff, TcpProxy, TcpWeightedCluster, Tunneling};
use voyant_testkit::{Client, Proxy, RunningProxy, RunningUpstream, Script, Upstream};

const BODY: &str = "5\r\nhello\r\n";

fn through(upstream: &RunningUpstream, change: impl FnOnce(&mut TcpProxy)) -> RunningProxy {
    let mut tunnel = TcpProxy {
        stat_prefix: "test".into(),
        clusters: vec![TcpWeightedCluster { cluster: "upstream".into(), weight: 1 }],
        idle_timeout_ms: 0,
        max_connect_attempts: 1,
        max_downstream_connection_duration_ms: 0,
        max_downstream_connection_duration_jitter_ms: 0,
        access_logs: Vec::new(),
        access_log_options: TcpAccessLogOptions {
            flush_interval_ms: 0,
            on_connected: false,
            on_start: false,
        },
        backoff: None,
        check_drain_close: false,
        tunneling: Some(Tunneling {
            hostname: vec![Segment::Text { text: "a.test:443".into() }],
            post_path: Some("/tunnel".into()),
            headers: HeaderMutations::default(),
            propagate_response_headers: false,
            propagate_response_trailers: false,
            request_id: None,
        }),
    };
    change(&mut tunnel);
    Proxy::to(upstream.address())
        .snapshot(|snapshot| {
            let filters = vec![NetworkFilter::TcpProxy(Box::new(tunnel))];
            snapshot.listeners[0].filter_chains[0].filters = filters;
            // Whatever the sockets hold, a session may hold more.
            snapshot.listeners[0].per_connection_buffer_limit_bytes = 64 << 20;
        })
        .run()
}

#[test]
fn a_client_goes_on_when_the_response_is_over() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbye";
    let script = Script::new()
        .read_head()
        .send(answer)
        .read_bytes(2 * BODY.len() + "0\r\n\r\n".len())
        .closed();
    let upstream = Upstream::new().connection(script).run();
    let proxy = through(&upstream, |_| {});
    let got = Client::to(proxy.address())
        .send("hello")
        .receive_bytes(3)
        .send("hello")
        .half_close()
        .closed()
        .run();
    assert_eq!(got.bytes, b"bye");
    assert_eq!(upstream.request().start, "POST /tunnel HTTP/1.1");
    assert_eq!(upstream.request().text(), format!("{BODY}{BODY}0\r\n\r\n"));
    proxy.wait_for_stat("cluster.upstream.upstream_cx_active", 0);
}

#[test]
fn the_next_attempt_comes_after_a_while() {
    let upstream = Upstream::new()
        .connection(Script::new().read_head().send("HTTP/1.1 503 No\r\n\r\n").closed())
        .connection(Script::new().read_head().send("HTTP/1.1 200 OK\r\n\r\nwelcome").ended())
        .run();
    let proxy = through(&upstream, |tunnel| {
        tunnel.max_connect_attempts = 2;
        tunnel.backoff = Some(ConnectBackoff { base_interval_ms: 5, max_interval_ms: 5 });
    });
    let got = Client::to(proxy.address()).receive_bytes(7).half_close().closed().run();
    assert_eq!(got.bytes, b"welcome");
    assert_eq!(proxy.stat("cluster.upstream.upstream_cx_total"), 2);
}

#[test]
fn a_slow_client_gets_all_of_an_upstream_that_breaks_off() {
    let size = 16 << 20;
    let chunk = format!("{size:x}\r\n{}\r\n", "x".repeat(size));
    let answer = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunk}");
    let upstream = Upstream::new().connection(Script::new().read_head().send(answer)).run();
    let proxy = through(&upstream, |_| {});
    let got = Client::to(proxy.address())
        .meanwhile(|| proxy.wait_for_stat("cluster.upstream.upstream_cx_destroy", 1))
        .receive_bytes(size)
        .closed()
        .run();
    assert_eq!(got.bytes.len(), size);
}
