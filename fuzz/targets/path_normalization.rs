//! Path normalization by every rule.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| voyant_fuzz::path::normalize(input));
