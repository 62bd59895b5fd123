//! Voyant's data plane, in the order in which a request meets it: listener, codec, connection
//! manager and filters, route, upstream. It knows no protobuf, YAML, type URL, environment
//! variable or file path beyond what the IR hands it.

pub mod admin;
pub mod base64;
pub mod codec;
pub mod compression;
pub mod descriptors;
pub mod engine;
pub mod failure;
pub mod filter;
pub mod filter_state;
pub mod grpc;
pub mod guard_dog;
pub mod head;
pub mod http;
pub mod ip_ranges;
pub mod lb;
pub mod lifecycle;
pub mod listener;
pub mod matcher;
pub mod metadata;
pub mod network;
pub mod number;
pub mod observe;
pub mod pattern;
pub mod rate_limit;
pub mod route;
pub mod rt;
pub mod runtime;
pub mod snapshot;
pub mod string_matcher;
pub mod upstream;
pub mod value_matcher;
pub mod worker;
mod xx_hash;

pub use engine::{Engine, StartError};
