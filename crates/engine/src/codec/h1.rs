//! HTTP/1 (RFC 9112): a strict codec without I/O, and the connections that feed it.
//!
//! [`RequestParser`] and [`ResponseParser`] turn bytes into a [`Head`](crate::head::Head)
//! and the facts of its framing, [`BodyDecoder`] turns what follows into pieces, and `write_*`
//! do the reverse. What is ambiguous is refused, with the answer that Envoy's default codec
//! (balsa) gives.

mod body;
mod chunk;
pub mod client;
mod connection_header;
mod error;
mod field;
mod framing;
mod head_scan;
mod method;
mod normalize;
mod phrase;
mod request;
mod response;
pub mod server;
mod target;
mod trailers;
pub mod wire;
mod write;

pub use body::BodyDecoder;
pub use error::{BodyError, RequestError, ResponseError};
pub use framing::BodyFraming;
pub use head_scan::{HeadScan, ParseLimits};
pub use phrase::reason_phrase;
pub use request::{RequestHead, RequestParser};
pub use response::{ResponseHead, ResponseParser};
pub(crate) use target::parse_location;
pub use trailers::TrailerRules;
pub use write::{
    RequestFormat, RequestKind, ResponseFormat, write_chunk_end, write_chunk_start,
    write_last_chunk, write_request_head, write_response_head,
};

#[cfg(test)]
mod tests;
