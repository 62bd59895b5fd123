//! Filter state: named objects that filters leave for others (Envoy's `StreamInfo::FilterState`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an object is, and so how it is read from text and what it is written as. Envoy has a
/// factory for each name; several make the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// Text that is also typed: a string in JSON.
    String,
    /// Text that is not.
    Text,
    /// Text that is not written.
    Opaque,
    /// `true` or anything else.
    Bool,
    Uint32,
    /// A string in JSON, as protobuf has it.
    Uint64,
    /// An IP address with its port; the fields `ip` and `port`.
    Address,
    /// An IP address.
    Ip,
}

/// For how long an object is there.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LifeSpan {
    /// Until the stream ends or is redirected internally.
    FilterChain,
    /// Until the stream ends.
    Request,
    /// Until the downstream connection ends.
    Connection,
}

/// Whether upstream connections get an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sharing {
    None,
    /// The upstream connection does.
    Once,
    /// So do the upstream connections of what answers behind an internal listener.
    Transitive,
}
