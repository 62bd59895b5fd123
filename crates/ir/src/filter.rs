//! HTTP filters: one file a filter, one line here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub mod router;

/// An HTTP filter with the name that per-route configuration refers to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpFilter {
    pub name: String,
    /// Off unless a route switches it on.
    pub disabled: bool,
    pub kind: HttpFilterKind,
}

/// What an HTTP filter does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum HttpFilterKind {
    Router(router::Router),
}
