//! The on-demand filter (Envoy's `on_demand.v3.OnDemand`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Nothing is found on demand: it lets all pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OnDemand {}
