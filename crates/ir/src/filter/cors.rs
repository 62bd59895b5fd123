//! The CORS filter (Envoy's `cors.v3.Cors` and `CorsPolicy`, and `route.v3.CorsPolicy`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::matcher::{FractionalPercent, StringMatcher};

/// Answers preflights and marks responses as routes say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cors {}

/// Who may ask for a resource from other origins, and how. What is empty or absent is looked for
/// in the policy of the level above.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorsPolicy {
    pub allow_origins: Vec<StringMatcher>,
    pub allow_methods: String,
    pub allow_headers: String,
    pub expose_headers: String,
    pub max_age: String,
    pub allow_credentials: Option<bool>,
    pub allow_private_network_access: Option<bool>,
    pub forward_not_matching_preflights: Option<bool>,
    /// Without it the policy holds always.
    pub filter_enabled: Option<FractionalPercent>,
    /// Origins are counted even when the policy does not hold.
    pub shadow_enabled: Option<FractionalPercent>,
}
