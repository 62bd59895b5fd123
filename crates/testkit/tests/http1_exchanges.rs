//! HTTP/1 through the whole engine: what the upstream sees of a request, what the client gets of
//! a response, and what becomes of the connections.

use voyant_ir::protocol::HeaderCase;
use voyant_testkit::{Client, Proxy, Script, Upstream};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

#[test]
fn requests_share_connections_on_both_sides() {
    let upstream = Upstream::new().connection(Script::new().answer(OK).answer(OK).ended()).run();
    let proxy = Proxy::to(upstream.address()).run();
    let got = Client::to(proxy.address()).send(get("/1")).receive().send(get("/2")).receive().run();
    assert_eq!(got.statuses(), [200, 200]);
    let request = upstream.request();
    assert_eq!(request.head, "GET /1 HTTP/1.1\r\nhost: a\r\nx-forwarded-proto: http\r\n\r\n");
    assert_eq!(upstream.request().start, "GET /2 HTTP/1.1");
    let response = &got.responses[0];
    assert_eq!(response.start, "HTTP/1.1 200 OK");
    let names: Vec<_> = response.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["content-length", "date", "server"]);
    assert_eq!(response.text(), "ok");
    assert_eq!(proxy.log(), ["200 via_upstream -", "200 via_upstream -"]);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let upstream = Upstream::new()
        .serving("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
        .run();
    let proxy = Proxy::to(upstream.address()).run();
    let requests =
        format!("{}\r\n{}{}", get("/1"), get("/2"), "HEAD /3 HTTP/1.1\r\nHost: a\r\n\r\n");
    let got = Client::to(proxy.address())
        .send(requests)
        .receive()
        .receive()
        .receive_head()
        .half_close()
        .closed()
        .run();
    assert_eq!(got.statuses(), [200, 200, 200]);
    let paths: Vec<_> = (0..3).map(|_| upstream.request().start).collect();
    assert_eq!(paths, ["GET /1 HTTP/1.1", "GET /2 HTTP/1.1", "HEAD /3 HTTP/1.1"]);
}

#[test]
fn bodies_pass_both_ways() {
    let large = "z".repeat(3 * 1024 * 1024);
    for (length, request_body) in [(true, "abc"), (true, &large), (false, "abc"), (false, &large)] {
        let framed = |start: &str| {
            let size = request_body.len();
            if length {
                return format!("{start}content-length: {size}\r\n\r\n{request_body}");
            }
            let start = format!("{start}transfer-encoding: chunked\r\n\r\n");
            format!("{start}{size:x}\r\n{request_body}\r\n0\r\n\r\n")
        };
        let upstream = Upstream::new()
            .connection(Script::new().answer(framed("HTTP/1.1 200 OK\r\n")).ended())
            .run();
        let proxy = Proxy::to(upstream.address()).run();
        let got = Client::to(proxy.address())
            .send(framed("POST / HTTP/1.1\r\nHost: a\r\n"))
            .receive()
            .run();
        let (request, response) = (upstream.request(), got.response());
        assert!(request.body == request_body.as_bytes(), "request of {}", request_body.len());
        assert!(response.body == request_body.as_bytes(), "response of {}", request_body.len());
        assert_eq!(request.chunks.is_empty(), length);
        assert_eq!(response.chunks.is_empty(), length);
    }
}

#[test]
fn trailers_pass_where_they_are_enabled() {
    let body = "transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-T: 1\r\nx-u: 2\r\n\r\n";
    for enabled in [true, false] {
        let upstream = Upstream::new()
            .connection(Script::new().answer(format!("HTTP/1.1 200 OK\r\n{body}")).ended())
            .run();
        let proxy = Proxy::to(upstream.address())
            .manager(|manager| manager.http1.enable_trailers = enabled)
            .cluster(|cluster| cluster.http.http1.enable_trailers = enabled)
            .run();
        let got = Client::to(proxy.address())
            .send(format!("POST / HTTP/1.1\r\nHost: a\r\n{body}"))
            .receive()
            .run();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = if enabled { vec![pair("x-t", "1"), pair("x-u", "2")] } else { Vec::new() };
        assert_eq!(upstream.request().trailers, expected);
        assert_eq!(got.response().trailers, expected);
    }
}

#[test]
fn responses_without_a_body() {
    let upstream = Upstream::new()
        .connection(
            Script::new()
                .answer("HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n")
                .answer("HTTP/1.1 204 No Content\r\n\r\n")
                .answer("HTTP/1.1 304 Not Modified\r\ncontent-length: 20\r\n\r\n")
                .answer("HTTP/1.1 299 Odd\r\ncontent-length: 0\r\n\r\n")
                .ended(),
        )
        .run();
    let proxy = Proxy::to(upstream.address()).run();
    let got = Client::to(proxy.address())
        .send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        .receive_head()
        .send(get("/"))
        .receive()
        .send(get("/"))
        .receive()
        .send(get("/"))
        .receive()
        .run();
    let starts: Vec<_> = got.responses.iter().map(|response| response.start.as_str()).collect();
    let expected = [
        "HTTP/1.1 200 OK",
        "HTTP/1.1 204 No Content",
        "HTTP/1.1 304 Not Modified",
        "HTTP/1.1 299 Unknown",
    ];
    assert_eq!(starts, expected);
    let lengths: Vec<_> =
        got.responses.iter().map(|response| response.field("content-length")).collect();
    assert_eq!(lengths, [Some("20"), None, Some("20"), Some("0")]);
}

#[test]
fn expect_is_answered_here_and_goes_no_further() {
    let upstream = Upstream::new().connection(Script::new().answer(OK).ended()).run();
    let proxy = Proxy::to(upstream.address()).run();
    let got = Client::to(proxy.address())
        .send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        .receive()
        .send("abc")
        .receive()
        .run();
    assert_eq!(got.statuses(), [100, 200]);
    assert_eq!(got.responses[0].head, "HTTP/1.1 100 Continue\r\n\r\n");
    let request = upstream.request();
    assert_eq!((request.field("expect"), request.text()), (None, "abc".to_owned()));
}

#[test]
fn interim_responses_of_the_upstream_are_dropped() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n";
    let upstream = Upstream::new()
        .connection(Script::new().answer(format!("{interim}{OK}")).answer(OK).ended())
        .run();
    let proxy = Proxy::to(upstream.address()).run();
    let got = Client::to(proxy.address()).send(get("/")).receive().send(get("/")).receive().run();
    assert_eq!(got.statuses(), [200, 200]);
}

#[test]
fn absolute_form_names_the_authority() {
    let upstream = Upstream::new().connection(Script::new().answer(OK).ended()).run();
    let proxy = Proxy::to(upstream.address()).run();
    Client::to(proxy.address())
        .send("GET http://x.y:80/p?q HTTP/1.1\r\nHost: a\r\n\r\n")
        .receive()
        .run();
    let request = upstream.request();
    assert_eq!(request.start, "GET /p?q HTTP/1.1");
    assert_eq!(request.field("host"), Some("x.y:80"));
}

#[test]
fn http_10_where_it_is_accepted() {
    let body = "transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    let upstream = Upstream::new().serving(format!("HTTP/1.1 200 OK\r\n{body}")).run();
    let proxy = Proxy::to(upstream.address())
        .manager(|manager| {
            manager.http1.accept_http_10 = true;
            manager.http1.default_host_for_http_10 = "default".into();
        })
        .run();
    let got = Client::to(proxy.address())
        .send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        .receive()
        .closed()
        .run();
    let response = got.response();
    assert_eq!(response.start, "HTTP/1.0 200 OK");
    assert_eq!(response.field("transfer-encoding"), None);
    assert_eq!((response.field("connection"), response.text()), (Some("close"), "ok".into()));
    let request = upstream.request();
    assert_eq!(request.start, "GET / HTTP/1.1");
    assert_eq!(request.field("host"), Some("default"));
}

#[test]
fn names_keep_the_case_in_which_they_came() {
    let upstream = Upstream::new()
        .connection(
            Script::new()
                .answer("HTTP/1.1 200 OK\r\nX-uP: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
                .ended(),
        )
        .run();
    let proxy = Proxy::to(upstream.address())
        .manager(|manager| manager.http1.header_case = HeaderCase::Preserve)
        .cluster(|cluster| cluster.http.http1.header_case = HeaderCase::Preserve)
        .run();
    let got = Client::to(proxy.address())
        .send("GET / HTTP/1.1\r\nHoST: a\r\nX-dOWN: 1\r\n\r\n")
        .receive()
        .run();
    let request = upstream.request();
    assert!(request.head.contains("HoST: a\r\n"), "{}", request.head);
    assert!(request.head.contains("X-dOWN: 1\r\n"), "{}", request.head);
    assert!(request.head.contains("x-forwarded-proto: http\r\n"), "{}", request.head);
    let response = got.response();
    assert!(response.head.contains("X-uP: 1\r\n"), "{}", response.head);
    assert!(response.head.contains("Transfer-Encoding: chunked\r\n"), "{}", response.head);
    assert!(response.head.contains("server: envoy\r\n"), "{}", response.head);
}

#[test]
fn proper_case_on_both_sides() {
    let upstream = Upstream::new().connection(Script::new().answer(OK).ended()).run();
    let proxy = Proxy::to(upstream.address())
        .manager(|manager| manager.http1.header_case = HeaderCase::ProperCaseWords)
        .cluster(|cluster| cluster.http.http1.header_case = HeaderCase::ProperCaseWords)
        .run();
    let got = Client::to(proxy.address())
        .send("GET / HTTP/1.1\r\nhost: a\r\nx-a_b: 1\r\n\r\n")
        .receive()
        .run();
    let request = upstream.request();
    let expected = "GET / HTTP/1.1\r\nHost: a\r\nX-A_B: 1\r\nX-Forwarded-Proto: http\r\n\r\n";
    assert_eq!(request.head, expected);
    let names: Vec<_> = got.response().fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Content-Length", "Date", "Server"]);
}

#[test]
fn fully_qualified_targets_upstream() {
    let upstream = Upstream::new().connection(Script::new().answer(OK).ended()).run();
    let proxy = Proxy::to(upstream.address())
        .cluster(|cluster| cluster.http.http1.send_fully_qualified_url = true)
        .run();
    Client::to(proxy.address()).send(get("/p")).receive().run();
    assert_eq!(upstream.request().start, "GET http://a/p HTTP/1.1");
}

#[test]
fn a_client_that_asks_is_closed() {
    let upstream = Upstream::new().serving(OK).run();
    let proxy = Proxy::to(upstream.address()).run();
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let got = Client::to(proxy.address()).send(request).receive().closed().run();
    assert_eq!(got.response().field("connection"), Some("close"));
    assert_eq!(upstream.request().field("connection"), None);
}

#[test]
fn an_upstream_that_closes_is_connected_to_anew() {
    let last = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";
    let until_close = "HTTP/1.1 200 OK\r\n\r\nok";
    let upstream = Upstream::new()
        .connection(Script::new().answer(last))
        .connection(Script::new().answer(until_close))
        .connection(Script::new().answer(OK).ended())
        .run();
    let proxy = Proxy::to(upstream.address()).run();
    let got = Client::to(proxy.address())
        .send(get("/"))
        .receive()
        .send(get("/"))
        .receive()
        .send(get("/"))
        .receive()
        .run();
    assert_eq!(got.statuses(), [200, 200, 200]);
    assert_eq!(got.responses[1].chunks, [2]);
}

#[test]
fn an_idle_connection_that_died_is_no_failed_request() {
    let upstream = Upstream::new()
        .connection(Script::new().answer(OK))
        .connection(Script::new().answer(OK).ended())
        .run();
    let proxy = Proxy::to(upstream.address()).run();
    let first = Client::to(proxy.address()).send(get("/")).receive().run();
    assert_eq!(first.statuses(), [200]);
    proxy.wait_for_stat("cluster.upstream.upstream_cx_active", 0);
    let second = Client::to(proxy.address()).send(get("/")).receive().run();
    assert_eq!(second.statuses(), [200]);
    assert_eq!(proxy.log(), ["200 via_upstream -", "200 via_upstream -"]);
}

#[test]
fn a_client_that_reads_late_gets_everything() {
    let body = "x".repeat(32 * 1024 * 1024);
    let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let upstream = Upstream::new().connection(Script::new().answer(response).ended()).run();
    let proxy = Proxy::to(upstream.address()).run();
    let other = Upstream::new().serving(OK).run();
    let beside = Proxy::to(other.address()).run();
    let beside_address = beside.address();
    let got = Client::to(proxy.address())
        .send(get("/"))
        .meanwhile(|| {
            for _ in 0..20 {
                assert_eq!(Client::get(beside_address, "/").status(), 200);
            }
        })
        .receive()
        .run();
    assert!(got.response().body == body.as_bytes());
}
