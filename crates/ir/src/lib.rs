//! The contract between Python and Rust: what Python has decided, as plain data.
//!
//! Every default is already filled in, units are in the names, references are by name and have
//! been checked. `Option` means only "this feature is off" (or, in overrides, "not overridden").
//! Rust's definition is the only one; the Python classes are generated from its schema.

pub mod access_log;
pub mod address;
pub mod admin;
pub mod cluster;
pub mod compression;
pub mod filter;
pub mod filter_chain;
pub mod filter_state;
pub mod format;
pub mod header;
pub mod http_connection_manager;
pub mod lb;
pub mod listener;
pub mod local_reply;
pub mod matcher;
pub mod metadata;
pub mod protocol;
pub mod rate_limit;
pub mod request_sanitizing;
pub mod route;
pub mod scoped_routes;
pub mod snapshot;
pub mod tcp_proxy;
pub mod upgrade;
pub mod value_matcher;
pub mod xds_matcher;

mod wire;

pub use snapshot::Snapshot;
pub use wire::{DecodeError, decode, schema};
