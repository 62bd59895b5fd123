//! Matchers of metadata and filter state, compiled (Envoy's `ValueMatcher`, `MetadataMatcher` and
//! `FilterStateMatcher`).

use voyant_ir::metadata::Value;
use voyant_ir::value_matcher as ir;

use crate::filter_state::Object;
use crate::http::stream_info::StreamInfo;
use crate::ip_ranges::IpRanges;
use crate::pattern::PatternError;
use crate::string_matcher::StringMatcher;

/// Matches a value of metadata.
#[derive(Debug)]
pub enum ValueMatcher {
    Null,
    DoubleExact(f64),
    DoubleRange { start: f64, end: f64 },
    String(StringMatcher),
    Bool(bool),
    Present(bool),
    List(Box<ValueMatcher>),
    Or(Box<[ValueMatcher]>),
}

impl ValueMatcher {
    pub fn new(matcher: &ir::ValueMatcher) -> Result<Self, PatternError> {
        Ok(match matcher {
            ir::ValueMatcher::Null {} => Self::Null,
            ir::ValueMatcher::DoubleExact { value } => Self::DoubleExact(*value),
            ir::ValueMatcher::DoubleRange { start, end } => {
                Self::DoubleRange { start: *start, end: *end }
            }
            ir::ValueMatcher::String { matcher } => Self::String(StringMatcher::new(matcher)?),
            ir::ValueMatcher::Bool { value } => Self::Bool(*value),
            ir::ValueMatcher::Present { present } => Self::Present(*present),
            ir::ValueMatcher::List { one_of } => Self::List(Box::new(Self::new(one_of)?)),
            ir::ValueMatcher::Or { matchers } => {
                Self::Or(matchers.iter().map(Self::new).collect::<Result<_, _>>()?)
            }
        })
    }

    /// True if the value is as asked; a missing one never is.
    #[allow(clippy::float_cmp, reason = "so does Envoy")]
    pub fn matches(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            // Envoy 1.40 never finds what is to be absent.
            (Self::Present(present), value) => value.is_some() && *present,
            (Self::Or(matchers), value) => matchers.iter().any(|matcher| matcher.matches(value)),
            (Self::Null, Some(Value::Null {})) => true,
            (Self::DoubleExact(wanted), Some(Value::Number { value })) => value == wanted,
            (Self::DoubleRange { start, end }, Some(Value::Number { value })) => {
                (*start..*end).contains(value)
            }
            (Self::String(matcher), Some(Value::String { value })) => {
                matcher.matches(value.as_bytes())
            }
            (Self::Bool(wanted), Some(Value::Bool { value })) => value == wanted,
            (Self::List(one_of), Some(Value::List { items })) => {
                items.iter().any(|item| one_of.matches(Some(item)))
            }
            _ => false,
        }
    }
}

/// Matches what stands at a path in a namespace.
#[derive(Debug)]
pub struct MetadataMatcher {
    namespace: Box<str>,
    path: Box<[String]>,
    value: ValueMatcher,
    invert: bool,
}

impl MetadataMatcher {
    pub fn new(matcher: &ir::MetadataMatcher) -> Result<Self, PatternError> {
        let ir::MetadataMatcher { namespace, path, value, invert } = matcher;
        Ok(Self {
            namespace: namespace.as_str().into(),
            path: path.as_slice().into(),
            value: ValueMatcher::new(value)?,
            invert: *invert,
        })
    }

    /// Asks what filters have written of a stream.
    pub fn matches_dynamic(&self, info: &StreamInfo) -> bool {
        self.value.matches(info.dynamic_metadata(&self.namespace, &self.path)) != self.invert
    }

    /// The same, where it is of any account whether there is a value: nothing without one.
    pub fn matches_present(&self, info: &StreamInfo) -> Option<bool> {
        let value = info.dynamic_metadata(&self.namespace, &self.path)?;
        Some(self.value.matches(Some(value)) != self.invert)
    }

    /// Asks the metadata of a configuration.
    pub fn matches(&self, metadata: Option<&voyant_ir::metadata::Metadata>) -> bool {
        let found = metadata.and_then(|metadata| metadata.get(&self.namespace, &self.path));
        self.value.matches(found) != self.invert
    }
}

/// Matches an object of filter state.
#[derive(Debug)]
pub struct FilterStateMatcher {
    key: Box<str>,
    test: ObjectTest,
}

#[derive(Debug)]
enum ObjectTest {
    String(StringMatcher),
    Address { ranges: IpRanges, invert: bool },
}

impl FilterStateMatcher {
    pub fn new(matcher: &ir::FilterStateMatcher) -> Result<Self, PatternError> {
        let ir::FilterStateMatcher { key, condition } = matcher;
        let test = match condition {
            ir::FilterStateCondition::String { matcher } => {
                ObjectTest::String(StringMatcher::new(matcher)?)
            }
            ir::FilterStateCondition::Address { ranges, invert } => {
                ObjectTest::Address { ranges: IpRanges::new(ranges), invert: *invert }
            }
        };
        Ok(Self { key: key.as_str().into(), test })
    }

    /// A missing object never matches.
    pub fn matches(&self, info: &StreamInfo) -> bool {
        let Some(object) = info.filter_state(&self.key) else { return false };
        match (&self.test, &*object) {
            (ObjectTest::String(matcher), object) => {
                text_of(object).is_some_and(|text| matcher.matches(&text))
            }
            (ObjectTest::Address { ranges, invert }, Object::Ip(ip)) => {
                ranges.contain(*ip) != *invert
            }
            (ObjectTest::Address { ranges, invert }, Object::Address(address)) => {
                ranges.contain(address.ip()) != *invert
            }
            (ObjectTest::Address { .. }, _) => false,
        }
    }
}

/// An object as text, if it is written.
pub fn text_of(object: &Object) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    object.write_plain(&mut text).then_some(text)
}

#[cfg(test)]
mod tests;
