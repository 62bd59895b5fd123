//! What can be seen of the engine's work: statistics, access logs and their formats.

pub mod access_log;
pub mod format;
pub mod log_level;
pub mod stats;
