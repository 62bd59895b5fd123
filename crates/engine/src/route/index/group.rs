//! Groups of routes with the same path: the lowest whose conditions hold is wanted.
//!
//! A short group is a list. A long one is split by the exact values of what its routes ask for
//! (headers, query parameters, cookies, metadata, filter state): each route stands under the one
//! that tells the most of them apart. Parts are split again, so that thousands of routes with one
//! path cost no more than a few.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use voyant_ir::matcher::{
    CookieMatcher, HeaderCondition, HeaderMatcher, QueryParameterCondition, QueryParameterMatcher,
    StringMatcher,
};
use voyant_ir::metadata::Value;
use voyant_ir::route::RouteMatch;
use voyant_ir::value_matcher::{FilterStateCondition, MetadataMatcher, ValueMatcher};

use crate::http::head::Head;
use crate::http::header_name::HeaderKey;
use crate::route::byte_hash::ByteMap;
use crate::route::matcher::header::request_key;
use crate::route::matcher::query_parameter::first_value;
use crate::route::matcher::{MatchContext, cookie, is_unconditional};
use crate::value_matcher::text_of;

/// Up to here asking one by one costs no more than a split.
const LIST_LENGTH: usize = 8;
/// So many routes that need not be asked make up for a look-up.
const WORTH_A_LEVEL: usize = 4;

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

/// Routes that ask for an exact value of one thing.
#[derive(Debug)]
struct Level {
    /// The lowest route.
    first: u32,
    by: Discriminator,
    values: ByteMap<GroupId>,
}

#[derive(Debug)]
enum Discriminator {
    Header(HeaderKey),
    QueryParameter(Box<[u8]>),
    Cookie(Box<[u8]>),
    Metadata(Box<str>, Box<[String]>),
    FilterState(Box<str>),
}

/// What a question to the index is about.
pub(super) type Asked<'a> = (&'a Head, &'a MatchContext<'a>);

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
        if let [number] = numbers {
            return GroupId::single(*number);
        }
        let (levels, others) = levels(numbers, matches);
        let group = if levels.is_empty() {
            Group::List(numbers.into())
        } else {
            let levels = levels.iter().map(|(name, numbers)| self.level(*name, numbers, matches));
            let levels = levels.collect();
            let others = (!others.is_empty()).then(|| self.insert(&others, matches));
            Group::Split(Box::new(Split { levels, others }))
        };
        self.0.push(group);
        GroupId(self.0.len() as u32 - 1)
    }

    fn level<'m>(
        &mut self,
        name: Name<'_>,
        numbers: &[u32],
        matches: &impl Fn(u32) -> &'m RouteMatch,
    ) -> Level {
        let mut by_value = HashMap::<&str, Vec<u32>>::new();
        for number in numbers {
            // All of them were found to have one.
            let value = name.value_in(matches(*number)).unwrap_or_default();
            by_value.entry(value).or_default().push(*number);
        }
        let values = by_value
            .into_iter()
            .map(|(value, numbers)| (Box::from(value.as_bytes()), self.insert(&numbers, matches)));
        Level { first: numbers[0], by: name.discriminator(), values: values.collect() }
    }

    pub(super) fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }

    /// Asks routes below `best` until one holds; answers the lowest that holds, or `best`.
    #[inline]
    pub(super) fn lowest(
        &self,
        group: GroupId,
        asked: Asked<'_>,
        best: u32,
        holds: &mut impl FnMut(u32) -> bool,
    ) -> u32 {
        if let Some(number) = group.as_single() {
            return if number < best && holds(number) { number } else { best };
        }
        self.lowest_of_group(group, asked, best, holds)
    }

    // Apart, so that a single route costs no more than itself.
    #[inline(never)]
    fn lowest_of_group(
        &self,
        group: GroupId,
        asked: Asked<'_>,
        best: u32,
        holds: &mut impl FnMut(u32) -> bool,
    ) -> u32 {
        match &self.0[group.0 as usize] {
            Group::List(numbers) => {
                let mut below = numbers.iter().copied().take_while(|number| *number < best);
                below.find(|number| holds(*number)).unwrap_or(best)
            }
            Group::Split(split) => {
                let mut best = best;
                for level in &split.levels {
                    if level.first < best {
                        best = self.lowest_of_level(level, asked, best, holds);
                    }
                }
                match split.others {
                    Some(group) => self.lowest(group, asked, best, holds),
                    None => best,
                }
            }
        }
    }

    fn lowest_of_level(
        &self,
        level: &Level,
        asked: Asked<'_>,
        mut best: u32,
        holds: &mut impl FnMut(u32) -> bool,
    ) -> u32 {
        let mut ask = |value: &[u8]| {
            if let Some(group) = level.values.get(value) {
                best = self.lowest(*group, asked, best, holds);
            }
        };
        let (head, cx) = asked;
        match &level.by {
            // A repeated header matches by any of its values.
            Discriminator::Header(key) => head.get_all(key).for_each(ask),
            Discriminator::QueryParameter(name) => {
                if let Some(value) = first_value(head.path(), name) {
                    ask(value);
                }
            }
            Discriminator::Cookie(name) => {
                if let Some(value) = cookie::first_value(head, name) {
                    ask(value);
                }
            }
            Discriminator::Metadata(namespace, path) => {
                let found = cx.info.and_then(|info| info.dynamic_metadata(namespace, path));
                if let Some(Value::String { value }) = found {
                    ask(value.as_bytes());
                }
            }
            Discriminator::FilterState(key) => {
                let object = cx.info.and_then(|info| info.filter_state(key));
                if let Some(text) = object.and_then(|object| text_of(&object)) {
                    ask(&text);
                }
            }
        }
        best
    }
}

/// What some routes ask an exact value of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Name<'a> {
    Header(&'a str),
    QueryParameter(&'a str),
    Cookie(&'a str),
    Metadata(&'a str, &'a [String]),
    FilterState(&'a str),
}

impl Name<'_> {
    fn discriminator(self) -> Discriminator {
        match self {
            Self::Header(name) => Discriminator::Header(request_key(name)),
            Self::QueryParameter(name) => Discriminator::QueryParameter(name.as_bytes().into()),
            Self::Cookie(name) => Discriminator::Cookie(name.as_bytes().into()),
            Self::Metadata(namespace, path) => {
                Discriminator::Metadata(namespace.into(), path.into())
            }
            Self::FilterState(key) => Discriminator::FilterState(key.into()),
        }
    }

    fn value_in(self, matches: &RouteMatch) -> Option<&str> {
        exact_values(matches).find(|(name, _)| *name == self).map(|(_, value)| value)
    }
}

/// The exact values that a route needs.
fn exact_values(matches: &RouteMatch) -> impl Iterator<Item = (Name<'_>, &str)> {
    let headers =
        matches.headers.iter().filter_map(|matcher| match matcher {
            HeaderMatcher {
                name,
                condition:
                    HeaderCondition::String {
                        matcher: StringMatcher::Exact { value, ignore_case: false },
                    },
                invert: false,
                treat_missing_as_empty,
            } if !(*treat_missing_as_empty && value.is_empty()) => {
                Some((Name::Header(name), value.as_str()))
            }
            _ => None,
        });
    let parameters = matches.query_parameters.iter().filter_map(|matcher| match matcher {
        QueryParameterMatcher {
            name,
            condition:
                QueryParameterCondition::String {
                    matcher: StringMatcher::Exact { value, ignore_case: false },
                },
        } => Some((Name::QueryParameter(name), value.as_str())),
        _ => None,
    });
    let cookies = matches.cookies.iter().filter_map(|matcher| match matcher {
        CookieMatcher {
            name,
            matcher: StringMatcher::Exact { value, ignore_case: false },
            invert: false,
        } => Some((Name::Cookie(name), value.as_str())),
        _ => None,
    });
    headers.chain(parameters).chain(cookies).chain(exact_values_of_stream(matches))
}

/// The exact values that a route needs of what filters have written.
fn exact_values_of_stream(matches: &RouteMatch) -> impl Iterator<Item = (Name<'_>, &str)> {
    let metadata = matches.dynamic_metadata.iter().filter_map(|matcher| match matcher {
        MetadataMatcher {
            namespace,
            path,
            value:
                ValueMatcher::String { matcher: StringMatcher::Exact { value, ignore_case: false } },
            invert: false,
        } => Some((Name::Metadata(namespace, path), value.as_str())),
        _ => None,
    });
    let state = matches.filter_state.iter().filter_map(|matcher| match &matcher.condition {
        FilterStateCondition::String {
            matcher: StringMatcher::Exact { value, ignore_case: false },
        } => Some((Name::FilterState(&matcher.key), value.as_str())),
        _ => None,
    });
    metadata.chain(state)
}

/// Routes by the name that tells the most of them apart, and those that no name does. A level is
/// a look-up for every request; it is worth that when it saves asking several routes.
fn levels<'m>(
    numbers: &[u32],
    matches: &impl Fn(u32) -> &'m RouteMatch,
) -> (Vec<(Name<'m>, Vec<u32>)>, Vec<u32>) {
    if numbers.len() <= LIST_LENGTH {
        return (Vec::new(), numbers.to_vec());
    }
    let gains = gains(numbers, matches);
    let (mut by_name, mut others) = (BTreeMap::<_, Vec<u32>>::new(), Vec::new());
    for number in numbers {
        let names = exact_values(matches(*number)).map(|(name, _)| name);
        let ranked = names.filter_map(|name| Some((Reverse(*gains.get(&name)?), name)));
        match ranked.min() {
            Some(best) => by_name.entry(best).or_default().push(*number),
            None => others.push(*number),
        }
    }
    let mut levels = Vec::new();
    for ((_, name), numbers) in by_name {
        // Some of its routes may have gone with another name.
        if self::gains(&numbers, matches).contains_key(&name) {
            levels.push((name, numbers));
        } else {
            others.extend(numbers);
        }
    }
    others.sort_unstable();
    (levels, others)
}

/// How many routes need not be asked, at best, thanks to each name that is worth a look-up.
fn gains<'m>(
    numbers: &[u32],
    matches: &impl Fn(u32) -> &'m RouteMatch,
) -> HashMap<Name<'m>, usize> {
    let mut counts = HashMap::<Name<'m>, HashMap<&str, usize>>::new();
    for number in numbers {
        for (name, value) in exact_values(matches(*number)) {
            *counts.entry(name).or_default().entry(value).or_default() += 1;
        }
    }
    let gain = |values: HashMap<&str, usize>| {
        let largest = values.values().max().copied().unwrap_or_default();
        values.values().sum::<usize>() - largest
    };
    let gains = counts.into_iter().map(|(name, values)| (name, gain(values)));
    gains.filter(|(_, gain)| *gain >= WORTH_A_LEVEL).collect()
}

#[cfg(test)]
mod tests;
