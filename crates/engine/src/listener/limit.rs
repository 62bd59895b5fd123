//! How many connections may be open at one time: of one listener, and of all listeners together
//! (Envoy's `envoy.resource_limits.listener.<name>.connection_limit` and
//! `overload.global_downstream_max_connections`). Workers share the counts, so limits are exact.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A limit and what is open under it.
#[derive(Debug)]
pub struct ConnectionLimit {
    most: u64,
    open: AtomicU64,
}

/// One of the connections that a limit allows, until it is dropped.
#[derive(Debug)]
pub struct Place(Arc<ConnectionLimit>);

impl ConnectionLimit {
    pub fn new(most: u64) -> Arc<Self> {
        Arc::new(Self { most, open: AtomicU64::new(0) })
    }

    /// A place, while there are any.
    fn take(self: &Arc<Self>) -> Option<Place> {
        let free = |open: u64| (open < self.most).then_some(open + 1);
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

/// The limits of one listener; what is absent is off.
#[derive(Debug, Clone, Default)]
pub struct ConnectionLimits {
    pub own: Option<Arc<ConnectionLimit>>,
    pub global: Option<Arc<ConnectionLimit>>,
    /// Connections count under the global limit and are not refused for it.
    pub ignores_global: bool,
}

/// What a connection holds of the limits while it is open.
#[derive(Debug)]
pub struct Places {
    _own: Option<Place>,
    _global: Option<Place>,
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
        let global = match &self.global {
            Some(limit) if self.ignores_global => Some(limit.exceed()),
            Some(limit) => Some(limit.take().ok_or(Full::Global)?),
            None => None,
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
    use super::*;

    #[test]
    fn places_come_back() {
        let limits =
            ConnectionLimits { own: Some(ConnectionLimit::new(2)), ..ConnectionLimits::default() };
        let first = limits.admit().expect("a place");
        let _second = limits.admit().expect("a place");
        assert_eq!(limits.admit().err(), Some(Full::Own));
        drop(first);
        assert!(limits.admit().is_ok());
    }

    #[test]
    fn the_global_limit_holds_over_all_listeners() {
        let global = Some(ConnectionLimit::new(2));
        let limits = ConnectionLimits { global: global.clone(), ..ConnectionLimits::default() };
        let free = ConnectionLimits { global, ignores_global: true, own: None };
        let _one = free.admit().expect("a place");
        let _two = limits.admit().expect("a place");
        assert_eq!(limits.admit().err(), Some(Full::Global));
        let _three = free.admit().expect("a place beyond the limit");
    }

    #[test]
    fn who_is_refused_for_one_limit_takes_nothing_of_the_other() {
        let limits = ConnectionLimits {
            own: Some(ConnectionLimit::new(0)),
            global: Some(ConnectionLimit::new(1)),
            ignores_global: false,
        };
        assert_eq!(limits.admit().err(), Some(Full::Own));
        assert_eq!(limits.admit().err(), Some(Full::Own));
    }

    #[test]
    fn without_limits_all_are_admitted() {
        assert!(ConnectionLimits::default().admit().is_ok());
    }
}
