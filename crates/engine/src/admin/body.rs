//! Bodies of answers: text, or something that writes itself piece by piece, so that a page of
//! half a million statistics is never in memory at once.

use std::fmt::Debug;

/// A piece is handed over when it has so many bytes.
pub const PIECE_BYTES: usize = 32 << 10;

/// Writes a body in pieces.
pub trait Pieces: Debug {
    /// Appends the next piece, which may be empty; false when it was the last.
    fn next_piece(&mut self, out: &mut Vec<u8>) -> bool;
}

/// A body.
#[derive(Debug)]
pub enum Body {
    Whole(Vec<u8>),
    Pieces(Box<dyn Pieces>),
}

impl Body {
    /// All of it.
    #[cfg(test)]
    pub fn into_whole(self) -> Vec<u8> {
        match self {
            Self::Whole(whole) => whole,
            Self::Pieces(mut pieces) => {
                let mut whole = Vec::new();
                while pieces.next_piece(&mut whole) {}
                whole
            }
        }
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self::Whole(text.as_bytes().to_vec())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Whole(text.into_bytes())
    }
}
