//! HTTP/2 (RFC 9113) behind the engine's own types: nothing of the crates `h2` or `http` is
//! visible outside this folder.
//!
//! The crate `h2` keeps the state of streams and their flow control. What Envoy does and the crate
//! does not, stands between it and the socket: the `transport` gathers writes and shows every
//! frame's header to the `ledger`, which holds the flood limits; `decode` and `encode` join the
//! two kinds of heads; a `chunk` tells its stream when its bytes have left.

mod chunk;
mod client;
mod client_stream;
mod decode;
mod encode;
mod error;
mod frame;
mod held_head;
mod keepalive;
mod ledger;
mod limits;
mod outbox;
pub mod preface;
mod premature;
mod recv;
mod reset_bucket;
mod send;
mod server;
mod server_stream;
mod settings;
mod shared;
mod stats;
mod stream_bytes;
mod transport;
mod tunnel;
mod wire;

pub use client::ClientConnection;
pub use client_stream::ClientStream;
pub(crate) use error::OUTBOUND_FRAMES_FLOOD;
pub use error::{ConnectionError, ConnectionErrorKind};
pub use limits::HeadLimits;
pub use server::{Accepted, ServerConnection};
pub use server_stream::ServerStream;
pub use stats::Http2Stats;

#[cfg(test)]
mod tests;
