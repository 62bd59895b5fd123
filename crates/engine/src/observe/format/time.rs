//! Time formats: `strftime` as Envoy has it (abseil's, in the C locale, with `%s` for seconds and
//! `%f`, `%1f` to `%9f` for fractions), compiled to a list of parts.

use std::io::Write;
use std::time::Duration;

use voyant_ir::format::{TimeFormat, UtcOffset};

use super::calendar::Moment;

mod parse;

/// A compiled time format.
#[derive(Debug)]
pub struct TimePattern {
    parts: Vec<Part>,
    offsets: Vec<UtcOffset>,
    /// It is [`RFC3339`], which nearly all log lines have.
    is_default: bool,
}

#[derive(Debug)]
enum Part {
    Text(String),
    /// A number with its least width and what fills it.
    Number(fn(&Moment) -> i64, usize, Fill),
    Word(fn(&Moment) -> &'static str),
    /// Digits of the fraction of a second.
    Fraction(usize),
    /// The same without zeros at the end, after a dot if so asked.
    ShortFraction {
        dot: bool,
    },
    /// `+hhmm`, or `+hh:mm`.
    Offset {
        colon: bool,
    },
    Zone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fill {
    Zero,
    Space,
}

const RFC3339: &str = "%Y-%m-%dT%H:%M:%E3SZ";
const RFC3339_LOCAL: &str = "%Y-%m-%dT%H:%M:%E3S%z";

impl TimePattern {
    /// Compiles a format.
    pub fn new(format: &TimeFormat) -> Self {
        let TimeFormat { strftime, offsets } = format;
        let text = match (strftime.as_str(), offsets.is_empty()) {
            ("", true) => RFC3339,
            ("", false) => RFC3339_LOCAL,
            (text, _) => text,
        };
        let is_default = text == RFC3339 && offsets.is_empty();
        Self { parts: parse::parts(text), offsets: offsets.clone(), is_default }
    }

    /// Writes a time since the epoch.
    pub fn write(&self, since_epoch: Duration, out: &mut Vec<u8>) {
        let epoch_s = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
        let (offset_s, zone) = self.offset_at(epoch_s);
        // Envoy's clock has microseconds.
        let nanos = since_epoch.subsec_micros() * 1000;
        let moment = Moment::new(epoch_s, nanos, offset_s);
        if self.is_default && moment.year < 10_000 {
            out.extend_from_slice(&rfc3339(&moment));
            return;
        }
        for part in &self.parts {
            part.write(&moment, zone, out);
        }
    }

    fn offset_at(&self, epoch_s: i64) -> (i32, &str) {
        let after = self.offsets.partition_point(|offset| offset.from_s <= epoch_s);
        match self.offsets.get(after.saturating_sub(1)) {
            Some(offset) => (offset.offset_s, &offset.abbreviation),
            None => (0, "UTC"),
        }
    }
}

/// The default format of a year of four digits.
fn rfc3339(moment: &Moment) -> [u8; 24] {
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let mut put = |at: usize, value: u32| {
        text[at] = b'0' + (value / 10 % 10) as u8;
        text[at + 1] = b'0' + (value % 10) as u8;
    };
    let year = moment.year.unsigned_abs() as u32;
    put(0, year / 100);
    put(2, year);
    put(5, moment.month);
    put(8, moment.day);
    put(11, moment.hour);
    put(14, moment.minute);
    put(17, moment.second);
    let millis = moment.nanos / 1_000_000;
    put(20, millis / 10);
    text[22] = b'0' + (millis % 10) as u8;
    text
}

impl Part {
    fn write(&self, moment: &Moment, zone: &str, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => out.extend_from_slice(text.as_bytes()),
            Self::Number(value, width, fill) => number(value(moment), *width, *fill, out),
            Self::Word(word) => out.extend_from_slice(word(moment).as_bytes()),
            Self::Fraction(digits) => fraction(moment.nanos, *digits, out),
            Self::ShortFraction { dot } => short_fraction(moment.nanos, *dot, out),
            Self::Offset { colon } => offset(moment.offset_s, *colon, out),
            Self::Zone => out.extend_from_slice(zone.as_bytes()),
        }
    }
}

fn number(value: i64, width: usize, fill: Fill, out: &mut Vec<u8>) {
    // Two digits with zeros are nearly all there is.
    if (0..100).contains(&value) && width == 2 && fill == Fill::Zero {
        let digits = value.unsigned_abs() as u8;
        out.extend_from_slice(&[b'0' + digits / 10, b'0' + digits % 10]);
        return;
    }
    let _ = match fill {
        Fill::Zero => write!(out, "{value:0width$}"),
        Fill::Space => write!(out, "{value:width$}"),
    };
}

fn fraction(nanos: u32, digits: usize, out: &mut Vec<u8>) {
    let mut text = [b'0'; 9];
    let mut rest = nanos;
    for digit in text.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&text[..digits.min(9)]);
}

fn short_fraction(nanos: u32, dot: bool, out: &mut Vec<u8>) {
    if nanos == 0 {
        if !dot {
            out.push(b'0');
        }
        return;
    }
    if dot {
        out.push(b'.');
    }
    fraction(nanos, 9, out);
    while out.last() == Some(&b'0') {
        out.pop();
    }
}

fn offset(offset_s: i32, colon: bool, out: &mut Vec<u8>) {
    out.push(if offset_s < 0 { b'-' } else { b'+' });
    let minutes = i64::from(offset_s.unsigned_abs() / 60);
    number(minutes / 60, 2, Fill::Zero, out);
    if colon {
        out.push(b':');
    }
    number(minutes % 60, 2, Fill::Zero, out);
}

#[cfg(test)]
mod tests;
