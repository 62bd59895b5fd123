//! Statistics: each worker counts in memory of its own, and whoever reads adds the workers up.
//!
//! A part of the engine declares what it counts with [`stats_group!`](crate::stats_group) and
//! gets a shard of it from the [`Registry`] under a prefix such as `cluster.name`; the groups
//! with Envoy's names are in [`groups`]. Names appear as soon as a scope declares them, except
//! response codes and lazy histograms, which appear after their first use.

pub mod bin;
pub mod group;
pub mod groups;
pub mod histogram;
pub mod merged;
pub mod metric;
pub mod name;
pub mod quantile;
pub mod reader;
pub mod registry;
pub mod response_codes;
pub mod scope;
pub mod settings;
pub mod slot;
pub mod tags;
pub mod traffic;

pub use histogram::Histogram;
pub use metric::{Counter, Gauge};
pub use registry::Registry;
pub use response_codes::ResponseCodes;
pub use scope::Scope;
pub use settings::Settings;
