//! How a snapshot crosses the boundary: msgpack with named fields, one value a snapshot.

use crate::Snapshot;

/// A snapshot that does not fit the contract; only a bug in the producer can cause it.
#[derive(Debug, thiserror::Error)]
#[error("the snapshot does not fit the contract: {0}")]
pub struct DecodeError(#[from] rmp_serde::decode::Error);

/// Reads a snapshot from msgpack with named fields.
pub fn decode(bytes: &[u8]) -> Result<Snapshot, DecodeError> {
    Ok(rmp_serde::from_slice(bytes)?)
}

/// The JSON schema of [`Snapshot`], from which the Python classes are generated.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Snapshot);
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}
