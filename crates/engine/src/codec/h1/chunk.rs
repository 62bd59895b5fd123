//! The lines between chunks (RFC 9112, 7.1), byte by byte and without look-behind, so that any
//! split of the input gives the same result.

use super::error::BodyError;

/// Where in a chunk's framing the decoder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChunkLine {
    /// In the size; `digits` tells whether any was seen.
    Size { size: u64, digits: bool },
    /// Behind the size, up to the line's end.
    Extension { size: u64 },
}

impl ChunkLine {
    pub(super) const START: Self = Self::Size { size: 0, digits: false };

    /// Reads up to the end of the size line: how many bytes were used, and the size if the line
    /// is whole.
    pub(super) fn read(&mut self, input: &[u8]) -> Result<(usize, Option<u64>), BodyError> {
        for (at, byte) in input.iter().enumerate() {
            match *self {
                Self::Size { size, digits } => *self = after_size_byte(size, digits, *byte)?,
                Self::Extension { .. } => {}
            }
            if let (Self::Extension { size }, b'\n') = (*self, *byte) {
                return Ok((at + 1, Some(size)));
            }
        }
        Ok((input.len(), None))
    }
}

fn after_size_byte(size: u64, digits: bool, byte: u8) -> Result<ChunkLine, BodyError> {
    if let Some(digit) = (byte as char).to_digit(16) {
        if size >> 60 != 0 {
            return Err(BodyError::ChunkLengthOverflow);
        }
        return Ok(ChunkLine::Size { size: size << 4 | u64::from(digit), digits: true });
    }
    match byte {
        b'\t' | b'\n' | b'\r' | b' ' | b';' if digits => Ok(ChunkLine::Extension { size }),
        _ => Err(BodyError::InvalidChunkSize),
    }
}
