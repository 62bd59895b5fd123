//! Sessions over pairs of sockets.

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::pump::LARGEST_READ;
use super::*;
use crate::observe::stats::traffic::Traffic;

fn side(stream: &mut Stream) -> Side<'_> {
    let traffic = Traffic::Tcp(Arc::default());
    Side { stream, meter: ByteMeter::new(Rc::new(traffic)) }
}

async fn run(mut client: Stream, mut server: Stream) -> (End, Counts, bool) {
    let (downstream, upstream) = (side(&mut client), side(&mut server));
    let mut session = Session::new(downstream, upstream, 1 << 20);
    let end = poll_fn(|cx| match session.poll(cx) {
        (_, Some(end)) => Poll::Ready(end),
        _ => Poll::Pending,
    })
    .await;
    (end, session.counts(), session.upstream_closed())
}

#[tokio::test]
async fn a_half_close_is_passed_on_and_the_answer_still_comes() {
    let (mut client, ours) = UnixStream::pair().expect("a pair");
    let (theirs, mut server) = UnixStream::pair().expect("a pair");
    let proxy = run(Stream::Unix(ours), Stream::Unix(theirs));
    let client = async move {
        client.write_all(&vec![7; 300_000]).await.expect("writable");
        client.shutdown().await.expect("half-closed");
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.expect("readable");
        answer
    };
    let server = async move {
        let mut asked = Vec::new();
        server.read_to_end(&mut asked).await.expect("readable");
        server.write_all(format!("got {}", asked.len()).as_bytes()).await.expect("writable");
    };
    let ((end, counts, upstream_closed), answer, ()) = tokio::join!(proxy, client, server);
    assert_eq!(answer, "got 300000");
    assert_eq!((end, upstream_closed), (End::Done, true));
    assert_eq!(counts, Counts { to_upstream: 300_000, from_upstream: 10 });
}

/// Whether the last bytes of a client count as flushed after it has gone.
async fn flushes(upstream_is_done: bool, said: &[u8]) -> bool {
    let (mut client, ours) = UnixStream::pair().expect("a pair");
    let (theirs, mut server) = UnixStream::pair().expect("a pair");
    let (mut ours, mut theirs) = (Stream::Unix(ours), Stream::Unix(theirs));
    let mut session = Session::new(side(&mut ours), side(&mut theirs), 1 << 20);
    if upstream_is_done {
        server.shutdown().await.expect("half-closed");
        poll_fn(|cx| match session.poll(cx) {
            _ if session.down.shut => Poll::Ready(()),
            (_, end) => {
                assert_eq!(end, None);
                Poll::Pending
            }
        })
        .await;
    }
    client.write_all(said).await.expect("writable");
    client.shutdown().await.expect("half-closed");
    let mut server = Some(server);
    poll_fn(|cx| match session.poll(cx) {
        (_, Some(_)) => Poll::Ready(()),
        _ => {
            if session.up.shut {
                server.take();
            }
            Poll::Pending
        }
    })
    .await;
    session.flushed()
}

#[tokio::test]
async fn last_bytes_that_come_with_the_end_of_all_are_flushed() {
    assert!(flushes(true, b"more").await);
    assert!(!flushes(true, b"").await);
    assert!(!flushes(false, b"more").await);
}

/// A pipe whose reader takes nothing until it is told to.
#[tokio::test]
async fn reading_stops_above_the_limit_and_goes_on_at_half_of_it() {
    const LIMIT: usize = 1 << 20;
    let (mut client, ours) = UnixStream::pair().expect("a pair");
    let (theirs, mut server) = UnixStream::pair().expect("a pair");
    let (mut ours, mut theirs) = (Stream::Unix(ours), Stream::Unix(theirs));
    let mut session = Session::new(side(&mut ours), side(&mut theirs), LIMIT);
    let sender = tokio::spawn(async move {
        client.write_all(&vec![7; 8 * LIMIT]).await.expect("writable");
        client
    });
    // Until it is paused, more and more comes.
    while !session.up.paused {
        poll_fn(|cx| {
            let _ = session.poll(cx);
            Poll::Ready(())
        })
        .await;
        tokio::task::yield_now().await;
    }
    let held = session.up.buffer.len();
    assert!(held > LIMIT && held <= LIMIT + LARGEST_READ, "{held}");
    assert_eq!(session.take_pauses()[0].resumed, 0);
    let reader = tokio::spawn(async move {
        let mut taken = Vec::new();
        let _ = server.read_to_end(&mut taken).await;
    });
    poll_fn(|cx| {
        let _ = session.up.write(cx, &mut session.upstream);
        let held = session.up.buffer.len();
        assert_eq!(session.up.paused, held > LIMIT / 2, "{held}");
        if session.up.paused { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    assert_eq!(session.take_pauses()[0], Pauses { paused: 0, resumed: 1 });
    sender.abort();
    reader.abort();
}

#[tokio::test]
async fn a_client_that_is_done_does_not_wait_for_what_the_upstream_has_yet_to_take() {
    let (mut client, ours) = UnixStream::pair().expect("a pair");
    let (theirs, mut server) = UnixStream::pair().expect("a pair");
    server.shutdown().await.expect("half-closed");
    let (mut ours, mut theirs) = (Stream::Unix(ours), Stream::Unix(theirs));
    let mut session = Session::new(side(&mut ours), side(&mut theirs), 1 << 24);
    let client = tokio::spawn(async move {
        client.write_all(&vec![7; 4 << 20]).await.expect("writable");
        client.shutdown().await.expect("half-closed");
        let mut nothing = Vec::new();
        client.read_to_end(&mut nothing).await.expect("readable");
    });
    let end = poll_fn(|cx| match session.poll(cx) {
        (_, Some(end)) => Poll::Ready(end),
        _ => Poll::Pending,
    })
    .await;
    assert_eq!(end, End::Unwritten);
    assert_eq!(session.counts().to_upstream, 4 << 20);
    let (rest, _) = session.into_unwritten();
    assert!(!rest.is_empty());
    client.await.expect("the client is done");
}
