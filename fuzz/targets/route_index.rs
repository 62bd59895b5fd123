//! The route index against a scan of the list.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| voyant_fuzz::route::compare(input));
