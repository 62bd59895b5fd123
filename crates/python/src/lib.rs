//! The module `voyant._engine`: the engine as Python sees it, and nothing else.
//! It holds no logic: a frozen class and one map from the engine's errors to exceptions.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use voyant_engine::admin::{Delegate, DelegateAnswer, Request};
use voyant_engine::observe::log_level::{Level, LogLevels};
use voyant_engine::runtime::loader::Layers;
use voyant_ir::snapshot::{RuntimeLayer, RuntimeValue};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

create_exception!(voyant._engine, EngineError, PyException, "The engine could not do it.");

#[pymodule]
mod _engine {
    #[pymodule_export]
    use super::{
        Engine, EngineError, loggers, re2_program_size, regex_error, regex_matches, schema, version,
    };
}

/// The version of the compiled engine.
#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// What is wrong with a regular expression in Rust's syntax; nothing when it compiles.
#[pyfunction]
fn regex_error(pattern: &str) -> Option<String> {
    voyant_engine::pattern::regex_error(pattern)
}

/// Whether a regular expression in Rust's syntax matches the whole of a value.
#[pyfunction]
fn regex_matches(pattern: &str, value: &[u8]) -> bool {
    voyant_engine::pattern::regex_matches(pattern, value)
}

/// How many instructions RE2's program for a regular expression in Rust's syntax has; nothing when
/// it has no memory for them. 0 for what cannot be parsed.
#[pyfunction]
fn re2_program_size(pattern: &str) -> Option<usize> {
    match voyant_re2::program_size(pattern) {
        Some(voyant_re2::ProgramSize::Instructions(count)) => Some(count),
        Some(voyant_re2::ProgramSize::TooLarge) => None,
        None => Some(0),
    }
}

/// The names of the loggers, which have levels of their own.
#[pyfunction]
fn loggers() -> Vec<&'static str> {
    voyant_engine::observe::log_level::loggers().to_vec()
}

/// The JSON schema of a snapshot.
#[pyfunction]
fn schema() -> String {
    voyant_ir::schema()
}

/// The engine's owner in Python. It is entered on a thread of its own, never on a worker's.
#[derive(Debug)]
struct Owner(Py<PyAny>);

impl Delegate for Owner {
    fn answer(&self, request: &Request) -> DelegateAnswer {
        let asked = Python::try_attach(|py| {
            let arguments = (request.path.as_str(), request.parameters.clone());
            self.0.call_method1(py, "answer", arguments)?.extract::<(u16, bool, Vec<u8>)>(py)
        });
        let failed =
            |body: String| DelegateAnswer { status: 500, is_json: false, body: body.into() };
        match asked {
            Some(Ok((status, is_json, body))) => DelegateAnswer { status, is_json, body },
            Some(Err(error)) => failed(format!("{error}\n")),
            None => failed("the process is ending\n".to_owned()),
        }
    }

    fn quit(&self) {
        // An owner that fails to end the process has said so where Python says such things.
        let _ = Python::try_attach(|py| self.0.call_method0(py, "quit").map(drop));
    }

    fn warn(&self, logger: &str, text: &str) {
        // There is nowhere else to say it.
        let _ = Python::try_attach(|py| self.0.call_method1(py, "warn", (logger, text)).map(drop));
    }
}

fn log_levels(all: &str, components: Vec<(String, String)>) -> PyResult<LogLevels> {
    let level = |name: &str| {
        Level::parse(name)
            .ok_or_else(|| PyValueError::new_err(format!("unknown log level {name:?}")))
    };
    let pairs = components.into_iter().map(|(name, of)| Ok((name, level(&of)?)));
    Ok(LogLevels::with(level(all)?, pairs.collect::<PyResult<Vec<_>>>()?))
}

/// A runtime layer: its name, two marks (see `replace_runtime`), its keys and values.
type Layer = (String, bool, bool, Vec<(String, String)>);

/// A running engine. Its threads are Rust's; they end with `stop` or with the object.
#[pyclass(frozen, module = "voyant._engine")]
struct Engine {
    engine: Mutex<voyant_engine::Engine>,
    /// Asked by whoever logs, also while `stop` waits for a thread that does.
    log_levels: Arc<LogLevels>,
}

impl Engine {
    fn lock(&self) -> MutexGuard<'_, voyant_engine::Engine> {
        // The engine's methods leave it whole even when they panic.
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Engine {
    /// Starts from a snapshot in msgpack: listeners are bound and served on return. `owner`
    /// answers what the engine cannot (`answer(path, query) -> (status, is_json, body)`) and is
    /// told when an operator wants the process to end (`quit()`) and what he is to be warned of
    /// (`warn(logger, text)`).
    /// Raises `ValueError` for bytes that are no snapshot, `EngineError` when it cannot start.
    #[new]
    #[pyo3(signature = (snapshot, owner=None, log_level="info", component_log_levels=Vec::new()))]
    fn new(
        py: Python<'_>,
        snapshot: &[u8],
        owner: Option<Py<PyAny>>,
        log_level: &str,
        component_log_levels: Vec<(String, String)>,
    ) -> PyResult<Self> {
        let log_levels = Arc::new(log_levels(log_level, component_log_levels)?);
        let owner = owner.map(|owner| Arc::new(Owner(owner)) as Arc<dyn Delegate>);
        let started = py.detach(|| {
            let snapshot = voyant_ir::decode(snapshot)
                .map_err(|error| PyValueError::new_err(error.to_string()))?;
            voyant_engine::Engine::start_for(snapshot, owner, Arc::clone(&log_levels))
                .map_err(|error| EngineError::new_err(error.to_string()))
        });
        Ok(Self { engine: Mutex::new(started?), log_levels })
    }

    /// Other layers of the runtime hold from now on: each a name, whether it is the operator's,
    /// whether it is in files, and its values. `unread`: one that could not be read is missing.
    fn replace_runtime(&self, layers: Vec<Layer>, unread: bool) {
        let value = |(key, value)| RuntimeValue { key, value };
        let layers = layers.into_iter().map(|(name, admin, disk, values)| RuntimeLayer {
            name,
            admin,
            disk,
            values: values.into_iter().map(value).collect(),
        });
        self.lock().replace_runtime(Layers { read: layers.collect(), unread });
    }

    /// The admin interface's address as bound.
    fn admin_address(&self) -> Option<String> {
        self.lock().admin_address().map(ToString::to_string)
    }

    /// Why the admin interface's address could not be written to its file.
    fn unwritten_admin_address(&self) -> Option<String> {
        self.lock().unwritten_admin_address().map(ToString::to_string)
    }

    /// The level of a logger by now: the admin interface changes it.
    fn log_level(&self, name: &str) -> Option<&'static str> {
        self.log_levels.get(name).map(Level::as_str)
    }

    /// Names of the listeners, each with its addresses as bound.
    fn listeners(&self) -> Vec<(String, Vec<String>)> {
        let engine = self.lock();
        let listeners = engine.snapshot().listeners.iter();
        listeners
            .map(|listener| {
                let addresses = listener.addresses.iter().map(|bound| bound.local.to_string());
                (listener.ir.name.clone(), addresses.collect())
            })
            .collect()
    }

    /// Connections of clients that are open now.
    fn open_connections(&self) -> u64 {
        self.lock().open_connections()
    }

    /// No connection is open, and none can come any more.
    fn is_drained(&self) -> bool {
        self.lock().is_drained()
    }

    /// How long a shutdown may wait for requests in flight.
    fn drain_time(&self) -> Duration {
        self.lock().drain_time()
    }

    /// Stops accepting; every response from now on ends its connection.
    fn begin_shutdown(&self) {
        self.lock().begin_shutdown();
    }

    /// Begins to tell clients to go, as the drain strategy says.
    fn drain(&self) {
        self.lock().drain();
    }

    /// Writes what waits and opens log files anew.
    fn reopen_logs(&self) {
        self.lock().reopen_logs();
    }

    /// Ends all threads and waits for them. May be called again.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.lock().stop());
    }
}
