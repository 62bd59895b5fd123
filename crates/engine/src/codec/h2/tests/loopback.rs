//! The engine's client against the engine's server.

use super::*;
use crate::codec::ResetReason;

#[tokio::test]
async fn a_request_and_its_response_pass_whole() {
    local(async {
        let (client, _server) = pair(&options(), |request, mut stream| async move {
            assert_eq!(request.method(), b"POST");
            assert_eq!(request.path(), b"/a?b=c");
            assert_eq!(request.authority(), b"a.test");
            assert_eq!(value(&request, HeaderId::Scheme), "http");
            assert_eq!(request.get_key(&HeaderKey::new("x-own")), Some(&b"1"[..]));
            let (body, trailers) = read_body(&mut stream).await.expect("a whole body");
            assert_eq!(trailers.expect("trailers").get_key(&HeaderKey::new("t")), Some(&b"2"[..]));
            stream.send_informational(&head(&[(":status", "103"), ("link", "x")]));
            stream.send_head(&head(&[(":status", "201"), ("server", "envoy")]), false);
            stream.send_data(body.into(), false);
            stream.send_trailers(&head(&[("grpc-status", "0")]));
        })
        .await;
        let mut request = post("/a?b=c");
        request.push_key(&HeaderKey::new("x-own"), b"1");
        let mut stream = client.start_stream(&request, false).expect("room");
        stream.send_data(Bytes::from_static(b"hello "), false);
        stream.send_data(Bytes::from_static(b"world"), false);
        stream.send_trailers(&head(&[("t", "2")]));
        let reply = read_reply(&mut stream).await.expect("a whole response");
        assert_eq!(reply.informational, [103]);
        assert_eq!(reply.head.status(), 201);
        assert_eq!(value(&reply.head, HeaderId::Server), "envoy");
        assert_eq!(text(&reply.body), "hello world");
        assert_eq!(value(&reply.trailers.expect("trailers"), HeaderId::GrpcStatus), "0");
    })
    .await;
}

#[tokio::test]
async fn a_response_may_be_a_head_alone() {
    local(async {
        let (client, _server) = pair(&options(), |_, mut stream| async move {
            let head = head(&[(":status", "200"), ("grpc-status", "12"), ("content-type", "a/b")]);
            stream.send_head(&head, true);
        })
        .await;
        let mut stream = client.start_stream(&get("/"), true).expect("room");
        let reply = read_reply(&mut stream).await.expect("a whole response");
        assert!(reply.ended_with_head);
        assert_eq!(value(&reply.head, HeaderId::GrpcStatus), "12");
        assert!(!client.is_idle());
        drop(stream);
        assert!(client.is_idle());
    })
    .await;
}

#[tokio::test]
async fn a_large_body_passes_small_windows_both_ways() {
    local(async {
        let mut options = options();
        options.initial_stream_window_size = 65_535;
        options.initial_connection_window_size = 65_535;
        let (client, _server) = pair(&options, |_, mut stream| async move {
            stream.send_head(&head(&[(":status", "200")]), false);
            loop {
                match poll_fn(|cx| stream.poll_body(cx)).await.expect("a body") {
                    Piece::Data(data) => stream.send_data(data, false),
                    _ => return stream.send_data(Bytes::new(), true),
                }
                poll_fn(|cx| stream.poll_ready(cx)).await.expect("a listening client");
            }
        })
        .await;
        let mut stream = client.start_stream(&post("/"), false).expect("room");
        let piece = Bytes::from(vec![7u8; 30_000]);
        let (mut sent, mut received) = (0, 0);
        let mut head = Head::new();
        poll_fn(|cx| {
            while sent < 100 && stream.poll_ready(cx).is_ready() {
                sent += 1;
                stream.send_data(piece.clone(), sent == 100);
            }
            while let Poll::Ready(event) = stream.poll_response(cx, &mut head) {
                match event.expect("a response") {
                    ResponseEvent::Body(Piece::Data(data)) => received += data.len(),
                    ResponseEvent::Body(_) => return Poll::Ready(()),
                    _ => {}
                }
            }
            Poll::Pending
        })
        .await;
        assert_eq!(received, 3_000_000);
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_is_not_read_stalls_itself_alone() {
    local(async {
        let mut options = options();
        options.initial_stream_window_size = 65_535;
        let (client, _server) = pair(&options, |request, mut stream| async move {
            stream.send_head(&head(&[(":status", "200")]), false);
            if request.path() == b"/small" {
                return stream.send_data(Bytes::from_static(b"ok"), true);
            }
            // Sends until the limit makes it wait, then as the client lets it.
            for _ in 0..64 {
                stream.send_data(Bytes::from(vec![0; 16 * 1024]), false);
                if poll_fn(|cx| stream.poll_ready(cx)).await.is_err() {
                    return;
                }
            }
            stream.send_data(Bytes::new(), true);
        })
        .await;
        let mut stalled = client.start_stream(&get("/large"), true).expect("room");
        let mut response = Head::new();
        poll_fn(|cx| stalled.poll_response(cx, &mut response)).await.expect("a head");
        for _ in 0..10 {
            let mut other = client.start_stream(&get("/small"), true).expect("room");
            assert_eq!(read_reply(&mut other).await.expect("a response").body, b"ok");
        }
        let mut left = 0;
        while let Ok(ResponseEvent::Body(Piece::Data(data))) =
            poll_fn(|cx| stalled.poll_response(cx, &mut response)).await
        {
            left += data.len();
        }
        assert_eq!(left, 64 * 16 * 1024);
    })
    .await;
}

#[tokio::test]
async fn resets_reach_the_other_side_with_their_reason() {
    local(async {
        let (client, _server) = pair(&options(), |request, mut stream| async move {
            match request.path() {
                b"/before" => stream.reset(ResetReason::LocalRefusedStreamReset),
                b"/protocol" => stream.reset(ResetReason::ProtocolError),
                b"/after" => {
                    stream.send_head(&head(&[(":status", "200")]), false);
                    stream.send_data(Bytes::from_static(b"x"), false);
                    poll_fn(|cx| stream.poll_flush(cx)).await.expect("a listening client");
                    tokio::task::yield_now().await;
                    stream.reset(ResetReason::LocalReset);
                }
                _ => drop(stream),
            }
        })
        .await;
        for (path, reason) in [
            ("/before", ResetReason::RemoteRefusedStreamReset),
            ("/protocol", ResetReason::RemoteReset),
            ("/after", ResetReason::RemoteReset),
            ("/dropped", ResetReason::RemoteReset),
        ] {
            let mut stream = client.start_stream(&get(path), true).expect("room");
            let reset = read_reply(&mut stream).await.expect_err("a reset");
            assert_eq!(reset.reason, reason, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_that_resets_or_drops_its_stream_is_noticed() {
    local(async {
        let (send, mut seen) = tokio::sync::mpsc::unbounded_channel();
        let (client, _server) = pair(&options(), move |_, mut stream| {
            let send = send.clone();
            async move {
                let reset = poll_fn(|cx| stream.poll_reset(cx)).await;
                send.send(reset.reason).expect("the test waits");
            }
        })
        .await;
        let mut stream = client.start_stream(&get("/"), true).expect("room");
        stream.reset(ResetReason::LocalReset);
        assert_eq!(seen.recv().await, Some(ResetReason::RemoteReset));
        drop(client.start_stream(&get("/"), true).expect("room"));
        assert_eq!(seen.recv().await, Some(ResetReason::RemoteReset));
    })
    .await;
}
