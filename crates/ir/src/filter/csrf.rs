//! The CSRF filter (Envoy's `csrf.v3.CsrfPolicy`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::matcher::{FractionalPercent, StringMatcher};

/// Refuses requests that change something and come from elsewhere; for the filter and for routes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CsrfPolicy {
    pub filter_enabled: FractionalPercent,
    /// Requests are counted even when the policy does not hold.
    pub shadow_enabled: Option<FractionalPercent>,
    /// Beside the destination's own.
    pub additional_origins: Vec<StringMatcher>,
}
