//! The xDS matcher (`xds.type.matcher.v3.Matcher`): a tree compiled once, that leads from what is
//! known of a stream to the number of an action.
//!
//! What an action is, is its owner's business: the tree knows its place in a list. A tree that
//! asks for what is not there yet (a response's headers, say) answers that it cannot tell.
//! <https://www.envoyproxy.io/docs/envoy/v1.40.0/intro/arch_overview/advanced/matching/matching_api>

use voyant_ir::xds_matcher as ir;

use crate::pattern::PatternError;
use list::List;
use maps::{Domains, Exact, Ips, Prefixes};

pub mod input;
mod list;
mod maps;
mod predicate;

pub use input::{Input, MatchData};

/// A compiled tree, or a part of one.
#[derive(Debug)]
pub struct Matcher {
    kind: Kind,
    on_no_match: Option<OnMatch>,
}

#[derive(Debug)]
enum Kind {
    Never,
    List(List),
    Exact(Input, Exact),
    Prefixes(Input, Prefixes),
    Ips(Input, Ips),
    Domains(Input, Domains),
}

/// Where a match leads.
#[derive(Debug)]
struct OnMatch {
    keep_matching: bool,
    outcome: Outcome,
}

#[derive(Debug)]
enum Outcome {
    Matcher(Box<Matcher>),
    Action(u32),
}

/// What a tree answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    Action(u32),
    Nothing,
    /// It asks for what is not there yet.
    Unknown,
}

impl Matcher {
    pub fn new(matcher: &ir::XdsMatcher) -> Result<Self, PatternError> {
        let ir::XdsMatcher { kind, on_no_match } = matcher;
        let kind = match kind {
            ir::XdsMatcherKind::Never {} => Kind::Never,
            ir::XdsMatcherKind::List { matchers } => Kind::List(List::new(matchers)?),
            ir::XdsMatcherKind::Exact { input, entries } => {
                Kind::Exact(Input::new(input), Exact::new(entries)?)
            }
            ir::XdsMatcherKind::Prefix { input, entries } => {
                Kind::Prefixes(Input::new(input), Prefixes::new(entries)?)
            }
            ir::XdsMatcherKind::Ip { input, entries } => {
                Kind::Ips(Input::new(input), Ips::new(entries)?)
            }
            ir::XdsMatcherKind::Domain { input, entries } => {
                Kind::Domains(Input::new(input), Domains::new(entries)?)
            }
        };
        Ok(Self { kind, on_no_match: on_no_match.as_ref().map(OnMatch::new).transpose()? })
    }

    /// Walks the tree.
    pub fn find(&self, data: &MatchData<'_>) -> Found {
        let found = match &self.kind {
            Kind::Never => Found::Nothing,
            Kind::List(list) => list.find(data),
            Kind::Exact(input, entries) => entries.find(input, data),
            Kind::Prefixes(input, entries) => entries.find(input, data),
            Kind::Ips(input, entries) => entries.find(input, data),
            Kind::Domains(input, entries) => entries.find(input, data),
        };
        match (found, &self.on_no_match) {
            (Found::Nothing, Some(on_no_match)) => on_no_match.follow(data),
            _ => found,
        }
    }
}

impl OnMatch {
    fn new(on_match: &ir::OnMatch) -> Result<Self, PatternError> {
        let ir::OnMatch { keep_matching, outcome } = on_match;
        let outcome = match outcome {
            ir::MatchOutcome::Matcher { matcher } => {
                Outcome::Matcher(Box::new(Matcher::new(matcher)?))
            }
            ir::MatchOutcome::Action { action } => Outcome::Action(*action),
        };
        Ok(Self { keep_matching: *keep_matching, outcome })
    }

    fn follow(&self, data: &MatchData<'_>) -> Found {
        let found = match &self.outcome {
            Outcome::Matcher(matcher) => matcher.find(data),
            Outcome::Action(action) => Found::Action(*action),
        };
        match found {
            Found::Action(_) if self.keep_matching => Found::Nothing,
            found => found,
        }
    }
}

#[cfg(test)]
mod tests;
