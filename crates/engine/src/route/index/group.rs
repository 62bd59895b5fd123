//! Groups of routes with the same path: the lowest whose conditions hold is wanted.
//!
//! A short group is a list. A long one is split by what its routes need of headers, query
//! parameters, cookies, metadata and filter state ([`needs`]): each route stands under the need
//! that tells the most of them apart ([`levels`]). Parts are split again, so that thousands of
//! routes with one path cost no more than a few. A part only says which routes may hold: each is
//! asked in full.

use voyant_ir::metadata::Value;
use voyant_ir::route::RouteMatch;

use self::levels::LevelName;
use self::needs::{Asking, Name};
use self::values::{Values, ValuesBuilder};
use crate::head::Head;
use crate::head::header_name::HeaderKey;
use crate::route::matcher::cookie::{self, CookieName};
use crate::route::matcher::header::request_key;
use crate::route::matcher::query_parameter::{first_in_query, parameters};
use crate::route::matcher::{MatchContext, is_unconditional};
use crate::value_matcher::text_of;

mod levels;
mod needs;
mod ranges;
mod values;

/// Up to here asking one by one costs no more than a split.
const LIST_LENGTH: usize = 8;

/// A group, or a single route (which has no group of its own).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GroupId(u32);

const SINGLE: u32 = 1 << 31;

impl GroupId {
    pub(super) fn single(number: u32) -> Self {
        Self(number | SINGLE)
    }

    pub(super) fn as_single(self) -> Option<u32> {
        (self.0 & SINGLE != 0).then_some(self.0 & !SINGLE)
    }
}

#[derive(Debug)]
enum Group {
    /// In list order.
    List(Box<[u32]>),
    Split(Box<Split>),
}

#[derive(Debug)]
struct Split {
    levels: Box<[Level]>,
    /// The routes that are in no level.
    others: Option<GroupId>,
}

/// Routes that need something of one thing.
#[derive(Debug)]
struct Level {
    /// The lowest route.
    first: u32,
    by: Discriminator,
    values: Values,
}

#[derive(Debug)]
enum Discriminator {
    Header(HeaderKey),
    QueryParameter(Box<[u8]>),
    Cookie(CookieName),
    Metadata(Box<str>, Box<[String]>),
    FilterState(Box<str>),
    /// The values are names.
    Headers,
    QueryParameters,
    Cookies,
}

/// One question to the index.
#[derive(Debug)]
pub(super) struct Search<'a, F> {
    pub(super) head: &'a Head,
    pub(super) cx: &'a MatchContext<'a>,
    /// Of the path.
    pub(super) query: Option<&'a [u8]>,
    /// Scratch space.
    pub(super) hits: &'a mut Vec<u32>,
    /// The lowest route that holds, so far.
    pub(super) best: u32,
    pub(super) holds: F,
}

impl<F: FnMut(u32) -> bool> Search<'_, F> {
    #[inline]
    fn ask(&mut self, number: u32) {
        if number < self.best && (self.holds)(number) {
            self.best = number;
        }
    }
}

/// All groups of a table.
#[derive(Debug, Default)]
pub(super) struct Groups(Vec<Group>);

impl Groups {
    /// Makes a group of routes with the same path, given in list order.
    pub(super) fn insert<'m>(
        &mut self,
        numbers: &[u32],
        matches: &impl Fn(u32) -> &'m RouteMatch,
    ) -> GroupId {
        // Behind a route without conditions no other is reached.
        let end = numbers.iter().position(|number| is_unconditional(matches(*number)));
        let numbers = end.map_or(numbers, |last| &numbers[..=last]);
        if numbers.len() <= LIST_LENGTH {
            return self.list(numbers);
        }
        let asking = |number: &u32| Asking::new(*number, matches(*number));
        let routes: Vec<_> = numbers.iter().map(asking).collect();
        self.divide(&routes.iter().collect::<Vec<_>>())
    }

    fn list(&mut self, numbers: &[u32]) -> GroupId {
        match numbers {
            [number] => GroupId::single(*number),
            _ => self.push(Group::List(numbers.into())),
        }
    }

    fn push(&mut self, group: Group) -> GroupId {
        self.0.push(group);
        GroupId(self.0.len() as u32 - 1)
    }

    fn divide(&mut self, routes: &[&Asking<'_>]) -> GroupId {
        let numbers = || routes.iter().map(|route| route.number).collect::<Vec<_>>();
        if routes.len() <= LIST_LENGTH {
            return self.list(&numbers());
        }
        let (levels, others) = levels::choose(routes);
        if levels.is_empty() {
            return self.list(&numbers());
        }
        let levels = levels.into_iter().map(|level| self.level(level)).collect();
        let others = (!others.is_empty()).then(|| self.divide(&others));
        self.push(Group::Split(Box::new(Split { levels, others })))
    }

    fn level(&mut self, level: levels::Level<'_, '_>) -> Level {
        let levels::Level { name, first, parts } = level;
        let mut values = ValuesBuilder::default();
        for (key, routes) in parts {
            values.add(&key, self.divide(&routes));
        }
        Level { first, by: Discriminator::new(name), values: values.build() }
    }

    pub(super) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    /// Asks the routes of a group that may be better, until one holds.
    #[inline]
    pub(super) fn offer<F: FnMut(u32) -> bool>(&self, group: GroupId, search: &mut Search<'_, F>) {
        match group.as_single() {
            Some(number) => search.ask(number),
            None => self.offer_group(group, search),
        }
    }

    // Apart, so that a single route costs no more than itself.
    #[inline(never)]
    fn offer_group<F: FnMut(u32) -> bool>(&self, group: GroupId, search: &mut Search<'_, F>) {
        match &self.0[group.0 as usize] {
            Group::List(numbers) => {
                let best = search.best;
                let mut below = numbers.iter().copied().take_while(|number| *number < best);
                if let Some(number) = below.find(|number| (search.holds)(*number)) {
                    search.best = number;
                }
            }
            Group::Split(split) => {
                for level in &split.levels {
                    if level.first < search.best {
                        self.offer_level(level, search);
                    }
                }
                if let Some(group) = split.others {
                    self.offer(group, search);
                }
            }
        }
    }

    #[inline]
    fn offer_level<F: FnMut(u32) -> bool>(&self, level: &Level, search: &mut Search<'_, F>) {
        let Search { head, cx, query, .. } = *search;
        match &level.by {
            // A repeated header matches by any of its values.
            Discriminator::Header(key) => {
                for value in head.get_all(key) {
                    self.offer_value(level, value, search);
                }
            }
            Discriminator::QueryParameter(name) => {
                if let Some(value) = query.and_then(|query| first_in_query(query, name)) {
                    self.offer_value(level, value, search);
                }
            }
            Discriminator::Cookie(name) => {
                if let Some(value) = name.first_value(head) {
                    self.offer_value(level, value, search);
                }
            }
            Discriminator::Metadata(namespace, path) => {
                let found = cx.info.and_then(|info| info.dynamic_metadata(namespace, path));
                if let Some(Value::String { value }) = found {
                    self.offer_value(level, value.as_bytes(), search);
                }
            }
            Discriminator::FilterState(key) => {
                let object = cx.info.and_then(|info| info.filter_state(key));
                if let Some(text) = object.and_then(|object| text_of(&object)) {
                    self.offer_value(level, &text, search);
                }
            }
            _ => self.offer_names(level, search),
        }
    }

    #[inline(never)]
    fn offer_names<F: FnMut(u32) -> bool>(&self, level: &Level, search: &mut Search<'_, F>) {
        let Search { head, query, .. } = *search;
        match &level.by {
            Discriminator::Headers => {
                for header in head.iter() {
                    self.offer_value(level, header.name, search);
                }
            }
            Discriminator::QueryParameters => {
                for (name, _) in query.into_iter().flat_map(parameters) {
                    self.offer_value(level, name, search);
                }
            }
            Discriminator::Cookies => {
                for (name, _) in cookie::all(head) {
                    self.offer_value(level, name, search);
                }
            }
            _ => {}
        }
    }

    #[inline]
    fn offer_value<F: FnMut(u32) -> bool>(
        &self,
        level: &Level,
        value: &[u8],
        search: &mut Search<'_, F>,
    ) {
        if let Some(group) = level.values.exact(value) {
            self.offer(group, search);
        }
        if level.values.are_not_all_exact() {
            self.offer_inexact(level, value, search);
        }
    }

    #[inline(never)]
    fn offer_inexact<F: FnMut(u32) -> bool>(
        &self,
        level: &Level,
        value: &[u8],
        search: &mut Search<'_, F>,
    ) {
        // Groups within use the space behind.
        let start = search.hits.len();
        level.values.find_inexact(value, search.hits);
        for at in start..search.hits.len() {
            self.offer(GroupId(search.hits[at]), search);
        }
        search.hits.truncate(start);
    }
}

impl Discriminator {
    fn new(name: LevelName<'_>) -> Self {
        match name {
            LevelName::Headers => Self::Headers,
            LevelName::QueryParameters => Self::QueryParameters,
            LevelName::Cookies => Self::Cookies,
            LevelName::One(Name::Header(name)) => Self::Header(request_key(name)),
            LevelName::One(Name::QueryParameter(name)) => {
                Self::QueryParameter(name.as_bytes().into())
            }
            LevelName::One(Name::Cookie(name)) => Self::Cookie(CookieName::new(name)),
            LevelName::One(Name::Metadata(namespace, path)) => {
                Self::Metadata(namespace.into(), path.into())
            }
            LevelName::One(Name::FilterState(key)) => Self::FilterState(key.into()),
        }
    }
}

#[cfg(test)]
mod tests;
