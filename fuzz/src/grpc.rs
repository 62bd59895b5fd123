//! Frames of gRPC: in whatever pieces bytes come, the same frames are found, counted and turned
//! to text.

use voyant_engine::base64;
use voyant_engine::filter::grpc_stats::messages::{RequestCounter, ResponseCounter};
use voyant_engine::filter::grpc_web::text::{TextDecoder, TextEncoder};
use voyant_engine::grpc::frame::{Event, FrameReader};

/// The first byte is the size of pieces, the rest the body.
pub fn frames(input: &[u8]) {
    let Some((size, body)) = input.split_first() else { return };
    let size = usize::from(*size) + 1;
    assert_eq!(found(body, size), found(body, body.len().max(1)));
    let mut requests = RequestCounter::default();
    let mut responses = ResponseCounter::default();
    let began: u64 = body.chunks(size).map(|piece| requests.inspect(piece)).sum();
    assert_eq!(began, requests.count());
    let began_of_response: u64 = body.chunks(size).map(|piece| responses.inspect(piece)).sum();
    assert!(began_of_response <= began, "{began_of_response} of {began}");
    encode(body, size);
    decode(body, size);
}

/// Each frame's flags, the length that it should have, and what there is of it.
fn found(body: &[u8], size: usize) -> Vec<(u8, u32, Vec<u8>)> {
    let mut reader = FrameReader::default();
    let mut frames: Vec<(u8, u32, Vec<u8>)> = Vec::new();
    for mut piece in body.chunks(size) {
        while let Some(event) = reader.next(&mut piece) {
            match (event, frames.last_mut()) {
                (Event::Start(flags), _) => frames.push((flags, 0, Vec::new())),
                (Event::Length(length), Some(frame)) => frame.1 = length,
                (Event::Data(data), Some(frame)) => frame.2.extend_from_slice(data),
                (Event::End, Some(frame)) => assert_eq!(frame.1 as usize, frame.2.len()),
                (event, None) => panic!("{event:?} before a start"),
            }
        }
    }
    frames
}

/// A text is never longer than all that it may be of, in padded groups a frame.
fn encode(body: &[u8], size: usize) {
    let mut encoder = TextEncoder::new(size);
    let text: usize = body.chunks(size).map(|piece| encoder.encode(piece).len()).sum();
    assert!(text <= body.len() * 5 + 4, "{text} of {}", body.len());
}

fn decode(body: &[u8], size: usize) {
    let mut decoder = TextDecoder::default();
    for piece in body.chunks(size) {
        if decoder.decode(piece, false).is_err() {
            break;
        }
    }
    let mut text = Vec::new();
    base64::encode(body, &mut text);
    let decoded = TextDecoder::default().decode(&text, true);
    assert_eq!(decoded.as_deref(), Ok(body));
}
