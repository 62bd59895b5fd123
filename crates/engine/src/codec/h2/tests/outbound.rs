//! What a peer makes this end send, at each limit and past it. One write of the test is one batch,
//! as the server only reads when the test waits.

use super::raw::*;
use super::*;
use crate::codec::ResetReason;

const PING_FRAME: usize = 17;

fn pings(count: usize) -> Vec<u8> {
    frame(PING, 0, 0, b"12345678").repeat(count)
}

async fn never(_head: Head, mut stream: ServerStream) {
    poll_fn(|cx| stream.poll_reset(cx)).await;
}

/// Lets the greeting be answered, so that it belongs to no batch.
async fn greeted(options: &Http2Options) -> Server {
    let mut server = Server::start(options, limits(), 1 << 20, never).await;
    server.peer.send(&pings(1)).await;
    server.peer.expect(PING).await;
    server
}

/// Sends `good` and sees all answered, then `bad` and sees the end, whose frames it gives.
async fn at_and_past(
    options: &Http2Options,
    good: &[u8],
    bad: &[u8],
) -> (ConnectionError, Vec<Frame>, Arc<Http2Stats>) {
    let mut server = greeted(options).await;
    for _ in 0..3 {
        server.peer.send(good).await;
        let answers = good.len() / PING_FRAME;
        for _ in 0..answers {
            server.peer.expect(PING).await;
        }
    }
    server.peer.send(bad).await;
    let error = server.end().await.expect_err("a flood");
    (error, server.peer.rest().await, server.stats)
}

#[tokio::test]
async fn answers_of_one_batch() {
    local(async {
        let (error, rest, stats) = at_and_past(&options(), &pings(1000), &pings(1001)).await;
        assert_eq!(error.details, "Too many control frames in the outbound queue.");
        assert_eq!(error.kind, ConnectionErrorKind::Flood);
        assert_eq!(stats.outbound_control_flood.get(), 1);
        // All are answered, and nothing more is said.
        assert_eq!(rest.len(), 1001);
        assert!(rest.iter().all(|frame| frame.kind == PING));
    })
    .await;
}

#[tokio::test]
async fn answers_of_both_kinds_count_together() {
    local(async {
        let both = [pings(900), frame(SETTINGS, 0, 0, &[]).repeat(101)].concat();
        let (_, rest, stats) = at_and_past(&options(), &pings(900), &both).await;
        assert_eq!(stats.outbound_control_flood.get(), 1);
        assert_eq!(rest.len(), 1001);
    })
    .await;
}

#[tokio::test]
async fn frames_of_one_batch() {
    local(async {
        let mut options = options();
        options.max_outbound_frames = 50;
        let (error, rest, stats) = at_and_past(&options, &pings(50), &pings(51)).await;
        assert_eq!(error.details, "Too many frames in the outbound queue.");
        assert_eq!(stats.outbound_flood.get(), 1);
        assert_eq!(stats.outbound_control_flood.get(), 0);
        assert_eq!(rest.len(), 51);
    })
    .await;
}

#[tokio::test]
async fn more_answers_than_any_configuration_allows() {
    local(async {
        let mut options = options();
        (options.max_outbound_control_frames, options.max_outbound_frames) = (50_000, 50_000);
        let (error, rest, stats) = at_and_past(&options, &pings(10_000), &pings(10_001)).await;
        assert_eq!(error.kind, ConnectionErrorKind::Flood);
        assert_eq!(error.details, "flooding was detected");
        assert_eq!(stats.outbound_control_flood.get(), 0);
        assert!(rest.len() < 10_001);
    })
    .await;
}

#[tokio::test]
async fn refused_streams_are_answers() {
    local(async {
        let mut options = options();
        (options.max_concurrent_streams, options.max_outbound_control_frames) = (1, 10);
        let mut server = greeted(&options).await;
        server.peer.send(&request(1, &[])).await;
        let refused = |from: u32, to: u32| -> Vec<u8> {
            (from..to).flat_map(|n| request(2 * n + 1, &[])).collect()
        };
        server.peer.send(&refused(1, 11)).await;
        for _ in 0..10 {
            assert_eq!(server.peer.expect(RST_STREAM).await.word(0), 7, "REFUSED_STREAM");
        }
        server.peer.send(&refused(11, 22)).await;
        server.end().await.expect_err("a flood");
        assert_eq!(server.stats.outbound_control_flood.get(), 1);
        assert_eq!(server.stats.tx_reset.get(), 21);
    })
    .await;
}

#[tokio::test]
async fn a_stream_is_told_of_the_flood() {
    local(async {
        let (send, mut seen) = tokio::sync::mpsc::unbounded_channel();
        let mut server = Server::start(&options(), limits(), 1 << 20, move |_, mut stream| {
            let send = send.clone();
            async move {
                let reset = poll_fn(|cx| stream.poll_reset(cx)).await;
                send.send(reset).expect("the test waits");
            }
        })
        .await;
        server.peer.send(&[request(1, &[]), pings(1001)].concat()).await;
        let reset = seen.recv().await.expect("a reset");
        assert_eq!(reset.reason, ResetReason::ProtocolError);
        let detail = "codec_error:Too_many_control_frames_in_the_outbound_queue.";
        assert_eq!(reset.detail.as_deref(), Some(detail));
    })
    .await;
}

#[tokio::test]
async fn resets_beyond_the_bucket() {
    local(async {
        let mut options = options();
        (options.stream_reset_burst, options.stream_reset_rate) = (5, 0);
        let mut server = greeted(&options).await;
        let pairs = |from: u32, to: u32| -> Vec<u8> {
            let ids = (from..to).map(|n| 2 * n + 1);
            ids.flat_map(|id| [request(id, &[]), reset(id, 8)].concat()).collect()
        };
        server.peer.send(&[pairs(0, 5), pings(1)].concat()).await;
        server.peer.expect(PING).await;
        // The one past it is named in the goodbye, what came with it is still read.
        server.peer.send(&[pairs(5, 7), pings(1)].concat()).await;
        let goaway = server.peer.next().await.expect("a frame");
        assert_eq!((goaway.kind, goaway.word(0), goaway.word(4)), (GOAWAY, 11, 2));
        let error = server.end().await.expect_err("too many resets");
        assert!(error.is_protocol_error());
        assert_eq!(server.stats.rx_reset.get(), 7);
        assert!(server.peer.rest().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_field_of_the_longest_length_and_one_longer() {
    local(async {
        let wide = HeadLimits { max_header_bytes: 1 << 20, ..limits() };
        let mut server = Server::start(&options(), wide, 1 << 20, echo).await;
        server.peer.send(&request(1, &[("a", &"x".repeat(64 * 1024))])).await;
        assert_eq!(server.peer.expect(HEADERS).await.stream, 1);
        server.peer.send(&request(3, &[("a", &"x".repeat(64 * 1024 + 1))])).await;
        let goaway = server.peer.expect(GOAWAY).await;
        assert_eq!((goaway.word(0), goaway.word(4)), (3, 9), "COMPRESSION_ERROR");
        let error = server.end().await.expect_err("a long field");
        assert!(error.is_protocol_error() && error.unseen_request);
    })
    .await;
}

#[tokio::test]
async fn custom_settings_are_sent_on_both_sides() {
    local(async {
        let mut options = options();
        options.custom_settings = vec![Http2Setting { identifier: 0x10, value: 7 }];
        let mut server = Server::start(&options, limits(), 1 << 20, echo).await;
        let settings = server.peer.expect(SETTINGS).await;
        assert_eq!(settings.payload[..6], [0, 0x10, 0, 0, 0, 7]);
        server.peer.send(&request(1, &[])).await;
        server.peer.expect(HEADERS).await;

        let (near, far) = tokio::io::duplex(1 << 16);
        let stats = Arc::<Http2Stats>::default();
        let client = ClientConnection::start(near, &options, limits(), stats).await;
        let mut peer = Peer::new(far);
        peer.expect_preface().await;
        let settings = peer.expect(SETTINGS).await;
        assert_eq!(settings.payload[..6], [0, 0x10, 0, 0, 0, 7]);
        drop(client);
    })
    .await;
}
