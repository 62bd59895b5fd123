//! HTTP above the codecs: heads, the connection manager, filters and the driver of a request.

pub mod connection;
pub mod connection_ending;
pub mod connection_manager;
pub mod exchange;
pub mod filter_chain;
pub mod joined_header;
pub mod local_reply;
pub mod path_normalization;
pub mod router;
pub mod stream_info;
