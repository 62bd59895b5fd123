//! Network filter chains.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http_connection_manager::HttpConnectionManager;
use crate::metadata::Metadata;
use crate::tcp_proxy::TcpProxy;

/// A chain of network filters; the last one is terminal. An empty chain closes the connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterChain {
    pub name: String,
    pub filters: Vec<NetworkFilter>,
    pub metadata: Option<Metadata>,
}

/// A network filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum NetworkFilter {
    HttpConnectionManager(Box<HttpConnectionManager>),
    TcpProxy(Box<TcpProxy>),
}
