//! Ranges of numbers, and which of them a number is in: a segment tree, so that thousands of
//! ranges that overlap are found by a few steps.

use super::GroupId;

/// Groups by ranges.
#[derive(Debug)]
pub(super) struct Ranges {
    /// All ends of ranges, each once, in order. Between two of them lies a leaf of the tree.
    ends: Box<[i64]>,
    /// The node `n` covers the nodes `2 n` and `2 n + 1`; the leaves are the upper half.
    nodes: Box<[Vec<GroupId>]>,
}

impl Ranges {
    /// Each range is from its first number up to below its second.
    pub(super) fn new(ranges: &[(i64, i64, GroupId)]) -> Self {
        let mut ends: Vec<_> = ranges.iter().flat_map(|(start, end, _)| [*start, *end]).collect();
        ends.sort_unstable();
        ends.dedup();
        let leaves = ends.len();
        let mut nodes = vec![Vec::new(); 2 * leaves];
        for (start, end, group) in ranges {
            let leaf = |number| ends.partition_point(|end| end < number) + leaves;
            let (mut low, mut high) = (leaf(start), leaf(end));
            while low < high {
                if low % 2 == 1 {
                    nodes[low].push(*group);
                    low += 1;
                }
                if high % 2 == 1 {
                    high -= 1;
                    nodes[high].push(*group);
                }
                (low, high) = (low / 2, high / 2);
            }
        }
        Self { ends: ends.into(), nodes: nodes.into() }
    }

    /// The groups of all ranges that have a number.
    pub(super) fn find(&self, number: i64) -> impl Iterator<Item = GroupId> {
        let above = self.ends.partition_point(|end| *end <= number);
        let leaf = above.checked_sub(1).map(|leaf| leaf + self.ends.len());
        let way = std::iter::successors(leaf, |node| (*node > 1).then_some(node / 2));
        way.flat_map(|node| self.nodes[node].iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_in_the_ranges_that_have_it() {
        let all = [(0, 10), (3, 4), (5, 5), (9, 2), (-7, 3), (4, 100), (i64::MIN, i64::MAX)];
        for count in 1..=all.len() {
            let given = all[..count].iter().zip(0..);
            let given = given.map(|((start, end), group)| (*start, *end, GroupId::single(group)));
            let ranges = Ranges::new(&given.collect::<Vec<_>>());
            for number in [i64::MIN, -8, -7, 0, 2, 3, 4, 5, 9, 10, 99, 100, i64::MAX] {
                let mut found: Vec<_> =
                    ranges.find(number).filter_map(GroupId::as_single).collect();
                found.sort_unstable();
                let in_it = |(start, end): &(i64, i64)| (*start..*end).contains(&number);
                let expected = all[..count].iter().zip(0..).filter(|(range, _)| in_it(range));
                let expected: Vec<u32> = expected.map(|(_, group)| group).collect();
                assert_eq!(found, expected, "{number} in the first {count}");
            }
        }
    }
}
