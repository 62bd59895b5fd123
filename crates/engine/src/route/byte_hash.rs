//! A fast hash of short byte strings for maps whose keys come from configuration. What a client
//! sends is only looked up, never stored, so nothing is to be gained from collisions.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map from byte strings of the configuration.
pub(crate) type ByteMap<V> = HashMap<Box<[u8]>, V, BuildHasherDefault<ByteHasher>>;

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Eight bytes a step: rotate, mix, multiply.
#[derive(Debug, Default)]
pub(crate) struct ByteHasher(u64);

impl ByteHasher {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(MULTIPLIER);
    }
}

impl Hasher for ByteHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.mix(u64::from_le_bytes(last) ^ bytes.len() as u64);
    }

    fn write_usize(&mut self, _: usize) {
        // The length, which `write` mixes in itself.
    }

    /// The map takes its buckets from the low bits and its tags from the high ones.
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similar_keys_spread() {
        let mut low = std::collections::HashSet::new();
        for i in 0..4096 {
            let mut hasher = ByteHasher::default();
            hasher.write(format!("/service-{i}/").as_bytes());
            low.insert(hasher.finish() & 0xffff);
        }
        assert!(low.len() > 3_800, "{} of 4096 low halves differ", low.len());
    }
}
