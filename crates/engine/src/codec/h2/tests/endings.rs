//! Ends of connections whose other end does not take, or does not finish, what it began.

use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake};

use tokio::io::DuplexStream;

use super::raw::*;
use super::*;

const PIPE: usize = 64 * 1024;
/// What is gathered before the library has to wait.
const BUFFER: usize = 64 * 1024;

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Polls for a stream as the connection's task does.
fn accept(server: &mut ServerConnection<DuplexStream>, flag: &Arc<Flag>) {
    let waker = Arc::clone(flag).into();
    flag.0.store(false, Ordering::Relaxed);
    let polled = server.poll_accept(&mut Context::from_waker(&waker), &mut Head::new());
    assert!(polled.is_pending(), "{polled:?}");
}

/// Fills the pipe with one turn and this end's buffer with another.
fn fill(server: &mut ServerConnection<DuplexStream>, flag: &Arc<Flag>) {
    accept(server, flag);
    accept(server, flag);
    assert!(server.unwritten() >= BUFFER, "{}", server.unwritten());
}

/// A connection with a stream whose client has room for all and reads nothing.
async fn unread() -> (ServerConnection<DuplexStream>, Peer, ServerStream) {
    let (near, far) = tokio::io::duplex(PIPE);
    let mut server =
        ServerConnection::new(far, bytes::BytesMut::new(), &options(), limits(), Arc::default());
    let mut peer = Peer::new(near);
    peer.greet().await;
    let settings = [0, 4, 0x7f, 0xff, 0xff, 0xff];
    peer.send(&frame(SETTINGS, 0, 0, &settings)).await;
    peer.send(&frame(WINDOW_UPDATE, 0, 0, &(1_u32 << 30).to_be_bytes())).await;
    peer.send(&request(1, &[])).await;
    let mut head = Head::new();
    match poll_fn(|cx| server.poll_accept(cx, &mut head)).await {
        Some(Ok(Accepted::Stream(stream))) => (server, peer, stream),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_goodbye_that_waited_for_room_is_said_as_soon_as_there_is_room() {
    let (mut server, mut peer, mut stream) = unread().await;
    let flag = Arc::<Flag>::default();
    stream.send_head(&head(&[(":status", "200")]), false);
    stream.send_data(Bytes::from(vec![0; PIPE + BUFFER]), false);
    fill(&mut server, &flag);
    server.shutdown_notice();
    accept(&mut server, &flag);
    server.go_away();
    accept(&mut server, &flag);
    // The client takes all that there is, whenever the server was told of room.
    let mut frames = Vec::new();
    loop {
        while let Some(frame) = peer.take().await {
            frames.push(frame);
        }
        tokio::task::yield_now().await;
        if !flag.0.load(Ordering::Relaxed) {
            break;
        }
        accept(&mut server, &flag);
    }
    let last: Vec<_> = frames.iter().filter(|f| f.kind == GOAWAY).map(|f| f.word(0)).collect();
    assert_eq!(last, [0x7fff_ffff, 1]);
    assert!(!server.cannot_go_away());
}

#[tokio::test]
async fn half_a_frame_holds_a_goodbye_up() {
    let (mut server, mut peer, _stream) = unread().await;
    let flag = Arc::<Flag>::default();
    server.shutdown_notice();
    let unknown = frame(99, 0, 0, &[0; 100]);
    peer.send(&unknown[..50]).await;
    accept(&mut server, &flag);
    server.go_away();
    accept(&mut server, &flag);
    assert!(server.cannot_go_away());
    peer.send(&unknown[50..]).await;
    assert!(flag.0.load(Ordering::Relaxed));
    accept(&mut server, &flag);
    assert!(!server.cannot_go_away());
    peer.expect(GOAWAY).await;
    assert_eq!(peer.expect(GOAWAY).await.word(0), 1);
}

#[tokio::test]
async fn an_upstream_that_reads_nothing_is_left_by_who_wants_nothing_of_it() {
    local(async {
        let settings = [0, 4, 0x7f, 0xff, 0xff, 0xff];
        let (client, mut peer, _) = client(&options(), &settings).await;
        peer.send(&frame(WINDOW_UPDATE, 0, 0, &(1_u32 << 30).to_be_bytes())).await;
        let mut stream = client.start_stream(&post("/"), false).expect("room");
        stream.send_data(Bytes::from(vec![0; 1024 * 1024]), false);
        until(|| client.0.shared.unwritten.get() > 0).await;
        let task = Rc::downgrade(&client.0.shared);
        drop((client, stream));
        until(|| task.strong_count() == 0).await;
    })
    .await;
}
