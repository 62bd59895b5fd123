//! Each limit on frames, at it and past it.

use super::raw::*;
use super::*;
use crate::codec::ResetReason;

async fn hold(_head: Head, mut stream: ServerStream) {
    stream.send_head(&head(&[(":status", "200")]), false);
    poll_fn(|cx| stream.poll_reset(cx)).await;
}

/// Sends `good`, sees that the connection still answers, then sends `bad` and sees it end.
async fn at_and_past(good: &[u8], bad: &[u8]) -> (ConnectionError, Arc<Http2Stats>) {
    let mut server = Server::start(&options(), limits(), 256 * 1024, hold).await;
    server.peer.send(&upload(1, &[])).await;
    server.peer.expect(HEADERS).await;
    server.peer.send(&[good, &frame(PING, 0, 0, b"12345678")[..]].concat()).await;
    assert_eq!(server.peer.expect(PING).await.payload, b"12345678");
    server.peer.send(bad).await;
    let error = server.end().await.expect_err("a flood");
    assert!(!server.peer.rest().await.iter().any(|frame| frame.kind == GOAWAY));
    assert_eq!(error.kind, ConnectionErrorKind::Flood);
    (error, server.stats)
}

#[tokio::test]
async fn empty_frames() {
    local(async {
        let empty = frame(DATA, 0, 1, &[]);
        let good = [empty.clone(), frame(DATA, 0, 1, b"x"), empty.clone()].concat();
        let (error, stats) = at_and_past(&good, &empty).await;
        assert_eq!(error.details, "http2.inbound_empty_frames_flood");
        assert_eq!(stats.inbound_empty_frames_flood.get(), 1);
        let padded = frame(DATA, 8, 1, &[2, 0, 0]);
        at_and_past(&padded, &padded).await;
    })
    .await;
}

#[tokio::test]
async fn empty_frames_between_others_have_no_limit() {
    local(async {
        let mut server = Server::echo().await;
        server.peer.send(&upload(1, &[])).await;
        let mut body = [frame(DATA, 0, 1, &[]), frame(DATA, 0, 1, b"x")].concat().repeat(300);
        body.extend(frame(DATA, END_STREAM, 1, &[]));
        server.peer.send(&body).await;
        assert_eq!(server.peer.expect(DATA).await.payload.len(), 300);
    })
    .await;
}

#[tokio::test]
async fn priority_frames() {
    local(async {
        // 100 for each stream, and as many for none.
        let one = frame(PRIORITY, 0, 3, &[0, 0, 0, 0, 0]);
        let (_, stats) = at_and_past(&one.repeat(200), &one).await;
        assert_eq!(stats.inbound_priority_frames_flood.get(), 1);
    })
    .await;
}

#[tokio::test]
async fn window_updates() {
    local(async {
        // 5, and 2 for each stream; none for DATA frames, as none were sent.
        let one = frame(WINDOW_UPDATE, 0, 0, &1u32.to_be_bytes());
        let (_, stats) = at_and_past(&one.repeat(7), &one).await;
        assert_eq!(stats.inbound_window_update_frames_flood.get(), 1);
    })
    .await;
}

#[tokio::test]
async fn window_updates_are_earned_by_data() {
    local(async {
        let mut server = Server::echo().await;
        server.peer.send(&request(1, &[])).await;
        server.peer.expect(DATA).await;
        let update = frame(WINDOW_UPDATE, 0, 0, &1u32.to_be_bytes());
        server.peer.send(&update.repeat(5 + 2 * (1 + 10))).await;
        server.peer.send(&frame(PING, 0, 0, b"12345678")).await;
        server.peer.expect(PING).await;
        server.peer.send(&update).await;
        server.end().await.expect_err("a flood");
    })
    .await;
}

#[tokio::test]
async fn a_client_that_reads_may_ping_and_set_without_end() {
    local(async {
        let mut server = Server::start(&options(), limits(), 64 * 1024, echo).await;
        for _ in 0..30 {
            let mut batch = frame(PING, 0, 0, b"12345678").repeat(100);
            batch.extend(frame(SETTINGS, 0, 0, &[]).repeat(100));
            server.peer.send(&batch).await;
            for _ in 0..100 {
                server.peer.expect(PING).await;
            }
        }
        server.peer.finish().await;
        server.peer.rest().await;
        assert_eq!(server.stats.outbound_control_flood.get(), 0);
    })
    .await;
}

#[tokio::test]
async fn pings_and_settings_of_a_client_that_does_not_read() {
    local(async {
        for flood in [frame(PING, 0, 0, b"12345678"), frame(SETTINGS, 0, 0, &[])] {
            let mut options = options();
            options.max_outbound_control_frames = 100;
            let mut server = Server::start(&options, limits(), 1024, echo).await;
            let mut peer = server.peer;
            let flood = tokio::task::spawn_local(async move {
                peer.send(&flood.repeat(100_000)).await;
                peer
            });
            let error = (&mut server.ended).await.expect("no panic").expect_err("a flood");
            assert_eq!(error.kind, ConnectionErrorKind::Flood);
            assert_eq!(server.stats.outbound_control_flood.get(), 1);
            drop(flood);
        }
    })
    .await;
}

#[tokio::test]
async fn small_frames_to_a_client_that_does_not_read() {
    local(async {
        let mut options = options();
        options.max_outbound_frames = 100;
        let mut server = Server::start(&options, limits(), 512, |_, mut stream| async move {
            stream.send_head(&head(&[(":status", "200")]), false);
            // Larger than the socket takes at once, so that it is known to be full.
            stream.send_data(Bytes::from(vec![0; 4096]), false);
            for _ in 0..1000 {
                stream.send_data(Bytes::from_static(b"x"), false);
                tokio::task::yield_now().await;
            }
            poll_fn(|cx| stream.poll_reset(cx)).await;
        })
        .await;
        server.peer.send(&request(1, &[])).await;
        let error = server.end().await.expect_err("a flood");
        assert_eq!(error.kind, ConnectionErrorKind::Unread);
        assert_eq!(server.stats.outbound_flood.get(), 1);
        assert_eq!(server.stats.pending_send_bytes.get(), 0);
        assert_eq!(server.stats.outbound_frames_active.get(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_came_with_the_flood_is_told_of_it() {
    local(async {
        let (send, mut seen) = tokio::sync::mpsc::unbounded_channel();
        let mut server = Server::start(&options(), limits(), 256 * 1024, move |_, mut stream| {
            let send = send.clone();
            async move {
                let reset = poll_fn(|cx| stream.poll_reset(cx)).await;
                send.send(reset).expect("the test waits");
            }
        })
        .await;
        server.peer.send(&[upload(1, &[]), frame(DATA, 0, 1, &[]).repeat(2)].concat()).await;
        let reset = seen.recv().await.expect("a reset");
        assert_eq!(reset.reason, ResetReason::ProtocolError);
        assert_eq!(reset.detail.as_deref(), Some("http2.inbound_empty_frames_flood"));
        assert!(!server.end().await.expect_err("a flood").unseen_request);
    })
    .await;
}

#[tokio::test]
async fn a_flood_of_empty_continuations_is_logged_with_its_request() {
    local(async {
        let mut server = Server::echo().await;
        let head = frame(HEADERS, END_STREAM, 1, &block(&[("a", "b")]));
        server.peer.send(&[head, frame(CONTINUATION, 0, 1, &[]).repeat(2)].concat()).await;
        let error = server.end().await.expect_err("a flood");
        assert_eq!(error.details, "http2.inbound_empty_frames_flood");
        assert!(error.unseen_request);
    })
    .await;
}

#[tokio::test]
async fn rapid_resets() {
    local(async {
        let accepted = std::rc::Rc::new(std::cell::Cell::new(0));
        let count = std::rc::Rc::clone(&accepted);
        let mut server = Server::start(&options(), limits(), 256 * 1024, move |_, mut stream| {
            count.set(count.get() + 1);
            async move {
                poll_fn(|cx| stream.poll_reset(cx)).await;
            }
        })
        .await;
        // In one piece, so that none is accepted before all are read.
        let pairs = (0..249).flat_map(|n| [upload(n * 2 + 1, &[]), reset(n * 2 + 1, 8)].concat());
        server.peer.send(&pairs.collect::<Vec<_>>()).await;
        server.peer.send(&frame(PING, 0, 0, b"12345678")).await;
        server.peer.expect(PING).await;
        let pairs = (249..900).flat_map(|n| [upload(n * 2 + 1, &[]), reset(n * 2 + 1, 8)].concat());
        server.peer.send(&pairs.collect::<Vec<_>>()).await;
        let error = server.end().await.expect_err("too many resets");
        assert_eq!(error.kind, ConnectionErrorKind::PrematureResets);
        assert_eq!(accepted.get(), 250);
    })
    .await;
}

#[tokio::test]
async fn continuations_without_end() {
    local(async {
        let mut server = Server::echo().await;
        server.peer.send(&frame(HEADERS, END_STREAM, 1, &block(&[("a", "b")]))).await;
        // They wait for the end of the head, which has its limit.
        server.peer.send(&frame(CONTINUATION, 0, 1, &block(&[("a", "b")])).repeat(5000)).await;
        let goaway = server.peer.expect(GOAWAY).await;
        assert_eq!(goaway.word(4), 11, "ENHANCE_YOUR_CALM");
        let error = server.end().await.expect_err("a flood");
        assert_eq!(error.kind, ConnectionErrorKind::Protocol);
    })
    .await;
}

#[tokio::test]
async fn an_upstream_floods_too() {
    local(async {
        let (client, mut peer, stats) = client(&options(), &[]).await;
        let mut stream = client.start_stream(&get("/"), true).expect("room");
        peer.expect(HEADERS).await;
        peer.send(&headers(1, &[(":status", "200")], false)).await;
        peer.send(&frame(DATA, 0, 1, &[]).repeat(2)).await;
        let reset = read_reply(&mut stream).await.expect_err("a flood");
        assert_eq!(reset.reason, ResetReason::ProtocolError);
        assert_eq!(reset.detail, None);
        assert_eq!(stats.inbound_empty_frames_flood.get(), 1);
        assert!(client.is_closed());
    })
    .await;
}
