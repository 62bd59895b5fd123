//! HTTP/1, the listener's side: requests, whole and in pieces.

#![no_main]

use libfuzzer_sys::fuzz_target;
use voyant_fuzz::control::Control;
use voyant_fuzz::h1::{Server, transcript};

fuzz_target!(|input: &[u8]| {
    let Some((control, input)) = Control::split(input) else { return };
    let role = Server::new(control);
    let whole = transcript(&role, &[input]);
    let cut = transcript(&role, &control.pieces(input));
    assert_eq!(whole, cut, "cut differently, read differently");
});
