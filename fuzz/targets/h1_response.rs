//! HTTP/1, the cluster's side: responses, whole and in pieces.

#![no_main]

use libfuzzer_sys::fuzz_target;
use voyant_fuzz::control::Control;
use voyant_fuzz::h1::{Client, transcript};

fuzz_target!(|input: &[u8]| {
    let Some((control, input)) = Control::split(input) else { return };
    let role = Client::new(control);
    let whole = transcript(&role, &[input]);
    let cut = transcript(&role, &control.pieces(input));
    assert_eq!(whole, cut, "cut differently, read differently");
});
