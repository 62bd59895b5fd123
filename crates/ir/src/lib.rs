//! The contract between Python and Rust: what Python has decided, as plain data.
