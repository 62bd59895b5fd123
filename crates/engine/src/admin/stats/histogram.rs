//! Histograms in text and JSON, in the modes of `histogram_buckets`.

use std::io::Write;

use crate::admin::number;
use crate::observe::stats::merged::{Bins, Merged};
use crate::observe::stats::quantile::{self, QUANTILES};

/// How a histogram is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Summary,
    Cumulative,
    Disjoint,
    Detailed,
}

const NO_VALUES: &[u8] = b"No recorded values";

/// Percent, as text and JSON name quantiles.
fn percent(quantile: f64) -> f64 {
    // Rounded because 0.999 * 100 is not 99.9.
    (quantile * 1000.0).round() / 10.0
}

/// Appends `name: ...` and a newline.
pub(super) fn write_text(
    name: &str,
    histogram: Option<&Merged>,
    mode: Mode,
    bounds: &[f64],
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(if mode == Mode::Detailed && histogram.is_some() { b":" } else { b": " });
    match (histogram, mode) {
        (None, _) => out.extend_from_slice(NO_VALUES),
        (Some(merged), Mode::Summary) => text_quantiles(merged, out),
        (Some(merged), Mode::Cumulative | Mode::Disjoint) => {
            text_buckets(merged, mode, bounds, out);
        }
        (Some(merged), Mode::Detailed) => {
            out.extend_from_slice(b"\n  totals=");
            text_bins(&merged.cumulative, out);
            out.extend_from_slice(b"\n  intervals=");
            text_bins(&merged.interval, out);
            out.extend_from_slice(b"\n  summary=");
            text_quantiles(merged, out);
        }
    }
    out.push(b'\n');
}

fn text_quantiles(merged: &Merged, out: &mut Vec<u8>) {
    let interval = quantile::quantiles(&merged.interval);
    let cumulative = quantile::quantiles(&merged.cumulative);
    for (at, quantile) in QUANTILES.into_iter().enumerate() {
        out.extend_from_slice(if at == 0 { b"P" } else { b" P" });
        number::plain(percent(quantile), out);
        out.push(b'(');
        number::plain(interval[at], out);
        out.push(b',');
        number::plain(cumulative[at], out);
        out.push(b')');
    }
}

fn text_buckets(merged: &Merged, mode: Mode, bounds: &[f64], out: &mut Vec<u8>) {
    for (at, bucket) in buckets(merged, mode, bounds).enumerate() {
        out.extend_from_slice(if at == 0 { b"B" } else { b" B" });
        number::general(bucket.bound, 6, out);
        let _ = write!(out, "({},{})", bucket.interval, bucket.cumulative);
    }
}

fn text_bins(bins: &Bins, out: &mut Vec<u8>) {
    for (at, (bin, count)) in bins.iter().enumerate() {
        let separator = if at == 0 { "" } else { ", " };
        let _ = write!(out, "{separator}{},{}:{count}", bin.lower(), bin.width());
    }
}

struct Bucket {
    bound: f64,
    interval: u64,
    cumulative: u64,
}

fn buckets(merged: &Merged, mode: Mode, bounds: &[f64]) -> impl Iterator<Item = Bucket> {
    let mut before = (0, 0);
    bounds.iter().map(move |bound| {
        let up_to = |bins| quantile::count_up_to(bins, *bound);
        let now = (up_to(&merged.interval), up_to(&merged.cumulative));
        let (interval, cumulative) = (now.0 - before.0, now.1 - before.1);
        if mode == Mode::Disjoint {
            before = now;
        }
        Bucket { bound: *bound, interval, cumulative }
    })
}

/// What comes before the first histogram of a JSON page.
pub(super) fn json_begin(mode: Mode, out: &mut Vec<u8>) {
    let list = match mode {
        Mode::Cumulative | Mode::Disjoint => {
            return out.extend_from_slice(b"{\"histograms\":[");
        }
        Mode::Summary => ("supported_quantiles", "computed_quantiles"),
        Mode::Detailed => ("supported_percentiles", "details"),
    };
    let _ = write!(out, "{{\"histograms\":{{\"{}\":[", list.0);
    for (at, quantile) in QUANTILES.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        number::json(percent(quantile), out);
    }
    let _ = write!(out, "],\"{}\":[", list.1);
}

/// What comes after the last one.
pub(super) fn json_end(mode: Mode, out: &mut Vec<u8>) {
    out.extend_from_slice(match mode {
        Mode::Cumulative | Mode::Disjoint => b"]}",
        Mode::Summary | Mode::Detailed => b"]}}",
    });
}

/// Appends one histogram as an object. `name` is a JSON string.
pub(super) fn write_json(
    name: &str,
    histogram: Option<&Merged>,
    mode: Mode,
    bounds: &[f64],
    out: &mut Vec<u8>,
) {
    let empty = Merged::default();
    let merged = histogram.unwrap_or(&empty);
    let _ = write!(out, "{{\"name\":{name},");
    match mode {
        Mode::Summary => json_quantiles("values", merged, out),
        Mode::Cumulative | Mode::Disjoint => json_buckets(merged, mode, bounds, out),
        Mode::Detailed => {
            json_bins("totals", &merged.cumulative, out);
            json_bins("intervals", &merged.interval, out);
            json_quantiles("percentiles", merged, out);
        }
    }
    out.push(b'}');
}

fn json_quantiles(key: &str, merged: &Merged, out: &mut Vec<u8>) {
    let interval = quantile::quantiles(&merged.interval);
    let cumulative = quantile::quantiles(&merged.cumulative);
    let _ = write!(out, "\"{key}\":[");
    for at in 0..QUANTILES.len() {
        out.extend_from_slice(if at == 0 { b"{\"cumulative\":" } else { b",{\"cumulative\":" });
        number::json(cumulative[at], out);
        out.extend_from_slice(b",\"interval\":");
        number::json(interval[at], out);
        out.push(b'}');
    }
    out.push(b']');
}

fn json_buckets(merged: &Merged, mode: Mode, bounds: &[f64], out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"buckets\":[");
    for (at, bucket) in buckets(merged, mode, bounds).enumerate() {
        out.extend_from_slice(if at == 0 { b"{\"upper_bound\":" } else { b",{\"upper_bound\":" });
        number::json(bucket.bound, out);
        let Bucket { interval, cumulative, .. } = bucket;
        let _ = write!(out, ",\"interval\":{interval},\"cumulative\":{cumulative}}}");
    }
    out.push(b']');
}

fn json_bins(key: &str, bins: &Bins, out: &mut Vec<u8>) {
    let _ = write!(out, "\"{key}\":[");
    for (at, (bin, count)) in bins.iter().enumerate() {
        out.extend_from_slice(if at == 0 { b"{\"lower_bound\":" } else { b",{\"lower_bound\":" });
        number::json(bin.lower(), out);
        out.extend_from_slice(b",\"width\":");
        number::json(bin.width(), out);
        let _ = write!(out, ",\"count\":{count}}}");
    }
    out.extend_from_slice(b"],");
}
