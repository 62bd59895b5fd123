//! Pages are compared with what the real Envoy answered on the same configuration.

mod fixture;
mod http;
mod pages;
mod stats;
