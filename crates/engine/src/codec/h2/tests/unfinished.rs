//! Requests whose head is not whole.

use tokio::io::DuplexStream;

use super::raw::*;
use super::*;

/// GET, http, /.
const BEGIN: [u8; 3] = [0x82, 0x86, 0x84];

/// Answers 408 as soon as the rest of a head is waited for, and 200 to whole ones.
async fn impatient(mut server: ServerConnection<DuplexStream>) -> Result<(), ConnectionError> {
    let mut request = Head::new();
    loop {
        let accepted = poll_fn(|cx| match server.poll_accept(cx, &mut request) {
            Poll::Pending if server.unfinished_head().is_some() => {
                server.give_head_up();
                assert_eq!(server.unfinished_head(), None);
                server.poll_accept(cx, &mut request)
            }
            polled => polled,
        })
        .await;
        match accepted {
            Some(Ok(Accepted::Stream(mut stream))) => {
                let status = if request.is_empty() { "408" } else { "200" };
                stream.send_head(&head(&[(":status", status)]), true);
            }
            Some(Ok(Accepted::Refused(..))) => {}
            Some(Err(error)) => return Err(error),
            None => return Ok(()),
        }
    }
}

async fn server() -> (Peer, tokio::task::JoinHandle<Result<(), ConnectionError>>) {
    let (near, far) = tokio::io::duplex(256 * 1024);
    let stats = Arc::new(Http2Stats::default());
    let server = ServerConnection::new(far, bytes::BytesMut::new(), &options(), limits(), stats);
    let mut peer = Peer::new(near);
    peer.greet().await;
    (peer, tokio::task::spawn_local(impatient(server)))
}

#[tokio::test]
async fn a_head_that_is_given_up_is_answered_and_the_connection_stays() {
    local(async {
        let (mut peer, _serving) = server().await;
        peer.send(&frame(HEADERS, 0, 1, &BEGIN)).await;
        assert_eq!(peer.expect(HEADERS).await.stream, 1);
        assert_eq!(peer.expect(RST_STREAM).await.word(0), 0, "NO_ERROR");
        // What comes of it still counts for the table by which later heads are compressed.
        peer.send(&frame(CONTINUATION, END_HEADERS, 1, b"\x41\x06a.test")).await;
        peer.send(&frame(HEADERS, END_HEADERS | END_STREAM, 3, b"\x82\x86\x84\xbe")).await;
        let answer = peer.expect(HEADERS).await;
        assert_eq!((answer.stream, answer.payload[0]), (3, 0x88), "200");
    })
    .await;
}

#[tokio::test]
async fn a_head_beyond_the_limit_is_reset_before_its_end() {
    local(async {
        let mut server = Server::echo().await;
        let long = block(&[("a", &"v".repeat(16_000))]);
        server.peer.send(&frame(HEADERS, 0, 1, &BEGIN)).await;
        server.peer.send(&frame(CONTINUATION, 0, 1, &long).repeat(4)).await;
        assert_eq!(server.peer.expect(RST_STREAM).await.word(0), 2, "INTERNAL_ERROR");
        server.peer.send(&frame(CONTINUATION, END_HEADERS, 1, &[])).await;
        server.peer.send(&request(3, &[])).await;
        assert_eq!(server.peer.expect(HEADERS).await.stream, 3);
    })
    .await;
}

#[tokio::test]
async fn a_head_that_is_interrupted_ends_the_connection() {
    local(async {
        let mut server = Server::echo().await;
        server.peer.send(&frame(HEADERS, 0, 1, &BEGIN)).await;
        server.peer.send(&frame(PING, 0, 0, b"12345678")).await;
        let goaway = server.peer.expect(GOAWAY).await;
        assert_eq!((goaway.word(0), goaway.word(4)), (1, 1));
        let error = server.end().await.expect_err("an error of framing");
        assert!(error.unseen_request && error.is_protocol_error());
    })
    .await;
}
