//! How the proxy's own answers look (Envoy's `LocalReplyConfig` and `ProxyStatusConfig`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access_log::AccessLogFilter;
use crate::format::BodyFormat;
use crate::header::HeaderAdd;

/// What is made of answers that no upstream sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalReplyConfig {
    /// The first whose filter takes an answer has it.
    pub mappers: Vec<LocalReplyMapper>,
    /// For answers whose mapper has none.
    pub body_format: Option<BodyFormat>,
}

/// What is made of the answers that a filter takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalReplyMapper {
    pub filter: AccessLogFilter,
    /// Nothing: as it is.
    pub status: Option<u16>,
    /// Nothing: as it is.
    pub body: Option<String>,
    pub headers_to_add: Vec<HeaderAdd>,
    pub body_format: Option<BodyFormat>,
}

/// The `proxy-status` header (RFC 9209) of answers in which something went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProxyStatusConfig {
    pub details: bool,
    pub connection_termination_details: bool,
    pub response_flags: bool,
    pub set_recommended_response_code: bool,
    pub proxy_name: ProxyName,
}

/// What the proxy calls itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ProxyName {
    ServerName,
    NodeId,
    Literal { name: String },
}
