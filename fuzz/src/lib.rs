//! What the fuzz targets of the engine share: how bytes are fed, and what must hold of the result.

#![forbid(unsafe_code)]

pub mod control;
pub mod decompression;
pub mod grpc;
pub mod h1;
pub mod h1_body;
pub mod h2;
pub mod matcher;
pub mod path;
pub mod route;
