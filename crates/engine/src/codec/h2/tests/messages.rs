//! What a message may say, and what becomes of one that breaks the rules.

use super::raw::*;
use super::*;
use crate::codec::ResetReason;

/// Serves requests and passes their heads on.
async fn heads(
    options: &Http2Options,
    limits: HeadLimits,
) -> (Server, tokio::sync::mpsc::UnboundedReceiver<Head>) {
    let (send, heads) = tokio::sync::mpsc::unbounded_channel();
    let server = Server::start(options, limits, 256 * 1024, move |request, stream| {
        let _ = send.send(request.clone());
        echo(request, stream)
    })
    .await;
    (server, heads)
}

#[tokio::test]
async fn crumbs_are_joined_and_host_gives_way_to_authority() {
    local(async {
        let (mut server, mut heads) = heads(&options(), limits()).await;
        let more = [("cookie", "a=1"), ("host", "other"), ("x", "y"), ("cookie", "b=2")];
        server.peer.send(&request(1, &more)).await;
        let seen = heads.recv().await.expect("a request");
        assert_eq!(value(&seen, HeaderId::Cookie), "a=1; b=2");
        assert_eq!(seen.authority(), b"a.test");
        assert!(!seen.contains(HeaderId::Host));
        let fields = [(":method", "GET"), (":scheme", "http"), (":path", "/"), ("host", "h.test")];
        server.peer.send(&headers(3, &fields, true)).await;
        assert_eq!(heads.recv().await.expect("a request").authority(), b"h.test");
    })
    .await;
}

#[tokio::test]
async fn a_malformed_head_ends_the_connection_without_a_frame() {
    local(async {
        let cases: &[&[(&str, &str)]] = &[
            &[("Upper", "x")],
            &[("te", "gzip")],
            &[("connection", "close")],
            &[("transfer-encoding", "chunked")],
            &[("keep-alive", "1")],
            &[("x y", "z")],
            &[("x", "a\u{1}b")],
            &[("x", "y"), (":path", "/late")],
            &[(":status", "200")],
            &[(":unknown", "x")],
            &[("content-length", "1")],
            &[("content-length", "x")],
        ];
        // What the library lets pass and Envoy does not.
        let heads: &[&[(&str, &str)]] = &[
            &[(":method", "GET"), (":scheme", "http"), (":path", "/")],
            &[(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "u@a")],
            &[(":method", "GET"), (":scheme", "http"), (":path", "*"), (":authority", "a")],
        ];
        for head in heads {
            let mut server = Server::echo().await;
            server.peer.send(&headers(1, head, true)).await;
            assert!(server.end().await.expect_err("malformed").unseen_request, "{head:?}");
            assert_eq!(server.stats.rx_messaging_error.get(), 1);
        }
        for case in cases {
            let mut server = Server::echo().await;
            server.peer.send(&request(1, case)).await;
            let error = server.end().await.expect_err("malformed");
            assert_eq!(error.kind, ConnectionErrorKind::Protocol, "{case:?}");
            assert!(error.unseen_request, "{case:?}");
            assert_eq!(error.details, "http2.invalid.header.field");
            assert_eq!(server.stats.rx_messaging_error.get(), 1, "{case:?}");
            let rest = server.peer.rest().await;
            assert!(rest.iter().all(|f| ![RST_STREAM, GOAWAY].contains(&f.kind)), "{rest:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_malformed_head_may_cost_its_stream_alone() {
    local(async {
        let mut options = options();
        options.stream_error_on_invalid_http_message = true;
        let mut server = Server::start(&options, limits(), 256 * 1024, echo).await;
        server.peer.send(&request(1, &[("te", "gzip")])).await;
        let reset = server.peer.expect(RST_STREAM).await;
        assert_eq!((reset.stream, reset.word(0)), (1, 1));
        server.peer.send(&request(3, &[("te", "trailers")])).await;
        assert_eq!(server.peer.expect(HEADERS).await.payload[0], 0x88, ":status 200");
        assert_eq!(server.stats.rx_messaging_error.get(), 1);
        assert_eq!(server.stats.tx_reset.get(), 1);
    })
    .await;
}

#[tokio::test]
async fn missing_or_repeated_pseudo_headers_are_malformed() {
    local(async {
        let cases: &[&[(&str, &str)]] = &[
            &[(":scheme", "http"), (":path", "/")],
            &[(":method", "GET"), (":path", "/")],
            &[(":method", "GET"), (":scheme", "http"), (":authority", "a")],
            &[(":method", "GET"), (":method", "GET"), (":scheme", "http"), (":path", "/")],
            &[(":method", "GET"), (":scheme", "http"), (":path", "")],
        ];
        for case in cases {
            let mut server = Server::echo().await;
            server.peer.send(&headers(1, case, true)).await;
            server.end().await.expect_err("malformed");
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_of_the_wrong_length_costs_its_stream_alone() {
    local(async {
        for body in [&b"abc"[..], b"abcdefg"] {
            let (send, mut resets) = tokio::sync::mpsc::unbounded_channel();
            let mut server =
                Server::start(&options(), limits(), 256 * 1024, move |request, mut stream| {
                    let send = send.clone();
                    async move {
                        match read_body(&mut stream).await {
                            Ok(_) => echo(request, stream).await,
                            Err(reset) => drop(send.send(reset)),
                        }
                    }
                })
                .await;
            server.peer.send(&upload(1, &[("content-length", "5")])).await;
            server.peer.send(&frame(DATA, END_STREAM, 1, body)).await;
            let reset = server.peer.expect(RST_STREAM).await;
            assert_eq!((reset.stream, reset.word(0)), (1, 1));
            let seen = resets.recv().await.expect("a reset");
            assert_eq!(seen.reason, ResetReason::ProtocolError);
            server.peer.send(&request(3, &[])).await;
            server.peer.expect(HEADERS).await;
            assert_eq!(server.stats.rx_messaging_error.get(), 0);
        }
    })
    .await;
}

#[tokio::test]
async fn malformed_trailers_end_the_connection() {
    local(async {
        let mut server = Server::echo().await;
        server.peer.send(&upload(1, &[])).await;
        server.peer.send(&frame(DATA, 0, 1, b"abc")).await;
        server.peer.send(&headers(1, &[("x y", "z")], true)).await;
        let error = server.end().await.expect_err("malformed");
        assert!(!error.unseen_request);
        assert_eq!(server.stats.rx_messaging_error.get(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_head_may_have_so_many_entries_and_bytes_and_no_more() {
    local(async {
        let mut limits = limits();
        (limits.max_header_count, limits.max_header_bytes) = (6, 2000);
        let mut server = Server::start(&options(), limits, 256 * 1024, echo).await;
        server.peer.send(&request(1, &[("a", "b"), ("c", "d")])).await;
        server.peer.expect(HEADERS).await;
        server.peer.send(&request(3, &[("a", "b"), ("cookie", "d"), ("cookie", "f")])).await;
        let reset = server.peer.expect(RST_STREAM).await;
        assert_eq!((reset.stream, reset.word(0)), (3, 2));
        // `:method GET`, `:scheme http`, `:authority a.test`, `:path /` and a name of one byte.
        let fixed = 10 + 11 + 16 + 6 + 1;
        server.peer.send(&request(5, &[("a", &"v".repeat(2000 - fixed))])).await;
        server.peer.expect(HEADERS).await;
        server.peer.send(&request(7, &[("a", &"v".repeat(2001 - fixed))])).await;
        assert_eq!(server.peer.expect(RST_STREAM).await.word(0), 2);
        server
            .peer
            .send(&[upload(9, &[]), headers(9, &[("a", &"v".repeat(2001))], true)].concat())
            .await;
        assert_eq!(server.peer.expect(RST_STREAM).await.word(0), 2);
        assert_eq!(server.stats.header_overflow.get(), 1);
        assert_eq!(server.stats.header_list_size_too_large.get(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_head_far_beyond_the_limit_is_reset_and_not_kept() {
    local(async {
        let mut server = Server::echo().await;
        let long = "v".repeat(62_000);
        server.peer.send(&request(1, &[("a", &long)])).await;
        assert_eq!(server.peer.expect(RST_STREAM).await.word(0), 2);
        server.peer.send(&request(3, &[])).await;
        server.peer.expect(HEADERS).await;
    })
    .await;
}

#[tokio::test]
async fn names_with_underscores_are_dropped_or_refused() {
    local(async {
        let mut limits = limits();
        limits.headers_with_underscores = HeadersWithUnderscores::DropHeader;
        let (mut server, mut heads) = heads(&options(), limits).await;
        server.peer.send(&request(1, &[("a_b", "c"), ("d-e", "f")])).await;
        let seen = heads.recv().await.expect("a request");
        assert_eq!(seen.len(), 5);
        assert_eq!(server.stats.dropped_headers_with_underscores.get(), 1);

        limits.headers_with_underscores = HeadersWithUnderscores::RejectRequest;
        let mut server = Server::start(&options(), limits, 256 * 1024, echo).await;
        server.peer.send(&request(1, &[("a_b", "c")])).await;
        assert_eq!(server.peer.expect(RST_STREAM).await.stream, 1);
        assert_eq!(server.stats.requests_rejected_with_underscores_in_headers.get(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_host_is_one_even_beside_an_authority() {
    local(async {
        let options = Http2Options { stream_error_on_invalid_http_message: true, ..options() };
        let mut server = Server::start(&options, limits(), 256 * 1024, echo).await;
        for (stream, host) in [(1, "a/b"), (3, "u@b"), (5, "a b"), (7, "")] {
            server.peer.send(&request(stream, &[("host", host)])).await;
            assert_eq!(server.peer.expect(RST_STREAM).await.stream, stream, "{host}");
        }
        server.peer.send(&request(9, &[("host", "[::1]:80")])).await;
        server.peer.expect(HEADERS).await;
    })
    .await;
}

#[tokio::test]
async fn connect_and_its_extension() {
    local(async {
        let mut options = options();
        options.allow_connect = true;
        let (mut server, mut heads) = heads(&options, limits()).await;
        server
            .peer
            .send(&headers(1, &[(":method", "CONNECT"), (":authority", "a:80")], false))
            .await;
        let seen = heads.recv().await.expect("a request");
        assert_eq!(
            (seen.method(), seen.authority(), seen.len()),
            (&b"CONNECT"[..], &b"a:80"[..], 2)
        );
        let extended = [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "http"),
            (":path", "/chat"),
            (":authority", "a"),
        ];
        server.peer.send(&headers(3, &extended, false)).await;
        let seen = heads.recv().await.expect("a request");
        assert_eq!(seen.method(), b"GET");
        assert_eq!(value(&seen, HeaderId::Upgrade), "websocket");
        assert_eq!(seen.path(), b"/chat");
    })
    .await;
}

#[tokio::test]
async fn an_upstream_with_a_malformed_head_is_left() {
    local(async {
        let (client, mut peer, stats) = client(&options(), &[]).await;
        let mut stream = client.start_stream(&get("/"), true).expect("room");
        peer.expect(HEADERS).await;
        peer.send(&headers(1, &[(":status", "200"), ("connection", "close")], true)).await;
        let reset = read_reply(&mut stream).await.expect_err("malformed");
        assert_eq!(reset.reason, ResetReason::ProtocolError);
        assert_eq!(stats.rx_messaging_error.get(), 1);
        poll_fn(|cx| client.poll_closed(cx)).await.expect_err("malformed");
    })
    .await;
}

#[tokio::test]
async fn an_upstream_with_too_long_a_head_costs_the_stream() {
    local(async {
        let (client, mut peer, _) = client(&options(), &[]).await;
        let mut stream = client.start_stream(&get("/"), true).expect("room");
        peer.expect(HEADERS).await;
        let long = "v".repeat(62_000);
        peer.send(&headers(1, &[(":status", "200"), ("a", &long)], true)).await;
        let reset = read_reply(&mut stream).await.expect_err("too long");
        assert_eq!(reset.reason, ResetReason::RemoteReset);
        assert!(!client.is_draining());
    })
    .await;
}

#[tokio::test]
async fn a_response_to_head_has_no_body_whatever_its_length() {
    local(async {
        let (client, mut peer, _) = client(&options(), &[]).await;
        let mut request = get("/");
        request.set(HeaderId::Method, b"HEAD");
        let mut stream = client.start_stream(&request, true).expect("room");
        peer.expect(HEADERS).await;
        peer.send(&headers(1, &[(":status", "200"), ("content-length", "5")], true)).await;
        let reply = read_reply(&mut stream).await.expect("a response");
        assert!(reply.ended_with_head);
        assert_eq!(value(&reply.head, HeaderId::ContentLength), "5");
    })
    .await;
}

#[tokio::test]
async fn a_body_where_none_may_be_costs_the_stream() {
    local(async {
        let (client, mut peer, _) = client(&options(), &[]).await;
        for (id, method, status) in [(1, "GET", "204"), (3, "GET", "304"), (5, "HEAD", "200")] {
            let mut request = get("/");
            request.set(HeaderId::Method, method.as_bytes());
            let mut stream = client.start_stream(&request, true).expect("room");
            peer.expect(HEADERS).await;
            peer.send(&headers(id, &[(":status", status)], false)).await;
            peer.send(&frame(DATA, 0, id, b"hi")).await;
            let reset = read_reply(&mut stream).await.expect_err("a body");
            assert_eq!(reset.reason, ResetReason::ProtocolError);
            assert_eq!(peer.expect(RST_STREAM).await.word(0), 1, "{method} {status}");
        }
        assert!(!client.is_draining());
    })
    .await;
}

#[tokio::test]
async fn a_length_where_no_body_may_be_ends_the_connection() {
    local(async {
        for (status, length) in [("204", "2"), ("103", "0")] {
            let (client, mut peer, stats) = client(&options(), &[]).await;
            let mut stream = client.start_stream(&get("/"), true).expect("room");
            peer.expect(HEADERS).await;
            let fields = [(":status", status), ("content-length", length)];
            peer.send(&headers(1, &fields, false)).await;
            let reset = read_reply(&mut stream).await.expect_err("malformed");
            assert_eq!(reset.reason, ResetReason::ProtocolError);
            assert_eq!(stats.rx_messaging_error.get(), 1);
            let ended = poll_fn(|cx| client.poll_closed(cx)).await.expect_err("malformed");
            assert!(ended.is_fault_of_peer());
        }
    })
    .await;
}
