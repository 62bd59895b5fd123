//! HTTP/2 connections over a stream that plays an input: every stream is served to its end, what
//! comes out of the boundary is a head as the engine expects it, and what is written is framed.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::LocalSet;
use voyant_engine::codec::h2::{
    Accepted, ClientConnection, ClientStream, HeadLimits, ServerConnection, ServerStream,
};
use voyant_engine::codec::{Piece, ResponseEvent};
use voyant_engine::head::Head;
use voyant_engine::head::header_name::HeaderId;
use voyant_ir::protocol::{HeadersWithUnderscores, Http2Options};

use crate::control::Control;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: u8 = 4;

/// A peer that sends pieces and then its end, and keeps what it is sent.
#[derive(Debug)]
pub struct Scripted {
    pieces: Vec<Vec<u8>>,
    written: Vec<u8>,
}

impl Scripted {
    /// The input as frames behind what every connection begins with, in pieces.
    pub fn new(control: Control, input: &[u8], preface: bool) -> Self {
        let mut bytes = if preface { PREFACE.to_vec() } else { Vec::new() };
        push_frame(SETTINGS, 0, 0, &[], &mut bytes);
        if control.option(7) {
            bytes.extend_from_slice(input);
        } else {
            push_frames(input, &mut bytes);
        }
        let mut pieces: Vec<Vec<u8>> =
            control.pieces(&bytes).into_iter().map(<[u8]>::to_vec).collect();
        pieces.reverse();
        Self { pieces, written: Vec::new() }
    }
}

impl Drop for Scripted {
    /// All that was written is whole frames, but for a last one that was cut by the end.
    fn drop(&mut self) {
        let mut rest = self.written.strip_prefix(PREFACE).unwrap_or(&self.written);
        while let Some((header, after)) = rest.split_at_checked(9) {
            let length =
                usize::from(header[0]) << 16 | usize::from(header[1]) << 8 | usize::from(header[2]);
            assert!(length <= 1 << 14, "a frame of {length} bytes, and no one asked for it");
            assert!(header[3] <= 9, "a frame of type {}", header[3]);
            rest = after.get(length..).unwrap_or_default();
        }
    }
}

impl AsyncRead for Scripted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(mut piece) = self.pieces.pop() else { return Poll::Ready(Ok(())) };
        if piece.is_empty() {
            // Between two pieces the other tasks have their turn.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let rest = piece.split_off(piece.len().min(buf.remaining()));
        buf.put_slice(&piece);
        self.pieces.push(rest);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Scripted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.written.extend_from_slice(data);
        Poll::Ready(Ok(data.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Type, flags, stream, length and payload, over and over: lengths that agree let the input reach
/// what lies behind the framing.
fn push_frames(mut input: &[u8], out: &mut Vec<u8>) {
    while let [kind, flags, stream, length, rest @ ..] = input {
        let (payload, after) = rest.split_at(rest.len().min(usize::from(*length)));
        push_frame(*kind % 10, *flags, *stream, payload, out);
        input = after;
    }
}

fn push_frame(kind: u8, flags: u8, stream: u8, payload: &[u8], out: &mut Vec<u8>) {
    let length = u32::try_from(payload.len()).expect("payloads are short");
    out.extend_from_slice(&length.to_be_bytes()[1..]);
    out.extend_from_slice(&[kind, flags, 0, 0, 0, stream]);
    out.extend_from_slice(payload);
}

/// Runs one connection to its end.
pub fn run(connection: impl Future<Output = ()>) {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime without I/O");
    }
    RUNTIME.with(|runtime| LocalSet::new().block_on(runtime, connection));
}

/// A server that answers every stream with its own body.
pub async fn serve(stream: Scripted, control: Control) {
    let mut connection = ServerConnection::new(
        stream,
        BytesMut::new(),
        &options(control),
        limits(control),
        Arc::default(),
    );
    loop {
        let mut head = Head::new();
        match poll_fn(|cx| connection.poll_accept(cx, &mut head)).await {
            Some(Ok(Accepted::Stream(stream))) => {
                check_head(&head);
                assert!(!head.method().is_empty());
                tokio::task::spawn_local(echo(stream));
            }
            Some(Ok(Accepted::Refused(reset, _))) => assert!(reset.detail.is_some()),
            Some(Err(_)) | None => return,
        }
    }
}

async fn echo(mut stream: ServerStream) {
    let mut response = Head::new();
    response.push(HeaderId::Status, b"200");
    stream.send_head(&response, false);
    loop {
        match poll_fn(|cx| stream.poll_body(cx)).await {
            Ok(Piece::Data(data)) => stream.send_data(data, false),
            Ok(Piece::Trailers(trailers)) => {
                check_head(&trailers);
                return stream.send_trailers(&trailers);
            }
            Ok(Piece::End) => return stream.send_data(Bytes::new(), true),
            Err(_) => return,
        }
    }
}

/// A client that sends two requests and reads what comes.
pub async fn ask(stream: Scripted, control: Control) {
    let started =
        ClientConnection::start(stream, &options(control), limits(control), Arc::default()).await;
    let Ok(connection) = started else { return };
    let mut request = Head::new();
    for (id, value) in [
        (HeaderId::Method, "GET"),
        (HeaderId::Scheme, "http"),
        (HeaderId::Authority, "a"),
        (HeaderId::Path, "/"),
    ] {
        request.push(id, value.as_bytes());
    }
    for end in [true, false] {
        if let Ok(stream) = connection.start_stream(&request, end) {
            tokio::task::spawn_local(read_response(stream));
        }
    }
    let _ = poll_fn(|cx| connection.poll_closed(cx)).await;
}

async fn read_response(mut stream: ClientStream) {
    loop {
        let mut head = Head::new();
        match poll_fn(|cx| stream.poll_response(cx, &mut head)).await {
            Ok(ResponseEvent::Informational) => {
                check_head(&head);
                assert!((100..200).contains(&head.status()));
            }
            Ok(ResponseEvent::Head { end }) => {
                check_head(&head);
                assert!((200..1000).contains(&head.status()));
                if end {
                    return;
                }
            }
            Ok(ResponseEvent::Body(Piece::Data(_))) => {}
            Ok(ResponseEvent::Body(_)) | Err(_) => return,
        }
    }
}

/// What HTTP/1 could not say must not come out of HTTP/2: it would be a second request there.
fn check_head(head: &Head) {
    for field in head.iter() {
        assert!(!field.name.is_empty());
        assert!(
            field.name.iter().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase()),
            "{:?}",
            String::from_utf8_lossy(field.name)
        );
        assert!(
            !field.value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)),
            "{:?}",
            String::from_utf8_lossy(field.value)
        );
    }
}

/// Envoy's defaults, with small windows by choice.
fn options(control: Control) -> Http2Options {
    let window = if control.option(0) { 65_535 } else { 1 << 24 };
    Http2Options {
        hpack_table_size: 4096,
        max_concurrent_streams: if control.option(1) { 2 } else { 1024 },
        initial_stream_window_size: window,
        initial_connection_window_size: window,
        allow_connect: control.option(2),
        max_outbound_frames: 10_000,
        max_outbound_control_frames: if control.option(3) { 5 } else { 1000 },
        max_consecutive_inbound_frames_with_empty_payload: 1,
        max_inbound_priority_frames_per_stream: 100,
        max_inbound_window_update_frames_per_data_frame_sent: 10,
        stream_error_on_invalid_http_message: control.option(4),
        keepalive: None,
        custom_settings: Vec::new(),
        max_header_field_size_bytes: 64 * 1024,
        stream_reset_burst: if control.option(6) { 2 } else { 1000 },
        stream_reset_rate: 33,
    }
}

fn limits(control: Control) -> HeadLimits {
    HeadLimits {
        max_header_bytes: 1024,
        max_header_count: 10,
        max_field_bytes: 64 * 1024,
        headers_with_underscores: if control.option(5) {
            HeadersWithUnderscores::DropHeader
        } else {
            HeadersWithUnderscores::Allow
        },
        stream_buffer_limit_bytes: 64 * 1024,
    }
}
