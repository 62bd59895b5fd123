//! The index of a table's routes: the lowest route in list order that matches a path and its
//! conditions, at a cost that does not grow with the number of routes.
//!
//! One walk down a [`trie`] of literal paths finds the few groups of routes whose path may match;
//! regular expressions hang in it by their literal start, or are found by a literal that they
//! require ([`regexes`]). In a group, thousands of routes are told apart by what they need of
//! headers, query parameters, cookies and what filters have written ([`group`]). What is found is
//! checked against the best route so far, so the answer is that of a scan of the list.

mod group;
mod literal;
mod pieces;
mod regexes;
mod trie;

use std::borrow::Cow;

use voyant_ir::route::{PathMatch, Route as IrRoute};

use self::group::{GroupId, Groups, Search};
use self::regexes::Regexes;
use self::trie::{Key, Kind, Target, Trie};
use super::matcher::MatchContext;
use super::matcher::query_parameter;
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::pattern::PatternError;

/// The index of all routes of a table. Lists have parts of their own: those of virtual hosts, and
/// those that their matching trees lead to.
#[derive(Debug)]
pub(super) struct Index {
    trie: Trie,
    groups: Groups,
    lists: Vec<ListIndex>,
    /// How many regular expressions may still be compiled before they are used.
    eager: usize,
    /// Segments of paths end at their first `;`.
    ignore_parameters: bool,
}

/// Enough for tables that people write; of generated ones only what is used is compiled.
const EAGER_EXPRESSIONS: usize = 256;

/// Where the routes of one list are.
#[derive(Debug)]
struct ListIndex {
    exact_case: Option<trie::Root>,
    any_case: Option<trie::Root>,
    connect: Option<GroupId>,
    regexes: Option<Box<Regexes>>,
    of_tree: bool,
}

/// Scratch space of a search.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// Expressions that may match.
    regexes: regexes::Candidates,
    /// Groups of which a value has what they need.
    groups: Vec<u32>,
    /// Groups that are asked when all else was.
    later: Vec<GroupId>,
    /// A path without its parameters.
    path: Vec<u8>,
}

impl Index {
    /// Without routes yet.
    pub(super) fn new(ignore_parameters: bool) -> Self {
        Self {
            ignore_parameters,
            trie: Trie::default(),
            groups: Groups::default(),
            lists: Vec::new(),
            eager: EAGER_EXPRESSIONS,
        }
    }

    /// Adds a list, whose routes have the numbers from `first` on; answers its own number. Of a
    /// tree's lists most are short, and the tree was asked already: a route that is alone with its
    /// path is asked there before those with many conditions, which are then often behind it.
    pub(super) fn add_list(
        &mut self,
        routes: &[IrRoute],
        first: u32,
        of_tree: bool,
    ) -> Result<u32, PatternError> {
        let mut keys = ListKeys::default();
        let mut patterns = regexes::Builder::default();
        for (route, number) in routes.iter().zip(first..) {
            keys.add(&route.matches.path, number, &mut patterns);
        }
        let matches = |number: u32| &routes[(number - first) as usize].matches;
        let groups = &mut self.groups;
        let mut group = |numbers: &[u32]| groups.insert(numbers, &matches);
        let (regexes, literal_starts) = patterns.build(&mut self.eager, &mut group)?.unzip();
        keys.exact_case.extend(literal_starts.into_iter().flatten());
        self.lists.push(ListIndex {
            exact_case: self.trie.insert(keys.exact_case, &mut group),
            any_case: self.trie.insert(keys.any_case, &mut group),
            connect: (!keys.connect.is_empty()).then(|| group(&keys.connect)),
            regexes: regexes.map(Box::new),
            of_tree,
        });
        Ok(self.lists() - 1)
    }

    /// How many lists there are.
    pub(super) fn lists(&self) -> u32 {
        self.lists.len() as u32
    }

    /// Gives back what building took too much of.
    pub(super) fn shrink(&mut self) {
        self.trie.shrink();
        self.groups.shrink();
        self.lists.shrink_to_fit();
    }

    /// The first route of a list whose path matches and whose conditions `holds` finds true.
    pub(super) fn find(
        &self,
        list: u32,
        head: &Head,
        cx: &MatchContext<'_>,
        candidates: &mut Candidates,
        holds: impl FnMut(u32) -> bool,
    ) -> Option<u32> {
        let list = &self.lists[list as usize];
        let Candidates { regexes, groups, later, path: bare } = candidates;
        let path = head.get(HeaderId::Path);
        let (path, query) = path.map(split).unzip();
        let mut search =
            Search { head, cx, query: query.flatten(), hits: groups, best: u32::MAX, holds };
        if let Some(group) = list.connect
            && is_connect(head)
        {
            self.groups.offer(group, &mut search);
        }
        if let Some(path) = path {
            let path = if self.ignore_parameters { without_parameters(path, bare) } else { path };
            self.find_by_path(list, path, &mut search, regexes, later);
            if list.of_tree {
                later.drain(..).for_each(|group| self.groups.offer(group, &mut search));
            }
        }
        (search.best != u32::MAX).then_some(search.best)
    }

    #[inline]
    fn find_by_path<F: FnMut(u32) -> bool>(
        &self,
        list: &ListIndex,
        path: &[u8],
        search: &mut Search<'_, F>,
        candidates: &mut regexes::Candidates,
        later: &mut Vec<GroupId>,
    ) {
        candidates.clear();
        let mut visit = |target| match target {
            Target::Group(group) if list.of_tree && group.as_single().is_none() => {
                later.push(group);
            }
            Target::Group(group) => self.groups.offer(group, search),
            Target::Regex(regex) => candidates.add(regex),
        };
        if let Some(root) = list.exact_case {
            self.trie.walk::<false>(root, path, &mut visit);
        }
        if let Some(root) = list.any_case {
            self.trie.walk::<true>(root, path, &mut visit);
        }
        if let Some(regexes) = &list.regexes {
            regexes.find(path, candidates, search.best, |group| {
                self.groups.offer(group, search);
                search.best
            });
        }
    }
}

/// The routes of a list by what their path asks.
#[derive(Default)]
struct ListKeys<'a> {
    exact_case: Vec<Key<'a>>,
    any_case: Vec<Key<'a>>,
    connect: Vec<u32>,
}

impl<'a> ListKeys<'a> {
    fn add(&mut self, path: &'a PathMatch, number: u32, patterns: &mut regexes::Builder<'a>) {
        let (kind, value, case_sensitive) = match path {
            PathMatch::Prefix { value, case_sensitive } => (Kind::Prefix, value, *case_sensitive),
            PathMatch::Exact { value, case_sensitive } => (Kind::Exact, value, *case_sensitive),
            PathMatch::PathSeparatedPrefix { value, case_sensitive } => {
                (Kind::SeparatedPrefix, value, *case_sensitive)
            }
            PathMatch::Regex { pattern } => return patterns.add(pattern, number),
            PathMatch::Connect {} => return self.connect.push(number),
        };
        if case_sensitive {
            let path = Cow::Borrowed(value.as_bytes());
            self.exact_case.push(Key { path, kind, number });
        } else {
            let path = Cow::Owned(value.to_ascii_lowercase().into_bytes());
            self.any_case.push(Key { path, kind, number });
        }
    }
}

fn is_connect(head: &Head) -> bool {
    let upgrade = |value: &[u8]| value.eq_ignore_ascii_case(b"connect-udp");
    head.method() == b"CONNECT" || head.get(HeaderId::Upgrade).is_some_and(upgrade)
}

/// A path without query and fragment, and its query.
fn split(path: &[u8]) -> (&[u8], Option<&[u8]>) {
    let bare = without_query(path);
    let query = match path.get(bare.len()) {
        None => None,
        Some(b'?') => Some(&path[bare.len() + 1..]),
        // Conditions on parameters do not know of fragments.
        Some(_) => query_parameter::query(path),
    };
    (bare, query)
}

/// A path without query and fragment.
pub(crate) fn without_query(path: &[u8]) -> &[u8] {
    &path[..memchr::memchr2(b'?', b'#', path).unwrap_or(path.len())]
}

/// A path without the parameters of its segments (RFC 3986, 3.3).
fn without_parameters<'a>(path: &'a [u8], out: &'a mut Vec<u8>) -> &'a [u8] {
    if memchr::memchr(b';', path).is_none() {
        return path;
    }
    out.clear();
    for (number, segment) in path.split(|byte| *byte == b'/').enumerate() {
        if number > 0 {
            out.push(b'/');
        }
        let end = memchr::memchr(b';', segment).unwrap_or(segment.len());
        out.extend_from_slice(&segment[..end]);
    }
    out
}
