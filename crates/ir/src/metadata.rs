//! Metadata: JSON-like values by namespace (Envoy's `core.v3.Metadata`), for whoever reads them
//! (formats, matchers, filters).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Values by namespace. There is no object of this without a namespace.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Each a [`Value::Struct`]; ascending, each name once.
    pub namespaces: Vec<Member>,
}

/// A JSON-like value (protobuf's `Value`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Value {
    Null {},
    Bool {
        value: bool,
    },
    Number {
        value: f64,
    },
    String {
        value: String,
    },
    List {
        items: Vec<Value>,
    },
    /// Ascending by key, each key once.
    Struct {
        members: Vec<Member>,
    },
}

/// A member of a [`Value::Struct`], or a namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    pub key: String,
    pub value: Value,
}

/// A step into a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum PathSegment {
    /// To the member of a struct.
    Key { key: String },
    /// To an item of a list, from 0.
    Index { index: u32 },
}

impl Metadata {
    /// What stands at a path in a namespace; the whole namespace for an empty path.
    pub fn get(&self, namespace: &str, path: &[impl AsRef<str>]) -> Option<&Value> {
        let found = find(&self.namespaces, namespace).ok()?;
        path.iter().try_fold(&self.namespaces[found].value, |value, key| value.member(key.as_ref()))
    }

    /// The same for a path that may lead into lists.
    pub fn get_within(&self, namespace: &str, path: &[PathSegment]) -> Option<&Value> {
        let found = find(&self.namespaces, namespace).ok()?;
        path.iter().try_fold(&self.namespaces[found].value, |value, segment| match segment {
            PathSegment::Key { key } => value.member(key),
            PathSegment::Index { index } => value.item(*index),
        })
    }
}

impl Value {
    /// The member of a struct by its key.
    pub fn member(&self, key: &str) -> Option<&Self> {
        let Self::Struct { members } = self else { return None };
        find(members, key).ok().map(|at| &members[at].value)
    }

    /// The item of a list by its number.
    pub fn item(&self, index: u32) -> Option<&Self> {
        let Self::List { items } = self else { return None };
        items.get(index as usize)
    }
}

/// Where the member of a key is in an ascending list, or where it would be.
pub fn find(members: &[Member], key: &str) -> Result<usize, usize> {
    members.binary_search_by(|member| member.key.as_str().cmp(key))
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::String { value: value.into() }
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Number { value }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool { value }
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::List { items }
    }
}

impl<'a> FromIterator<(&'a str, Value)> for Value {
    /// A struct; of equal keys the last counts.
    fn from_iter<I: IntoIterator<Item = (&'a str, Value)>>(members: I) -> Self {
        let mut all = Vec::new();
        for (key, value) in members {
            match find(&all, key) {
                Ok(at) => all[at].value = value,
                Err(at) => all.insert(at, Member { key: key.into(), value }),
            }
        }
        Self::Struct { members: all }
    }
}
