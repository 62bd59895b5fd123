//! What the connection manager makes of a request's path, host, scheme and sender before any
//! route or filter sees it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::CidrRange;
use crate::header::HeaderAdd;
use crate::matcher::StringMatcher;

/// What is done to paths.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PathNormalization {
    pub escaped_slashes: EscapedSlashes,
    pub normalize: NormalizePath,
    pub merge_slashes: bool,
}

/// What `%2F` and `%5C` in a path lead to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EscapedSlashes {
    #[default]
    KeepUnchanged,
    RejectRequest,
    UnescapeAndRedirect,
    UnescapeAndForward,
    /// As the runtime key `http_connection_manager.path_with_escaped_slashes_action` numbers them.
    ByRuntime,
}

/// Whether paths get their canonical form.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NormalizePath {
    #[default]
    No,
    Yes,
    /// As the runtime key `http_connection_manager.normalize_path` says.
    ByRuntime,
}

/// What is done to the host.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostNormalization {
    pub strip_port: StripPort,
    pub strip_trailing_dot: bool,
}

/// Which ports are taken from the host.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StripPort {
    #[default]
    No,
    /// That of the listener.
    Matching,
    Any,
}

/// What is done to the scheme.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SchemeTransformation {
    /// Empty: the client's, or what `x-forwarded-proto` says.
    pub overwrite: String,
    /// Upstreams are told what the connection to them is.
    pub match_upstream: bool,
}

/// A way to find out who the client is, when it is not who opened the connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum OriginalIpDetection {
    Xff {
        num_trusted_hops: u32,
        /// When there are some, the first address that is in none of them counts.
        trusted_cidrs: Vec<CidrRange>,
        skip_append: bool,
    },
    CustomHeader {
        /// Lower case.
        name: String,
        /// The address may be an internal one.
        trusted: bool,
        /// What requests are answered whose header has no address.
        reject_status: Option<u16>,
    },
}

/// One change of a request's head before anything else is made of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum EarlyHeaderMutation {
    /// Lower case.
    Remove {
        name: String,
    },
    RemoveOnMatch {
        name: StringMatcher,
    },
    Append {
        header: HeaderAdd,
    },
}
