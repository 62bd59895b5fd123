//! Lists of conditions: the first that holds, and that leads somewhere, decides.
//!
//! A long list is indexed by the inputs that most of its conditions ask for an exact value or for
//! a prefix, so that thousands of conditions cost no more than a few. What is left out is known
//! to fail: the answer is that of asking one by one.

use std::collections::HashMap;

use voyant_ir::matcher::StringMatcher;
use voyant_ir::xds_matcher as ir;

use super::input::{Input, MatchData, Reading};
use super::predicate::Predicate;
use super::{Found, OnMatch};
use crate::pattern::PatternError;
use crate::route::byte_hash::ByteMap;

/// Up to here asking one by one costs no more than an index.
const LIST_LENGTH: usize = 8;
/// So many inputs at most are looked up for one list.
const LEVELS: usize = 4;

/// A compiled list.
#[derive(Debug)]
pub(super) struct List {
    matchers: Box<[FieldMatcher]>,
    levels: Box<[Level]>,
    /// The matchers that are in no level, in list order.
    others: Box<[u32]>,
    /// A condition in a level asks for what is known of the stream only.
    asks_stream: bool,
}

#[derive(Debug)]
struct FieldMatcher {
    predicate: Predicate,
    on_match: OnMatch,
    /// What its level needs is all that it asks.
    certain: bool,
}

/// The matchers that need a certain value of one input.
#[derive(Debug)]
struct Level {
    input: Input,
    exact: ByteMap<Vec<u32>>,
    prefixes: ByteMap<Vec<u32>>,
    /// How long prefixes are; each length once.
    lengths: Box<[usize]>,
}

/// What a condition cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Need<'a> {
    Exact(&'a str),
    Prefix(&'a str),
}

impl List {
    pub(super) fn new(matchers: &[ir::FieldMatcher]) -> Result<Self, PatternError> {
        let mut others: Vec<u32> = (0..matchers.len() as u32).collect();
        let (mut levels, mut asks_stream) = (Vec::new(), false);
        while others.len() > LIST_LENGTH && levels.len() < LEVELS {
            let predicate = |number: u32| &matchers[number as usize].predicate;
            let Some(input) = best_input(&others, predicate) else { break };
            let mut level = Level::new(input);
            others.retain(|number| match needs(predicate(*number), input) {
                Some(needed) => {
                    level.add(&needed, *number);
                    asks_stream |= knowable(predicate(*number)) == Some(Known::OfStream);
                    false
                }
                None => true,
            });
            level.finish();
            levels.push(level);
        }
        let compile = |(matcher, number): (&ir::FieldMatcher, u32)| {
            let ir::FieldMatcher { predicate, on_match } = matcher;
            Ok(FieldMatcher {
                certain: matches!(predicate, ir::Predicate::Single { .. })
                    && others.binary_search(&number).is_err(),
                predicate: Predicate::new(predicate)?,
                on_match: OnMatch::new(on_match)?,
            })
        };
        Ok(Self {
            matchers: matchers.iter().zip(0..).map(compile).collect::<Result<_, _>>()?,
            levels: levels.into(),
            others: others.into(),
            asks_stream,
        })
    }

    pub(super) fn find(&self, data: &MatchData<'_>) -> Found {
        let known = data.request.is_some() && (data.info.is_some() || !self.asks_stream);
        if self.levels.is_empty() || !known {
            return first(self.matchers.iter().map(|matcher| (matcher, false)), data);
        }
        if let ([level], []) = (&*self.levels, &*self.others) {
            if let Some(text) = level.input.pseudo_header(data) {
                return self.first_of(data, |from| level.next_of(text, from));
            }
            let reading = level.input.read(data);
            return self.first_of(data, |from| level.next(&reading, from));
        }
        let mut readings = [const { Reading::Missing }; LEVELS];
        for (reading, level) in readings.iter_mut().zip(&self.levels) {
            *reading = level.input.read(data);
        }
        self.first_of(data, |from| self.next(&readings, from))
    }

    /// Asks the matchers that `next` names from a number on, in turn.
    #[inline]
    fn first_of(&self, data: &MatchData<'_>, next: impl Fn(u32) -> Option<u32>) -> Found {
        let mut from = 0;
        let candidates = std::iter::from_fn(|| {
            let number = next(from)?;
            from = number + 1;
            let matcher = &self.matchers[number as usize];
            Some((matcher, matcher.certain))
        });
        first(candidates, data)
    }

    /// The first matcher from a number on that may hold.
    fn next(&self, readings: &[Reading<'_>], from: u32) -> Option<u32> {
        let levels = self.levels.iter().zip(readings);
        let of_levels = levels.filter_map(|(level, reading)| level.next(reading, from));
        of_levels.chain(at_or_after(&self.others, from)).min()
    }
}

fn at_or_after(numbers: &[u32], from: u32) -> Option<u32> {
    if from == 0 {
        return numbers.first().copied();
    }
    numbers.get(numbers.partition_point(|number| *number < from)).copied()
}

/// Asks matchers in turn; of some it is known that they hold.
fn first<'a>(
    matchers: impl Iterator<Item = (&'a FieldMatcher, bool)>,
    data: &MatchData<'_>,
) -> Found {
    for (FieldMatcher { predicate, on_match, .. }, known) in matchers {
        match if known { Some(true) } else { predicate.holds(data) } {
            Some(false) => {}
            None => return Found::Unknown,
            Some(true) => match on_match.follow(data) {
                Found::Nothing => {}
                found => return found,
            },
        }
    }
    Found::Nothing
}

impl Level {
    fn new(input: &ir::MatchInput) -> Self {
        Self {
            input: Input::new(input),
            exact: ByteMap::default(),
            prefixes: ByteMap::default(),
            lengths: Box::default(),
        }
    }

    /// Adds a matcher; they come in list order.
    fn add(&mut self, needed: &[Need<'_>], number: u32) {
        for need in needed {
            let (map, value) = match need {
                Need::Exact(value) => (&mut self.exact, value),
                Need::Prefix(value) => (&mut self.prefixes, value),
            };
            let numbers = map.entry(value.as_bytes().into()).or_default();
            if numbers.last() != Some(&number) {
                numbers.push(number);
            }
        }
    }

    fn finish(&mut self) {
        let mut lengths: Vec<usize> = self.prefixes.keys().map(|prefix| prefix.len()).collect();
        lengths.sort_unstable();
        lengths.dedup();
        self.lengths = lengths.into();
    }

    fn next(&self, reading: &Reading<'_>, from: u32) -> Option<u32> {
        self.next_of(&reading.as_text()?, from)
    }

    fn next_of(&self, text: &[u8], from: u32) -> Option<u32> {
        let prefixes = self.lengths.iter().map_while(|length| text.get(..*length));
        let lists = prefixes.filter_map(|prefix| self.prefixes.get(prefix));
        let lists = lists.chain(self.exact.get(text));
        lists.filter_map(|numbers| at_or_after(numbers, from)).min()
    }
}

/// The input that tells the most conditions apart, if any tells enough of them.
fn best_input<'p>(
    numbers: &[u32],
    predicate: impl Fn(u32) -> &'p ir::Predicate,
) -> Option<&'p ir::MatchInput> {
    let mut counts = HashMap::<&ir::MatchInput, HashMap<Need<'_>, usize>>::new();
    for number in numbers {
        let mut inputs = Vec::new();
        collect_inputs(predicate(*number), &mut inputs);
        for input in inputs {
            for need in needs(predicate(*number), input).unwrap_or_default() {
                *counts.entry(input).or_default().entry(need).or_default() += 1;
            }
        }
    }
    // The order of a map must not decide.
    let told_apart = |(input, counts): (&'p ir::MatchInput, HashMap<Need<'_>, usize>)| {
        let largest = counts.values().max().copied().unwrap_or_default();
        (counts.values().sum::<usize>() - largest, input)
    };
    let rank = |(apart, input): &(usize, &ir::MatchInput)| (*apart, format!("{input:?}"));
    let (apart, input) = counts.into_iter().map(told_apart).max_by_key(rank)?;
    (apart >= LIST_LENGTH / 2).then_some(input)
}

/// Each input once that a condition asks.
fn collect_inputs<'p>(predicate: &'p ir::Predicate, found: &mut Vec<&'p ir::MatchInput>) {
    match predicate {
        ir::Predicate::Single { input, .. } if !found.contains(&input) => found.push(input),
        ir::Predicate::Single { .. } => {}
        ir::Predicate::And { predicates } | ir::Predicate::Or { predicates } => {
            for each in predicates {
                collect_inputs(each, found);
            }
        }
        ir::Predicate::Not { predicate } => collect_inputs(predicate, found),
    }
}

/// The values of an input of which a condition needs one: with none of them it is known to fail.
fn needs<'p>(predicate: &'p ir::Predicate, input: &ir::MatchInput) -> Option<Vec<Need<'p>>> {
    knowable(predicate)?;
    needs_of(predicate, input)
}

fn needs_of<'p>(predicate: &'p ir::Predicate, input: &ir::MatchInput) -> Option<Vec<Need<'p>>> {
    match predicate {
        ir::Predicate::Single { input: asked, test: ir::InputTest::String { matcher } }
            if asked == input =>
        {
            match matcher {
                StringMatcher::Exact { value, ignore_case: false } => {
                    Some(vec![Need::Exact(value)])
                }
                StringMatcher::Prefix { value, ignore_case: false } => {
                    Some(vec![Need::Prefix(value)])
                }
                _ => None,
            }
        }
        ir::Predicate::Single { .. } | ir::Predicate::Not { .. } => None,
        ir::Predicate::And { predicates } => {
            predicates.iter().filter_map(|each| needs_of(each, input)).min_by_key(Vec::len)
        }
        ir::Predicate::Or { predicates } => {
            let each: Option<Vec<_>> =
                predicates.iter().map(|each| needs_of(each, input)).collect();
            each.map(|each| each.concat())
        }
    }
}

/// When all is there that a condition asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    OfRequest,
    OfStream,
}

/// Nothing for a condition on what comes later than a request's head.
fn knowable(predicate: &ir::Predicate) -> Option<Known> {
    match predicate {
        ir::Predicate::Single { input, .. } => match input {
            ir::MatchInput::RequestHeader { .. }
            | ir::MatchInput::QueryParameter { .. }
            | ir::MatchInput::Constant { .. } => Some(Known::OfRequest),
            ir::MatchInput::ResponseHeader { .. }
            | ir::MatchInput::RequestTrailer { .. }
            | ir::MatchInput::ResponseTrailer { .. }
            | ir::MatchInput::StatusCode {}
            | ir::MatchInput::StatusCodeClass {}
            | ir::MatchInput::LocalReply {} => None,
            ir::MatchInput::DestinationIp {}
            | ir::MatchInput::DestinationPort {}
            | ir::MatchInput::SourceIp {}
            | ir::MatchInput::SourcePort {}
            | ir::MatchInput::DirectSourceIp {}
            | ir::MatchInput::SourceType {}
            | ir::MatchInput::ServerName {}
            | ir::MatchInput::TransportProtocol {}
            | ir::MatchInput::ApplicationProtocol {}
            | ir::MatchInput::DynamicMetadata { .. }
            | ir::MatchInput::FilterState { .. } => Some(Known::OfStream),
        },
        ir::Predicate::And { predicates } | ir::Predicate::Or { predicates } => {
            let mut known = Known::OfRequest;
            for each in predicates {
                known = known.max(knowable(each)?);
            }
            Some(known)
        }
        ir::Predicate::Not { predicate } => knowable(predicate),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{action, header, is};
    use super::*;
    use crate::head::Head;
    use crate::head::header_name::HeaderKey;
    use crate::runtime::Runtime;

    fn list(predicates: Vec<ir::Predicate>) -> List {
        let numbered = predicates.into_iter().zip(0..);
        let matchers = numbered
            .map(|(predicate, number)| ir::FieldMatcher { predicate, on_match: action(number) });
        List::new(&matchers.collect::<Vec<_>>()).unwrap()
    }

    fn begins(name: &str, value: &str) -> ir::Predicate {
        let matcher = StringMatcher::Prefix { value: value.into(), ignore_case: false };
        ir::Predicate::Single { input: header(name), test: ir::InputTest::String { matcher } }
    }

    fn not(predicate: ir::Predicate) -> ir::Predicate {
        ir::Predicate::Not { predicate: Box::new(predicate) }
    }

    fn of_connection() -> ir::Predicate {
        let matcher = StringMatcher::Prefix { value: "127.".into(), ignore_case: false };
        let input = ir::MatchInput::SourceIp {};
        ir::Predicate::Single { input, test: ir::InputTest::String { matcher } }
    }

    fn ask(list: &List, headers: &[(&str, &str)]) -> Found {
        let mut head = Head::new();
        for (name, value) in headers {
            head.push_key(&HeaderKey::new(name), value.as_bytes());
        }
        let runtime = Runtime::default();
        list.find(&MatchData {
            info: None,
            request: Some(&head),
            request_trailers: None,
            response: None,
            response_trailers: None,
            runtime: &runtime,
        })
    }

    #[test]
    fn a_long_list_is_told_apart_by_several_inputs() {
        let mut predicates: Vec<_> = (0..20).map(|n| is("a", &n.to_string())).collect();
        predicates.extend((0..20).map(|n| begins("b", &format!("/{n}/"))));
        let both = |n: u32| ir::Predicate::And {
            predicates: vec![begins("b", "/"), is("c", &n.to_string())],
        };
        predicates.extend((0..20).map(both));
        let either = |n: u32| ir::Predicate::Or {
            predicates: vec![is("c", &format!("x{n}")), is("c", &format!("y{n}"))],
        };
        predicates.extend((0..20).map(either));
        predicates.push(not(is("a", "")));
        let list = list(predicates);
        assert_eq!(list.levels.len(), 3);
        assert_eq!(*list.others, [80]);
        assert_eq!(ask(&list, &[("a", "7"), ("b", "/3/x")]), Found::Action(7));
        assert_eq!(ask(&list, &[("b", "/3/x")]), Found::Action(23));
        assert_eq!(ask(&list, &[("b", "/x"), ("c", "4")]), Found::Action(44));
        assert_eq!(ask(&list, &[("c", "4")]), Found::Action(80));
        assert_eq!(ask(&list, &[("c", "y9")]), Found::Action(69));
        assert_eq!(ask(&list, &[("a", "")]), Found::Nothing);
    }

    #[test]
    fn what_is_not_known_yet_is_not_passed_over() {
        let later = || ir::Predicate::Single {
            input: ir::MatchInput::ResponseHeader { name: "a".into() },
            test: ir::InputTest::String {
                matcher: StringMatcher::Exact { value: "x".into(), ignore_case: false },
            },
        };
        let and =
            |first, n: u32| ir::Predicate::And { predicates: vec![first, is("a", &n.to_string())] };
        let of_response = list((0..20).map(|n| and(later(), n)).collect());
        assert!(of_response.levels.is_empty());
        assert_eq!(ask(&of_response, &[]), Found::Unknown);
        // Without a stream its addresses are not known.
        let of_stream = list((0..20).map(|n| and(of_connection(), n)).collect());
        assert_eq!(of_stream.levels.len(), 1);
        assert_eq!(ask(&of_stream, &[]), Found::Unknown);
    }

    #[test]
    fn values_that_all_share_are_no_index() {
        let predicates = (0..20).map(|_| is("a", "same")).collect();
        assert!(list(predicates).levels.is_empty());
    }
}
