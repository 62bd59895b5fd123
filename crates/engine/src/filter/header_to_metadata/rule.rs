//! What becomes of one header or cookie.

use voyant_ir::filter::header_to_metadata as ir;
use voyant_ir::metadata::Value;

use super::protobuf_value;
use crate::base64;
use crate::head::Head;
use crate::head::header_name::HeaderKey;
use crate::metadata::DynamicMetadata;
use crate::number;
use crate::pattern::Substitution;
use crate::route::matcher::cookie::CookieName;
use crate::route::matcher::header::request_key;

/// Values of this length and longer are left out.
const TOO_LONG: usize = 8 * 1024;

/// A compiled rule.
#[derive(Debug)]
pub(super) struct Rule {
    source: Source,
    on_present: Option<Target>,
    on_missing: Option<Target>,
}

#[derive(Debug)]
enum Source {
    Header { key: HeaderKey, remove: bool },
    Cookie(CookieName),
}

#[derive(Debug)]
struct Target {
    namespace: Box<str>,
    key: Box<str>,
    value: TargetValue,
    value_type: ir::HeaderValueType,
    base64: bool,
}

#[derive(Debug)]
enum TargetValue {
    Found,
    Fixed(Box<[u8]>),
    Rewritten(Substitution),
}

/// What a rule did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    Yes { missing: bool },
    No,
    TooLong,
    NotBase64,
    RewrittenToNothing,
}

impl Rule {
    pub(super) fn new(rule: &ir::HeaderRule) -> Self {
        let ir::HeaderRule { source, on_present, on_missing } = rule;
        let source = match source {
            ir::HeaderRuleSource::Header { name, remove } => {
                Source::Header { key: request_key(name), remove: *remove }
            }
            ir::HeaderRuleSource::Cookie { name } => Source::Cookie(CookieName::new(name)),
        };
        let on_present = on_present.as_ref().map(Target::new);
        Self { source, on_present, on_missing: on_missing.as_ref().map(Target::new) }
    }

    pub(super) fn apply(&self, head: &mut Head, metadata: &mut DynamicMetadata) -> Added {
        let found = self.source.take(head);
        let missing = found.is_none();
        let target = if missing { &self.on_missing } else { &self.on_present };
        let Some(target) = target else { return Added::No };
        match target.value_of(found.unwrap_or_default()) {
            Ok(value) => {
                metadata.merge(&target.namespace, Value::from_iter([(&*target.key, value)]));
                Added::Yes { missing }
            }
            Err(why) => why,
        }
    }
}

impl Source {
    /// The value, if there is one; a header is taken away if it is to be.
    fn take(&self, head: &mut Head) -> Option<Vec<u8>> {
        match self {
            Self::Header { key, remove } => {
                let values: Vec<&[u8]> = head.get_all(key).collect();
                if values.is_empty() {
                    return None;
                }
                let value = values.join(&b","[..]);
                if *remove {
                    head.remove_key(key);
                }
                Some(value)
            }
            Self::Cookie(name) => {
                let value = name.first_value(head).filter(|value| !value.is_empty());
                value.map(<[u8]>::to_vec)
            }
        }
    }
}

impl Target {
    fn new(target: &ir::HeaderRuleTarget) -> Self {
        let ir::HeaderRuleTarget { namespace, key, value, value_type, base64 } = target;
        let value = match value {
            ir::HeaderRuleValue::Found {} => TargetValue::Found,
            ir::HeaderRuleValue::Fixed { value } => TargetValue::Fixed(value.as_bytes().into()),
            ir::HeaderRuleValue::Rewritten { pattern, substitution } => {
                let rewrite = Substitution::new(pattern, substitution);
                // Python has compiled each expression before, and refuses what does not compile.
                TargetValue::Rewritten(rewrite.expect("expressions that compile"))
            }
        };
        Self {
            namespace: namespace.as_str().into(),
            key: key.as_str().into(),
            value,
            value_type: *value_type,
            base64: *base64,
        }
    }

    fn value_of(&self, found: Vec<u8>) -> Result<Value, Added> {
        let mut bytes = match &self.value {
            TargetValue::Found => found,
            TargetValue::Fixed(value) => value.to_vec(),
            TargetValue::Rewritten(rewrite) => {
                let mut rewritten = Vec::new();
                rewrite.replace_all(&found, &mut rewritten);
                if rewritten.is_empty() && !found.is_empty() {
                    return Err(Added::RewrittenToNothing);
                }
                rewritten
            }
        };
        if bytes.is_empty() {
            return Err(Added::No);
        }
        if bytes.len() >= TOO_LONG {
            return Err(Added::TooLong);
        }
        if self.base64 {
            bytes = base64::decode(&bytes).filter(|b| !b.is_empty()).ok_or(Added::NotBase64)?;
        }
        self.typed(&bytes).ok_or(Added::No)
    }

    fn typed(&self, bytes: &[u8]) -> Option<Value> {
        match self.value_type {
            ir::HeaderValueType::String => Some(Value::String { value: text(bytes) }),
            ir::HeaderValueType::Number => {
                Some(Value::Number { value: number::parse(std::str::from_utf8(bytes).ok()?)? })
            }
            ir::HeaderValueType::ProtobufValue => protobuf_value::decode(bytes),
        }
    }
}

/// Bytes that are no UTF-8 are a character each, as Envoy's JSON shows them.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(rule: &ir::HeaderRule, value: &[u8]) -> (Added, Option<Value>) {
        let (mut head, mut metadata) = (Head::new(), DynamicMetadata::default());
        head.push_key(&HeaderKey::new("a"), value);
        let outcome = Rule::new(rule).apply(&mut head, &mut metadata);
        (outcome, metadata.get("ns", &["k"]).cloned())
    }

    fn rule(
        value: ir::HeaderRuleValue,
        value_type: ir::HeaderValueType,
        base64: bool,
    ) -> ir::HeaderRule {
        let (namespace, key) = ("ns".into(), "k".into());
        let target = ir::HeaderRuleTarget { namespace, key, value, value_type, base64 };
        let source = ir::HeaderRuleSource::Header { name: "a".into(), remove: false };
        ir::HeaderRule { source, on_present: Some(target), on_missing: None }
    }

    #[test]
    fn values_are_what_they_are_to_be_or_left_out() {
        use ir::HeaderValueType::{Number, ProtobufValue, String};
        let yes = Added::Yes { missing: false };
        let found = || ir::HeaderRuleValue::Found {};
        let rewritten = |substitution: &str| ir::HeaderRuleValue::Rewritten {
            pattern: "^x.*".into(),
            substitution: substitution.into(),
        };
        for (rule, value, outcome, left) in [
            (rule(found(), String, false), &b"x"[..], yes, Some("x".into())),
            (rule(found(), String, false), b"", Added::No, None),
            (rule(found(), String, true), b"aGk", yes, Some("hi".into())),
            (rule(found(), String, true), b"w6n/", yes, Some("\u{c3}\u{a9}\u{ff}".into())),
            (rule(found(), String, true), b"!", Added::NotBase64, None),
            (rule(found(), Number, false), b" 1e3 ", yes, Some(1000.0.into())),
            (rule(found(), Number, false), b"one", Added::No, None),
            (rule(found(), ProtobufValue, true), b"GgF4", yes, Some("x".into())),
            (rule(found(), String, false), &[b'x'; 8192], Added::TooLong, None),
            (rule(rewritten("y"), String, false), b"xx", yes, Some("y".into())),
            (rule(rewritten(""), String, false), b"xx", Added::RewrittenToNothing, None),
        ] {
            assert_eq!(added(&rule, value), (outcome, left), "{rule:?}");
        }
    }

    #[test]
    fn a_header_is_taken_away_and_a_missing_one_has_its_own_value() {
        let target = |value: &str| ir::HeaderRuleTarget {
            namespace: "ns".into(),
            key: "k".into(),
            value: ir::HeaderRuleValue::Fixed { value: value.into() },
            value_type: ir::HeaderValueType::String,
            base64: false,
        };
        let source = ir::HeaderRuleSource::Header { name: "a".into(), remove: true };
        let (on_present, on_missing) = (Some(target("there")), Some(target("none")));
        let rule = Rule::new(&ir::HeaderRule { source, on_present, on_missing });
        let (mut head, mut metadata) = (Head::new(), DynamicMetadata::default());
        head.push_key(&HeaderKey::new("a"), b"1");
        assert_eq!(rule.apply(&mut head, &mut metadata), Added::Yes { missing: false });
        assert_eq!(metadata.get("ns", &["k"]), Some(&"there".into()));
        assert_eq!(rule.apply(&mut head, &mut metadata), Added::Yes { missing: true });
        assert_eq!(metadata.get("ns", &["k"]), Some(&"none".into()));
    }
}
