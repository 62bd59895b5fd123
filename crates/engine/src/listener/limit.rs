//! How many connections may be open at one time: of one listener, and of all listeners together
//! (Envoy's `envoy.resource_limits.listener.<name>.connection_limit` and
//! `overload.global_downstream_max_connections`). Workers share the counts, so limits are exact.

//! Who is open while there is no limit counts, too: an operator may set one at any time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::runtime::Runtime;

/// The key of the limit of all connections.
pub const GLOBAL: &str = "overload.global_downstream_max_connections";

/// The key of the limit of a listener's connections.
pub fn key_of_listener(name: &str) -> String {
    format!("envoy.resource_limits.listener.{name}.connection_limit")
}

/// A limit and what is open under it.
#[derive(Debug)]
pub struct ConnectionLimit {
    key: Box<str>,
    most: AtomicU64,
    open: AtomicU64,
}

/// One of the connections that a limit allows, until it is dropped.
#[derive(Debug)]
pub struct Place(Arc<ConnectionLimit>);

impl ConnectionLimit {
    /// The limit that the runtime has under a key; none without a number there.
    pub fn new(key: &str, runtime: &Runtime) -> Arc<Self> {
        let limit = Self { key: key.into(), most: u64::MAX.into(), open: AtomicU64::new(0) };
        limit.follow(runtime);
        Arc::new(limit)
    }

    /// Takes the limit that the runtime has by now.
    pub fn follow(&self, runtime: &Runtime) {
        self.most.store(runtime.integer(&self.key, u64::MAX), Relaxed);
    }

    /// A place, while there are any.
    fn take(self: &Arc<Self>) -> Option<Place> {
        let most = self.most.load(Relaxed);
        let free = |open: u64| (open < most).then_some(open + 1);
        let taken = self.open.fetch_update(Relaxed, Relaxed, free);
        taken.is_ok().then(|| Place(Arc::clone(self)))
    }

    /// A place, whether there are any or not.
    fn exceed(self: &Arc<Self>) -> Place {
        self.open.fetch_add(1, Relaxed);
        Place(Arc::clone(self))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Relaxed);
    }
}

/// The limits of one listener.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// The admin interface has none.
    pub own: Option<Arc<ConnectionLimit>>,
    pub global: Arc<ConnectionLimit>,
    /// Connections count under the global limit and are not refused for it.
    pub ignores_global: bool,
}

/// What a connection holds of the limits while it is open.
#[derive(Debug)]
pub struct Places {
    _own: Option<Place>,
    _global: Place,
}

/// Which limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    Own,
    Global,
}

impl ConnectionLimits {
    /// Places for one more connection.
    pub fn admit(&self) -> Result<Places, Full> {
        let global = if self.ignores_global {
            self.global.exceed()
        } else {
            self.global.take().ok_or(Full::Global)?
        };
        let own = match &self.own {
            Some(limit) => Some(limit.take().ok_or(Full::Own)?),
            None => None,
        };
        Ok(Places { _own: own, _global: global })
    }
}

#[cfg(test)]
mod tests {
    use voyant_ir::snapshot::{RuntimeLayer, RuntimeValue};

    use super::*;

    fn runtime(values: &[(&str, u64)]) -> Runtime {
        let value = |(key, limit): &(&str, u64)| RuntimeValue {
            key: (*key).to_owned(),
            value: limit.to_string(),
        };
        let values = values.iter().map(value).collect();
        Runtime::new(&[RuntimeLayer { name: "x".into(), admin: false, disk: false, values }])
    }

    fn limits(values: &[(&str, u64)]) -> ConnectionLimits {
        let runtime = runtime(values);
        ConnectionLimits {
            own: Some(ConnectionLimit::new("own", &runtime)),
            global: ConnectionLimit::new(GLOBAL, &runtime),
            ignores_global: false,
        }
    }

    #[test]
    fn places_come_back() {
        let limits = limits(&[("own", 2)]);
        let first = limits.admit().expect("a place");
        let _second = limits.admit().expect("a place");
        assert_eq!(limits.admit().err(), Some(Full::Own));
        drop(first);
        assert!(limits.admit().is_ok());
    }

    #[test]
    fn the_global_limit_holds_over_all_listeners() {
        let limits = limits(&[(GLOBAL, 2)]);
        let free = ConnectionLimits { ignores_global: true, own: None, ..limits.clone() };
        let _one = free.admit().expect("a place");
        let _two = limits.admit().expect("a place");
        assert_eq!(limits.admit().err(), Some(Full::Global));
        let _three = free.admit().expect("a place beyond the limit");
    }

    #[test]
    fn who_is_refused_for_one_limit_takes_nothing_of_the_other() {
        let limits = limits(&[("own", 0), (GLOBAL, 1)]);
        assert_eq!(limits.admit().err(), Some(Full::Own));
        assert_eq!(limits.admit().err(), Some(Full::Own));
    }

    #[test]
    fn a_limit_that_comes_later_counts_those_who_are_there() {
        let limits = limits(&[]);
        let _first = limits.admit().expect("a place");
        limits.global.follow(&runtime(&[(GLOBAL, 1)]));
        assert_eq!(limits.admit().err(), Some(Full::Global));
        limits.global.follow(&runtime(&[]));
        assert!(limits.admit().is_ok());
    }
}
