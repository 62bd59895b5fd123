//! The one map from what failed to what is seen of it: response flag, details, status, body.

pub mod flags;
