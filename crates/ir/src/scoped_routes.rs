//! Route tables that are chosen by a key from the request's headers
//! (Envoy's `http_connection_manager.v3.ScopedRoutes`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The tables and how the key is made. A request whose key is of none has no route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopedRoutes {
    /// The parts of the key, in order; a request that lacks one has no key.
    pub fragments: Vec<ScopeKeyFragment>,
    pub scopes: Vec<RouteScope>,
}

/// A part of the key: an element of a header's first value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeKeyFragment {
    /// Lower case.
    pub header: String,
    /// Between elements; empty: the value is one.
    pub element_separator: String,
    pub extract: ScopeKeyExtract,
}

/// Which element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ScopeKeyExtract {
    Index {
        index: u32,
    },
    /// What follows the separator in the first element that begins with the key.
    Element {
        separator: String,
        key: String,
    },
}

/// A table and its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteScope {
    pub key: Vec<String>,
    /// `id` of a route configuration in the snapshot.
    pub route_configuration: String,
}
