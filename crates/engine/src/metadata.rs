//! Dynamic metadata: what filters write about a stream, for other filters, routes and formats to
//! read (Envoy's `StreamInfo.dynamicMetadata`). It has the form of the metadata in a
//! configuration. Nothing is allocated for a stream of which nothing is written.

use std::ops::Deref;

use voyant_ir::metadata::{Member, Metadata, Value, find};

/// Metadata that can be written.
#[derive(Debug, Default)]
pub struct DynamicMetadata(Metadata);

impl DynamicMetadata {
    /// Puts a value at a path in a namespace, in place of what is there; an empty path means the
    /// namespace itself. Structs are made on the way there, also in place of what is none.
    pub fn set(&mut self, namespace: &str, path: &[impl AsRef<str>], value: Value) {
        let mut at = slot(&mut self.0.namespaces, namespace);
        for key in path {
            at = slot(members(at), key.as_ref());
        }
        *at = value;
    }

    /// Puts the members of a struct into a namespace, each in place of the member of its key
    /// (protobuf's `MergeFrom`, which is what Envoy's filters do with what they know).
    pub fn merge(&mut self, namespace: &str, with: Value) {
        let to = members(slot(&mut self.0.namespaces, namespace));
        let Value::Struct { members: new } = with else { return };
        for Member { key, value } in new {
            *slot(to, &key) = value;
        }
    }

    /// Puts the members of a struct into a namespace, member by member all the way down: structs
    /// are updated, lists appended to, anything else replaced (Envoy's `StructUtil::update`).
    pub fn update(&mut self, namespace: &str, with: Value) {
        update(slot(&mut self.0.namespaces, namespace), with);
    }
}

impl Deref for DynamicMetadata {
    type Target = Metadata;

    fn deref(&self) -> &Metadata {
        &self.0
    }
}

/// The value of a key, made if need be.
fn slot<'a>(members: &'a mut Vec<Member>, key: &str) -> &'a mut Value {
    let at = find(members, key).unwrap_or_else(|at| {
        members.insert(at, Member { key: key.into(), value: Value::Struct { members: vec![] } });
        at
    });
    &mut members[at].value
}

/// The members of a value, which becomes a struct if it is none.
fn members(value: &mut Value) -> &mut Vec<Member> {
    if !matches!(value, Value::Struct { .. }) {
        *value = Value::Struct { members: vec![] };
    }
    match value {
        Value::Struct { members } => members,
        _ => unreachable!("made a struct above"),
    }
}

fn update(to: &mut Value, with: Value) {
    match with {
        Value::Struct { members: new } => {
            let to = members(to);
            for Member { key, value } in new {
                match find(to, &key) {
                    Ok(at) => update(&mut to[at].value, value),
                    Err(at) => to.insert(at, Member { key, value }),
                }
            }
        }
        Value::List { items: mut new } => match to {
            Value::List { items } => items.append(&mut new),
            to => *to = Value::List { items: new },
        },
        scalar => *to = scalar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: [&str; 0] = [];

    fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
        members.into_iter().collect()
    }

    fn list(items: &[f64]) -> Value {
        items.iter().map(|item| Value::from(*item)).collect::<Vec<_>>().into()
    }

    #[test]
    fn what_is_set_is_found_by_its_path() {
        let mut metadata = DynamicMetadata::default();
        metadata.set("b", &["deep", "key"], "text".into());
        metadata.set("b", &["deep", "also"], 2.0.into());
        metadata.set("a", &["x"], true.into());
        assert_eq!(metadata.get("b", &["deep", "key"]), Some(&"text".into()));
        let deep = object([("also", 2.0.into()), ("key", "text".into())]);
        assert_eq!(metadata.get("b", &NOWHERE), Some(&object([("deep", deep)])));
        assert_eq!(metadata.get("a", &["x"]), Some(&true.into()));
        for missing in [&["deep", "none"][..], &["deep", "key", "further"], &["none"]] {
            assert_eq!(metadata.get("b", missing), None, "{missing:?}");
        }
        assert_eq!(metadata.get("c", &NOWHERE), None);
        metadata.set("b", &["deep", "key", "further"], 1.0.into());
        assert_eq!(metadata.get("b", &["deep", "key", "further"]), Some(&1.0.into()));
    }

    #[test]
    fn merging_replaces_members_as_wholes() {
        let mut metadata = DynamicMetadata::default();
        let inner = object([("one", 1.0.into())]);
        metadata.merge("ns", object([("kept", true.into()), ("inner", inner)]));
        metadata.merge("ns", object([("inner", object([("two", 2.0.into())]))]));
        let inner = object([("two", 2.0.into())]);
        let expected = object([("inner", inner), ("kept", true.into())]);
        assert_eq!(metadata.get("ns", &NOWHERE), Some(&expected));
    }

    #[test]
    fn updating_goes_all_the_way_down() {
        let mut metadata = DynamicMetadata::default();
        let inner = object([("one", 1.0.into()), ("same", "old".into())]);
        metadata.update("ns", object([("inner", inner), ("list", list(&[1.0]))]));
        let inner = object([("same", "new".into()), ("two", 2.0.into())]);
        metadata.update("ns", object([("inner", inner), ("list", list(&[2.0, 3.0]))]));
        let inner = object([("one", 1.0.into()), ("same", "new".into()), ("two", 2.0.into())]);
        let expected = object([("inner", inner), ("list", list(&[1.0, 2.0, 3.0]))]);
        assert_eq!(metadata.get("ns", &NOWHERE), Some(&expected));
    }
}
