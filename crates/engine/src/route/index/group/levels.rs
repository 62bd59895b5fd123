//! How a long group is split: by which needs, so that the fewest routes are to be asked.
//!
//! A level is a look-up for every request; it is worth that when it saves asking several routes.
//! Where there are many names, one look-up for each name that the request has finds those that
//! matter.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::needs::{Asking, Key, Name};

/// So many routes that need not be asked make up for a look-up.
const WORTH_A_LEVEL: usize = 4;
/// So many names of headers, query parameters or cookies are looked up each on its own.
const NAMES: usize = 4;

/// What a level looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LevelName<'a> {
    One(Name<'a>),
    /// The names of all that is there.
    Headers,
    QueryParameters,
    Cookies,
}

/// The routes of a level by what they need, each part in list order.
pub(super) struct Level<'r, 'a> {
    pub(super) name: LevelName<'a>,
    /// The lowest route.
    pub(super) first: u32,
    pub(super) parts: Vec<(Key<'a>, Vec<&'r Asking<'a>>)>,
}

type Routes<'r, 'a> = Vec<&'r Asking<'a>>;

/// The levels of a group, and the routes that are in none.
pub(super) fn choose<'r, 'a>(routes: &[&'r Asking<'a>]) -> (Vec<Level<'r, 'a>>, Routes<'r, 'a>) {
    let rarest = Rarest::new(routes);
    let gains = gains(routes, &rarest);
    let (mut by_name, mut others) = (BTreeMap::<_, Routes<'_, '_>>::new(), Vec::new());
    for route in routes {
        let names = route.needs.iter().map(|(name, _)| *name);
        let ranked = names.filter_map(|name| Some((Reverse(*gains.get(&name)?), name)));
        match ranked.min() {
            Some(best) => by_name.entry(best).or_default().push(*route),
            None => others.push(*route),
        }
    }
    let mut levels = Vec::new();
    for ((_, name), routes) in by_name {
        // Some of its routes may have gone with another name.
        if self::gains(&routes, &rarest).contains_key(&name) {
            levels.push((name, routes));
        } else {
            others.extend(routes);
        }
    }
    let mut all = Vec::new();
    for kind in [LevelName::Headers, LevelName::QueryParameters, LevelName::Cookies] {
        all.extend(join_names(kind, &mut levels, &mut others));
    }
    all.extend(levels.into_iter().map(|(name, routes)| {
        let key = |route: &Asking<'a>| rarest.of(route, name).cloned();
        Level::new(LevelName::One(name), routes, key)
    }));
    others.sort_unstable_by_key(|route| route.number);
    (all, others)
}

/// One level for all names of a kind, if there are too many to look up each.
fn join_names<'r, 'a>(
    kind: LevelName<'a>,
    levels: &mut Vec<(Name<'a>, Routes<'r, 'a>)>,
    others: &mut Routes<'r, 'a>,
) -> Option<Level<'r, 'a>> {
    let of_levels = levels.iter().filter(|(name, _)| kind.has(*name));
    let of_levels = of_levels.flat_map(|(_, routes)| routes.iter().copied());
    let asks = |route: &&Asking<'a>| route.needs.iter().any(|(name, _)| kind.has(*name));
    let routes: Vec<_> = of_levels.chain(others.iter().copied().filter(asks)).collect();
    let mut counts = HashMap::<Name<'_>, usize>::new();
    for route in &routes {
        for (name, _) in &route.needs {
            *counts.entry(*name).or_default() += 1;
        }
    }
    let names = |route: &Asking<'a>| {
        let names = route.needs.iter().map(|(name, _)| *name).filter(|name| kind.has(*name));
        names.min_by_key(|name| (counts[name], *name))
    };
    let chosen: Vec<_> = routes.iter().filter_map(|route| names(route)).collect();
    if distinct(&chosen) <= NAMES || told_apart(&chosen) < WORTH_A_LEVEL {
        return None;
    }
    levels.retain(|(name, _)| !kind.has(*name));
    others.retain(|route| !asks(route));
    Some(Level::new(kind, routes, |route| names(route).map(name_as_key)))
}

impl LevelName<'_> {
    fn has(self, name: Name<'_>) -> bool {
        matches!(
            (self, name),
            (Self::Headers, Name::Header(_))
                | (Self::QueryParameters, Name::QueryParameter(_))
                | (Self::Cookies, Name::Cookie(_))
        )
    }
}

/// A name as a head, a query or cookies have it.
fn name_as_key(name: Name<'_>) -> Key<'_> {
    match name {
        Name::Header(name) => Key::header_name(name),
        Name::QueryParameter(name) | Name::Cookie(name) => Key::Exact(name.into()),
        Name::Metadata(..) | Name::FilterState(_) => Key::Present,
    }
}

impl<'r, 'a> Level<'r, 'a> {
    fn new(
        name: LevelName<'a>,
        mut routes: Routes<'r, 'a>,
        key: impl Fn(&Asking<'a>) -> Option<Key<'a>>,
    ) -> Self {
        routes.sort_unstable_by_key(|route| route.number);
        let mut parts = BTreeMap::<_, Routes<'_, '_>>::new();
        for route in &routes {
            // All of them were found to have one.
            parts.entry(key(route).unwrap_or(Key::Present)).or_default().push(*route);
        }
        let first = routes.first().map_or(0, |route| route.number);
        Self { name, first, parts: parts.into_iter().collect() }
    }
}

/// How often each need comes.
struct Rarest<'r, 'a>(HashMap<&'r (Name<'a>, Key<'a>), usize>);

impl<'r, 'a> Rarest<'r, 'a> {
    fn new(routes: &[&'r Asking<'a>]) -> Self {
        let mut counts = HashMap::new();
        for need in routes.iter().flat_map(|route| &route.needs) {
            *counts.entry(need).or_default() += 1;
        }
        Self(counts)
    }

    /// What the fewest others need of a name; of equally rare needs the longest.
    fn of<'k>(&self, route: &'k Asking<'a>, name: Name<'a>) -> Option<&'k Key<'a>> {
        let of_name = route.needs.iter().filter(|(of, _)| *of == name);
        let rarest = of_name.min_by_key(|need| {
            let length = if let (_, Key::Piece(piece)) = need { piece.len() } else { 0 };
            (self.0.get(need).copied(), matches!(need.1, Key::Present), Reverse(length))
        });
        rarest.map(|(_, key)| key)
    }
}

/// How many routes need not be asked, at best, thanks to each name that is worth a look-up.
fn gains<'a>(routes: &[&Asking<'a>], rarest: &Rarest<'_, 'a>) -> HashMap<Name<'a>, usize> {
    let mut keys = HashMap::<Name<'a>, Vec<&Key<'a>>>::new();
    for route in routes {
        let mut names: Vec<_> = route.needs.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            keys.entry(name).or_default().extend(rarest.of(route, name));
        }
    }
    let gains = keys.into_iter().map(|(name, keys)| (name, told_apart(&keys)));
    gains.filter(|(_, gain)| *gain >= WORTH_A_LEVEL).collect()
}

/// All but the most frequent.
fn told_apart<T: std::hash::Hash + Eq>(keys: &[T]) -> usize {
    let largest = counts(keys).into_values().max().unwrap_or_default();
    keys.len() - largest
}

fn distinct<T: std::hash::Hash + Eq>(keys: &[T]) -> usize {
    counts(keys).len()
}

fn counts<T: std::hash::Hash + Eq>(keys: &[T]) -> HashMap<&T, usize> {
    let mut counts = HashMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}
