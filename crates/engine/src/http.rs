//! HTTP above the codecs: heads, the connection manager, filters and the driver of a request.

pub mod connection_manager;
pub mod head;
pub mod header_name;
pub mod joined_header;
pub mod stream_info;
