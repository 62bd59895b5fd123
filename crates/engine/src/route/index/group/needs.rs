//! What a route cannot do without: necessary conditions that an index can look up.
//!
//! A need is weaker than its condition: a value that ends with a text contains it. A condition that
//! holds for nearly everything (inverted, an absence, a share) is no need.

use std::borrow::Cow;

use voyant_ir::matcher::{
    CookieMatcher, HeaderCondition, HeaderMatcher, QueryParameterCondition, QueryParameterMatcher,
    StringMatcher,
};
use voyant_ir::route::RouteMatch;
use voyant_ir::value_matcher::{FilterStateCondition, MetadataMatcher, ValueMatcher};

use crate::route::index::literal::Literals;
use crate::route::matcher::header::request_key;

/// What something is needed of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Name<'a> {
    Header(&'a str),
    QueryParameter(&'a str),
    Cookie(&'a str),
    Metadata(&'a str, &'a [String]),
    FilterState(&'a str),
}

/// What is needed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    /// The value.
    Exact(Cow<'a, str>),
    /// A piece of it, in any case; in lower case.
    Piece(Vec<u8>),
    /// A number from the first on and below the second.
    Range(i64, i64),
    /// Any value.
    Present,
}

impl Key<'_> {
    /// The name of a header, as a request's head has it.
    pub(super) fn header_name(name: &str) -> Self {
        Self::Exact(Cow::Owned(request_key(name).as_str().to_owned()))
    }
}

/// A route, by all that it needs.
#[derive(Debug)]
pub(super) struct Asking<'a> {
    pub(super) number: u32,
    pub(super) needs: Vec<(Name<'a>, Key<'a>)>,
}

impl<'a> Asking<'a> {
    pub(super) fn new(number: u32, matches: &'a RouteMatch) -> Self {
        let mut needs = Vec::new();
        for matcher in &matches.headers {
            let of_header = of_header(matcher).into_iter();
            needs.extend(of_header.map(|key| (Name::Header(&matcher.name), key)));
        }
        for QueryParameterMatcher { name, condition } in &matches.query_parameters {
            let keys = match condition {
                QueryParameterCondition::Present { present: true } => vec![Key::Present],
                QueryParameterCondition::Present { present: false } => vec![],
                QueryParameterCondition::String { matcher } => of_string(matcher),
            };
            needs.extend(keys.into_iter().map(|key| (Name::QueryParameter(name), key)));
        }
        for CookieMatcher { name, matcher, invert } in &matches.cookies {
            let keys = if *invert { vec![] } else { of_string(matcher) };
            needs.extend(keys.into_iter().map(|key| (Name::Cookie(name), key)));
        }
        for MetadataMatcher { namespace, path, value, invert } in &matches.dynamic_metadata {
            if let (ValueMatcher::String { matcher }, false) = (value, invert) {
                let name = Name::Metadata(namespace, path);
                needs.extend(of_string(matcher).into_iter().map(|key| (name, key)));
            }
        }
        for matcher in &matches.filter_state {
            if let FilterStateCondition::String { matcher: text } = &matcher.condition {
                let name = Name::FilterState(&matcher.key);
                needs.extend(of_string(text).into_iter().map(|key| (name, key)));
            }
        }
        Self { number, needs }
    }
}

fn of_header(matcher: &HeaderMatcher) -> Vec<Key<'_>> {
    let HeaderMatcher { name: _, condition, invert, treat_missing_as_empty } = matcher;
    let missing_holds = *treat_missing_as_empty;
    match condition {
        HeaderCondition::Present { present } if present != invert && !missing_holds => {
            vec![Key::Present]
        }
        HeaderCondition::Range { start, end } if !invert => vec![Key::Range(*start, *end)],
        HeaderCondition::String { matcher } if !invert => {
            let mut keys = of_string(matcher);
            // Of the others none is in an empty value.
            let of_empty = |key: &Key<'_>| matches!(key, Key::Present) || *key == exactly("");
            keys.retain(|key| !(missing_holds && of_empty(key)));
            keys
        }
        _ => vec![],
    }
}

fn exactly(value: &str) -> Key<'_> {
    Key::Exact(Cow::Borrowed(value))
}

/// Each on its own is needed. Where there is no other, any value is.
fn of_string(matcher: &StringMatcher) -> Vec<Key<'_>> {
    let pieces = match matcher {
        StringMatcher::Exact { value, ignore_case: false } => return vec![exactly(value)],
        StringMatcher::Exact { value, ignore_case: true }
        | StringMatcher::Prefix { value, .. }
        | StringMatcher::Suffix { value, .. }
        | StringMatcher::Contains { value, .. } => vec![value.to_ascii_lowercase().into_bytes()],
        StringMatcher::Regex { pattern } => {
            Literals::of(pattern).map(|literals| literals.inside).unwrap_or_default()
        }
    };
    let pieces = pieces.into_iter().filter(|piece| !piece.is_empty()).map(Key::Piece);
    pieces.chain([Key::Present]).collect()
}
