//! Frames written and read by hand, for the other end of a connection under test.

use std::collections::VecDeque;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::*;
use crate::codec::h2::preface::PREFACE;

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const PRIORITY: u8 = 2;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;

pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl Frame {
    /// Four bytes of the payload as a number.
    pub(super) fn word(&self, at: usize) -> u32 {
        u32::from_be_bytes(self.payload[at..at + 4].try_into().expect("four bytes"))
    }
}

pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

pub(super) fn reset(stream: u32, code: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &code.to_be_bytes())
}

/// A header block of literals without indexing and without Huffman coding.
pub(super) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in fields {
        bytes.push(0);
        for text in [name, value] {
            push_length(&mut bytes, text.len());
            bytes.extend(text.as_bytes());
        }
    }
    bytes
}

fn push_length(bytes: &mut Vec<u8>, length: usize) {
    if length < 127 {
        return bytes.push(length as u8);
    }
    bytes.push(127);
    let mut rest = length - 127;
    while rest >= 128 {
        bytes.push((rest & 127) as u8 | 128);
        rest >>= 7;
    }
    bytes.push(rest as u8);
}

/// A HEADERS frame, with CONTINUATION frames where it is long.
pub(super) fn headers(stream: u32, fields: &[(&str, &str)], end: bool) -> Vec<u8> {
    let block = block(fields);
    let pieces: Vec<_> = block.chunks(16_384).collect();
    let mut bytes = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let last = if at + 1 == pieces.len() { END_HEADERS } else { 0 };
        match at {
            0 => bytes.extend(frame(HEADERS, last | u8::from(end), stream, piece)),
            _ => bytes.extend(frame(CONTINUATION, last, stream, piece)),
        }
    }
    bytes
}

/// A GET with more fields.
pub(super) fn request(stream: u32, more: &[(&str, &str)]) -> Vec<u8> {
    let mut fields =
        vec![(":method", "GET"), (":scheme", "http"), (":authority", "a.test"), (":path", "/")];
    fields.extend(more);
    headers(stream, &fields, true)
}

/// A POST whose body follows, with more fields.
pub(super) fn upload(stream: u32, more: &[(&str, &str)]) -> Vec<u8> {
    let mut fields =
        vec![(":method", "POST"), (":scheme", "http"), (":authority", "a.test"), (":path", "/")];
    fields.extend(more);
    headers(stream, &fields, false)
}

/// The end of a stream in memory that the test itself plays.
pub(super) struct Peer {
    stream: DuplexStream,
    bytes: Vec<u8>,
    frames: VecDeque<Frame>,
}

impl Peer {
    pub(super) fn new(stream: DuplexStream) -> Self {
        Self { stream, bytes: Vec::new(), frames: VecDeque::new() }
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) {
        // An end that has hung up is seen when reading.
        let _ = self.stream.write_all(bytes).await;
    }

    /// The client's preface and empty settings.
    pub(super) async fn greet(&mut self) {
        self.send(&[&PREFACE[..], &frame(SETTINGS, 0, 0, &[])].concat()).await;
    }

    /// Reads the client's preface.
    pub(super) async fn expect_preface(&mut self) {
        let mut preface = [0; PREFACE.len()];
        self.stream.read_exact(&mut preface).await.expect("a preface");
        assert_eq!(&preface, PREFACE);
    }

    /// The next frame; nothing at the end.
    pub(super) async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.take_frame() {
                return Some(frame);
            }
            if self.stream.read_buf(&mut self.bytes).await.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    fn take_frame(&mut self) -> Option<Frame> {
        let length = self.bytes.get(..3)?;
        let length = u32::from_be_bytes([0, length[0], length[1], length[2]]) as usize;
        if self.bytes.len() < 9 + length {
            return None;
        }
        let whole: Vec<u8> = self.bytes.drain(..9 + length).collect();
        Some(Frame {
            kind: whole[3],
            flags: whole[4],
            stream: u32::from_be_bytes(whole[5..9].try_into().expect("four bytes")),
            payload: whole[9..].to_vec(),
        })
    }

    /// The next of the frames that are there; what has arrived is taken at once.
    pub(super) async fn take(&mut self) -> Option<Frame> {
        self.bytes.reserve(1024 * 1024);
        poll_fn(|cx| {
            let mut read = std::pin::pin!(self.stream.read_buf(&mut self.bytes));
            let _ = read.as_mut().poll(cx);
            Poll::Ready(())
        })
        .await;
        self.take_frame()
    }

    /// The next frame of a kind; others are passed over.
    pub(super) async fn expect(&mut self, kind: u8) -> Frame {
        loop {
            let frame = self.next().await;
            let frame = frame.unwrap_or_else(|| panic!("the end instead of frame {kind}"));
            if frame.kind == kind {
                return frame;
            }
        }
    }

    /// All frames up to the end.
    pub(super) async fn rest(&mut self) -> Vec<Frame> {
        let mut frames: Vec<_> = self.frames.drain(..).collect();
        while let Some(frame) = self.next().await {
            frames.push(frame);
        }
        frames
    }

    /// Says nothing more.
    pub(super) async fn finish(&mut self) {
        let _ = self.stream.shutdown().await;
    }
}

/// A server under test with its statistics.
pub(super) struct Server {
    pub peer: Peer,
    pub stats: Arc<Http2Stats>,
    pub ended: tokio::task::JoinHandle<Result<(), ConnectionError>>,
}

impl Server {
    /// Serves one connection whose client is the test.
    pub(super) async fn start<F, R>(
        options: &Http2Options,
        limits: HeadLimits,
        capacity: usize,
        handler: F,
    ) -> Self
    where
        F: Fn(Head, ServerStream) -> R + 'static,
        R: Future<Output = ()> + 'static,
    {
        let (near, far) = tokio::io::duplex(capacity);
        let stats = Arc::<Http2Stats>::default();
        let server =
            ServerConnection::new(far, bytes::BytesMut::new(), options, limits, Arc::clone(&stats));
        let ended = tokio::task::spawn_local(serve(server, handler));
        let mut peer = Peer::new(near);
        peer.greet().await;
        Self { peer, stats, ended }
    }

    /// Defaults, and every request answered with 200 and its body.
    pub(super) async fn echo() -> Self {
        Self::start(&options(), limits(), 256 * 1024, echo).await
    }

    /// How the connection ended.
    pub(super) async fn end(&mut self) -> Result<(), ConnectionError> {
        (&mut self.ended).await.expect("no panic")
    }
}

/// A client under test whose server is the test, with the greetings exchanged.
pub(super) async fn client(
    options: &Http2Options,
    settings: &[u8],
) -> (ClientConnection, Peer, Arc<Http2Stats>) {
    let (near, far) = tokio::io::duplex(256 * 1024);
    let stats = Arc::<Http2Stats>::default();
    let client = ClientConnection::start(near, options, limits(), Arc::clone(&stats))
        .await
        .expect("a stream in memory");
    let mut peer = Peer::new(far);
    peer.expect_preface().await;
    peer.expect(SETTINGS).await;
    peer.send(&frame(SETTINGS, 0, 0, settings)).await;
    loop {
        if peer.expect(SETTINGS).await.flags == 1 {
            return (client, peer, stats);
        }
    }
}
