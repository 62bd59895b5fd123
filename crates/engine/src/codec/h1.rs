//! HTTP/1 (RFC 9112): a strict codec without I/O, and the connections that feed it.
