//! Which of a virtual host's routes are asked: all of them, or the list that a matching tree
//! leads to (Envoy's `VirtualHost.matcher`). Each list has a part of the index of its own.

use voyant_ir::route as ir;

use super::index::Index;
use super::matcher::MatchContext;
use crate::head::Head;
use crate::matcher::{Found, Matcher};
use crate::pattern::PatternError;

/// The lists of one virtual host, by their numbers in the index.
#[derive(Debug)]
pub(super) enum RouteLists {
    One(u32),
    Tree(Box<Tree>),
}

#[derive(Debug)]
pub(super) struct Tree {
    matcher: Matcher,
    /// Of the first action; those of the others follow.
    first: u32,
}

impl RouteLists {
    /// Puts a virtual host's routes, which have the numbers from `number` on, into the index.
    pub(super) fn new(
        host: &ir::VirtualHost,
        number: u32,
        index: &mut Index,
    ) -> Result<Self, PatternError> {
        let Some(ir::RouteTree { matcher, lengths }) = &host.matcher else {
            return Ok(Self::One(index.add_list(&host.routes, number, false)?));
        };
        let first = index.lists();
        let (mut rest, mut number) = (&host.routes[..], number);
        for length in lengths {
            let list;
            (list, rest) = rest.split_at(rest.len().min(*length as usize));
            index.add_list(list, number, true)?;
            number += length;
        }
        Ok(Self::Tree(Box::new(Tree { matcher: Matcher::new(matcher)?, first })))
    }

    /// The list that a request's route is in, if it is in any.
    #[inline]
    pub(super) fn of(&self, head: &Head, cx: &MatchContext<'_>) -> Option<u32> {
        match self {
            Self::One(list) => Some(*list),
            Self::Tree(tree) => tree.find(head, cx),
        }
    }
}

impl Tree {
    // Apart, so that it costs nothing where there is no tree.
    #[inline(never)]
    fn find(&self, head: &Head, cx: &MatchContext<'_>) -> Option<u32> {
        match self.matcher.find(&cx.match_data(head)) {
            Found::Action(action) => Some(self.first + action),
            Found::Nothing | Found::Unknown => None,
        }
    }
}
