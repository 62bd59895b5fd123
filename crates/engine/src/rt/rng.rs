//! Randomness for load balancing, fractions and ids: fast, seedable, not for secrets
//! (xoshiro256++ by Blackman and Vigna, seeded through splitmix64).

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// A generator owned by one worker.
#[derive(Debug)]
pub struct Rng {
    state: Cell<[u64; 4]>,
}

impl Rng {
    /// The same seed gives the same sequence.
    pub fn seeded(seed: u64) -> Self {
        let mut next = seed;
        let mut split = || {
            next = next.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = next;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        Self { state: Cell::new([split(), split(), split(), split()]) }
    }

    /// A seed from the operating system (by way of the standard library's hash keys).
    pub fn from_entropy() -> Self {
        Self::seeded(RandomState::new().hash_one(0u8) ^ RandomState::new().hash_one(1u8))
    }

    /// The next 64 bits.
    pub fn next_u64(&self) -> u64 {
        let [a, b, c, d] = self.state.get();
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let shifted = b << 17;
        let (c, d) = (c ^ a, d ^ b);
        let (b, a) = (b ^ c, a ^ d);
        self.state.set([a, b, c ^ shifted, d.rotate_left(45)]);
        result
    }

    /// A number below `bound`, which is above zero.
    pub fn below(&self, bound: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// A time, and at random up to `jitter_ms` more.
    pub fn extended(&self, time: Duration, jitter_ms: u64) -> Duration {
        if jitter_ms == 0 { time } else { time + Duration::from_millis(self.below(jitter_ms)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_the_sequence() {
        let (one, two) = (Rng::seeded(7), Rng::seeded(7));
        assert!((0..100).all(|_| one.next_u64() == two.next_u64()));
        assert_ne!(Rng::seeded(7).next_u64(), Rng::seeded(8).next_u64());
    }

    #[test]
    fn numbers_below_a_bound_cover_it_evenly() {
        let rng = Rng::seeded(1);
        let mut counts = [0u32; 10];
        for _ in 0..100_000 {
            counts[rng.below(10) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_time_is_extended_by_less_than_its_jitter() {
        let rng = Rng::seeded(1);
        let second = Duration::from_secs(1);
        assert_eq!(rng.extended(second, 0), second);
        let times: Vec<_> = (0..1000).map(|_| rng.extended(second, 100)).collect();
        assert!(times.iter().all(|time| (second..second + second / 10).contains(time)));
        assert!(times.iter().any(|time| *time > second + second / 20));
    }
}
