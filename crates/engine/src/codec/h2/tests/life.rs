//! How connections and streams begin, wait and end.

use super::raw::*;
use super::*;
use crate::codec::ResetReason;

#[tokio::test]
async fn bytes_that_were_read_before_count() {
    local(async {
        let (near, far) = tokio::io::duplex(4096);
        let mut prefix = preface::PREFACE.to_vec();
        prefix.extend(frame(SETTINGS, 0, 0, &[]));
        let mut rest = request(1, &[]);
        prefix.extend(rest.drain(..20));
        let server = ServerConnection::new(
            far,
            prefix.as_slice().into(),
            &options(),
            limits(),
            Arc::default(),
        );
        tokio::task::spawn_local(serve(server, echo));
        let mut peer = Peer::new(near);
        peer.send(&rest).await;
        peer.expect(HEADERS).await;
    })
    .await;
}

#[tokio::test]
async fn settings_and_windows_are_those_of_the_options() {
    local(async {
        let mut server = Server::echo().await;
        let settings = server.peer.expect(SETTINGS).await.payload;
        let has = |id: u16, value: u32| {
            let wanted = [&id.to_be_bytes()[..], &value.to_be_bytes()].concat();
            settings.chunks(6).any(|setting| setting == wanted)
        };
        assert!(has(3, 1024) && has(4, 16 * 1024 * 1024), "{settings:?}");
        let update = server.peer.expect(WINDOW_UPDATE).await;
        assert_eq!((update.stream, update.word(0)), (0, 24 * 1024 * 1024 - 65_535));
    })
    .await;
}

#[tokio::test]
async fn streams_beyond_the_limit_are_refused() {
    local(async {
        let mut options = options();
        options.max_concurrent_streams = 1;
        let mut server = Server::start(&options, limits(), 256 * 1024, echo).await;
        server.peer.send(&upload(1, &[])).await;
        server.peer.send(&request(3, &[])).await;
        let reset = server.peer.expect(RST_STREAM).await;
        assert_eq!((reset.stream, reset.word(0)), (3, 7));
        assert_eq!(server.stats.stream_refused_errors.get(), 1);
        server.peer.send(&frame(DATA, END_STREAM, 1, b"x")).await;
        assert_eq!(server.peer.expect(HEADERS).await.stream, 1);
    })
    .await;
}

#[tokio::test]
async fn a_whole_response_to_half_a_request_ends_without_an_error() {
    local(async {
        let mut server =
            Server::start(&options(), limits(), 256 * 1024, |_, mut stream| async move {
                stream.send_head(&head(&[(":status", "200")]), false);
                stream.send_data(Bytes::from_static(b"done"), true);
            })
            .await;
        server.peer.send(&upload(1, &[])).await;
        assert_eq!(server.peer.expect(DATA).await.payload, b"done");
        assert_eq!(server.peer.expect(RST_STREAM).await.word(0), 0);
        // What is still under way to the stream is no error.
        server.peer.send(&frame(DATA, 0, 1, b"late")).await;
        server.peer.send(&frame(PING, 0, 0, b"12345678")).await;
        server.peer.expect(PING).await;
    })
    .await;
}

#[tokio::test]
async fn half_a_response_ends_with_an_internal_error() {
    local(async {
        let mut server =
            Server::start(&options(), limits(), 256 * 1024, |_, mut stream| async move {
                stream.send_head(&head(&[(":status", "200")]), false);
                tokio::task::yield_now().await;
            })
            .await;
        server.peer.send(&request(1, &[])).await;
        assert_eq!(server.peer.expect(RST_STREAM).await.word(0), 2);
        until(|| server.stats.streams_active.get() == 0).await;
        assert_eq!(server.stats.tx_reset.get(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_was_sent_before_a_reset_arrives_before_it() {
    local(async {
        let mut server =
            Server::start(&options(), limits(), 256 * 1024, |_, mut stream| async move {
                stream.send_head(&head(&[(":status", "200")]), false);
                stream.send_data(Bytes::from_static(b"half"), false);
                stream.reset(ResetReason::ProtocolError);
            })
            .await;
        server.peer.send(&request(1, &[])).await;
        server.peer.expect(HEADERS).await;
        assert_eq!(server.peer.expect(DATA).await.payload, b"half");
        assert_eq!(server.peer.expect(RST_STREAM).await.word(0), 2);
    })
    .await;
}

#[tokio::test]
async fn a_client_may_say_goodbye_and_stay() {
    local(async {
        let mut server = Server::echo().await;
        server.peer.send(&request(1, &[])).await;
        server.peer.expect(DATA).await;
        server.peer.send(&frame(GOAWAY, 0, 0, &[0; 8])).await;
        server.peer.send(&request(3, &[])).await;
        assert_eq!(server.peer.expect(DATA).await.stream, 3);
    })
    .await;
}

#[tokio::test]
async fn a_priority_that_depends_on_itself_is_nothing() {
    local(async {
        let mut server = Server::echo().await;
        server.peer.send(&frame(PRIORITY, 0, 3, &[0, 0, 0, 3, 1])).await;
        server.peer.send(&request(3, &[])).await;
        server.peer.expect(DATA).await;
        // Not so between the pieces of a head.
        server.peer.send(&frame(HEADERS, END_STREAM, 5, &block(&[("a", "b")]))).await;
        server.peer.send(&frame(PRIORITY, 0, 7, &[0, 0, 0, 3, 1])).await;
        assert_eq!(server.peer.expect(GOAWAY).await.word(4), 1);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_said_to_who_speaks_no_http2() {
    local(async {
        let (near, far) = tokio::io::duplex(4096);
        let server = ServerConnection::new(
            far,
            bytes::BytesMut::new(),
            &options(),
            limits(),
            Arc::default(),
        );
        let ended = tokio::task::spawn_local(serve(server, echo));
        tokio::task::yield_now().await;
        let mut peer = Peer::new(near);
        peer.send(b"GET / HTTP/1.1\r\nhost: a.test\r\n\r\n").await;
        assert_eq!(peer.rest().await, []);
        ended.await.expect("no panic").expect_err("no preface");
    })
    .await;
}

#[tokio::test]
async fn a_window_opens_only_as_the_body_is_consumed() {
    local(async {
        let mut options = options();
        (options.initial_stream_window_size, options.initial_connection_window_size) =
            (65_535, 65_535);
        let go = std::rc::Rc::new(tokio::sync::Notify::new());
        let wait = std::rc::Rc::clone(&go);
        let mut server = Server::start(&options, limits(), 256 * 1024, move |request, stream| {
            let wait = std::rc::Rc::clone(&wait);
            async move {
                wait.notified().await;
                echo(request, stream).await;
            }
        })
        .await;
        server.peer.send(&upload(1, &[])).await;
        for _ in 0..3 {
            server.peer.send(&frame(DATA, 0, 1, &[0; 16_384])).await;
        }
        server.peer.send(&frame(PING, 0, 0, b"12345678")).await;
        loop {
            let frame = server.peer.next().await.expect("a frame");
            assert!(frame.kind != WINDOW_UPDATE, "nothing was consumed");
            if frame.kind == PING {
                break;
            }
        }
        go.notify_one();
        let update = server.peer.expect(WINDOW_UPDATE).await;
        assert!(update.word(0) >= 32_768, "{update:?}");
    })
    .await;
}

#[tokio::test]
async fn a_body_that_nobody_wants_gives_its_window_back() {
    local(async {
        let mut options = options();
        options.initial_connection_window_size = 65_535;
        let mut server =
            Server::start(&options, limits(), 256 * 1024, |_, mut stream| async move {
                poll_fn(|cx| stream.poll_body(cx)).await.expect("a piece");
                stream.send_head(&head(&[(":status", "200")]), true);
            })
            .await;
        let mut window = 65_535;
        for stream in 0..8 {
            let id = stream * 2 + 1;
            server.peer.send(&upload(id, &[])).await;
            for _ in 0..3 {
                while window < 16_384 {
                    let update = server.peer.expect(WINDOW_UPDATE).await;
                    window += if update.stream == 0 { update.word(0) } else { 0 };
                }
                server.peer.send(&frame(DATA, 0, id, &[0; 16_384])).await;
                window -= 16_384;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_that_does_not_read_costs_no_more_than_the_limit() {
    local(async {
        let (mut limits, piece) = (limits(), 10_000);
        limits.stream_buffer_limit_bytes = 32_768;
        let handler = move |_, mut stream: ServerStream| async move {
            stream.send_head(&head(&[(":status", "200")]), false);
            while poll_fn(|cx| stream.poll_ready(cx)).await.is_ok() {
                stream.send_data(Bytes::from(vec![0; piece]), false);
            }
        };
        let mut server = Server::start(&options(), limits, 256 * 1024, handler).await;
        server.peer.send(&[request(1, &[]), request(3, &[])].concat()).await;
        // The windows are the protocol's: 65,535 bytes for both streams together.
        let mut left = 65_535;
        while left > 0 {
            left -= server.peer.expect(DATA).await.payload.len();
        }
        server.peer.send(&frame(PING, 0, 0, b"12345678")).await;
        server.peer.expect(PING).await;
        let pending = server.stats.pending_send_bytes.get();
        assert!((32_768..2 * (32_768 + 10_000)).contains(&pending), "{pending}");
        server.peer.send(&[reset(1, 8), reset(3, 8)].concat()).await;
        until(|| server.stats.pending_send_bytes.get() == 0).await;
    })
    .await;
}

#[tokio::test]
async fn an_end_for_cause_is_no_reset_of_the_transport() {
    local(async {
        let (near, far) = tokio::io::duplex(1024);
        let mut server = ServerConnection::new(
            far,
            bytes::BytesMut::new(),
            &options(),
            limits(),
            Arc::default(),
        );
        let mut peer = Peer::new(near);
        let garbage = tokio::task::spawn_local(async move {
            peer.send(&b"GET / HTTP/1.1\r\n\r\n".repeat(1000)).await;
            peer.finish().await;
            peer.rest().await
        });
        let mut head = Head::new();
        match poll_fn(|cx| server.poll_accept(cx, &mut head)).await {
            Some(Err(error)) => assert_eq!(error.kind, ConnectionErrorKind::Protocol),
            other => panic!("{other:?}"),
        }
        poll_fn(|cx| server.poll_linger(cx)).await;
        garbage.await.expect("no panic");
    })
    .await;
}

#[tokio::test]
async fn a_server_says_goodbye_twice() {
    local(async {
        let (near, far) = tokio::io::duplex(64 * 1024);
        let stats = Arc::<Http2Stats>::default();
        let mut server = ServerConnection::new(
            far,
            bytes::BytesMut::new(),
            &options(),
            limits(),
            Arc::clone(&stats),
        );
        let mut peer = Peer::new(near);
        peer.greet().await;
        peer.send(&upload(1, &[])).await;
        let mut head_in = Head::new();
        let mut accept = async |server: &mut ServerConnection<_>| match poll_fn(|cx| {
            server.poll_accept(cx, &mut head_in)
        })
        .await
        {
            Some(Ok(Accepted::Stream(stream))) => stream,
            other => panic!("{other:?}"),
        };
        let first = accept(&mut server).await;
        server.shutdown_notice();
        peer.send(&upload(3, &[])).await;
        // Still served: only a notice was given.
        let second = accept(&mut server).await;
        server.go_away();
        let ended = tokio::task::spawn_local(async move {
            let mut head = Head::new();
            match poll_fn(|cx| server.poll_accept(cx, &mut head)).await {
                Some(Ok(_)) => panic!("a stream after the last goodbye"),
                Some(Err(error)) => Err(error),
                None => Ok(()),
            }
        });
        assert_eq!(peer.expect(GOAWAY).await.word(0), 0x7fff_ffff);
        let last = peer.expect(GOAWAY).await;
        assert_eq!((last.word(0), last.word(4)), (3, 0));
        assert_eq!(stats.goaway_sent.get(), 1);
        peer.send(&upload(5, &[])).await;
        for mut stream in [first, second] {
            stream.send_head(&head(&[(":status", "200")]), true);
        }
        assert_eq!(ended.await.expect("no panic"), Ok(()));
        let rest = peer.rest().await;
        assert_eq!(rest.iter().filter(|f| f.kind == HEADERS).count(), 2);
        assert!(!rest.iter().any(|f| f.kind == PING), "{rest:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_found_by_a_ping() {
    let mut options = options();
    options.keepalive = Some(voyant_ir::protocol::Http2Keepalive {
        interval_ms: 1000,
        timeout_ms: 300,
        interval_jitter_percent: 15,
        connection_idle_interval_ms: 0,
    });
    LocalSet::new()
        .run_until(async {
            let mut server = Server::start(&options, limits(), 64 * 1024, echo).await;
            for _ in 0..3 {
                let ping = server.peer.expect(PING).await;
                server.peer.send(&frame(PING, 1, 0, &ping.payload)).await;
            }
            server.peer.expect(PING).await;
            let error = server.end().await.expect_err("silence");
            assert_eq!(error.kind, ConnectionErrorKind::KeepaliveTimeout);
            assert_eq!(server.stats.keepalive_timeout.get(), 1);
        })
        .await;
}

#[tokio::test]
async fn a_client_keeps_to_the_peers_limit_of_streams() {
    local(async {
        let (client, mut peer, _) = client(&options(), &[0, 3, 0, 0, 0, 1]).await;
        assert_eq!(client.max_streams(), 1);
        let mut first = client.start_stream(&get("/"), true).expect("room");
        assert!(!client.has_room());
        let waiting = poll_fn(|cx| Poll::Ready(client.poll_ready_for_stream(cx))).await;
        assert!(waiting.is_pending());
        let other = client.clone();
        let ready =
            tokio::task::spawn_local(
                async move { poll_fn(|cx| other.poll_ready_for_stream(cx)).await },
            );
        peer.expect(HEADERS).await;
        peer.send(&headers(1, &[(":status", "200")], true)).await;
        read_reply(&mut first).await.expect("a response");
        drop(first);
        assert_eq!(ready.await.expect("no panic"), Ok(()));
    })
    .await;
}

#[tokio::test]
async fn a_goaway_refuses_later_streams_and_lets_earlier_ones_finish() {
    local(async {
        let (client, mut peer, _) = client(&options(), &[]).await;
        let mut first = client.start_stream(&get("/"), true).expect("room");
        let mut second = client.start_stream(&get("/"), true).expect("room");
        peer.expect(HEADERS).await;
        peer.expect(HEADERS).await;
        peer.send(&frame(GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0])).await;
        poll_fn(|cx| client.poll_draining(cx)).await;
        assert!(!client.has_room());
        let reset = read_reply(&mut second).await.expect_err("a refusal");
        assert_eq!(reset.reason, ResetReason::RemoteRefusedStreamReset);
        let reset = client.start_stream(&get("/"), true).expect_err("a refusal");
        assert_eq!(reset.reason, ResetReason::RemoteRefusedStreamReset);
        peer.send(&headers(1, &[(":status", "200")], true)).await;
        assert_eq!(read_reply(&mut first).await.expect("a response").head.status(), 200);
        drop((first, second));
        poll_fn(|cx| client.poll_closed(cx)).await.expect("an end in order");
    })
    .await;
}

#[tokio::test]
async fn an_upstream_that_hangs_up_ends_its_streams() {
    local(async {
        for before in [&[][..], &headers(1, &[(":status", "200")], false)] {
            let (client, mut peer, _) = client(&options(), &[]).await;
            let mut stream = client.start_stream(&get("/"), true).expect("room");
            peer.expect(HEADERS).await;
            peer.send(before).await;
            drop(peer);
            let reset = read_reply(&mut stream).await.expect_err("the end");
            assert_eq!(reset.reason, ResetReason::ConnectionTermination);
            let late = poll_fn(|cx| client.poll_ready_for_stream(cx)).await.expect_err("the end");
            assert_eq!(late.reason, ResetReason::ConnectionTermination);
        }
    })
    .await;
}

#[tokio::test]
async fn an_upstream_resets_with_any_code() {
    local(async {
        let (client, mut peer, stats) = client(&options(), &[]).await;
        for (code, reason) in [
            (7, ResetReason::RemoteRefusedStreamReset),
            (1, ResetReason::ProtocolError),
            (8, ResetReason::RemoteReset),
            (0, ResetReason::RemoteReset),
        ] {
            let mut stream = client.start_stream(&get("/"), true).expect("room");
            let id = peer.expect(HEADERS).await.stream;
            peer.send(&reset(id, code)).await;
            let seen = read_reply(&mut stream).await.expect_err("a reset");
            assert_eq!(seen.reason, reason, "{code}");
        }
        assert_eq!(stats.rx_reset.get(), 4);
    })
    .await;
}

#[tokio::test]
async fn a_connection_ends_with_its_last_handle_and_stream() {
    local(async {
        let (client, mut peer, stats) = client(&options(), &[]).await;
        let mut stream = client.start_stream(&get("/"), true).expect("room");
        drop(client);
        peer.expect(HEADERS).await;
        peer.send(&headers(1, &[(":status", "200")], true)).await;
        read_reply(&mut stream).await.expect("a response");
        drop(stream);
        assert!(!peer.rest().await.iter().any(|frame| frame.kind == GOAWAY));
        assert_eq!(stats.streams_active.get(), 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_upstream_is_found_by_a_ping_before_its_next_stream() {
    let mut options = options();
    options.keepalive = Some(voyant_ir::protocol::Http2Keepalive {
        interval_ms: 0,
        timeout_ms: 300,
        interval_jitter_percent: 0,
        connection_idle_interval_ms: 5000,
    });
    LocalSet::new()
        .run_until(async {
            let (client, mut peer, stats) = client(&options, &[]).await;
            drop(client.start_stream(&get("/"), true).expect("room"));
            tokio::time::advance(Duration::from_secs(6)).await;
            let mut stream = client.start_stream(&get("/"), true).expect("room");
            peer.expect(PING).await;
            let reset = read_reply(&mut stream).await.expect_err("silence");
            assert_eq!(reset.reason, ResetReason::ConnectionTermination);
            assert_eq!(stats.keepalive_timeout.get(), 1);
        })
        .await;
}
