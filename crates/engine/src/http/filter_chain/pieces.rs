//! The pieces of a body on their way through filters.

use std::collections::VecDeque;

use crate::codec::Piece;

/// Pieces of a body, in order.
#[derive(Debug, Default)]
pub struct Pieces(pub(super) VecDeque<Piece>);

impl Pieces {
    /// One piece, and the end if that comes with it.
    pub(super) fn of(piece: Piece, ends: bool) -> Self {
        let mut pieces = VecDeque::from([piece]);
        pieces.extend(ends.then_some(Piece::End));
        Self(pieces)
    }

    pub fn push(&mut self, piece: Piece) {
        self.0.push_back(piece);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next piece, and whether it is the last. Data that an end follows ends the message.
    pub fn pop(&mut self) -> Option<(Piece, bool)> {
        let piece = self.0.pop_front()?;
        let end = match (&piece, self.0.front()) {
            (Piece::Data(_), Some(Piece::End)) => self.0.pop_front().is_some(),
            (Piece::Data(_), _) => false,
            (Piece::Trailers(_) | Piece::End, _) => true,
        };
        Some((piece, end))
    }
}
