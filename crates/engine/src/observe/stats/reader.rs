//! Reads all statistics in the order of their names without holding them all at once: scopes
//! whose prefixes nest are sorted together, the rest follow each other.

use std::sync::Arc;

use super::group::{GroupInfo, Kind};
use super::merged::Merged;
use super::name::NameParts;
use super::response_codes::Series;
use super::scope::Scope;
use super::slot::Slot;

/// Which kinds a reader yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds {
    pub counters: bool,
    pub gauges: bool,
    pub histograms: bool,
}

impl Kinds {
    pub const NONE: Self = Self { counters: false, gauges: false, histograms: false };
    pub const COUNTERS: Self = Self { counters: true, ..Self::NONE };
    pub const GAUGES: Self = Self { gauges: true, ..Self::NONE };
    pub const HISTOGRAMS: Self = Self { histograms: true, ..Self::NONE };

    fn has(self, kind: Kind) -> bool {
        match kind {
            Kind::Counter | Kind::ResponseCodes | Kind::EagerResponseCodes => self.counters,
            Kind::Gauge => self.gauges,
            Kind::Histogram | Kind::LazyHistogram => self.histograms,
        }
    }
}

/// What a statistic says.
#[derive(Debug, Clone)]
pub enum Value {
    Counter(u64),
    Gauge(u64),
    /// As of the last flush; none: it never had a value.
    Histogram(Option<Merged>),
}

/// One statistic's place among a reader's scopes.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    scope: u32,
    slot: u16,
    index: u16,
    series: Series,
}

/// Yields places in the order of their names.
#[derive(Debug)]
pub struct Reader {
    scopes: Arc<[Arc<Scope>]>,
    kinds: Kinds,
    next_scope: usize,
    /// Of the scopes just sorted, the last first.
    batch: Vec<Place>,
}

impl Reader {
    /// `scopes` as [`Registry::scopes`](super::Registry::scopes) gives them.
    pub fn new(scopes: Arc<[Arc<Scope>]>, kinds: Kinds) -> Self {
        Self { scopes, kinds, next_scope: 0, batch: Vec::new() }
    }

    /// The next place in the order of names.
    pub fn next_place(&mut self) -> Option<Place> {
        loop {
            if let Some(place) = self.batch.pop() {
                return Some(place);
            }
            if self.next_scope == self.scopes.len() {
                return None;
            }
            self.fill();
        }
    }

    /// The name of a place that this reader, or another of the same scopes, has yielded.
    pub fn name(&self, place: Place, out: &mut String) {
        self.parts(place).write(out);
    }

    /// Its value now, and whether it was ever written.
    pub fn value(&self, place: Place) -> (Value, bool) {
        let slots = self.scopes[place.scope as usize].slots();
        let slot = &slots[usize::from(place.slot)];
        let index = usize::from(place.index);
        match slot.info().metrics[index].kind {
            Kind::Counter | Kind::ResponseCodes | Kind::EagerResponseCodes => {
                let reading = slot.counter(index, place.series);
                (Value::Counter(reading.value), reading.used)
            }
            Kind::Gauge => {
                let reading = slot.gauge(index);
                (Value::Gauge(reading.value), reading.used)
            }
            Kind::Histogram | Kind::LazyHistogram => {
                let merged = slot.histogram(index).cloned();
                let used = merged.is_some();
                (Value::Histogram(merged), used)
            }
        }
    }

    /// Takes the next scope and those below it.
    fn fill(&mut self) {
        let first = self.next_scope;
        let root = self.scopes[first].prefix();
        let below = |scope: &Arc<Scope>| {
            scope.prefix().strip_prefix(root).is_some_and(|rest| rest.starts_with('.'))
        };
        let nested = self.scopes[first + 1..].iter().take_while(|scope| below(scope)).count();
        self.next_scope = first + 1 + nested;
        let mut batch = std::mem::take(&mut self.batch);
        for number in first..self.next_scope {
            self.add(number, &mut batch);
        }
        // Looked up once, not at each comparison.
        let infos: Vec<Vec<_>> = self.scopes[first..self.next_scope]
            .iter()
            .map(|scope| scope.slots().iter().map(Slot::info).collect())
            .collect();
        let parts = |place: &Place| {
            let info = infos[place.scope as usize - first][usize::from(place.slot)];
            self.parts_in(info, *place)
        };
        batch.sort_unstable_by(|a, b| parts(b).compare(&parts(a)));
        self.batch = batch;
    }

    fn add(&self, number: usize, batch: &mut Vec<Place>) {
        for (at, slot) in self.scopes[number].slots().iter().enumerate() {
            for (index, metric) in slot.info().metrics.iter().enumerate() {
                if !self.kinds.has(metric.kind) {
                    continue;
                }
                let mut push = |series| {
                    let (slot, index) = (at as u16, index as u16);
                    batch.push(Place { scope: number as u32, slot, index, series });
                };
                match metric.kind {
                    Kind::LazyHistogram if slot.histogram(index).is_none() => {}
                    Kind::Counter | Kind::Gauge | Kind::Histogram | Kind::LazyHistogram => {
                        push(Series::Only);
                    }
                    Kind::ResponseCodes | Kind::EagerResponseCodes => {
                        slot.series(index).into_iter().for_each(push);
                    }
                }
            }
        }
    }

    fn parts(&self, place: Place) -> NameParts<'_> {
        let slots = self.scopes[place.scope as usize].slots();
        self.parts_in(slots[usize::from(place.slot)].info(), place)
    }

    fn parts_in(&self, info: &'static GroupInfo, place: Place) -> NameParts<'_> {
        let prefix = self.scopes[place.scope as usize].prefix();
        NameParts::new(prefix, &info.metrics[usize::from(place.index)], place.series)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::stats::Registry;

    crate::stats_group! {
        /// A group for these tests.
        struct TestStats {
            total: Counter,
            b_late: Counter("z.late"),
            active: Gauge,
            length_ms: Histogram,
            lazy_ms: LazyHistogram,
            codes: ResponseCodes("upstream_rq"),
            eager: EagerResponseCodes("eager_rq"),
        }
    }

    fn names(registry: &Registry, kinds: Kinds) -> Vec<String> {
        let mut reader = Reader::new(registry.scopes().into(), kinds);
        let mut names = Vec::new();
        while let Some(place) = reader.next_place() {
            let mut name = String::new();
            reader.name(place, &mut name);
            names.push(name);
        }
        names
    }

    #[test]
    fn names_come_in_order_across_nested_scopes() {
        let registry = Registry::new();
        let prefixes = ["a", "a.m", "a.z", "a-b", "b", "a.m.n"];
        let shards = prefixes.map(|prefix| registry.shard::<TestStats>(prefix));
        shards[1].codes.inc(404);
        shards[0].lazy_ms.record(1);
        registry.flush();
        let all = names(&registry, Kinds { counters: true, gauges: true, histograms: true });
        assert!(all.is_sorted(), "{all:?}");
        assert_eq!(all.len(), 6 * 5 + 3 + 1);
        for name in ["a.m.upstream_rq_404", "a.m.upstream_rq_4xx", "a.m.upstream_rq_completed"] {
            assert!(all.iter().any(|other| other == name), "{name} in {all:?}");
        }
        assert!(all.iter().any(|name| name == "b.eager_rq_completed"));
        assert_eq!(names(&registry, Kinds::GAUGES).len(), 6);
        assert_eq!(names(&registry, Kinds::HISTOGRAMS).len(), 7);
    }
}
