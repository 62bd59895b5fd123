//! Counters by status code and by class, whose names exist only after their first use
//! (`upstream_rq_200`, `upstream_rq_2xx`, `upstream_rq_completed`).
//!
//! A service answers with few codes: the first ones have a slot each in a short list that is
//! searched in turn, later ones a table of all codes. One thread writes.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};

use super::metric::Counter;

const SLOTS: usize = 12;
const FIRST_CODE: u16 = 100;
const CODES: usize = 500;

/// Which number of a name is meant; in the order of printing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Series {
    /// That of a plain counter.
    Only,
    Completed,
    /// 1 for `1xx`.
    Class(u8),
    Code(u16),
    /// Codes of no class.
    Unknown,
}

/// The counters of one name; nothing is allocated before the first response.
#[derive(Debug, Default)]
pub struct ResponseCodes(OnceLock<Box<Table>>);

#[derive(Debug, Default)]
struct Table {
    /// `1xx` to `5xx`.
    classes: [Counter; 5],
    completed: Counter,
    unknown: Counter,
    codes: [AtomicU16; SLOTS],
    counts: [Counter; SLOTS],
    rest: OnceLock<Box<[Counter]>>,
}

impl ResponseCodes {
    /// Counts a response. A code outside 100 to 599 counts as unknown.
    pub fn inc(&self, code: u16) {
        self.0.get_or_init(Box::default).inc(code);
    }

    /// Counts a response whose code is not to be told.
    pub fn completed(&self) {
        self.0.get_or_init(Box::default).completed.inc();
    }

    /// Each number that exists with its count, in no order.
    pub fn for_each(&self, mut each: impl FnMut(Series, u64)) {
        let Some(table) = self.0.get() else { return };
        let mut see = |series, counter: &Counter| match counter.get() {
            0 => {}
            count => each(series, count),
        };
        see(Series::Completed, &table.completed);
        see(Series::Unknown, &table.unknown);
        for (class, counter) in table.classes.iter().enumerate() {
            see(Series::Class(class as u8 + 1), counter);
        }
        for (code, counter) in table.codes.iter().zip(&table.counts) {
            see(Series::Code(code.load(Acquire)), counter);
        }
        for (index, counter) in table.rest.get().into_iter().flatten().enumerate() {
            see(Series::Code(index as u16 + FIRST_CODE), counter);
        }
    }
}

impl Table {
    fn inc(&self, code: u16) {
        self.completed.inc();
        if !(FIRST_CODE..FIRST_CODE + CODES as u16).contains(&code) {
            return self.unknown.inc();
        }
        self.classes[usize::from(code / 100) - 1].inc();
        for (slot, count) in self.codes.iter().zip(&self.counts) {
            let taken = slot.load(Relaxed);
            if taken == 0 {
                slot.store(code, Release);
            }
            if taken == code || taken == 0 {
                return count.inc();
            }
        }
        let rest = self.rest.get_or_init(|| (0..CODES).map(|_| Counter::default()).collect());
        rest[usize::from(code - FIRST_CODE)].inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_classes_are_counted_past_the_slots() {
        let codes = ResponseCodes::default();
        codes.for_each(|code, _| panic!("{code:?} exists before its first use"));
        for code in 200..230 {
            codes.inc(code);
        }
        codes.inc(599);
        codes.inc(200);
        codes.inc(0);
        codes.completed();
        let mut seen = Vec::new();
        codes.for_each(|series, count| seen.push((series, count)));
        seen.sort_unstable();
        assert_eq!(seen[0], (Series::Completed, 34));
        assert_eq!(seen[1..3], [(Series::Class(2), 31), (Series::Class(5), 1)]);
        assert_eq!(seen.len(), 3 + 31 + 1);
        assert_eq!(seen[3], (Series::Code(200), 2));
        assert_eq!(seen[33..], [(Series::Code(599), 1), (Series::Unknown, 1)]);
    }
}
