//! Network filters: what is done with a connection once it is accepted.

pub mod serving;
pub mod tcp_proxy;
