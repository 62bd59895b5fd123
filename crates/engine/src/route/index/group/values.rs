//! The parts of a level by the value that is there: by all of it, by a piece of it, by the range
//! that it is in as a number.

use super::GroupId;
use super::needs::Key;
use super::ranges::Ranges;
use crate::route::byte_hash::ByteMap;
use crate::route::index::pieces::Pieces;
use crate::route::matcher::header::decimal;

/// Groups by what they need of a value.
#[derive(Debug, Default)]
pub(super) struct Values {
    exact: ByteMap<GroupId>,
    inexact: Option<Box<Inexact>>,
}

#[derive(Debug)]
struct Inexact {
    pieces: Option<Pieces>,
    /// Of each piece.
    groups: Box<[GroupId]>,
    ranges: Option<Ranges>,
    /// Of those for which any value will do.
    present: Option<GroupId>,
}

/// Collects the groups of a level.
#[derive(Default)]
pub(super) struct ValuesBuilder {
    exact: ByteMap<GroupId>,
    pieces: Vec<(Vec<u8>, GroupId)>,
    ranges: Vec<(i64, i64, GroupId)>,
    present: Option<GroupId>,
}

impl ValuesBuilder {
    /// Adds a group; each key comes once.
    pub(super) fn add(&mut self, key: &Key<'_>, group: GroupId) {
        match key {
            Key::Exact(value) => {
                self.exact.insert(value.as_bytes().into(), group);
            }
            Key::Piece(piece) => self.pieces.push((piece.clone(), group)),
            Key::Range(start, end) => self.ranges.push((*start, *end, group)),
            Key::Present => self.present = Some(group),
        }
    }

    pub(super) fn build(self) -> Values {
        let Self { exact, pieces, ranges, present } = self;
        if pieces.is_empty() && ranges.is_empty() && present.is_none() {
            return Values { exact, inexact: None };
        }
        let (pieces, groups): (Vec<_>, Vec<_>) = pieces.into_iter().unzip();
        let pieces = (!pieces.is_empty()).then(|| Pieces::new(pieces));
        let ranges = (!ranges.is_empty()).then(|| Ranges::new(&ranges));
        let inexact = Inexact { pieces, groups: groups.into(), ranges, present };
        Values { exact, inexact: Some(Box::new(inexact)) }
    }
}

impl Values {
    /// The group for a whole value.
    #[inline]
    pub(super) fn exact(&self, value: &[u8]) -> Option<GroupId> {
        self.exact.get(value).copied()
    }

    #[inline]
    pub(super) fn are_not_all_exact(&self) -> bool {
        self.inexact.is_some()
    }

    /// Appends the numbers of the groups that a value may satisfy otherwise.
    pub(super) fn find_inexact(&self, value: &[u8], found: &mut Vec<u32>) {
        let Some(inexact) = &self.inexact else { return };
        let Inexact { pieces, groups, ranges, present } = &**inexact;
        let start = found.len();
        if let Some(pieces) = pieces {
            pieces.find(value, found);
            for number in &mut found[start..] {
                *number = groups[*number as usize].0;
            }
        }
        let number = ranges.as_ref().and_then(|ranges| Some((ranges, decimal(value)?)));
        if let Some((ranges, number)) = number {
            found.extend(ranges.find(number).map(|group| group.0));
        }
        found.extend(present.map(|group| group.0));
    }
}
