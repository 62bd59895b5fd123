//! The RBAC filter (Envoy's `rbac.v3.RBAC`): who may do what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::CidrRange;
use crate::matcher::{HeaderMatcher, StringMatcher};
use crate::value_matcher::{FilterStateMatcher, MetadataMatcher};
use crate::xds_matcher::XdsMatcher;

/// What is enforced, and what is only told of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rbac {
    pub enforced: Option<RbacEngine>,
    pub shadow: Option<RbacEngine>,
    /// Put before the names of statistics and of metadata of what is enforced.
    pub rules_stat_prefix: String,
    pub shadow_rules_stat_prefix: String,
    /// Each policy has statistics of its own.
    pub track_per_rule_stats: bool,
}

/// What a route has in place of the filter's own; nothing switches it off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RbacPerRoute {
    pub rbac: Option<Rbac>,
}

/// What decides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RbacEngine {
    /// The first policy that a request fits, in the order of their names.
    Rules { action: RbacAction, policies: Vec<RbacPolicy> },
    /// The action that a tree leads to; what leads nowhere is denied.
    Matcher { matcher: XdsMatcher, actions: Vec<RbacNamedAction> },
}

/// What is done with requests that fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RbacAction {
    /// All others are denied.
    Allow,
    /// All others are allowed.
    Deny,
    /// They are marked for the access log; all are allowed.
    Log,
}

/// An action of a matching tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RbacNamedAction {
    pub name: String,
    pub action: RbacAction,
}

/// One of the permissions and one of the principals must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RbacPolicy {
    pub name: String,
    pub permissions: Vec<RbacCondition>,
    pub principals: Vec<RbacCondition>,
}

/// A permission or a principal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RbacCondition {
    Any {},
    Never {},
    And {
        conditions: Vec<RbacCondition>,
    },
    Or {
        conditions: Vec<RbacCondition>,
    },
    Not {
        condition: Box<RbacCondition>,
    },
    Header {
        matcher: HeaderMatcher,
    },
    /// The path without its query.
    UrlPath {
        matcher: StringMatcher,
    },
    DestinationIp {
        range: CidrRange,
    },
    /// A port in `start..end`.
    DestinationPort {
        start: u32,
        end: u32,
    },
    DynamicMetadata {
        matcher: MetadataMatcher,
    },
    RouteMetadata {
        matcher: MetadataMatcher,
    },
    FilterState {
        matcher: FilterStateMatcher,
    },
    RequestedServerName {
        matcher: StringMatcher,
    },
    /// The connection's peer.
    DirectRemoteIp {
        range: CidrRange,
    },
    /// The client that the connection manager has found.
    RemoteIp {
        range: CidrRange,
    },
}
