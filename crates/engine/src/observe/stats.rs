//! Statistics: each worker counts in memory of its own, and whoever reads adds the workers up.

pub mod metric;
