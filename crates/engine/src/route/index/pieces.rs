//! Finds which of many pieces of text a value contains, in any case, by one automaton
//! (Aho-Corasick).

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// Pieces of text, by their numbers.
#[derive(Debug)]
pub(super) struct Pieces {
    /// Nothing where there is more text than an automaton can hold: then any may be there.
    automaton: Option<AhoCorasick>,
    count: u32,
}

/// So many finds are kept before they are looked through for those that came twice: a client may
/// repeat a piece thousands of times.
const FINDS: usize = 64;

impl Pieces {
    pub(super) fn new<P: AsRef<[u8]>>(pieces: Vec<P>) -> Self {
        let count = pieces.len() as u32;
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(pieces);
        Self { automaton: automaton.ok(), count }
    }

    /// Appends the numbers of the pieces in a value, each once, in order.
    pub(super) fn find(&self, value: &[u8], found: &mut Vec<u32>) {
        let Some(automaton) = &self.automaton else { return found.extend(0..self.count) };
        let start = found.len();
        let mut limit = start + FINDS;
        for piece in automaton.find_overlapping_iter(value) {
            found.push(piece.pattern().as_u32());
            if found.len() == limit {
                sort_from(start, found);
                limit = start + FINDS.max(2 * (found.len() - start));
            }
        }
        sort_from(start, found);
    }
}

/// Sorts what stands from a place on and takes away what is there twice.
fn sort_from(start: usize, numbers: &mut Vec<u32>) {
    numbers[start..].sort_unstable();
    let mut kept = start;
    for at in start..numbers.len() {
        if at == start || numbers[at] != numbers[kept - 1] {
            numbers[kept] = numbers[at];
            kept += 1;
        }
    }
    numbers.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_is_found_once() {
        let pieces = Pieces::new(vec!["ab", "b", "cd", "abc"]);
        let mut found = vec![7, 0];
        pieces.find(&b"xABCab".repeat(1000), &mut found);
        assert_eq!(found, [7, 0, 0, 1, 3]);
        assert!(found.capacity() < 1000, "what came twice is not kept");
        found.clear();
        pieces.find(b"none", &mut found);
        assert!(found.is_empty());
    }
}
