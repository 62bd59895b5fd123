//! What follows a head, as pieces: content by length, chunks and trailers, or all up to the
//! close. Data is split off the input without a copy.

use bytes::BytesMut;

use crate::codec::Piece;

use super::chunk::ChunkLine;
use super::error::BodyError;
use super::framing::BodyFraming;
use super::trailers::{TrailerRules, TrailerScan};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Length(u64),
    UntilClose,
    /// Bytes of another protocol, which has no end of its own.
    Tunnel,
    ChunkLine(ChunkLine),
    ChunkData(u64),
    /// Behind a chunk's data, up to the line's end.
    ChunkEnd,
    /// Behind the last chunk's line.
    Trailers(TrailerScan),
    /// Only [`Piece::End`] is left.
    Done,
}

/// Decodes one message's body.
#[derive(Debug, Clone)]
pub struct BodyDecoder {
    state: State,
    trailers: TrailerRules,
    /// Trailers that were dropped for their names and not counted yet.
    dropped_underscores: u32,
}

impl BodyDecoder {
    pub fn new(framing: BodyFraming, trailers: TrailerRules) -> Self {
        let state = match framing {
            BodyFraming::None | BodyFraming::Length(0) => State::Done,
            BodyFraming::Length(length) => State::Length(length),
            BodyFraming::Chunked => State::ChunkLine(ChunkLine::START),
            BodyFraming::UntilClose => State::UntilClose,
            BodyFraming::Upgraded => State::Tunnel,
        };
        Self { state, trailers, dropped_underscores: 0 }
    }

    pub fn dropped_underscores(&self) -> u32 {
        self.dropped_underscores
    }

    /// How many trailers were dropped for their names since this was asked.
    pub fn take_dropped_underscores(&mut self) -> u32 {
        std::mem::take(&mut self.dropped_underscores)
    }

    /// True while chunks are to come.
    pub fn is_chunked(&self) -> bool {
        use State::{ChunkData, ChunkEnd, ChunkLine, Trailers};
        matches!(self.state, ChunkLine(_) | ChunkData(_) | ChunkEnd | Trailers(_))
    }

    /// True when the message is whole: nothing of the input belongs to it any more, and
    /// [`decode`](Self::decode) answers [`Piece::End`] unless it has answered trailers.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// What comes is not HTTP any more.
    pub fn is_tunnel(&self) -> bool {
        self.state == State::Tunnel
    }

    /// Bytes of content still to come, where that is known.
    pub fn remaining(&self) -> Option<u64> {
        match self.state {
            State::Length(left) => Some(left),
            State::Done => Some(0),
            _ => None,
        }
    }

    /// The next piece at the start of `input`, which loses it; nothing means that more bytes are
    /// needed.
    pub fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Piece>, BodyError> {
        loop {
            match self.state {
                State::Done => return Ok(Some(Piece::End)),
                _ if input.is_empty() => return Ok(None),
                State::UntilClose | State::Tunnel => {
                    return Ok(Some(Piece::Data(input.split().freeze())));
                }
                State::Length(left) => {
                    let (data, left) = take(input, left);
                    self.state = if left == 0 { State::Done } else { State::Length(left) };
                    return Ok(Some(data));
                }
                State::ChunkData(left) => {
                    let (data, left) = take(input, left);
                    self.state = if left == 0 { State::ChunkEnd } else { State::ChunkData(left) };
                    return Ok(Some(data));
                }
                State::ChunkLine(mut line) => {
                    let (used, size) = line.read(input)?;
                    let _ = input.split_to(used);
                    self.state = match size {
                        None => State::ChunkLine(line),
                        Some(0) => State::Trailers(TrailerScan::default()),
                        Some(size) => State::ChunkData(size),
                    };
                }
                State::ChunkEnd => {
                    let end = memchr::memchr(b'\n', input);
                    let _ = input.split_to(end.map_or(input.len(), |at| at + 1));
                    if end.is_some() {
                        self.state = State::ChunkLine(ChunkLine::START);
                    }
                }
                State::Trailers(mut scan) => {
                    let dropped = &mut self.dropped_underscores;
                    let trailers = scan.read(input, &self.trailers, dropped)?;
                    self.state =
                        if trailers.is_some() { State::Done } else { State::Trailers(scan) };
                    return Ok(trailers);
                }
            }
        }
    }

    /// The connection was closed by the peer: the last piece, if that may end the message.
    pub fn finish(&mut self) -> Result<Piece, BodyError> {
        match self.state {
            State::UntilClose | State::Done => {
                self.state = State::Done;
                Ok(Piece::End)
            }
            _ => Err(BodyError::UnexpectedEof),
        }
    }
}

/// Splits off at most `left` bytes; what is then left.
fn take(input: &mut BytesMut, left: u64) -> (Piece, u64) {
    let len = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
    (Piece::Data(input.split_to(len).freeze()), left - len as u64)
}
