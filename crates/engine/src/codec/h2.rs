//! HTTP/2 (RFC 9113) behind the engine's own types: nothing of the crates `h2` or `http` is
//! visible outside this folder.
