//! The regular expressions of a virtual host.
//!
//! Only those whose literals a path has are matched: an expression with a literal start of its
//! own hangs in the trie; where many share a start, one automaton (Aho-Corasick) finds the
//! literal of each that the fewest others have. Matching is then one by one, lowest route first.
//! One automaton of whole expressions was measured to be worse: thousands of them take seconds to
//! build, and paths that a client makes up can keep it from ever settling.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use regex::bytes::Regex;

use super::group::GroupId;
use super::literal::Literals;
use super::pieces::Pieces;
use super::trie::{Key, Kind};
use crate::pattern::{self, PatternError};

/// So many expressions with the same start are asked one by one.
const SHARED_START: usize = 4;

/// The expressions of one virtual host, numbered by their lowest route.
#[derive(Debug)]
pub(super) struct Regexes {
    expressions: Box<[Expression]>,
    filter: Option<Filter>,
    /// Those without a literal: always asked.
    unfiltered: Box<[u32]>,
}

#[derive(Debug)]
struct Expression {
    pattern: Box<str>,
    /// Compiled at the first use: of thousands most are rarely asked, and each takes kilobytes.
    regex: OnceLock<Option<Regex>>,
    first: u32,
    group: GroupId,
}

/// Finds expressions by a literal inside.
#[derive(Debug)]
struct Filter {
    literals: Pieces,
    /// The expressions of each literal.
    expressions: Box<[Box<[u32]>]>,
}

/// Collects the expressions of a virtual host's routes.
#[derive(Default)]
pub(super) struct Builder<'a> {
    numbers: HashMap<&'a str, usize>,
    patterns: Vec<(&'a str, Vec<u32>)>,
}

impl<'a> Builder<'a> {
    /// Adds a route; routes come in list order.
    pub(super) fn add(&mut self, pattern: &'a str, route: u32) {
        let at = *self.numbers.entry(pattern).or_insert(self.patterns.len());
        match self.patterns.get_mut(at) {
            Some((_, routes)) => routes.push(route),
            None => self.patterns.push((pattern, vec![route])),
        }
    }

    /// Makes the expressions, and the keys of those that hang in the trie. As many expressions as
    /// `eager` allows are compiled at once.
    pub(super) fn build(
        self,
        eager: &mut usize,
        mut group: impl FnMut(&[u32]) -> GroupId,
    ) -> Result<Option<(Regexes, Vec<Key<'static>>)>, PatternError> {
        if self.patterns.is_empty() {
            return Ok(None);
        }
        let mut literals = Vec::with_capacity(self.patterns.len());
        let mut expressions = Vec::with_capacity(self.patterns.len());
        for (pattern, routes) in self.patterns {
            let found =
                Literals::of(pattern).map_err(|error| PatternError::new(pattern, &error))?;
            literals.push(found);
            let regex = OnceLock::new();
            if *eager > 0 {
                *eager -= 1;
                let compiled = pattern::anchored(pattern)?;
                regex.get_or_init(|| Some(compiled));
            }
            let (pattern, first, group) = (pattern.into(), routes[0], group(&routes));
            expressions.push(Expression { pattern, regex, first, group });
        }
        let (keys, shared) = by_start(&literals);
        let (filter, unfiltered) = Filter::new(&literals, &shared);
        let (expressions, unfiltered) = (expressions.into(), unfiltered.into());
        Ok(Some((Regexes { expressions, filter, unfiltered }, keys)))
    }
}

/// Keys for the trie, and the expressions that share their start with too many others.
fn by_start(literals: &[Literals]) -> (Vec<Key<'static>>, Vec<u32>) {
    let mut starts = HashMap::<&[u8], usize>::new();
    for found in literals {
        *starts.entry(&found.start).or_default() += 1;
    }
    let (mut keys, mut shared) = (Vec::new(), Vec::new());
    for (found, number) in literals.iter().zip(0..) {
        if starts[&found.start[..]] <= SHARED_START {
            let path = Cow::Owned(found.start.clone());
            keys.push(Key { path, kind: Kind::Regex, number });
        } else {
            shared.push(number);
        }
    }
    (keys, shared)
}

impl Filter {
    /// A filter for some expressions, and those of them that no literal finds.
    fn new(literals: &[Literals], expressions: &[u32]) -> (Option<Self>, Vec<u32>) {
        let inside = |number: u32| &literals[number as usize].inside;
        let mut counts = HashMap::<&[u8], usize>::new();
        for literal in expressions.iter().flat_map(|number| inside(*number)) {
            *counts.entry(literal).or_default() += 1;
        }
        let mut by_literal = HashMap::<&[u8], Vec<u32>>::new();
        let mut unfiltered = Vec::new();
        for number in expressions {
            // The rarest; of equally rare ones the longest.
            let rank = |literal: &&Vec<u8>| (counts[&literal[..]], usize::MAX - literal.len());
            match inside(*number).iter().min_by_key(rank) {
                Some(literal) => by_literal.entry(literal).or_default().push(*number),
                None => unfiltered.push(*number),
            }
        }
        if by_literal.is_empty() {
            return (None, unfiltered);
        }
        let (literals, found): (Vec<_>, Vec<_>) = by_literal.into_iter().unzip();
        let expressions = found.into_iter().map(Box::from).collect();
        (Some(Self { literals: Pieces::new(literals), expressions }), unfiltered)
    }
}

/// Scratch space: expressions that may match.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    expressions: Vec<u32>,
    literals: Vec<u32>,
}

impl Candidates {
    pub(super) fn clear(&mut self) {
        self.expressions.clear();
    }

    /// Adds what the trie found.
    pub(super) fn add(&mut self, expression: u32) {
        self.expressions.push(expression);
    }
}

impl Regexes {
    /// Offers the groups of the expressions that match, lowest route first, as long as they can
    /// better `best`. `candidates` has what the trie found; `offer` answers the new best.
    pub(super) fn find(
        &self,
        path: &[u8],
        candidates: &mut Candidates,
        mut best: u32,
        mut offer: impl FnMut(GroupId) -> u32,
    ) {
        let Candidates { expressions: candidates, literals: found } = candidates;
        candidates.extend_from_slice(&self.unfiltered);
        if let Some(Filter { literals, expressions }) = &self.filter {
            found.clear();
            literals.find(path, found);
            for literal in found {
                candidates.extend_from_slice(&expressions[*literal as usize]);
            }
        }
        if candidates.len() > 1 {
            candidates.sort_unstable();
            candidates.dedup();
        }
        for number in candidates {
            let expression = &self.expressions[*number as usize];
            if expression.first >= best {
                return;
            }
            if expression.matches(path) {
                best = offer(expression.group);
            }
        }
    }
}

impl Expression {
    fn matches(&self, path: &[u8]) -> bool {
        // A pattern that passed validation but is too large for its size limit matches nothing.
        let regex = self.regex.get_or_init(|| pattern::anchored(&self.pattern).ok());
        regex.as_ref().is_some_and(|regex| regex.is_match(path))
    }
}
