//! The IP tagging filter (Envoy's `ip_tagging.v3.IPTagging`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::CidrRange;

/// Tags of the addresses that requests come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IpTagging {
    pub request_type: IpTaggingRequestType,
    pub tags: Vec<IpTag>,
    /// Nothing: they are appended to `x-envoy-ip-tags`.
    pub header: Option<IpTagHeader>,
}

/// Which requests are tagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IpTaggingRequestType {
    Both,
    Internal,
    External,
}

/// A tag and its addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IpTag {
    pub name: String,
    pub ranges: Vec<CidrRange>,
}

/// The header that tags are written to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IpTagHeader {
    pub name: String,
    /// What a client sent stays; otherwise it is taken away, with or without tags.
    pub append: bool,
}
