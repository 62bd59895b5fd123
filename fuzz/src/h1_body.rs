//! Chunked bodies and trailers by themselves: the content must not depend on how the input is
//! cut, and what is written for it must be read back as the same.

use bytes::BytesMut;
use voyant_engine::codec::Piece;
use voyant_engine::codec::h1::{
    BodyDecoder, BodyError, BodyFraming, ParseLimits, TrailerRules, write_chunk_end,
    write_chunk_start, write_last_chunk,
};
use voyant_engine::head::Head;
use voyant_ir::protocol::HeadersWithUnderscores;

use crate::control::Control;

/// Small, so that inputs reach them.
const LIMITS: ParseLimits = ParseLimits { max_bytes: 256, max_count: 5 };

/// A body, and how it ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Body {
    pub content: Vec<u8>,
    pub end: End,
}

/// The end of a body; trailers in the form in which they are written.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum End {
    #[default]
    Missing,
    Plain,
    Trailers(Vec<u8>),
    Refused(BodyError),
}

pub fn rules(control: Control) -> TrailerRules {
    TrailerRules {
        enabled: control.option(0),
        underscores: if control.option(2) {
            HeadersWithUnderscores::DropHeader
        } else {
            HeadersWithUnderscores::Allow
        },
        limits: LIMITS,
    }
}

/// Decodes a chunked body and tells what is left of the input.
pub fn decode(rules: TrailerRules, pieces: &[&[u8]]) -> (Body, Vec<u8>) {
    let mut decoder = BodyDecoder::new(BodyFraming::Chunked, rules);
    let mut input = BytesMut::new();
    let mut body = Body::default();
    for piece in pieces {
        input.extend_from_slice(piece);
        while body.end == End::Missing {
            match decoder.decode(&mut input) {
                Ok(None) => break,
                Ok(Some(Piece::Data(data))) => {
                    assert!(!data.is_empty(), "a piece without data says nothing");
                    body.content.extend_from_slice(&data);
                }
                Ok(Some(Piece::Trailers(head))) => body.end = End::Trailers(written(&head)),
                Ok(Some(Piece::End)) => body.end = End::Plain,
                Err(error) => body.end = End::Refused(error),
            }
        }
    }
    (body, input.to_vec())
}

/// Writes the body and reads that back; panics when it is not one and the same.
pub fn check_written(body: &Body) {
    let mut out = Vec::new();
    for chunk in body.content.chunks(17) {
        write_chunk_start(chunk.len(), &mut out);
        out.extend_from_slice(chunk);
        write_chunk_end(&mut out);
    }
    match &body.end {
        End::Plain => write_last_chunk(None, &mut out),
        End::Trailers(trailers) => out.extend_from_slice(trailers),
        End::Missing | End::Refused(_) => return,
    }
    let generous = ParseLimits { max_bytes: usize::MAX, max_count: usize::MAX };
    let rules = TrailerRules {
        enabled: true,
        underscores: HeadersWithUnderscores::Allow,
        limits: generous,
    };
    let (again, rest) = decode(rules, &[&out]);
    assert_eq!((&again, &rest[..]), (body, &[][..]), "{}", out.escape_ascii());
}

fn written(trailers: &Head) -> Vec<u8> {
    let mut out = Vec::new();
    write_last_chunk(Some(trailers), &mut out);
    out
}
