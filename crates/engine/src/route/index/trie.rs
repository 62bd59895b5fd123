//! A radix trie over the literal paths of routes, shared by all virtual hosts of a table, each
//! with a root of its own.
//!
//! Nodes lie in flat arrays: children are neighbours, found by a table from the lowest to the
//! highest byte that they begin with. It is built from sorted keys at once, and never changed.

use std::borrow::Cow;

use super::group::GroupId;

/// How a key's path is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Prefix,
    SeparatedPrefix,
    Exact,
    /// The literal start of a regular expression; the number is that of the expression.
    Regex,
}

/// A path to be found, and the route (or expression) that asks for it.
#[derive(Debug)]
pub(super) struct Key<'a> {
    pub(super) path: Cow<'a, [u8]>,
    pub(super) kind: Kind,
    pub(super) number: u32,
}

/// What lies at the end of a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    Group(GroupId),
    Regex(u32),
}

/// The first node of a virtual host.
#[derive(Debug, Clone, Copy)]
pub(super) struct Root(u32);

#[derive(Debug, Default, Clone, Copy)]
struct Node {
    /// The label of a child lacks its first byte, by which it was found.
    label_start: u32,
    label_len: u32,
    first_entry: u32,
    first_child: u32,
    first_slot: u32,
    entries: u16,
    /// At most 256: one for each byte from `lowest` on.
    slots: u16,
    lowest: u8,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    kind: Kind,
    target: Target,
}

#[derive(Debug, Default)]
pub(super) struct Trie {
    nodes: Vec<Node>,
    /// For each byte in a node's range, the number of its child counted from 1; 0 for none.
    slots: Vec<u16>,
    labels: Vec<u8>,
    entries: Vec<Entry>,
}

/// A node that is still to be filled: the sorted keys below it and how far they are used up.
struct Pending {
    node: usize,
    keys: std::ops::Range<usize>,
    used: usize,
}

impl Trie {
    /// Adds the paths of one virtual host; `group` makes a group of routes with the same path.
    pub(super) fn insert(
        &mut self,
        mut keys: Vec<Key<'_>>,
        mut group: impl FnMut(&[u32]) -> GroupId,
    ) -> Option<Root> {
        if keys.is_empty() {
            return None;
        }
        keys.sort_by(|a, b| (&a.path, a.kind, a.number).cmp(&(&b.path, b.kind, b.number)));
        let root = self.reserve();
        let mut pending = vec![Pending { node: root, keys: 0..keys.len(), used: 0 }];
        let mut numbers = Vec::new();
        while let Some(Pending { node, keys: range, used }) = pending.pop() {
            let below = &keys[range.clone()];
            let shared = shared_prefix(below, used);
            let (label_start, first_entry) = (self.labels.len(), self.entries.len());
            self.labels.extend_from_slice(&below[0].path[used..shared]);
            let ending = below.partition_point(|key| key.path.len() == shared);
            self.insert_entries(&below[..ending], &mut numbers, &mut group);
            let (first_child, first_slot) = (self.nodes.len(), self.slots.len());
            let below = &below[ending..];
            let lowest = below.first().map_or(0, |key| key.path[shared]);
            let mut next = range.start + ending;
            for child in below.chunk_by(|a, b| a.path[shared] == b.path[shared]) {
                let keys = next..next + child.len();
                next = keys.end;
                pending.push(Pending { node: self.reserve(), keys, used: shared + 1 });
                let slot = first_slot + usize::from(child[0].path[shared] - lowest);
                self.slots.resize(slot + 1, 0);
                self.slots[slot] = (self.nodes.len() - first_child) as u16;
            }
            self.nodes[node] = Node {
                label_start: label_start as u32,
                label_len: (shared - used) as u32,
                first_entry: first_entry as u32,
                first_child: first_child as u32,
                first_slot: first_slot as u32,
                entries: (self.entries.len() - first_entry) as u16,
                slots: (self.slots.len() - first_slot) as u16,
                lowest,
            };
        }
        Some(Root(root as u32))
    }

    /// Makes a node, which is filled later.
    fn reserve(&mut self) -> usize {
        self.nodes.push(Node::default());
        self.nodes.len() - 1
    }

    /// Adds the entries of keys that end at a node, equal kinds as one group.
    fn insert_entries(
        &mut self,
        ending: &[Key<'_>],
        numbers: &mut Vec<u32>,
        group: &mut impl FnMut(&[u32]) -> GroupId,
    ) {
        for same in ending.chunk_by(|a, b| a.kind == b.kind) {
            let kind = same[0].kind;
            if kind == Kind::Regex {
                let targets = same.iter().map(|key| Target::Regex(key.number));
                self.entries.extend(targets.map(|target| Entry { kind, target }));
                continue;
            }
            numbers.clear();
            numbers.extend(same.iter().map(|key| key.number));
            self.entries.push(Entry { kind, target: Target::Group(group(numbers)) });
        }
    }

    pub(super) fn shrink(&mut self) {
        self.nodes.shrink_to_fit();
        self.slots.shrink_to_fit();
        self.labels.shrink_to_fit();
        self.entries.shrink_to_fit();
    }

    /// Visits what matches a path without its query. With `FOLD` the keys are in lower case and
    /// case is ignored.
    pub(super) fn walk<const FOLD: bool>(
        &self,
        Root(root): Root,
        path: &[u8],
        visit: &mut impl FnMut(Target),
    ) {
        let mut node = &self.nodes[root as usize];
        let mut rest = path;
        loop {
            if node.label_len > 0 {
                let label = &self.labels[node.label_start as usize..][..node.label_len as usize];
                let Some((start, behind)) = rest.split_at_checked(label.len()) else { return };
                if !(if FOLD { start.eq_ignore_ascii_case(label) } else { start == label }) {
                    return;
                }
                rest = behind;
            }
            if node.entries > 0 {
                self.visit_entries(node, rest, visit);
            }
            let Some((byte, behind)) = rest.split_first() else { return };
            let byte = if FOLD { byte.to_ascii_lowercase() } else { *byte };
            let Some(child) = self.child(node, byte) else { return };
            node = child;
            rest = behind;
        }
    }

    #[inline]
    fn visit_entries(&self, node: &Node, rest: &[u8], visit: &mut impl FnMut(Target)) {
        for entry in &self.entries[node.first_entry as usize..][..usize::from(node.entries)] {
            let matches = match entry.kind {
                Kind::Prefix | Kind::Regex => true,
                Kind::SeparatedPrefix => rest.is_empty() || rest[0] == b'/',
                Kind::Exact => rest.is_empty(),
            };
            if matches {
                visit(entry.target);
            }
        }
    }

    #[inline]
    fn child(&self, node: &Node, byte: u8) -> Option<&Node> {
        let slot = u16::from(byte.wrapping_sub(node.lowest));
        if slot >= node.slots {
            return None;
        }
        let child = self.slots[node.first_slot as usize + usize::from(slot)];
        let child = usize::from(child).checked_sub(1)?;
        Some(&self.nodes[node.first_child as usize + child])
    }
}

/// How many bytes all keys share; they are sorted, so the first and the last decide.
fn shared_prefix(keys: &[Key<'_>], used: usize) -> usize {
    let (first, last) = (&keys[0].path, &keys[keys.len() - 1].path);
    used + first[used..].iter().zip(&last[used..]).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trie(keys: &[(&'static str, Kind)]) -> (Trie, Root) {
        let mut trie = Trie::default();
        // Another host's paths lie before them.
        let path = Cow::Borrowed(&b"/other"[..]);
        trie.insert(vec![Key { path, kind: Kind::Prefix, number: 99 }], |n| GroupId::single(n[0]));
        let keys = keys.iter().zip(0..).map(|((path, kind), number)| Key {
            path: Cow::Borrowed(path.as_bytes()),
            kind: *kind,
            number,
        });
        let root = trie.insert(keys.collect(), |numbers| GroupId::single(numbers[0])).unwrap();
        (trie, root)
    }

    fn walk<const FOLD: bool>((trie, root): &(Trie, Root), path: &str) -> Vec<u32> {
        let mut found = Vec::new();
        trie.walk::<FOLD>(*root, path.as_bytes(), &mut |target| match target {
            Target::Group(group) => found.extend(group.as_single()),
            Target::Regex(number) => found.push(number + 1000),
        });
        found.sort_unstable();
        found
    }

    #[test]
    fn all_keys_on_the_way_are_visited() {
        let trie = trie(&[
            ("/", Kind::Prefix),
            ("/ab", Kind::Prefix),
            ("/abc", Kind::Exact),
            ("/ab", Kind::SeparatedPrefix),
            ("/ab", Kind::Exact),
            ("/abd", Kind::Regex),
            ("", Kind::Prefix),
            ("/x", Kind::Exact),
        ]);
        assert_eq!(walk::<false>(&trie, "/"), [0, 6]);
        assert_eq!(walk::<false>(&trie, "/ab"), [0, 1, 3, 4, 6]);
        assert_eq!(walk::<false>(&trie, "/ab/c"), [0, 1, 3, 6]);
        assert_eq!(walk::<false>(&trie, "/abc"), [0, 1, 2, 6]);
        assert_eq!(walk::<false>(&trie, "/abd/"), [0, 1, 6, 1005]);
        assert_eq!(walk::<false>(&trie, "/x"), [0, 6, 7]);
        assert_eq!(walk::<false>(&trie, "/xy"), [0, 6]);
        assert_eq!(walk::<false>(&trie, ""), [6]);
    }

    #[test]
    fn case_is_folded_only_where_asked() {
        let trie = trie(&[("/ab", Kind::Prefix), ("/abc", Kind::Exact)]);
        assert_eq!(walk::<true>(&trie, "/ABC"), [0, 1]);
        assert!(walk::<false>(&trie, "/ABC").is_empty());
    }
}
