//! A host as one worker holds it: the shared host, and beside it what this worker alone keeps
//! for it, such as its connection pools. It lives as long as the host is in the cluster's set or
//! somebody on this worker still uses it, so what hangs on it ends with it and is found
//! without a lookup.

use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use super::host::Host;

/// A handle; clones are cheap and not atomic.
#[derive(Debug)]
pub struct WorkerHost<T>(Rc<Inner<T>>);

#[derive(Debug)]
struct Inner<T> {
    host: Arc<Host>,
    /// This worker's own copy, which requests share.
    hostname: Rc<str>,
    local: T,
}

/// A handle alone: what a request holds, so that it touches no count that workers share.
pub type HostHandle = WorkerHost<()>;

impl<T: Default> WorkerHost<T> {
    pub fn new(host: Arc<Host>) -> Self {
        let hostname = Rc::from(&*host.hostname);
        Self(Rc::new(Inner { host, hostname, local: T::default() }))
    }
}

impl<T> WorkerHost<T> {
    /// What this worker keeps for the host.
    pub fn local(&self) -> &T {
        &self.0.local
    }

    /// The name by which the host was configured; empty without one.
    pub fn hostname(&self) -> Rc<str> {
        Rc::clone(&self.0.hostname)
    }

    /// What all workers share of it.
    pub fn shared(&self) -> &Arc<Host> {
        &self.0.host
    }
}

impl<T> Deref for WorkerHost<T> {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.0.host
    }
}

impl<T> Clone for WorkerHost<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}
