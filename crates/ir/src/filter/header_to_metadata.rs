//! The header-to-metadata filter (Envoy's `header_to_metadata.v3.Config`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Headers that become dynamic metadata; a route has one in place of the filter's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderToMetadata {
    pub request_rules: Vec<HeaderRule>,
    pub response_rules: Vec<HeaderRule>,
    /// Empty: nothing is counted.
    pub stat_prefix: String,
}

/// What becomes of one header or cookie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderRule {
    pub source: HeaderRuleSource,
    pub on_present: Option<HeaderRuleTarget>,
    pub on_missing: Option<HeaderRuleTarget>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum HeaderRuleSource {
    /// Repeated headers are joined by commas.
    Header {
        name: String,
        remove: bool,
    },
    Cookie {
        name: String,
    },
}

/// Where a value goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderRuleTarget {
    pub namespace: String,
    pub key: String,
    pub value: HeaderRuleValue,
    pub value_type: HeaderValueType,
    /// It is decoded first.
    pub base64: bool,
}

/// The value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum HeaderRuleValue {
    Found {},
    Fixed {
        value: String,
    },
    /// What was found, with all matches replaced.
    Rewritten {
        pattern: String,
        substitution: String,
    },
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeaderValueType {
    String,
    Number,
    /// A protobuf `Value`.
    ProtobufValue,
}
