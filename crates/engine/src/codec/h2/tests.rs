//! Both sides of a connection over streams in memory, and each side against frames written by
//! hand.

mod endings;
mod floods;
mod life;
mod loopback;
mod messages;
mod outbound;
mod raw;
mod unfinished;

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::LocalSet;
use voyant_ir::protocol::{HeadersWithUnderscores, Http2Options, Http2Setting};

use super::*;
use crate::codec::{Piece, ResponseEvent, StreamReset};
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};

/// Envoy's defaults.
pub(super) fn options() -> Http2Options {
    Http2Options {
        hpack_table_size: 4096,
        max_concurrent_streams: 1024,
        initial_stream_window_size: 16 * 1024 * 1024,
        initial_connection_window_size: 24 * 1024 * 1024,
        allow_connect: false,
        max_outbound_frames: 10_000,
        max_outbound_control_frames: 1000,
        max_consecutive_inbound_frames_with_empty_payload: 1,
        max_inbound_priority_frames_per_stream: 100,
        max_inbound_window_update_frames_per_data_frame_sent: 10,
        stream_error_on_invalid_http_message: false,
        keepalive: None,
        custom_settings: Vec::new(),
        max_header_field_size_bytes: 64 * 1024,
        stream_reset_burst: 1000,
        stream_reset_rate: 33,
    }
}

pub(super) fn limits() -> HeadLimits {
    HeadLimits {
        max_header_bytes: 60 * 1024,
        max_header_count: 100,
        max_field_bytes: 64 * 1024,
        headers_with_underscores: HeadersWithUnderscores::Allow,
        stream_buffer_limit_bytes: 64 * 1024,
    }
}

/// Runs a test on a `LocalSet`, with a deadline.
pub(super) async fn local<F: Future>(test: F) -> F::Output {
    let test = tokio::time::timeout(Duration::from_secs(20), test);
    LocalSet::new().run_until(test).await.expect("the test is stuck")
}

pub(super) fn head(pairs: &[(&str, &str)]) -> Head {
    let mut head = Head::new();
    for (name, value) in pairs {
        head.push_key(&HeaderKey::new(name), value.as_bytes());
    }
    head
}

pub(super) fn get(path: &str) -> Head {
    head(&[(":method", "GET"), (":scheme", "http"), (":authority", "a.test"), (":path", path)])
}

pub(super) fn post(path: &str) -> Head {
    head(&[(":method", "POST"), (":scheme", "http"), (":authority", "a.test"), (":path", path)])
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Serves a connection: each stream is a task that runs `serve`. Yields how the connection ended.
pub(super) async fn serve<S, F, R>(
    connection: ServerConnection<S>,
    serve: F,
) -> Result<(), ConnectionError>
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Fn(Head, ServerStream) -> R,
    R: Future<Output = ()> + 'static,
{
    let mut connection = connection;
    loop {
        let mut head = Head::new();
        match poll_fn(|cx| connection.poll_accept(cx, &mut head)).await {
            Some(Ok(Accepted::Stream(stream))) => {
                tokio::task::spawn_local(serve(head, stream));
            }
            Some(Ok(Accepted::Refused(..))) => {}
            Some(Err(error)) => return Err(error),
            None => return Ok(()),
        }
    }
}

/// The whole body of a request, and its trailers.
pub(super) async fn read_body(
    stream: &mut ServerStream,
) -> Result<(Vec<u8>, Option<Box<Head>>), StreamReset> {
    let mut body = Vec::new();
    loop {
        match poll_fn(|cx| stream.poll_body(cx)).await? {
            Piece::Data(data) => body.extend_from_slice(&data),
            Piece::Trailers(trailers) => return Ok((body, Some(trailers))),
            Piece::End => return Ok((body, None)),
        }
    }
}

/// What a client got.
#[derive(Debug, Default)]
pub(super) struct Reply {
    pub informational: Vec<u16>,
    pub head: Head,
    pub ended_with_head: bool,
    pub body: Vec<u8>,
    pub trailers: Option<Box<Head>>,
}

pub(super) async fn read_reply(stream: &mut ClientStream) -> Result<Reply, StreamReset> {
    let mut reply = Reply::default();
    loop {
        let mut head = Head::new();
        match poll_fn(|cx| stream.poll_response(cx, &mut head)).await? {
            ResponseEvent::Informational => reply.informational.push(head.status()),
            ResponseEvent::Head { end } => {
                reply.head = head;
                reply.ended_with_head = end;
                if end {
                    return Ok(reply);
                }
            }
            ResponseEvent::Body(Piece::Data(data)) => reply.body.extend_from_slice(&data),
            ResponseEvent::Body(Piece::Trailers(trailers)) => {
                reply.trailers = Some(trailers);
                return Ok(reply);
            }
            ResponseEvent::Body(Piece::End) => return Ok(reply),
        }
    }
}

/// A server that was started with `options` and `limits`, and a client connected to it.
pub(super) async fn pair<F, R>(
    options: &Http2Options,
    handler: F,
) -> (ClientConnection, tokio::task::JoinHandle<Result<(), ConnectionError>>)
where
    F: Fn(Head, ServerStream) -> R + 'static,
    R: Future<Output = ()> + 'static,
{
    let (near, far) = tokio::io::duplex(256 * 1024);
    let server = ServerConnection::new(
        far,
        bytes::BytesMut::new(),
        options,
        limits(),
        Arc::new(Http2Stats::default()),
    );
    let serving = tokio::task::spawn_local(serve(server, handler));
    let client = ClientConnection::start(near, options, limits(), Arc::default())
        .await
        .expect("a stream in memory");
    (client, serving)
}

/// Answers 200 with the request's body and trailers.
pub(super) async fn echo(_head: Head, mut stream: ServerStream) {
    let Ok((body, trailers)) = read_body(&mut stream).await else { return };
    stream.send_head(&head(&[(":status", "200")]), false);
    stream.send_data(Bytes::from(body), trailers.is_none());
    if let Some(trailers) = trailers {
        stream.send_trailers(&trailers);
    }
}

/// Waits until a condition holds, by letting other tasks run.
pub(super) async fn until(mut condition: impl FnMut() -> bool) {
    poll_fn(|cx| {
        if condition() {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

pub(super) fn value(head: &Head, id: HeaderId) -> String {
    text(head.get(id).unwrap_or_default())
}
