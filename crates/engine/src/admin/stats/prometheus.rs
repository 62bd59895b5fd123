//! `/stats/prometheus`: counters, gauges, histograms, each kind by the name that is left when
//! tags are taken out; under a name, the statistics by their full names.
//!
//! A kind is first indexed, some statistics at a time, and then written.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use super::selection::{Step, Walk};
use crate::admin::body::{PIECE_BYTES, Pieces};
use crate::admin::number;
use crate::observe::stats::Settings;
use crate::observe::stats::merged::Merged;
use crate::observe::stats::quantile::{self, QUANTILES};
use crate::observe::stats::reader::{Kinds, Place, Value};
use crate::observe::stats::tags::Extraction;

/// Statistics that are indexed before others get a turn.
const INDEXED_AT_ONCE: usize = 2_000;

/// How histograms are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HistogramMode {
    Cumulative,
    Summary,
}

/// The page.
#[derive(Debug)]
pub(super) struct PrometheusStats {
    walk: Walk,
    mode: HistogramMode,
    settings: Arc<Settings>,
    /// Those that come after what is being written, the last first.
    later: Vec<Kinds>,
    index: BTreeMap<String, Vec<Place>>,
    indexed: bool,
    found: Extraction,
    rest: String,
}

impl PrometheusStats {
    /// `walk` is to be one over counters.
    pub(super) fn new(walk: Walk, mode: HistogramMode) -> Self {
        Self {
            mode,
            settings: Arc::clone(&walk.selection.settings),
            walk,
            later: vec![Kinds::HISTOGRAMS, Kinds::GAUGES],
            index: BTreeMap::new(),
            indexed: false,
            found: Extraction::default(),
            rest: String::new(),
        }
    }

    fn index_some(&mut self) {
        for _ in 0..INDEXED_AT_ONCE {
            match self.walk.step() {
                Step::Hidden => {}
                Step::Shown(place, _) => {
                    self.settings.tags.extract(&self.walk.name, &mut self.found);
                    self.found.rest(&self.walk.name, &mut self.rest);
                    match self.index.get_mut(&self.rest) {
                        Some(places) => places.push(place),
                        None => {
                            self.index.insert(self.rest.clone(), vec![place]);
                        }
                    }
                }
                Step::End => {
                    self.indexed = true;
                    return;
                }
            }
        }
    }

    fn write_group(&mut self, name: &str, places: &[Place], out: &mut Vec<u8>) {
        let name = metric_name(name);
        for (at, place) in places.iter().enumerate() {
            let value = self.walk.look_up(*place);
            self.settings.tags.extract(&self.walk.name, &mut self.found);
            let labels = self.labels();
            if at == 0 {
                let kind = match (&value, self.mode) {
                    (Value::Counter(_), _) => "counter",
                    (Value::Gauge(_), _) => "gauge",
                    (Value::Histogram(_), HistogramMode::Cumulative) => "histogram",
                    (Value::Histogram(_), HistogramMode::Summary) => "summary",
                };
                let _ = writeln!(out, "# TYPE {name} {kind}");
            }
            match value {
                Value::Counter(number) | Value::Gauge(number) => {
                    let _ = writeln!(out, "{name}{{{labels}}} {number}");
                }
                Value::Histogram(merged) => {
                    let merged = merged.unwrap_or_default();
                    match self.mode {
                        HistogramMode::Cumulative => {
                            let bounds = self.settings.bucket_bounds(&self.walk.name);
                            write_histogram(&name, &labels, &merged, bounds, out);
                        }
                        HistogramMode::Summary => write_summary(&name, &labels, &merged, out),
                    }
                }
            }
        }
    }

    fn labels(&self) -> String {
        let mut text = String::new();
        for (label, value) in self.settings.tags.labels(&self.walk.name, &self.found) {
            if !text.is_empty() {
                text.push(',');
            }
            text.push_str(label);
            text.push_str("=\"");
            for letter in value.chars() {
                match letter {
                    '\\' => text.push_str("\\\\"),
                    '"' => text.push_str("\\\""),
                    '\n' => text.push_str("\\n"),
                    letter => text.push(letter),
                }
            }
            text.push('"');
        }
        text
    }
}

impl Pieces for PrometheusStats {
    fn next_piece(&mut self, out: &mut Vec<u8>) -> bool {
        if !self.indexed {
            self.index_some();
            return true;
        }
        while out.len() < PIECE_BYTES {
            let Some((name, places)) = self.index.pop_first() else {
                let Some(kinds) = self.later.pop() else { return false };
                self.walk.restart(kinds);
                self.indexed = false;
                return true;
            };
            self.write_group(&name, &places, out);
        }
        true
    }
}

fn metric_name(name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let letters = name.chars().map(|letter| if plain(letter) { letter } else { '_' });
    "envoy_".chars().chain(letters).collect()
}

fn write_histogram(name: &str, labels: &str, merged: &Merged, bounds: &[f64], out: &mut Vec<u8>) {
    let comma = if labels.is_empty() { "" } else { "," };
    for bound in bounds {
        let _ = write!(out, "{name}_bucket{{{labels}{comma}le=\"");
        number::general(*bound, 32, out);
        let _ = writeln!(out, "\"}} {}", quantile::count_up_to(&merged.cumulative, *bound));
    }
    let count = quantile::count(&merged.cumulative);
    let _ = writeln!(out, "{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {count}");
    write_sum(name, labels, &merged.cumulative, out);
}

/// Envoy shows the last interval here.
fn write_summary(name: &str, labels: &str, merged: &Merged, out: &mut Vec<u8>) {
    let comma = if labels.is_empty() { "" } else { "," };
    for (quantile, value) in QUANTILES.into_iter().zip(quantile::quantiles(&merged.interval)) {
        let _ = write!(out, "{name}{{{labels}{comma}quantile=\"{quantile}\"}} ");
        if value.is_nan() {
            out.extend_from_slice(b"nan");
        } else {
            number::general(value, 32, out);
        }
        out.push(b'\n');
    }
    write_sum(name, labels, &merged.interval, out);
}

fn write_sum(
    name: &str,
    labels: &str,
    bins: &crate::observe::stats::merged::Bins,
    out: &mut Vec<u8>,
) {
    let _ = write!(out, "{name}_sum{{{labels}}} ");
    number::general(quantile::sum(bins), 32, out);
    let _ = writeln!(out, "\n{name}_count{{{labels}}} {}", quantile::count(bins));
}
