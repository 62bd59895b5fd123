//! Trees made at random, asked beside a plain evaluation of the same tree.

use voyant_ir::matcher::StringMatcher;
use voyant_ir::xds_matcher as ir;

use super::{action, ask_with, header, inner, is, keeping, tree};
use crate::head::Head;
use crate::head::header_name::HeaderKey;
use crate::matcher::Found;
use crate::rt::rng::Rng;

const NAMES: [&str; 3] = ["a", "b", "c"];
const VALUES: [&str; 6] = ["", "x", "xy", "xyz", "y", "yz"];

struct Maker {
    rng: Rng,
    actions: u32,
}

impl Maker {
    fn below(&self, bound: u64) -> usize {
        (self.rng.next_u64() % bound) as usize
    }

    fn name(&self) -> &'static str {
        NAMES[self.below(NAMES.len() as u64)]
    }

    fn value(&self) -> &'static str {
        VALUES[self.below(VALUES.len() as u64)]
    }

    fn tree(&mut self, depth: u32) -> ir::XdsMatcher {
        let mut made = tree(match self.below(4) {
            0 => ir::XdsMatcherKind::Exact { input: header(self.name()), entries: self.map(depth) },
            1 => {
                ir::XdsMatcherKind::Prefix { input: header(self.name()), entries: self.map(depth) }
            }
            _ => {
                // Some are long enough for an index.
                let most = if depth > 0 && self.below(4) == 0 { 40 } else { 4 };
                let matchers = (0..self.below(most)).map(|_| ir::FieldMatcher {
                    predicate: self.predicate(2),
                    on_match: self.on_match(depth),
                });
                ir::XdsMatcherKind::List { matchers: matchers.collect() }
            }
        });
        made.on_no_match = (self.below(3) == 0).then(|| self.on_match(depth));
        made
    }

    fn map(&mut self, depth: u32) -> Vec<ir::MapEntry> {
        let keys = VALUES.into_iter().filter(|_| self.below(2) == 0).collect::<Vec<_>>();
        let entry = |key: &str| ir::MapEntry { key: key.into(), on_match: self.on_match(depth) };
        keys.into_iter().map(entry).collect()
    }

    fn on_match(&mut self, depth: u32) -> ir::OnMatch {
        let made = if depth > 0 && self.below(2) == 0 {
            inner(self.tree(depth - 1))
        } else {
            self.actions += 1;
            action(self.actions)
        };
        if self.below(4) == 0 { keeping(made) } else { made }
    }

    fn predicate(&mut self, depth: u32) -> ir::Predicate {
        let several = |maker: &mut Self| (0..2).map(|_| maker.predicate(depth - 1)).collect();
        match self.below(if depth == 0 { 1 } else { 5 }) {
            1 => ir::Predicate::Or { predicates: several(self) },
            2 => ir::Predicate::And { predicates: several(self) },
            3 => ir::Predicate::Not { predicate: Box::new(self.predicate(depth - 1)) },
            4 => ir::Predicate::Single {
                input: ir::MatchInput::ResponseHeader { name: self.name().into() },
                test: ir::InputTest::String {
                    matcher: StringMatcher::Exact { value: "x".into(), ignore_case: false },
                },
            },
            _ => self.on_header(),
        }
    }

    fn on_header(&self) -> ir::Predicate {
        let value = self.value().into();
        match self.below(8) {
            0 | 1 => {
                let matcher = StringMatcher::Prefix { value, ignore_case: false };
                let input = header(self.name());
                ir::Predicate::Single { input, test: ir::InputTest::String { matcher } }
            }
            2 => {
                let matcher = StringMatcher::Suffix { value, ignore_case: false };
                let input = header(self.name());
                ir::Predicate::Single { input, test: ir::InputTest::String { matcher } }
            }
            _ => is(self.name(), &value),
        }
    }
}

/// What a header holds; `None` for what is not there.
fn value<'a>(head: &'a Head, input: &ir::MatchInput) -> Result<Option<&'a str>, ()> {
    let ir::MatchInput::RequestHeader { name } = input else { return Err(()) };
    let found = head.get_key(&HeaderKey::new(name));
    Ok(found.map(|value| std::str::from_utf8(value).expect("a text")))
}

fn holds(predicate: &ir::Predicate, head: &Head) -> Result<bool, ()> {
    match predicate {
        ir::Predicate::Single { input, test } => {
            let ir::InputTest::String { matcher } = test else { unreachable!("no other is made") };
            Ok(value(head, input)?.is_some_and(|value| match matcher {
                StringMatcher::Exact { value: wanted, .. } => value == wanted,
                StringMatcher::Prefix { value: wanted, .. } => value.starts_with(wanted),
                StringMatcher::Suffix { value: wanted, .. } => value.ends_with(wanted),
                _ => unreachable!("no other is made"),
            }))
        }
        ir::Predicate::Or { predicates } => {
            let mut all = predicates.iter().map(|each| holds(each, head));
            all.find(|holds| *holds != Ok(false)).unwrap_or(Ok(false))
        }
        ir::Predicate::And { predicates } => {
            let mut all = predicates.iter().map(|each| holds(each, head));
            all.find(|holds| *holds != Ok(true)).unwrap_or(Ok(true))
        }
        ir::Predicate::Not { predicate } => holds(predicate, head).map(|holds| !holds),
    }
}

/// Where a tree leads: `Err` when that cannot be told, `Ok(None)` for nowhere.
fn evaluate(matcher: &ir::XdsMatcher, head: &Head) -> Result<Option<u32>, ()> {
    let mut candidates: Vec<&ir::OnMatch> = Vec::new();
    match &matcher.kind {
        ir::XdsMatcherKind::List { matchers } => {
            for each in matchers {
                if holds(&each.predicate, head)?
                    && let Some(found) = follow(&each.on_match, head)?
                {
                    return Ok(Some(found));
                }
            }
        }
        ir::XdsMatcherKind::Exact { input, entries } => {
            let value = value(head, input)?;
            candidates.extend(
                entries.iter().filter(|e| value == Some(e.key.as_str())).map(|e| &e.on_match),
            );
        }
        ir::XdsMatcherKind::Prefix { input, entries } => {
            let value = value(head, input)?;
            let mut fitting: Vec<_> = entries
                .iter()
                .filter(|e| value.is_some_and(|value| value.starts_with(&e.key)))
                .collect();
            fitting.sort_by_key(|e| std::cmp::Reverse(e.key.len()));
            candidates.extend(fitting.into_iter().map(|e| &e.on_match));
        }
        _ => unreachable!("no other is made"),
    }
    for on_match in candidates.into_iter().chain(&matcher.on_no_match) {
        if let Some(found) = follow(on_match, head)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn follow(on_match: &ir::OnMatch, head: &Head) -> Result<Option<u32>, ()> {
    let found = match &on_match.outcome {
        ir::MatchOutcome::Action { action } => Some(*action),
        ir::MatchOutcome::Matcher { matcher } => evaluate(matcher, head)?,
    };
    Ok(found.filter(|_| !on_match.keep_matching))
}

#[test]
fn random_trees_lead_where_a_plain_evaluation_leads() {
    let mut maker = Maker { rng: Rng::seeded(7), actions: 0 };
    let mut seen = [0; 3];
    for _ in 0..4000 {
        let matcher = maker.tree(3);
        let mut head = Head::new();
        for name in NAMES {
            if maker.below(4) > 0 {
                head.push_key(&HeaderKey::new(name), maker.value().as_bytes());
            }
        }
        let expected = match evaluate(&matcher, &head) {
            Err(()) => Found::Unknown,
            Ok(None) => Found::Nothing,
            Ok(Some(action)) => Found::Action(action),
        };
        assert_eq!(ask_with(&matcher, &head), expected, "{matcher:?} of {head:?}");
        seen[match expected {
            Found::Unknown => 0,
            Found::Nothing => 1,
            Found::Action(_) => 2,
        }] += 1;
    }
    assert!(seen.iter().all(|&count| count > 200), "{seen:?}");
}
