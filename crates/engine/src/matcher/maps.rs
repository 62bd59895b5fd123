//! Maps from values of one input. From the most specific entry that fits, a search goes on to the
//! next one where an entry leads nowhere.

use voyant_ir::xds_matcher as ir;

use super::input::{Input, MatchData, Reading};
use super::{Found, OnMatch};
use crate::ip_ranges::IpIndex;
use crate::pattern::PatternError;
use crate::route::byte_hash::ByteMap;

/// Entries by the whole value.
#[derive(Debug)]
pub(super) struct Exact(ByteMap<OnMatch>);

impl Exact {
    pub(super) fn new(entries: &[ir::MapEntry]) -> Result<Self, PatternError> {
        Ok(Self(compile(entries)?))
    }

    pub(super) fn find(&self, input: &Input, data: &MatchData<'_>) -> Found {
        let reading = input.read(data);
        if reading == Reading::Unknown {
            return Found::Unknown;
        }
        let entry = reading.as_text().and_then(|text| self.0.get(&*text));
        entry.map_or(Found::Nothing, |on_match| on_match.follow(data))
    }
}

fn compile(entries: &[ir::MapEntry]) -> Result<ByteMap<OnMatch>, PatternError> {
    let entry =
        |entry: &ir::MapEntry| Ok((entry.key.as_bytes().into(), OnMatch::new(&entry.on_match)?));
    entries.iter().map(entry).collect()
}

/// Entries by the beginning of the value.
#[derive(Debug)]
pub(super) struct Prefixes {
    entries: ByteMap<OnMatch>,
    /// How long entries are: longest first, each length once. Asking each length once costs no
    /// more with thousands of entries than with a few.
    lengths: Box<[usize]>,
}

impl Prefixes {
    pub(super) fn new(entries: &[ir::MapEntry]) -> Result<Self, PatternError> {
        let mut lengths: Vec<usize> = entries.iter().map(|entry| entry.key.len()).collect();
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        lengths.dedup();
        Ok(Self { entries: compile(entries)?, lengths: lengths.into() })
    }

    pub(super) fn find(&self, input: &Input, data: &MatchData<'_>) -> Found {
        let reading = input.read(data);
        if reading == Reading::Unknown {
            return Found::Unknown;
        }
        let Some(text) = reading.as_text() else { return Found::Nothing };
        let entries = self.lengths.iter().filter_map(|&length| {
            let prefix = text.get(..length)?;
            self.entries.get(prefix)
        });
        first_found(entries, data)
    }
}

/// Entries by ranges of addresses.
#[derive(Debug)]
pub(super) struct Ips {
    on_matches: Box<[(OnMatch, bool)]>,
    index: IpIndex,
}

impl Ips {
    pub(super) fn new(entries: &[ir::IpEntry]) -> Result<Self, PatternError> {
        let ranges = entries
            .iter()
            .zip(0..)
            .flat_map(|(entry, number)| entry.ranges.iter().map(move |range| (range, number)));
        let index = IpIndex::new(ranges);
        let compile = |entry: &ir::IpEntry| Ok((OnMatch::new(&entry.on_match)?, entry.exclusive));
        Ok(Self { on_matches: entries.iter().map(compile).collect::<Result<_, _>>()?, index })
    }

    pub(super) fn find(&self, input: &Input, data: &MatchData<'_>) -> Found {
        let reading = input.read(data);
        if reading == Reading::Unknown {
            return Found::Unknown;
        }
        let Some(ip) = reading.as_ip() else { return Found::Nothing };
        let entries = self.index.find(ip).enumerate().filter_map(|(place, number)| {
            let (on_match, exclusive) = &self.on_matches[number as usize];
            (place == 0 || !exclusive).then_some(on_match)
        });
        first_found(entries, data)
    }
}

/// Entries by domains, with wildcards for whole labels at their beginning. Case counts, as for
/// Envoy: names that TLS brings are lower case.
#[derive(Debug)]
pub(super) struct Domains {
    on_matches: Box<[OnMatch]>,
    exact: ByteMap<u32>,
    /// What follows the `*` of a wildcard, with its dot.
    wildcards: ByteMap<u32>,
    any: Option<u32>,
}

impl Domains {
    pub(super) fn new(entries: &[ir::DomainEntry]) -> Result<Self, PatternError> {
        let on_matches = entries.iter().map(|entry| OnMatch::new(&entry.on_match));
        let on_matches = on_matches.collect::<Result<_, _>>()?;
        let (mut exact, mut wildcards, mut any) = (ByteMap::default(), ByteMap::default(), None);
        for (entry, number) in entries.iter().zip(0..) {
            for domain in &entry.domains {
                match domain.strip_prefix('*') {
                    None => {
                        exact.entry(domain.as_bytes().into()).or_insert(number);
                    }
                    Some("") => {
                        any.get_or_insert(number);
                    }
                    Some(suffix) => {
                        wildcards.entry(suffix.as_bytes().into()).or_insert(number);
                    }
                }
            }
        }
        Ok(Self { on_matches, exact, wildcards, any })
    }

    pub(super) fn find(&self, input: &Input, data: &MatchData<'_>) -> Found {
        let reading = input.read(data);
        if reading == Reading::Unknown {
            return Found::Unknown;
        }
        let Some(text) = reading.as_text().filter(|text| !text.is_empty()) else {
            return Found::Nothing;
        };
        let wildcards = memchr::memchr_iter(b'.', &text);
        let wildcards = wildcards.filter_map(|at| self.wildcards.get(&text[at..]));
        let numbers = self.exact.get(&*text).into_iter().chain(wildcards).chain(&self.any);
        first_found(numbers.map(|&number| &self.on_matches[number as usize]), data)
    }
}

fn first_found<'a>(entries: impl Iterator<Item = &'a OnMatch>, data: &MatchData<'_>) -> Found {
    for on_match in entries {
        match on_match.follow(data) {
            Found::Nothing => {}
            found => return found,
        }
    }
    Found::Nothing
}
