//! The tree of an expression (RE2's `Regexp`).

use std::rc::Rc;

use crate::byte_set::ByteSet;

pub(crate) type Shared = Rc<Node>;

/// How a part was written. Parts are equal, or squashed into each other, by it, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Flags {
    pub fold_case: bool,
    pub non_greedy: bool,
    pub dot_matches_newline: bool,
    /// `^` and `$` match at lines.
    pub multi_line: bool,
}

/// An operator without operands and without width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assertion {
    BeginLine,
    EndLine,
    BeginText,
    /// `\z`, or `$` when that is what it means.
    EndText {
        dollar: bool,
    },
    WordBoundary,
    NoWordBoundary,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Op {
    NoMatch,
    Empty,
    Literal(u8),
    /// At least two.
    String(Vec<u8>),
    Class(ByteSet),
    AnyChar,
    /// `\C`, which unlike the former is no alternative to single characters.
    AnyByte,
    Assertion(Assertion),
    Concat(Vec<Shared>),
    Alternate(Vec<Shared>),
    Star(Shared),
    Plus(Shared),
    Quest(Shared),
    /// Without a maximum where there is none.
    Repeat {
        min: u32,
        max: Option<u32>,
        of: Shared,
    },
    Capture(Shared),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub op: Op,
    pub flags: Flags,
}

impl Node {
    pub(crate) fn new(op: Op, flags: Flags) -> Self {
        Self { op, flags }
    }

    pub(crate) fn shared(op: Op, flags: Flags) -> Shared {
        Rc::new(Self { op, flags })
    }

    /// A string of any length.
    pub(crate) fn string(bytes: &[u8], flags: Flags) -> Self {
        let op = match bytes {
            [] => Op::Empty,
            [byte] => Op::Literal(*byte),
            _ => Op::String(bytes.to_vec()),
        };
        Self { op, flags }
    }

    pub(crate) fn concat(mut parts: Vec<Shared>, flags: Flags) -> Shared {
        match parts.len() {
            0 => Self::shared(Op::Empty, flags),
            1 => parts.remove(0),
            _ => Self::shared(Op::Concat(parts), flags),
        }
    }

    pub(crate) fn alternate(mut parts: Vec<Shared>, flags: Flags) -> Shared {
        match parts.len() {
            0 => Self::shared(Op::NoMatch, flags),
            1 => parts.remove(0),
            _ => Self::shared(Op::Alternate(parts), flags),
        }
    }

    /// One character, of whatever kind.
    pub(crate) fn is_one_character(&self) -> bool {
        matches!(self.op, Op::Literal(_) | Op::Class(_) | Op::AnyChar | Op::AnyByte)
    }

    /// Equal for the purpose of taking the two together; greed counts, and case where there is one.
    pub(crate) fn alike(&self, other: &Self) -> bool {
        match (&self.op, &other.op) {
            (Op::Literal(_) | Op::String(_), _) => {
                self.op == other.op && self.flags.fold_case == other.flags.fold_case
            }
            (
                Op::Repeat { min, max, of },
                Op::Repeat { min: other_min, max: other_max, of: other_of },
            ) => {
                let counts = (min, max) == (other_min, other_max);
                counts && self.flags.non_greedy == other.flags.non_greedy && of.alike(other_of)
            }
            _ => self.op == other.op,
        }
    }
}
