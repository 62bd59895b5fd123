//! `/stats?format=json`: one object a counter or gauge, and one that holds all histograms.

use std::io::Write;

use super::histogram::{self, Mode};
use super::selection::{Step, Walk};
use crate::admin::body::{PIECE_BYTES, Pieces};
use crate::observe::stats::reader::{Kinds, Value};

/// The page.
#[derive(Debug)]
pub(super) struct JsonStats {
    walk: Walk,
    mode: Mode,
    later: Option<Kinds>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Begin,
    /// An element was written.
    Elements,
    Histograms,
}

impl JsonStats {
    pub(super) fn new(walk: Walk, mode: Mode, later: Option<Kinds>) -> Self {
        Self { walk, mode, later, state: State::Begin }
    }

    fn write(&mut self, value: &Value, out: &mut Vec<u8>) {
        let name = serde_json::Value::from(self.walk.name.as_str()).to_string();
        if self.state != State::Begin {
            out.push(b',');
        }
        match value {
            Value::Counter(number) | Value::Gauge(number) => {
                self.state = State::Elements;
                let _ = write!(out, "{{\"name\":{name},\"value\":{number}}}");
            }
            Value::Histogram(merged) => {
                if self.state != State::Histograms {
                    self.state = State::Histograms;
                    histogram::json_begin(self.mode, out);
                }
                let bounds = self.walk.selection.settings.bucket_bounds(&self.walk.name);
                histogram::write_json(&name, merged.as_ref(), self.mode, bounds, out);
            }
        }
    }
}

impl Pieces for JsonStats {
    fn next_piece(&mut self, out: &mut Vec<u8>) -> bool {
        if out.is_empty() && self.state == State::Begin {
            out.extend_from_slice(b"{\"stats\":[");
        }
        while out.len() < PIECE_BYTES {
            match self.walk.step() {
                Step::Hidden => {}
                Step::Shown(_, value) => self.write(&value, out),
                Step::End => {
                    if let Some(kinds) = self.later.take() {
                        self.walk.restart(kinds);
                        continue;
                    }
                    if self.state == State::Histograms {
                        histogram::json_end(self.mode, out);
                    }
                    out.extend_from_slice(b"]}");
                    return false;
                }
            }
        }
        true
    }
}
