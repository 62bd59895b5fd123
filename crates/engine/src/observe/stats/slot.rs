//! One group of a scope: its shards, and what has to be remembered beside them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::bin::Bin;
use super::group::{GroupInfo, Kind, MetricRef, Shard};
use super::merged::{Bins, Merged};
use super::metric::Gauge;
use super::response_codes::Series;

/// A number of a group: position in its table and, for response codes, which of them.
type Key = (u16, Series);

/// The shards of one group under one prefix.
#[derive(Debug)]
pub struct Slot {
    info: &'static GroupInfo,
    shards: Vec<Arc<dyn Shard>>,
    /// Made when there is something to remember.
    memory: Option<Box<Memory>>,
}

/// What outlives the shards. Zeros are left out.
#[derive(Debug, Default)]
struct Memory {
    /// What shards counted that are gone.
    retired: BTreeMap<Key, u64>,
    retired_bins: BTreeMap<(u16, Bin), u64>,
    /// The sums at the last reset.
    base: BTreeMap<Key, u64>,
    histograms: BTreeMap<u16, Merged>,
}

/// A number, and whether it was ever written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    pub value: u64,
    pub used: bool,
}

impl Slot {
    pub(super) fn new(info: &'static GroupInfo) -> Self {
        Self { info, shards: Vec::new(), memory: None }
    }

    pub fn info(&self) -> &'static GroupInfo {
        self.info
    }

    /// A counter since the last reset.
    pub fn counter(&self, index: usize, series: Series) -> Reading {
        let key = (index as u16, series);
        let sum = self.raw(key);
        let base = self.memory.as_ref().and_then(|memory| memory.base.get(&key));
        Reading { value: sum.saturating_sub(base.copied().unwrap_or(0)), used: sum > 0 }
    }

    /// A gauge over all workers; never below zero.
    pub fn gauge(&self, index: usize) -> Reading {
        let (mut sum, mut used) = (0, false);
        for shard in &self.shards {
            if let MetricRef::Gauge(gauge) = shard.metric(index) {
                sum += gauge.get();
                used |= gauge.used();
            }
        }
        Reading { value: Gauge::shown(sum), used }
    }

    /// The names of response codes that exist, ascending.
    pub fn series(&self, index: usize) -> Vec<Series> {
        let mut series = Vec::new();
        if self.info.metrics[index].kind == Kind::EagerResponseCodes {
            series.push(Series::Completed);
        }
        for shard in &self.shards {
            if let MetricRef::ResponseCodes(codes) = shard.metric(index) {
                codes.for_each(|one, _| series.push(one));
            }
        }
        if let Some(memory) = &self.memory {
            series.extend(memory.retired.keys().filter(|key| key.0 == index as u16).map(|k| k.1));
        }
        series.sort_unstable();
        series.dedup();
        series
    }

    /// A histogram as of the last flush; nothing when it had no value by then.
    pub fn histogram(&self, index: usize) -> Option<&Merged> {
        self.memory.as_ref()?.histograms.get(&(index as u16))
    }

    pub(super) fn push(&mut self, shard: Arc<dyn Shard>) {
        self.retire();
        self.shards.reserve_exact(1);
        self.shards.push(shard);
    }

    /// Whether a worker still holds a shard; asked after [`retire`](Self::retire).
    pub(super) fn is_held(&self) -> bool {
        !self.shards.is_empty()
    }

    /// Takes over what shards counted that nobody holds any more. Their gauges are over: a gauge
    /// tells of something its holder has.
    pub(super) fn retire(&mut self) {
        let mut at = 0;
        while at < self.shards.len() {
            if Arc::get_mut(&mut self.shards[at]).is_some() {
                let gone = self.shards.swap_remove(at);
                self.remember(gone.as_ref());
            } else {
                at += 1;
            }
        }
    }

    /// Adds up the histograms.
    pub(super) fn flush(&mut self) {
        for (index, metric) in self.info.metrics.iter().enumerate() {
            if !matches!(metric.kind, Kind::Histogram | Kind::LazyHistogram) {
                continue;
            }
            let bins = self.bins(index);
            if !bins.is_empty() {
                let histograms = &mut self.memory().histograms;
                histograms.entry(index as u16).or_default().flush(bins);
            }
        }
    }

    /// Counters begin again at zero.
    pub(super) fn reset_counters(&mut self) {
        let mut base = BTreeMap::new();
        for (index, metric) in self.info.metrics.iter().enumerate() {
            let series = match metric.kind {
                Kind::Counter => vec![Series::Only],
                Kind::ResponseCodes | Kind::EagerResponseCodes => self.series(index),
                Kind::Gauge | Kind::Histogram | Kind::LazyHistogram => continue,
            };
            for series in series {
                let key = (index as u16, series);
                let sum = self.raw(key);
                if sum > 0 {
                    base.insert(key, sum);
                }
            }
        }
        if !base.is_empty() {
            self.memory().base = base;
        }
    }

    fn raw(&self, key: Key) -> u64 {
        let retired = self.memory.as_ref().and_then(|memory| memory.retired.get(&key));
        let mut sum = retired.copied().unwrap_or(0);
        for shard in &self.shards {
            match shard.metric(usize::from(key.0)) {
                MetricRef::Counter(counter) => sum = sum.wrapping_add(counter.get()),
                MetricRef::ResponseCodes(codes) => codes.for_each(|series, count| {
                    if series == key.1 {
                        sum = sum.wrapping_add(count);
                    }
                }),
                MetricRef::Gauge(_) | MetricRef::Histogram(_) => {}
            }
        }
        sum
    }

    fn bins(&self, index: usize) -> Bins {
        let mut bins = BTreeMap::new();
        for shard in &self.shards {
            if let MetricRef::Histogram(histogram) = shard.metric(index) {
                histogram.for_each(|bin, count| *bins.entry(bin).or_insert(0) += count);
            }
        }
        if let Some(memory) = &self.memory {
            let of_this = (index as u16, Bin(0))..=(index as u16, Bin(u16::MAX));
            for (&(_, bin), count) in memory.retired_bins.range(of_this) {
                *bins.entry(bin).or_insert(0) += count;
            }
        }
        bins.into_iter().collect()
    }

    fn remember(&mut self, gone: &dyn Shard) {
        let info = self.info;
        for index in 0..info.metrics.len() {
            let at = index as u16;
            match gone.metric(index) {
                MetricRef::Counter(counter) if counter.get() > 0 => {
                    *self.memory().retired.entry((at, Series::Only)).or_insert(0) += counter.get();
                }
                MetricRef::ResponseCodes(codes) => codes.for_each(|series, count| {
                    *self.memory().retired.entry((at, series)).or_insert(0) += count;
                }),
                MetricRef::Histogram(histogram) => histogram.for_each(|bin, count| {
                    *self.memory().retired_bins.entry((at, bin)).or_insert(0) += count;
                }),
                MetricRef::Counter(_) | MetricRef::Gauge(_) => {}
            }
        }
    }

    fn memory(&mut self) -> &mut Memory {
        self.memory.get_or_insert_default()
    }
}
