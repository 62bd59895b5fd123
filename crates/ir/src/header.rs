//! Header mutation (Envoy's `HeaderValueOption` and the `*_to_remove` lists).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::Segment;

/// What is done to the headers of one direction at one level: removals, then additions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderMutations {
    /// Lower case.
    pub remove: Vec<String>,
    pub add: Vec<HeaderAdd>,
}

/// One header to add.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderAdd {
    /// Lower case.
    pub name: String,
    pub value: Vec<Segment>,
    pub action: AppendAction,
    pub keep_empty_value: bool,
}

/// What happens when the header is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AppendAction {
    AppendIfExistsOrAdd,
    AddIfAbsent,
    OverwriteIfExistsOrAdd,
    OverwriteIfExists,
}
