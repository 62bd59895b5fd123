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
    /// With a count of its own, which streams of this worker touch instead of the shared one.
    host: Rc<StreamHost>,
    local: T,
}

/// The host as the streams of one worker share it.
#[derive(Debug)]
pub struct StreamHost(Arc<Host>);

/// A handle alone: what a request holds, so that it touches no count that workers share.
pub type HostHandle = WorkerHost<()>;

impl<T: Default> WorkerHost<T> {
    pub fn new(host: Arc<Host>) -> Self {
        Self(Rc::new(Inner { host: Rc::new(StreamHost(host)), local: T::default() }))
    }
}

impl<T> WorkerHost<T> {
    /// What this worker keeps for the host.
    pub fn local(&self) -> &T {
        &self.0.local
    }

    /// The host alone, without what this worker keeps for it: what streams remember.
    pub fn for_streams(&self) -> Rc<StreamHost> {
        Rc::clone(&self.0.host)
    }

    /// What all workers share of it.
    pub fn shared(&self) -> &Arc<Host> {
        &self.0.host.0
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

impl From<Arc<Host>> for StreamHost {
    fn from(host: Arc<Host>) -> Self {
        Self(host)
    }
}

impl Deref for StreamHost {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.0
    }
}
