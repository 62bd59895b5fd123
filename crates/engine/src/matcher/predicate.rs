//! Conditions on inputs. A condition on what is not there yet neither holds nor fails.

use voyant_ir::matcher::FractionalPercent;
use voyant_ir::xds_matcher as ir;

use super::input::{Input, MatchData, Reading};
use crate::ip_ranges::IpRanges;
use crate::pattern::PatternError;
use crate::string_matcher::StringMatcher;
use crate::value_matcher::ValueMatcher;
use crate::xx_hash::xx_hash64;

/// A compiled condition.
#[derive(Debug)]
pub(super) enum Predicate {
    Single(Input, Test),
    Or(Box<[Predicate]>),
    And(Box<[Predicate]>),
    Not(Box<Predicate>),
}

/// What is asked of an input.
#[derive(Debug)]
pub(super) enum Test {
    String(StringMatcher),
    Ip(IpRanges),
    ConsistentHashing { threshold: u64, modulo: u64, seed: u64 },
    RuntimeFraction { fraction: FractionalPercent, seed: u64 },
    Metadata { matcher: ValueMatcher, invert: bool },
}

impl Predicate {
    pub(super) fn new(predicate: &ir::Predicate) -> Result<Self, PatternError> {
        let all = |predicates: &[ir::Predicate]| -> Result<Box<[Self]>, PatternError> {
            predicates.iter().map(Self::new).collect()
        };
        Ok(match predicate {
            ir::Predicate::Single { input, test } => {
                Self::Single(Input::new(input), Test::new(test)?)
            }
            ir::Predicate::Or { predicates } => Self::Or(all(predicates)?),
            ir::Predicate::And { predicates } => Self::And(all(predicates)?),
            ir::Predicate::Not { predicate } => Self::Not(Box::new(Self::new(predicate)?)),
        })
    }

    /// Whether it holds; nothing while that cannot be told.
    pub(super) fn holds(&self, data: &MatchData<'_>) -> Option<bool> {
        match self {
            Self::Single(input, test) => match (test, input.pseudo_header(data)) {
                (Test::String(matcher), Some(text)) => Some(matcher.matches(text)),
                _ => test.holds(&input.read(data), data),
            },
            Self::Or(predicates) => {
                for predicate in predicates {
                    if predicate.holds(data)? {
                        return Some(true);
                    }
                }
                Some(false)
            }
            Self::And(predicates) => {
                for predicate in predicates {
                    if !predicate.holds(data)? {
                        return Some(false);
                    }
                }
                Some(true)
            }
            Self::Not(predicate) => predicate.holds(data).map(|holds| !holds),
        }
    }
}

impl Test {
    fn new(test: &ir::InputTest) -> Result<Self, PatternError> {
        Ok(match test {
            ir::InputTest::String { matcher } => Self::String(StringMatcher::new(matcher)?),
            ir::InputTest::Ip { ranges } => Self::Ip(IpRanges::new(ranges)),
            ir::InputTest::ConsistentHashing { threshold, modulo, seed } => {
                let (threshold, modulo) = (u64::from(*threshold), u64::from(*modulo));
                Self::ConsistentHashing { threshold, modulo, seed: *seed }
            }
            ir::InputTest::RuntimeFraction { fraction, seed } => {
                Self::RuntimeFraction { fraction: fraction.clone(), seed: *seed }
            }
            ir::InputTest::Metadata { matcher, invert } => {
                Self::Metadata { matcher: ValueMatcher::new(matcher)?, invert: *invert }
            }
        })
    }

    fn holds(&self, reading: &Reading<'_>, data: &MatchData<'_>) -> Option<bool> {
        if matches!(reading, Reading::Unknown) {
            return None;
        }
        if let Self::Metadata { matcher, invert } = self {
            let Reading::Metadata(value) = reading else { return Some(false) };
            return Some(matcher.matches(*value) != *invert);
        }
        if let Self::Ip(ranges) = self {
            return Some(reading.as_ip().is_some_and(|ip| ranges.contain(ip)));
        }
        Some(reading.as_text().is_some_and(|text| self.holds_of(&text, data)))
    }

    fn holds_of(&self, text: &[u8], data: &MatchData<'_>) -> bool {
        match self {
            Self::String(matcher) => matcher.matches(text),
            Self::ConsistentHashing { threshold, modulo, seed } => {
                xx_hash64(text, *seed) % (*modulo).max(1) >= *threshold
            }
            Self::RuntimeFraction { fraction, seed } => {
                data.runtime.feature_enabled(fraction, xx_hash64(text, *seed))
            }
            Self::Ip(_) | Self::Metadata { .. } => false,
        }
    }
}
