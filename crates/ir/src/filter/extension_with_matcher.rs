//! A filter that a matching tree may pass over (Envoy's `matching.v3.ExtensionWithMatcher`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::HttpFilterKind;
use crate::xds_matcher::XdsMatcher;

/// The filter and its tree. The tree has one action, 0: the filter is passed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtensionWithMatcher {
    pub filter: Box<HttpFilterKind>,
    /// Nothing: the filter is passed over unless a route says something.
    pub matcher: Option<XdsMatcher>,
}

/// What a route has in place of the tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtensionWithMatcherPerRoute {
    /// Nothing: the filter is there.
    pub matcher: Option<XdsMatcher>,
}
