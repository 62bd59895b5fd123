//! The set-filter-state filter (Envoy's `set_filter_state.v3.Config`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::filter_state::{ObjectKind, Sharing};
use crate::format::FormatString;

/// Objects that each request leaves in its filter state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetFilterState {
    pub on_request_headers: Vec<FilterStateValue>,
    pub clear_route_cache: bool,
}

/// One object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterStateValue {
    pub key: String,
    pub kind: ObjectKind,
    pub value: FormatString,
    pub read_only: bool,
    pub sharing: Sharing,
    pub skip_if_empty: bool,
}
