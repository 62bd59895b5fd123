//! A histogram as readers see it: the workers' bins added up at each flush, as a whole and for
//! the last interval.

use super::bin::Bin;

/// Bins with their counts, ascending, none empty.
pub type Bins = Vec<(Bin, u64)>;

/// What the last flush found.
#[derive(Debug, Default, Clone)]
pub struct Merged {
    pub cumulative: Bins,
    pub interval: Bins,
}

impl Merged {
    /// Takes the sums as they are now; what came since the last flush is the interval.
    pub fn flush(&mut self, now: Bins) {
        let before = std::mem::replace(&mut self.cumulative, now);
        let mut before = before.into_iter().peekable();
        self.interval.clear();
        for &(bin, count) in &self.cumulative {
            while before.next_if(|(old, _)| *old < bin).is_some() {}
            let old = before.next_if(|(old, _)| *old == bin).map_or(0, |(_, count)| count);
            if count > old {
                self.interval.push((bin, count - old));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_what_came_since_the_last_flush() {
        let mut merged = Merged::default();
        merged.flush(vec![(Bin(1), 2), (Bin(5), 1)]);
        assert_eq!(merged.interval, [(Bin(1), 2), (Bin(5), 1)]);
        merged.flush(vec![(Bin(1), 2), (Bin(3), 1), (Bin(5), 4)]);
        assert_eq!(merged.interval, [(Bin(3), 1), (Bin(5), 3)]);
        assert_eq!(merged.cumulative, [(Bin(1), 2), (Bin(3), 1), (Bin(5), 4)]);
        merged.flush(merged.cumulative.clone());
        assert!(merged.interval.is_empty());
    }
}
