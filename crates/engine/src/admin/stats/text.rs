//! `/stats` in text: counters and gauges by name, then histograms by name.

use super::histogram::{self, Mode};
use super::selection::{Step, Walk};
use crate::admin::body::{PIECE_BYTES, Pieces};
use crate::observe::stats::reader::{Kinds, Value};

/// The page.
#[derive(Debug)]
pub(super) struct TextStats {
    pub walk: Walk,
    pub mode: Mode,
    /// What comes after what is being written.
    pub later: Option<Kinds>,
}

impl Pieces for TextStats {
    fn next_piece(&mut self, out: &mut Vec<u8>) -> bool {
        while out.len() < PIECE_BYTES {
            match self.walk.step() {
                Step::Hidden => {}
                Step::Shown(_, value) => self.write(&value, out),
                Step::End => match self.later.take() {
                    Some(kinds) => self.walk.restart(kinds),
                    None => return false,
                },
            }
        }
        true
    }
}

impl TextStats {
    fn write(&self, value: &Value, out: &mut Vec<u8>) {
        let name = &self.walk.name;
        match value {
            Value::Counter(number) | Value::Gauge(number) => {
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b": ");
                out.extend_from_slice(number.to_string().as_bytes());
                out.push(b'\n');
            }
            Value::Histogram(merged) => {
                let bounds = self.walk.selection.settings.bucket_bounds(name);
                histogram::write_text(name, merged.as_ref(), self.mode, bounds, out);
            }
        }
    }
}
