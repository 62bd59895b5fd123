//! The line before a chunk (RFC 9112, 7.1), byte by byte and without look-behind, so that any
//! split of the input gives the same result. As in Envoy, whatever follows the size is skipped,
//! but the line ends in CR LF: a CR or LF alone is refused.

use super::error::BodyError;

/// Where in the line the decoder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChunkLine {
    /// In the size; `digits` tells whether any was seen.
    Size { size: u64, digits: bool },
    /// Behind the size, up to the line's end; `cr` tells whether the last byte was CR.
    Extension { size: u64, cr: bool },
}

impl ChunkLine {
    pub(super) const START: Self = Self::Size { size: 0, digits: false };

    /// Reads up to the line's end: how many bytes were used, and the size if the line is whole.
    pub(super) fn read(&mut self, input: &[u8]) -> Result<(usize, Option<u64>), BodyError> {
        for (at, byte) in input.iter().enumerate() {
            *self = match *self {
                Self::Size { size, digits } => after_size_byte(size, digits, *byte)?,
                Self::Extension { size, cr: true } if *byte == b'\n' => {
                    return Ok((at + 1, Some(size)));
                }
                Self::Extension { size, cr: false } if *byte != b'\n' => {
                    Self::Extension { size, cr: *byte == b'\r' }
                }
                Self::Extension { .. } => return Err(BodyError::InvalidChunkSize),
            };
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
        b'\t' | b'\r' | b' ' | b';' if digits => {
            Ok(ChunkLine::Extension { size, cr: byte == b'\r' })
        }
        _ => Err(BodyError::InvalidChunkSize),
    }
}
