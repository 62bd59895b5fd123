//! Scripted upstreams and clients, and the engine between them, for scenario tests.
//!
//! Every actor is a builder that ends in `.run()`, binds port 0, and raises what went wrong in it:
//! in the client when it runs, in an upstream or proxy at the latest when it is dropped. All
//! waiting has a deadline ([`DEADLINE`]); nothing sleeps. Bytes are given and taken as they are,
//! by code that shares nothing with the engine's codecs.

pub mod client;
pub mod configuration;
pub mod message;
pub mod proxy;
pub mod upstream;

mod wire;

use std::time::Duration;

pub use client::{Client, Conversation};
pub use message::Message;
pub use proxy::{Proxy, RunningProxy};
pub use upstream::{RunningUpstream, Script, Upstream};

/// How long an actor waits for what its script says comes next.
pub const DEADLINE: Duration = Duration::from_secs(20);
