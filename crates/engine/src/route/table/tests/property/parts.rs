//! Matching trees that lead to parts of a list of routes, each with a plain condition.

use proptest::prelude::*;
use proptest::sample::select;
use voyant_ir::matcher::StringMatcher;
use voyant_ir::route as ir;
use voyant_ir::xds_matcher as tree;

use super::{exact_value, path};
use crate::head::Head;
use crate::head::header_name::HeaderId;

/// So many routes, which are asked if `path` and `x` are as wanted.
#[derive(Debug, Clone)]
pub struct Part {
    path: Option<String>,
    x: Option<&'static str>,
    pub length: usize,
}

pub fn part() -> impl Strategy<Value = Part> {
    let x = select(&["1", "2", "3", "4", "5"][..]);
    (proptest::option::of(path()), proptest::option::of(x), 0..6usize)
        .prop_map(|(path, x, length)| Part { path, x, length })
}

impl Part {
    fn predicate(&self) -> tree::Predicate {
        let of = |name: &str, matcher| tree::Predicate::Single {
            input: tree::MatchInput::RequestHeader { name: name.into() },
            test: tree::InputTest::String { matcher },
        };
        let path = self.path.iter().map(|path| {
            of(":path", StringMatcher::Prefix { value: path.clone(), ignore_case: false })
        });
        let x = self.x.iter().map(|value| of("x", exact_value(value)));
        tree::Predicate::And { predicates: path.chain(x).collect() }
    }

    pub fn holds(&self, head: &Head) -> bool {
        let joined: Vec<_> = head
            .iter()
            .filter(|header| header.name == b"x")
            .map(|header| std::str::from_utf8(header.value).unwrap())
            .collect();
        let path = head.get_str(HeaderId::Path);
        self.path.as_ref().is_none_or(|wanted| path.is_some_and(|path| path.starts_with(wanted)))
            && self.x.is_none_or(|wanted| !joined.is_empty() && joined.join(",") == wanted)
    }
}

pub fn tree_of(parts: &[Part], lengths: &[usize]) -> ir::RouteTree {
    let on_match = |action| tree::OnMatch {
        keep_matching: false,
        outcome: tree::MatchOutcome::Action { action },
    };
    let matchers = parts.iter().zip(0..).map(|(part, action)| tree::FieldMatcher {
        predicate: part.predicate(),
        on_match: on_match(action),
    });
    let kind = tree::XdsMatcherKind::List { matchers: matchers.collect() };
    ir::RouteTree {
        matcher: tree::XdsMatcher { kind, on_no_match: None },
        lengths: lengths.iter().map(|length| *length as u32).collect(),
    }
}
