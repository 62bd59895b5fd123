//! The module `voyant._engine`: the engine as Python sees it, and nothing else.
//! It holds no logic: a few frozen classes and one map from the engine's errors to exceptions.

use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[pymodule]
mod _engine {
    #[pymodule_export]
    use super::version;
}

/// The version of the compiled engine.
#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
