//! The formatter: one engine for access logs, header values and bodies (Envoy's substitution
//! formatter). Python has parsed the text; here its program is compiled for speed and evaluated
//! into a buffer without any other allocation. A missing value is `-`, or nothing where
//! `omit_empty_values` asks for that.

use voyant_ir::format::Segment;

mod attempts;
mod calendar;
pub mod context;
pub mod demand;
mod escape;
mod field;
mod filter_state;
pub(super) mod header;
pub mod json;
mod json_value;
mod metadata;
mod network;
mod operator;
pub mod string;
mod time;
mod unique_id;
mod value;

pub use context::{AccessLogType, FormatContext};
pub use json::JsonFormatter;
pub use string::{BodyFormat, FormatString};

use operator::Op;

/// A compiled text format.
#[derive(Debug)]
pub struct Formatter {
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Text(Box<[u8]>),
    Op { op: Op, max_length: usize },
}

/// What is written for a missing value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing {
    Dash,
    Nothing,
}

impl Formatter {
    /// Compiles a format; neighbouring texts become one.
    pub fn new(segments: &[Segment]) -> Self {
        let mut texts = Vec::new();
        let mut steps = Vec::new();
        for segment in segments {
            match segment {
                Segment::Text { text } => texts.extend_from_slice(text.as_bytes()),
                Segment::Operator { operator, max_length } => {
                    flush(&mut texts, &mut steps);
                    let max_length = max_length.map_or(usize::MAX, |length| length as usize);
                    steps.push(Step::Op { op: Op::new(operator), max_length });
                }
            }
        }
        flush(&mut texts, &mut steps);
        Self { steps }
    }

    /// The text of a format without operators.
    pub fn as_constant(&self) -> Option<&[u8]> {
        match self.steps.as_slice() {
            [] => Some(b""),
            [Step::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Appends the formatted text; false if a value was missing, which is written as `-`.
    pub fn write(&self, cx: &FormatContext<'_>, out: &mut Vec<u8>) -> bool {
        self.write_with(cx, Missing::Dash, out)
    }

    /// Appends the formatted text, in which missing values are empty; false if there were any.
    pub fn write_omitting(&self, cx: &FormatContext<'_>, out: &mut Vec<u8>) -> bool {
        self.write_with(cx, Missing::Nothing, out)
    }

    fn write_with(&self, cx: &FormatContext<'_>, missing: Missing, out: &mut Vec<u8>) -> bool {
        let mut complete = true;
        for step in &self.steps {
            match step {
                Step::Text(text) => out.extend_from_slice(text),
                Step::Op { op, max_length } => {
                    let start = out.len();
                    if op.write(cx, out) {
                        out.truncate(start.saturating_add(*max_length));
                    } else {
                        complete = false;
                        if missing == Missing::Dash {
                            out.push(b'-');
                        }
                    }
                }
            }
        }
        complete
    }
}

fn flush(text: &mut Vec<u8>, steps: &mut Vec<Step>) {
    if !text.is_empty() {
        steps.push(Step::Text(std::mem::take(text).into()));
    }
}

#[cfg(test)]
mod tests;
