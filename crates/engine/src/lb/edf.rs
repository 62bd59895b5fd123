//! Earliest deadline first: each entry is due every `1 / weight`, the one due first is picked and
//! entered again (Envoy's `EdfScheduler`). Picks follow the weights closely at every length of
//! the sequence, and the weight may differ each time that an entry comes back.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::rt::rng::Rng;

/// A schedule over the positions `0..n`.
#[derive(Debug)]
pub struct Edf {
    queue: BinaryHeap<Reverse<Entry>>,
    /// Breaks ties in the order of entry.
    entered: u64,
}

#[derive(Debug)]
struct Entry {
    deadline: f64,
    entered: u64,
    position: usize,
}

impl Edf {
    /// A schedule that starts at a random point of its cycle. Weights are above zero.
    pub fn new(weights: &[f64], rng: &Rng) -> Self {
        let total: f64 = weights.iter().sum();
        // Where in the cycle: as if so many picks had been made.
        let picks = f64::from(rng.below(1 << 28) as u32);
        let mut made = 0.0;
        let mut entries = Vec::with_capacity(weights.len());
        for (position, weight) in weights.iter().enumerate() {
            let own = (picks * weight / total).floor();
            made += own;
            entries.push((own / weight, position, (own + 1.0) / weight));
        }
        // Ties go to who has waited longest, as they would after so many picks.
        entries.sort_by(|one, other| one.0.total_cmp(&other.0));
        let queue: BinaryHeap<_> = (0..)
            .zip(entries)
            .map(|(entered, (_, position, deadline))| {
                Reverse(Entry { deadline, entered, position })
            })
            .collect();
        let mut edf = Self { queue, entered: weights.len() as u64 };
        // Rounding down left fewer picks than there are entries.
        while made < picks {
            edf.pick(|position| weights[position]);
            made += 1.0;
        }
        edf
    }

    /// The position that is due; it comes back by the weight it has now.
    pub fn pick(&mut self, weight: impl Fn(usize) -> f64) -> Option<usize> {
        let mut first = self.queue.peek_mut()?;
        let position = first.0.position;
        first.0.deadline += 1.0 / weight(position);
        first.0.entered = self.entered;
        self.entered += 1;
        Some(position)
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.deadline.total_cmp(&other.deadline).then(self.entered.cmp(&other.entered))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}

#[cfg(test)]
mod tests {
    use super::*;

    fn picks(weights: &[f64], seed: u64, count: usize) -> Vec<usize> {
        let mut edf = Edf::new(weights, &Rng::seeded(seed));
        (0..count).filter_map(|_| edf.pick(|position| weights[position])).collect()
    }

    #[test]
    fn every_cycle_has_each_as_often_as_it_weighs() {
        let weights = [5.0, 1.0, 3.0];
        for seed in 0..50 {
            let picks = picks(&weights, seed, 90);
            for cycle in picks.chunks(9) {
                let count = |position| cycle.iter().filter(|pick| **pick == position).count();
                let counts = [count(0), count(1), count(2)];
                let near =
                    counts.iter().zip([5, 1, 3]).all(|(c, w): (&usize, _)| c.abs_diff(w) <= 1);
                assert!(near, "{seed}: {counts:?}");
            }
            let count = |position| picks.iter().filter(|pick| **pick == position).count();
            assert!(count(0).abs_diff(50) <= 1 && count(1).abs_diff(10) <= 1, "{seed}");
        }
    }

    #[test]
    fn ties_go_to_who_has_waited_longest_from_the_start() {
        let weights = [2.0, 1.0];
        for seed in 0..50 {
            for cycle in picks(&weights, seed, 30).chunks(3) {
                assert_eq!(cycle.iter().sum::<usize>(), 1, "{seed}: {cycle:?}");
            }
        }
    }

    #[test]
    fn seeds_start_at_different_points() {
        let weights = [2.0, 1.0, 1.0];
        let firsts: Vec<_> = (0..40).map(|seed| picks(&weights, seed, 1)[0]).collect();
        assert!((0..3).all(|position| firsts.contains(&position)), "{firsts:?}");
    }

    #[test]
    fn a_weight_that_falls_makes_picks_rarer() {
        let mut edf = Edf::new(&[1.0, 1.0], &Rng::seeded(3));
        let weights = [0.25, 1.0];
        let picks: Vec<_> = (0..100).filter_map(|_| edf.pick(|at| weights[at])).collect();
        let first = picks.iter().filter(|at| **at == 0).count();
        assert!((19..=22).contains(&first), "{first}");
    }

    #[test]
    fn an_empty_schedule_picks_nothing() {
        assert_eq!(Edf::new(&[], &Rng::seeded(1)).pick(|_| 1.0), None);
    }
}
