//! `x-request-id`: a random UUID, version 4 (RFC 9562), as Envoy's uuid extension makes it.

use crate::rt::rng::Rng;

/// Both hexadecimal digits of each byte.
static HEX: [[u8; 2]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [DIGITS[byte >> 4], DIGITS[byte & 15]];
        byte += 1;
    }
    pairs
};
/// Where the digits of each byte stand: in groups of 8, 4, 4, 4 and 12.
const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/// A new id in text form.
pub fn generate(rng: &Rng) -> [u8; 36] {
    let mut bytes = [0u8; 16];
    bytes[..8].copy_from_slice(&rng.next_u64().to_ne_bytes());
    bytes[8..].copy_from_slice(&rng.next_u64().to_ne_bytes());
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = [b'-'; 36];
    for (place, byte) in PLACES.into_iter().zip(bytes) {
        text[place..place + 2].copy_from_slice(&HEX[usize::from(byte)]);
    }
    text
}

/// Where an id says why its request is traced; 4 is for one that is not.
const TRACE_REASON: usize = 14;

/// The id without a reason to trace; nothing for what is no such id, or has no reason.
pub fn without_trace_reason(id: &[u8]) -> Option<Vec<u8>> {
    (id.len() == 36 && id[TRACE_REASON] != b'4').then(|| {
        let mut id = id.to_vec();
        id[TRACE_REASON] = b'4';
        id
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_the_form_of_version_4() {
        let rng = Rng::seeded(1);
        let text = String::from_utf8(generate(&rng).to_vec()).expect("ASCII");
        let parts: Vec<_> = text.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(&text[14..15], "4");
        assert!("89ab".contains(&text[19..20]));
        assert_ne!(generate(&rng), generate(&rng));
    }
}
