//! An HTTP/2 server on the engine's codec alone: answers 200 with the request's body, or with a
//! short text when there is none. For conformance suites and for measuring the codec.
//!
//! `cargo run -p voyant-engine --example h2_echo -- 127.0.0.1:8080`

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::net::TcpListener;
use tokio::task::{LocalSet, spawn_local};
use voyant_engine::codec::Piece;
use voyant_engine::codec::h2::{Accepted, HeadLimits, Http2Stats, ServerConnection, ServerStream};
use voyant_engine::head::Head;
use voyant_engine::head::header_name::HeaderId;
use voyant_engine::rt::stream::Stream;
use voyant_ir::protocol::{HeadersWithUnderscores, Http2Options};

fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".into());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, accept(address))
}

async fn accept(address: String) -> std::io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        spawn_local(serve(Stream::Tcp(stream)));
    }
}

async fn serve(stream: Stream) {
    let stats = Arc::<Http2Stats>::default();
    let mut connection =
        ServerConnection::new(stream, BytesMut::new(), &options(), limits(), stats);
    loop {
        let mut head = Head::new();
        match poll_fn(|cx| connection.poll_accept(cx, &mut head)).await {
            Some(Ok(Accepted::Stream(stream))) => {
                spawn_local(answer(stream));
            }
            Some(Ok(Accepted::Refused(..))) => {}
            Some(Err(_)) | None => break,
        }
    }
    let linger = poll_fn(|cx| connection.poll_linger(cx));
    // The client may stay as long as it likes; this server does not.
    let _ = tokio::time::timeout(Duration::from_secs(1), linger).await;
}

async fn answer(mut stream: ServerStream) {
    let mut body = Vec::new();
    loop {
        match poll_fn(|cx| stream.poll_body(cx)).await {
            Ok(Piece::Data(data)) => body.extend_from_slice(&data),
            Ok(Piece::End | Piece::Trailers(_)) => break,
            Err(_) => return,
        }
    }
    if body.is_empty() {
        body.extend_from_slice(b"hello");
    }
    let mut head = Head::new();
    head.push(HeaderId::Status, b"200");
    head.push(HeaderId::ContentType, b"text/plain");
    head.push(HeaderId::ContentLength, body.len().to_string().as_bytes());
    head.push(HeaderId::Server, b"envoy");
    head.push(HeaderId::Date, b"Sat, 21 Nov 2026 04:00:00 GMT");
    head.push(HeaderId::XEnvoyUpstreamServiceTime, b"0");
    stream.send_head(&head, false);
    stream.send_data(Bytes::from(body), true);
}

fn options() -> Http2Options {
    Http2Options {
        hpack_table_size: 4096,
        max_concurrent_streams: 100,
        initial_stream_window_size: 65_535,
        initial_connection_window_size: 1024 * 1024,
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

fn limits() -> HeadLimits {
    HeadLimits {
        max_header_bytes: 60 * 1024,
        max_header_count: 100,
        max_field_bytes: 64 * 1024,
        headers_with_underscores: HeadersWithUnderscores::Allow,
        stream_buffer_limit_bytes: 1024 * 1024,
    }
}
