//! The compiled matching tree against a plain evaluation.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| voyant_fuzz::matcher::compare(input));
