//! The groups with Envoy's names and meaning, by the part of the engine that counts them.

pub mod cluster;
pub mod codec;
pub mod dns;
pub mod http;
pub mod listener;
pub mod route;
pub mod server;
pub mod tcp_proxy;
