//! xxHash64: Envoy's hash where a share of values is drawn by their text.
//!
//! <https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md>

const PRIMES: [u64; 5] = [
    0x9e37_79b1_85eb_ca87,
    0xc2b2_ae3d_27d4_eb4f,
    0x1656_67b1_9e37_79f9,
    0x85eb_ca77_c2b2_ae63,
    0x27d4_eb2f_1656_67c5,
];

/// The hash of some bytes.
pub fn xx_hash64(bytes: &[u8], seed: u64) -> u64 {
    let [p1, p2, _, _, p5] = PRIMES;
    let (stripes, rest) = bytes.as_chunks::<32>();
    let mut hash = if stripes.is_empty() {
        seed.wrapping_add(p5)
    } else {
        let start = [p1.wrapping_add(p2), p2, 0, p1.wrapping_neg()];
        stripes_hash(stripes, start.map(|lane| seed.wrapping_add(lane)))
    };
    hash = hash.wrapping_add(bytes.len() as u64);
    finish(rest, hash)
}

fn stripes_hash(stripes: &[[u8; 32]], mut lanes: [u64; 4]) -> u64 {
    let [p1, _, _, p4, _] = PRIMES;
    for stripe in stripes {
        let (words, _) = stripe.as_chunks::<8>();
        for (lane, word) in lanes.iter_mut().zip(words) {
            *lane = round(*lane, u64::from_le_bytes(*word));
        }
    }
    let rotations = lanes.iter().zip([1, 7, 12, 18]);
    let mut hash = rotations.fold(0u64, |sum, (lane, by)| sum.wrapping_add(lane.rotate_left(by)));
    for lane in lanes {
        hash = (hash ^ round(0, lane)).wrapping_mul(p1).wrapping_add(p4);
    }
    hash
}

fn finish(rest: &[u8], mut hash: u64) -> u64 {
    let [p1, p2, p3, p4, p5] = PRIMES;
    let (words, rest) = rest.as_chunks::<8>();
    for word in words {
        hash ^= round(0, u64::from_le_bytes(*word));
        hash = hash.rotate_left(27).wrapping_mul(p1).wrapping_add(p4);
    }
    let (halves, rest) = rest.as_chunks::<4>();
    for half in halves {
        hash ^= u64::from(u32::from_le_bytes(*half)).wrapping_mul(p1);
        hash = hash.rotate_left(23).wrapping_mul(p2).wrapping_add(p3);
    }
    for byte in rest {
        hash ^= u64::from(*byte).wrapping_mul(p5);
        hash = hash.rotate_left(11).wrapping_mul(p1);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(p2);
    hash = (hash ^ (hash >> 29)).wrapping_mul(p3);
    hash ^ (hash >> 32)
}

fn round(lane: u64, word: u64) -> u64 {
    let [p1, p2, ..] = PRIMES;
    lane.wrapping_add(word.wrapping_mul(p2)).rotate_left(31).wrapping_mul(p1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hashes() {
        assert_eq!(xx_hash64(b"", 0), 0xef46_db37_51d8_e999);
        assert_eq!(xx_hash64(b"a", 0), 0xd24e_c4f1_a98c_6e5b);
        assert_eq!(xx_hash64(b"abc", 0), 0x44bc_2cf5_ad77_0999);
        assert_eq!(xx_hash64(b"Nobody inspects the spammish repetition", 0), 0xfbce_a83c_8a37_8bf1);
        assert_eq!(xx_hash64(b"xxhash", 20_141_025), 0xb559_b98d_844e_0635);
    }
}
