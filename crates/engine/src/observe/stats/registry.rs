//! The registry: every scope by its prefix. It is asked when a shard is made and when somebody
//! reads, never when something is counted.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::group::StatsGroup;
use super::scope::Scope;

/// All statistics of the process, or of one engine in a test.
#[derive(Debug, Default)]
pub struct Registry {
    scopes: Mutex<HashSet<ByPrefix>>,
    refreshers: Mutex<Vec<Weak<dyn Refresh>>>,
}

/// Sets gauges that follow from other state, such as an open circuit breaker or the uptime.
pub trait Refresh: Debug + Send + Sync {
    /// Called before statistics are read, on the reader's thread.
    fn refresh(&self);
}

impl Registry {
    pub fn new() -> Self {
        Self::default()
    }

    /// The scope of a prefix, made if there is none. Hold it for as long as its names shall
    /// exist; a shard holds it too.
    pub fn scope(&self, prefix: &str) -> Arc<Scope> {
        let mut scopes = self.lock();
        if let Some(ByPrefix(scope)) = scopes.get(prefix) {
            return Arc::clone(scope);
        }
        let scope = Arc::new(Scope::new(prefix));
        scopes.insert(ByPrefix(Arc::clone(&scope)));
        scope
    }

    /// A shard of a group under a prefix, for the worker that asks.
    pub fn shard<G: StatsGroup>(&self, prefix: &str) -> Arc<G> {
        self.scope(prefix).shard()
    }

    /// All scopes in the order of their prefixes, each followed by a dot.
    pub fn scopes(&self) -> Vec<Arc<Scope>> {
        let mut scopes: Vec<_> = self.lock().iter().map(|entry| Arc::clone(&entry.0)).collect();
        scopes.sort_unstable_by(|a, b| dotted(a.prefix()).cmp(dotted(b.prefix())));
        scopes
    }

    /// Asks to be called before statistics are read, for as long as `refresher` lives.
    pub fn before_read(&self, refresher: Weak<dyn Refresh>) {
        self.refreshers().push(refresher);
    }

    /// To be called before statistics are read.
    pub fn refresh(&self) {
        let live: Vec<_> = {
            let mut refreshers = self.refreshers();
            refreshers.retain(|refresher| refresher.strong_count() > 0);
            refreshers.iter().filter_map(Weak::upgrade).collect()
        };
        for refresher in live {
            refresher.refresh();
        }
    }

    /// To be called at each flush interval: adds up histograms and forgets what nobody holds.
    pub fn flush(&self) {
        self.lock().retain(|ByPrefix(scope)| {
            let mut slots = scope.slots();
            for slot in slots.iter_mut() {
                slot.retire();
                slot.flush();
            }
            Arc::strong_count(scope) > 1 || slots.iter().any(super::slot::Slot::is_held)
        });
    }

    /// Counters begin again at zero; gauges and histograms stay.
    pub fn reset_counters(&self) {
        for scope in self.scopes() {
            for slot in scope.slots().iter_mut() {
                slot.reset_counters();
            }
        }
    }

    fn refreshers(&self) -> MutexGuard<'_, Vec<Weak<dyn Refresh>>> {
        // As for the scopes.
        self.refreshers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<ByPrefix>> {
        // The set is whole whenever the lock is free, so a panic elsewhere has not broken it.
        self.scopes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn dotted(prefix: &str) -> impl Iterator<Item = u8> {
    prefix.bytes().chain([b'.'])
}

/// A scope that is found by its prefix, which is stored once.
#[derive(Debug)]
struct ByPrefix(Arc<Scope>);

impl Borrow<str> for ByPrefix {
    fn borrow(&self) -> &str {
        self.0.prefix()
    }
}

impl Hash for ByPrefix {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.prefix().hash(state);
    }
}

impl PartialEq for ByPrefix {
    fn eq(&self, other: &Self) -> bool {
        self.0.prefix() == other.0.prefix()
    }
}

impl Eq for ByPrefix {}

#[cfg(test)]
mod tests;
