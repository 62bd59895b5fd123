//! HTTP filters: one file a filter, one line in each list below.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub mod buffer;
pub mod compressor;
pub mod cors;
pub mod csrf;
pub mod decompressor;
pub mod extension_with_matcher;
pub mod fault;
pub mod grpc_http1_bridge;
pub mod grpc_stats;
pub mod grpc_web;
pub mod header_mutation;
pub mod header_to_metadata;
pub mod health_check;
pub mod ip_tagging;
pub mod local_ratelimit;
pub mod on_demand;
pub mod rbac;
pub mod router;
pub mod set_filter_state;
pub mod set_metadata;

/// An HTTP filter with the name that per-route configuration refers to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpFilter {
    pub name: String,
    /// Off unless a route switches it on.
    pub disabled: bool,
    pub kind: HttpFilterKind,
}

/// What an HTTP filter does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "there are few, and they are made once")]
pub enum HttpFilterKind {
    Buffer(buffer::Buffer),
    Compressor(Box<compressor::Compressor>),
    Cors(cors::Cors),
    Csrf(csrf::CsrfPolicy),
    Decompressor(Box<decompressor::Decompressor>),
    ExtensionWithMatcher(extension_with_matcher::ExtensionWithMatcher),
    Fault(Box<fault::Fault>),
    GrpcHttp1Bridge(grpc_http1_bridge::GrpcHttp1Bridge),
    GrpcStats(grpc_stats::GrpcStats),
    GrpcWeb(grpc_web::GrpcWeb),
    HeaderMutation(header_mutation::HeaderMutation),
    HeaderToMetadata(header_to_metadata::HeaderToMetadata),
    HealthCheck(health_check::HealthCheck),
    IpTagging(ip_tagging::IpTagging),
    LocalRatelimit(Box<local_ratelimit::LocalRatelimit>),
    OnDemand(on_demand::OnDemand),
    Rbac(rbac::Rbac),
    Router(router::Router),
    SetFilterState(set_filter_state::SetFilterState),
    SetMetadata(set_metadata::SetMetadata),
}

impl HttpFilterKind {
    /// The router, if it is that.
    pub fn as_router(&self) -> Option<&router::Router> {
        if let Self::Router(router) = self { Some(router) } else { None }
    }
}

/// What a route table, virtual host, route or weighted cluster says of the filter of a name
/// (Envoy's `typed_per_filter_config`). It switches the filter on unless it switches it off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterOverride {
    /// As in [`HttpFilter::name`]; there may be no filter of that name.
    pub name: String,
    pub disabled: bool,
    pub config: Option<PerRouteKind>,
}

/// The configuration of a filter for a route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "there are few, and they are made once")]
pub enum PerRouteKind {
    Buffer(buffer::BufferPerRoute),
    Compressor(compressor::CompressorPerRoute),
    Cors(cors::CorsPolicy),
    Csrf(csrf::CsrfPolicy),
    ExtensionWithMatcher(extension_with_matcher::ExtensionWithMatcherPerRoute),
    Fault(Box<fault::Fault>),
    HeaderMutation(header_mutation::Mutations),
    HeaderToMetadata(header_to_metadata::HeaderToMetadata),
    LocalRatelimit(Box<local_ratelimit::LocalRatelimit>),
    OnDemand(on_demand::OnDemand),
    Rbac(rbac::RbacPerRoute),
    SetFilterState(set_filter_state::SetFilterState),
    SetMetadata(set_metadata::SetMetadata),
}
