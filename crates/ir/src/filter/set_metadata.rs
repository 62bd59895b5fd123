//! The set-metadata filter (Envoy's `set_metadata.v3.Config`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::metadata::Value;

/// Dynamic metadata that each request gets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetMetadata {
    pub entries: Vec<SetMetadataEntry>,
}

/// What goes into one namespace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetMetadataEntry {
    pub namespace: String,
    /// A struct.
    pub value: Value,
    /// Also where there is something already, which it is merged into.
    pub allow_overwrite: bool,
}
