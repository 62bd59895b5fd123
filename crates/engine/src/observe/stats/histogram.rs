//! A worker's histogram: one counter a bin, in blocks that are made when a value first falls into
//! their power of ten. One thread records; readers add up what they see.

use std::sync::OnceLock;
use std::time::Duration;

use super::bin::{Bin, DECADE, DECADES};
use super::metric::Counter;

/// Values by bin. Nothing is allocated before the first value.
#[derive(Debug, Default)]
pub struct Histogram(OnceLock<Box<Bins>>);

#[derive(Debug, Default)]
struct Bins {
    zero: Counter,
    decades: [OnceLock<Box<[Counter; DECADE]>>; DECADES],
}

impl Histogram {
    /// Notes a value.
    pub fn record(&self, value: u64) {
        let bins = self.0.get_or_init(Box::default);
        let counter = match Bin::of(value).place() {
            None => &bins.zero,
            Some((decade, digits)) => {
                &bins.decades[usize::from(decade)].get_or_init(new_decade)[usize::from(digits)]
            }
        };
        counter.inc();
    }

    /// Notes a duration in whole milliseconds.
    pub fn record_ms(&self, duration: Duration) {
        self.record(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
    }

    /// Each bin with its count, in ascending order, empty ones left out.
    pub fn for_each(&self, mut each: impl FnMut(Bin, u64)) {
        let Some(bins) = self.0.get() else { return };
        let mut see = |number: usize, counter: &Counter| match counter.get() {
            0 => {}
            count => each(Bin(number as u16), count),
        };
        see(0, &bins.zero);
        for (decade, block) in bins.decades.iter().enumerate() {
            for (digits, counter) in
                block.get().into_iter().flat_map(|block| block.iter().enumerate())
            {
                see(1 + decade * DECADE + digits, counter);
            }
        }
    }
}

fn new_decade() -> Box<[Counter; DECADE]> {
    Box::new(std::array::from_fn(|_| Counter::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_in_their_bins() {
        let histogram = Histogram::default();
        for value in [0, 1, 1, 1234, 1299, 55] {
            histogram.record(value);
        }
        histogram.record_ms(Duration::from_micros(1_999));
        let mut seen = Vec::new();
        histogram.for_each(|bin, count| seen.push((bin.lower(), count)));
        assert_eq!(seen, [(0.0, 1), (1.0, 3), (55.0, 1), (1200.0, 2)]);
    }

    #[test]
    fn an_unused_histogram_is_two_words() {
        assert!(size_of::<Histogram>() <= 16);
    }
}
