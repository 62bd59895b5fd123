//! A scope: all that is kept under one prefix, group by group.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::group::{GroupInfo, StatsGroup};
use super::slot::Slot;

/// One prefix. It exists while someone holds it or one of its shards.
#[derive(Debug)]
pub struct Scope {
    prefix: Box<str>,
    slots: Mutex<Vec<Slot>>,
}

impl Scope {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.into(), slots: Mutex::default() }
    }

    /// What all names of the scope begin with, without the dot that follows.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Makes the names of a group exist, at zero until there is a shard.
    pub fn declare<G: StatsGroup>(&self) {
        self.with_slot(G::INFO, |_| {});
    }

    /// A new shard; its holder is the one who writes it.
    pub fn shard<G: StatsGroup>(&self) -> Arc<G> {
        let shard = Arc::new(G::default());
        let registered = Arc::clone(&shard);
        self.with_slot(G::INFO, |slot| slot.push(registered));
        shard
    }

    /// The scope's groups; workers count on meanwhile, but none can make a shard of this scope.
    pub fn slots(&self) -> MutexGuard<'_, Vec<Slot>> {
        // No code panics between two states of a slot, so a poisoned lock guards whole ones.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sum of a gauge over all shards; 0 when there is none of that name.
    pub fn gauge(&self, name: &str) -> u64 {
        let slots = self.slots();
        let found = slots.iter().find_map(|slot| {
            let index = slot.info().metrics.iter().position(|metric| metric.name == name)?;
            Some(slot.gauge(index).value)
        });
        found.unwrap_or_default()
    }

    fn with_slot(&self, info: &'static GroupInfo, act: impl FnOnce(&mut Slot)) {
        let mut slots = self.slots();
        let at = slots.iter().position(|slot| slot.info() == info).unwrap_or_else(|| {
            slots.reserve_exact(1);
            slots.push(Slot::new(info));
            slots.len() - 1
        });
        act(&mut slots[at]);
    }
}
