//! Routing: from a route configuration to an immutable table that is asked once a request.
//!
//! [`RouteTable`] finds the virtual host by the authority and, in it, the first route in list
//! order that matches, through an index whose cost does not grow with the table. A [`Route`]
//! carries, compiled, all that choosing it does: header mutation, rewrites, redirects, direct
//! responses, the choice of a cluster, timeouts (Envoy's `config.route.v3`).

pub mod cluster_specifier;
pub mod direct_response;
pub mod entry;
pub mod filter_overrides;
pub mod finalize;
mod formatted_rewrite;
pub mod internal_redirect;
pub mod matcher;
pub mod mirror;
pub mod mutation;
pub mod redirect;
pub mod rewrite;
pub mod scope;
pub mod table;
pub mod timeouts;
pub mod upgrades;
pub mod virtual_cluster;
pub mod virtual_host;

pub(crate) mod byte_hash;
mod index;
mod route_lists;

pub use cluster_specifier::ClusterIndex;
pub use entry::{Action, Route, RouteId};
pub(crate) use index::without_query;
pub use matcher::{MatchContext, Miss};
pub use mutation::{MutationContext, MutationScratch};
pub use table::{MatchScratch, RouteError, RouteHandle, RouteTable};
