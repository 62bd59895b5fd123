//! The statistics of HTTP/2 connections.

pub use crate::observe::stats::groups::codec::Http2Stats;
