//! HTTP above the codecs: heads, the connection manager, filters and the driver of a request.

pub mod head;
pub mod header_name;
pub mod stream_info;
