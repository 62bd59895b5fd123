//! A set of the characters of Latin-1, as it is built for a class.

/// The members of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ByteSet([u128; 2]);

impl ByteSet {
    pub(crate) const EMPTY: Self = Self([0; 2]);

    pub(crate) fn of(low: u8, high: u8) -> Self {
        let mut set = Self::EMPTY;
        set.add(low, high);
        set
    }

    pub(crate) fn contains(self, byte: u8) -> bool {
        self.0[usize::from(byte >> 7)] >> (byte & 127) & 1 == 1
    }

    pub(crate) fn add(&mut self, low: u8, high: u8) {
        for byte in low..=high {
            self.0[usize::from(byte >> 7)] |= 1 << (byte & 127);
        }
    }

    pub(crate) fn add_all(&mut self, other: Self) {
        self.0[0] |= other.0[0];
        self.0[1] |= other.0[1];
    }

    /// With the other case of each letter of ASCII.
    pub(crate) fn folded(mut self) -> Self {
        for lower in b'a'..=b'z' {
            let upper = lower.to_ascii_uppercase();
            if self.contains(lower) || self.contains(upper) {
                self.add(lower, lower);
                self.add(upper, upper);
            }
        }
        self
    }

    pub(crate) fn negated(self) -> Self {
        Self([!self.0[0], !self.0[1]])
    }

    pub(crate) fn len(self) -> u32 {
        self.0[0].count_ones() + self.0[1].count_ones()
    }

    /// The smallest member.
    pub(crate) fn first(self) -> Option<u8> {
        (0..=u8::MAX).find(|byte| self.contains(*byte))
    }

    /// Members that follow each other, as first and last.
    pub(crate) fn ranges(self) -> Vec<(u8, u8)> {
        let mut ranges: Vec<(u8, u8)> = Vec::new();
        for byte in (0..=u8::MAX).filter(|byte| self.contains(*byte)) {
            match ranges.last_mut() {
                Some((_, high)) if *high + 1 == byte => *high = byte,
                _ => ranges.push((byte, byte)),
            }
        }
        ranges
    }

    /// A letter is a member together with its other case.
    pub(crate) fn folds(self) -> bool {
        (b'a'..=b'z').all(|lower| self.contains(lower) == self.contains(lower.to_ascii_uppercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_meet_where_members_do() {
        let mut set = ByteSet::of(b'a', b'c');
        set.add(b'd', b'f');
        set.add(0xfe, 0xff);
        assert_eq!(set.ranges(), [(b'a', b'f'), (0xfe, 0xff)]);
        assert_eq!(set.negated().ranges(), [(0, b'`'), (b'g', 0xfd)]);
        assert_eq!((set.len(), set.first(), set.folds()), (8, Some(b'a'), false));
        assert!(set.folded().folds() && set.folded().contains(b'F'));
    }
}
