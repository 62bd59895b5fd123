//! HTTP/1, chunked bodies: whole and in pieces.

#![no_main]

use libfuzzer_sys::fuzz_target;
use voyant_fuzz::control::Control;
use voyant_fuzz::h1_body::{check_written, decode, rules};

fuzz_target!(|input: &[u8]| {
    let Some((control, input)) = Control::split(input) else { return };
    let (whole, rest) = decode(rules(control), &[input]);
    let (cut, rest_of_cut) = decode(rules(control), &control.pieces(input));
    assert_eq!(whole, cut, "cut differently, read differently");
    if !matches!(whole.end, voyant_fuzz::h1_body::End::Refused(_)) {
        assert_eq!(rest, rest_of_cut, "cut differently, left differently");
    }
    check_written(&whole);
});
