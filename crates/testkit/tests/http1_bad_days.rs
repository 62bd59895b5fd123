//! Bad input and bad upstreams on HTTP/1: each costs its own exchange, and nothing more.

use voyant_testkit::{Client, Message, Proxy, RunningProxy, RunningUpstream, Script, Upstream};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// A proxy in front of an upstream that answers everything.
fn healthy() -> (RunningUpstream, RunningProxy) {
    let upstream = Upstream::new().serving(OK).run();
    let proxy = Proxy::to(upstream.address()).run();
    (upstream, proxy)
}

fn still_serves(proxy: &RunningProxy) {
    assert_eq!(Client::get(proxy.address(), "/").status(), 200);
}

#[test]
fn heads_that_are_refused() {
    let (upstream, proxy) = healthy();
    let mut expected = Vec::new();
    for (input, status, details) in [
        ("get / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "http1.codec_error"),
        ("GET / HTTP/1.1\r\nHost: a\r\nx y: 1\r\n\r\n", 400, "http1.codec_error"),
        ("GET / HTTP/1.1\r\nHost: a\r\nx: \0\r\n\r\n", 400, "http1.invalid_characters"),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "http.invalid_authority"),
        ("GET / HTTP/1.0\r\nHost: a\r\n\r\n", 426, "low_version"),
        ("CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "http1.invalid_url"),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
            501,
            "http1.invalid_transfer_encoding",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            400,
            "http1.content_length_and_chunked_not_allowed",
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
            400,
            "http1.codec_error",
        ),
    ] {
        // What is pipelined behind it is not looked at.
        let got =
            Client::to(proxy.address()).send(format!("{input}{GET}")).receive().closed().run();
        let response = got.response();
        assert_eq!(response.status(), status, "{input:?}");
        assert_eq!(response.field("connection"), Some("close"), "{input:?}");
        let phrase = response.start.splitn(3, ' ').nth(2);
        assert_eq!(Some(&response.text()[..]), phrase, "{input:?}");
        expected.push(format!("{status} {details} DPE"));
    }
    assert_eq!(upstream.requests_left(), 0);
    still_serves(&proxy);
    expected.push("200 via_upstream -".into());
    assert_eq!(proxy.log(), expected);
}

#[test]
fn a_missing_host_is_no_matter_of_the_codec() {
    let (_upstream, proxy) = healthy();
    let got = Client::to(proxy.address()).send("GET / HTTP/1.1\r\n\r\n").receive().closed().run();
    assert_eq!((got.response().status(), got.response().text()), (400, String::new()));
    assert_eq!(proxy.log(), ["400 missing_host_header -"]);
}

#[test]
fn heads_that_are_too_large() {
    let (_upstream, proxy) = healthy();
    let long = "x".repeat(61 * 1024);
    let many: String = (0..101).fold(String::new(), |fields, n| fields + &format!("x{n}: 1\r\n"));
    for input in [
        format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: a\r\nx: {long}"),
        format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n"),
    ] {
        let got = Client::to(proxy.address()).send(input).receive().closed().run();
        assert_eq!(got.response().status(), 431);
        assert_eq!(got.response().text(), "Request Header Fields Too Large");
    }
    still_serves(&proxy);
    let too_large = "431 http1.headers_too_large DPE";
    let too_many = "431 http1.too_many_headers DPE";
    assert_eq!(proxy.log(), [too_large, too_large, too_many, "200 via_upstream -"]);
}

#[test]
fn ten_megabytes_of_garbage() {
    let (_upstream, proxy) = healthy();
    let garbage: Vec<u8> =
        (0u32..10 * 1024 * 1024).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    // The proxy closes in the middle: that the rest cannot be sent is as it should be.
    let _ = Client::to(proxy.address()).send(garbage).try_run();
    still_serves(&proxy);
    proxy.wait_for_stat("http.test.downstream_cx_active", 0);
}

#[test]
fn a_slow_client_is_served_byte_by_byte() {
    let (upstream, proxy) = healthy();
    let request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
        3;x\r\nabc\r\n0\r\nx-t: 1\r\n\r\n";
    let got = Client::to(proxy.address()).send_bytewise(request).receive().run();
    assert_eq!(got.statuses(), [200]);
    assert_eq!(upstream.request().text(), "abc");
}

#[test]
fn a_body_that_goes_wrong_is_answered_if_nothing_was_yet() {
    let upstream = Upstream::new().connection(Script::new().read_head().ended()).serving(OK).run();
    let proxy = Proxy::to(upstream.address()).run();
    let got = Client::to(proxy.address())
        .send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        .meanwhile(|| assert_eq!(upstream.request().start, "POST / HTTP/1.1"))
        .send("zz\r\n")
        .receive()
        .closed()
        .run();
    assert_eq!((got.response().status(), got.response().text()), (400, "Bad Request".into()));
    still_serves(&proxy);
    assert_eq!(proxy.log(), ["400 http1.codec_error DPE", "200 via_upstream -"]);
}

/// What a client gets, and the log's line, when the upstream's first connection does this.
fn exchange(script: Script) -> (Message, String) {
    let upstream = Upstream::new().connection(script).serving(OK).run();
    let proxy = Proxy::to(upstream.address()).run();
    let got = Client::to(proxy.address()).send(GET).receive().run();
    still_serves(&proxy);
    let mut log = proxy.log();
    assert_eq!(log.pop().as_deref(), Some("200 via_upstream -"));
    (got.response().clone(), log.remove(0))
}

#[test]
fn upstreams_that_answer_garbage() {
    let many: String = (0..101).fold(String::new(), |fields, n| fields + &format!("x{n}: 1\r\n"));
    for response in [
        "hello\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx y: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        "HTTP/1.1 204 No Content\r\ncontent-length: 1\r\n\r\nx",
        "HTTP/1.1 100 Continue\r\ntransfer-encoding: chunked\r\n\r\n",
        &format!("HTTP/1.1 200 OK\r\n{many}\r\n"),
        &format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(81 * 1024)),
    ] {
        let (got, log) = exchange(Script::new().answer(response).ended());
        let start = &response[..response.len().min(40)];
        assert_eq!(got.status(), 502, "{start:?}");
        let body = "upstream connect error or disconnect/reset before headers. \
            reset reason: protocol error";
        assert_eq!(got.text(), body, "{start:?}");
        let expected = "502 upstream_reset_before_response_started{protocol_error} UPE";
        assert_eq!(log, expected, "{start:?}");
    }
}

#[test]
fn upstreams_that_close_before_they_answer() {
    let body = "upstream connect error or disconnect/reset before headers. reset reason: \
        connection termination";
    let line = "503 upstream_reset_before_response_started{connection_termination} UC";
    for script in [Script::new().read(), Script::new().read().reset()] {
        let (got, log) = exchange(script);
        assert_eq!((got.status(), got.text()), (503, body.to_owned()));
        assert_eq!(log, line);
    }
    let (got, log) = exchange(Script::new().answer("HTTP/1.1 200 OK\r\nx: y\r\n"));
    assert_eq!(got.status(), 502);
    assert_eq!(log, "502 upstream_reset_before_response_started{protocol_error} UPE");
}

#[test]
fn an_upstream_that_refuses() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("binds").local_addr();
    let proxy = Proxy::to(closed.expect("bound")).run();
    let got = Client::get(proxy.address(), "/");
    assert_eq!(got.status(), 503);
    assert!(got.text().ends_with("remote connection failure"), "{}", got.text());
    let log = proxy.log();
    assert!(
        log[0].starts_with("503 upstream_reset_before_response_started{remote_connection_failure|"),
        "{log:?}"
    );
    assert!(log[0].ends_with(" UF"), "{log:?}");
}

#[test]
fn a_body_that_came_for_nothing_does_not_end_the_connection() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("binds").local_addr();
    let proxy = Proxy::to(closed.expect("bound")).run();
    let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    let got = Client::to(proxy.address()).send(post).receive().send(GET).receive().run();
    assert_eq!(got.statuses(), [503, 503]);
    assert_eq!(got.responses[0].field("connection"), None);
}

#[test]
fn a_client_that_leaves_within_a_head_is_logged() {
    let (_upstream, proxy) = healthy();
    let half = format!("{GET}GET /half HTTP/1.1\r\n");
    Client::to(proxy.address()).send(half).receive().run();
    proxy.wait_for_stat("http.test.downstream_cx_active", 0);
    assert_eq!(proxy.log(), ["200 via_upstream -", "0 downstream_remote_disconnect DC"]);
}

#[test]
fn an_upstream_that_cuts_its_answer() {
    for response in [
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nok",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nok",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n",
    ] {
        for script in [Script::new().answer(response), Script::new().answer(response).reset()] {
            let upstream = Upstream::new().connection(script).run();
            let proxy = Proxy::to(upstream.address()).run();
            let cut = Client::to(proxy.address()).send(GET).receive().try_run();
            assert!(cut.is_err(), "a cut response must not look whole: {response:?}");
            proxy.wait_for_stat("http.test.downstream_rq_active", 0);
            let expected = "200 upstream_reset_after_response_started{protocol_error} UPE";
            assert_eq!(proxy.log(), [expected], "{response:?}");
        }
    }
}

#[test]
fn a_response_with_more_behind_it_ends_its_connection() {
    let upstream = Upstream::new()
        .connection(
            Script::new()
                .answer(format!("{OK}HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad"))
                .ended(),
        )
        .connection(Script::new().answer(OK).ended())
        .run();
    let proxy = Proxy::to(upstream.address()).run();
    let got = Client::to(proxy.address()).send(GET).receive().send(GET).receive().run();
    let bodies: Vec<_> = got.responses.iter().map(Message::text).collect();
    assert_eq!(bodies, ["ok", "ok"]);
}

#[test]
fn a_client_that_leaves_takes_its_request_along() {
    let upstream = Upstream::new().connection(Script::new().read().closed()).run();
    let proxy = Proxy::to(upstream.address()).run();
    Client::to(proxy.address())
        .send(GET)
        .meanwhile(|| assert_eq!(upstream.request().start, "GET / HTTP/1.1"))
        .run();
    proxy.wait_for_stat("http.test.downstream_rq_active", 0);
    assert_eq!(proxy.log(), ["0 downstream_remote_disconnect DC"]);
}

#[test]
fn an_answer_before_the_request_has_come_closes_the_connection() {
    let upstream = Upstream::new()
        .connection(
            Script::new()
                .read_head()
                .send("HTTP/1.1 413 No\r\ncontent-length: 2\r\n\r\nno")
                .ended(),
        )
        .run();
    let proxy = Proxy::to(upstream.address()).run();
    let got = Client::to(proxy.address())
        .send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\npart")
        .receive()
        .closed()
        .run();
    assert_eq!((got.response().status(), got.response().text()), (413, "no".into()));
    assert_eq!(got.response().field("connection"), Some("close"));
}

#[test]
fn a_bad_request_ends_its_connection_unless_it_is_told_not_to() {
    for (ends, bad) in [(true, "GET /a#b"), (false, "GET /a#b"), (true, "GET /"), (false, "GET /")]
    {
        let upstream = Upstream::new().serving(OK).run();
        let proxy = Proxy::to(upstream.address())
            .manager(|manager| manager.http1.stream_error_on_invalid_http_message = !ends)
            .run();
        let host = if bad == "GET /" { "" } else { "Host: a\r\n" };
        let client = Client::to(proxy.address()).send(format!("{bad} HTTP/1.1\r\n{host}\r\n{GET}"));
        let got = if ends { client.receive().closed() } else { client.receive().receive() }.run();
        assert_eq!(got.statuses()[0], 400);
        let connection = got.responses[0].field("connection");
        assert_eq!(connection, ends.then_some("close"), "{bad}");
    }
}

#[test]
fn an_upgrade_that_nobody_offers() {
    let (_upstream, proxy) = healthy();
    let got = Client::to(proxy.address())
        .send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        .receive()
        .closed()
        .run();
    assert_eq!((got.response().status(), got.response().text()), (403, String::new()));
    assert_eq!(proxy.log(), ["403 upgrade_failed -"]);
}
