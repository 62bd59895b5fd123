//! Groups: the statistics that one part of the engine keeps under one prefix, as a plain struct.
//!
//! [`stats_group!`](crate::stats_group) writes the struct, a table of names and access by
//! position, so that who counts touches a field and who reads needs no list of his own.

use std::fmt::Debug;

use super::histogram::Histogram;
use super::metric::{Counter, Gauge};
use super::response_codes::ResponseCodes;

/// What a statistic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
    /// A histogram whose name exists only after its first value.
    LazyHistogram,
    /// Counters whose names end in `_200`, `_2xx`, `_completed` and exist after their first use.
    ResponseCodes,
    /// The same, but `_completed` exists from the start.
    EagerResponseCodes,
}

/// Name and kind of one member of a group.
#[derive(Debug)]
pub struct MetricInfo {
    /// Follows the scope's prefix and a dot.
    pub name: &'static str,
    pub kind: Kind,
}

/// A group's table; there is one for each struct.
#[derive(Debug)]
pub struct GroupInfo {
    /// The struct's path: tells groups apart.
    pub name: &'static str,
    pub metrics: &'static [MetricInfo],
}

impl PartialEq for GroupInfo {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.name == other.name
    }
}

/// One member of a shard.
#[derive(Debug, Clone, Copy)]
pub enum MetricRef<'a> {
    Counter(&'a Counter),
    Gauge(&'a Gauge),
    Histogram(&'a Histogram),
    ResponseCodes(&'a ResponseCodes),
}

/// A shard of any group, as the registry sees it.
pub trait Shard: Debug + Send + Sync + 'static {
    /// The member at a position of the group's table.
    fn metric(&self, index: usize) -> MetricRef<'_>;
}

/// A struct made by [`stats_group!`](crate::stats_group). `Default` is all zero.
pub trait StatsGroup: Shard + Default {
    const INFO: &'static GroupInfo;
}

/// Declares a group. A member is `name: Kind`, or `name: Kind("other.name")` where Envoy's name
/// is no identifier. Kinds are those of [`Kind`].
#[macro_export]
macro_rules! stats_group {
    ($(#[$meta:meta])* $vis:vis struct $group:ident {
        $($field:ident: $kind:ident $(($name:literal))?),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Default)]
        $vis struct $group {
            $(pub $field: $crate::stats_group!(@type $kind),)*
        }

        impl $crate::observe::stats::group::Shard for $group {
            fn metric(&self, index: usize) -> $crate::observe::stats::group::MetricRef<'_> {
                use $crate::observe::stats::group::MetricRef;
                let mut at = 0;
                $(
                    if index == at {
                        return $crate::stats_group!(@reference $kind, &self.$field);
                    }
                    at += 1;
                )*
                unreachable!("member {index} of {at} in {}", stringify!($group));
            }
        }

        impl $crate::observe::stats::group::StatsGroup for $group {
            const INFO: &'static $crate::observe::stats::group::GroupInfo = {
                use $crate::observe::stats::group::{GroupInfo, Kind, MetricInfo};
                const METRICS: &[MetricInfo] = &[$(MetricInfo {
                    name: $crate::stats_group!(@name $field $($name)?),
                    kind: Kind::$kind,
                }),*];
                static INFO: GroupInfo = GroupInfo {
                    name: concat!(module_path!(), "::", stringify!($group)),
                    metrics: METRICS,
                };
                &INFO
            };
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $name:literal) => { $name };
    (@type Counter) => { $crate::observe::stats::Counter };
    (@type Gauge) => { $crate::observe::stats::Gauge };
    (@type Histogram) => { $crate::observe::stats::Histogram };
    (@type LazyHistogram) => { $crate::observe::stats::Histogram };
    (@type ResponseCodes) => { $crate::observe::stats::ResponseCodes };
    (@type EagerResponseCodes) => { $crate::observe::stats::ResponseCodes };
    (@reference Counter, $field:expr) => { MetricRef::Counter($field) };
    (@reference Gauge, $field:expr) => { MetricRef::Gauge($field) };
    (@reference Histogram, $field:expr) => { MetricRef::Histogram($field) };
    (@reference LazyHistogram, $field:expr) => { MetricRef::Histogram($field) };
    (@reference ResponseCodes, $field:expr) => { MetricRef::ResponseCodes($field) };
    (@reference EagerResponseCodes, $field:expr) => { MetricRef::ResponseCodes($field) };
}
