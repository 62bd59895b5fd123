//! What the levels of a route say of HTTP filters, merged when the table is compiled.
//!
//! Of a level that names a filter the most specific decides whether it is on; configurations are
//! kept of all levels, for filters that merge them (Envoy's `typed_per_filter_config`).

use std::collections::HashMap;
use std::sync::Arc;

use voyant_ir::filter as ir;

use crate::filter::PerRoute;

/// What a route says of one filter.
#[derive(Debug, Clone)]
pub struct FilterOverride {
    pub disabled: bool,
    /// The least specific level first; levels without a configuration are not there.
    pub levels: Box<[Arc<PerRoute>]>,
}

/// What a route says of filters, by the slots of their names.
#[derive(Debug, Clone, Default)]
pub struct FilterOverrides(Box<[(u16, FilterOverride)]>);

impl FilterOverrides {
    pub fn get(&self, slot: u16) -> Option<&FilterOverride> {
        let at = self.0.binary_search_by_key(&slot, |entry| entry.0).ok()?;
        Some(&self.0[at].1)
    }
}

/// A level as compiled.
pub(super) type Level = Vec<(u16, bool, Option<Arc<PerRoute>>)>;

/// Names of filters that a table says something of.
#[derive(Debug, Default)]
pub(super) struct FilterSlots(HashMap<Box<str>, u16>);

impl FilterSlots {
    pub fn get(&self, name: &str) -> Option<u16> {
        self.0.get(name).copied()
    }

    /// Compiles what one level says.
    pub fn level(&mut self, overrides: &[ir::FilterOverride]) -> Level {
        let compile = |each: &ir::FilterOverride| {
            let ir::FilterOverride { name, disabled, config } = each;
            let next = self.0.len() as u16;
            let slot = *self.0.entry(name.as_str().into()).or_insert(next);
            (slot, *disabled, config.as_ref().map(|config| Arc::new(PerRoute::new(config))))
        };
        overrides.iter().map(compile).collect()
    }
}

/// Merges levels, the least specific first; nothing when none says anything.
pub(super) fn merge(levels: &[&Level]) -> Option<Arc<FilterOverrides>> {
    let mut slots: Vec<u16> = levels.iter().flat_map(|level| level.iter().map(|e| e.0)).collect();
    slots.sort_unstable();
    slots.dedup();
    let merged = slots.into_iter().map(|slot| {
        let words = || levels.iter().flat_map(|level| level.iter()).filter(|e| e.0 == slot);
        let disabled = words().next_back().is_some_and(|word| word.1);
        (slot, FilterOverride { disabled, levels: words().filter_map(|w| w.2.clone()).collect() })
    });
    let merged: Box<[_]> = merged.collect();
    (!merged.is_empty()).then(|| Arc::new(FilterOverrides(merged)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use voyant_ir::filter::buffer::BufferPerRoute;

    fn word(name: &str, disabled: bool, limit: Option<u32>) -> ir::FilterOverride {
        let config = limit.map(|limit| {
            let limit = Some(limit);
            ir::PerRouteKind::Buffer(BufferPerRoute { disabled: false, max_request_bytes: limit })
        });
        ir::FilterOverride { name: name.into(), disabled, config }
    }

    #[test]
    fn the_most_specific_level_decides_and_all_configurations_are_kept() {
        let mut slots = FilterSlots::default();
        let table = slots.level(&[word("a", false, Some(1)), word("b", true, None)]);
        let host = slots.level(&[word("b", false, Some(2))]);
        let route = slots.level(&[word("a", true, None)]);
        let merged = merge(&[&table, &host, &route]).expect("something is said");
        let a = merged.get(slots.get("a").expect("a")).expect("a");
        let b = merged.get(slots.get("b").expect("b")).expect("b");
        assert!(a.disabled && !b.disabled);
        assert_eq!((a.levels.len(), b.levels.len()), (1, 1));
        assert_eq!(slots.get("c"), None);
        assert!(merge(&[&Vec::new(), &Vec::new()]).is_none());
    }
}
