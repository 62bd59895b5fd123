//! HTTP/2, the listener's side, against a client that sends anything.

#![no_main]

use libfuzzer_sys::fuzz_target;
use voyant_fuzz::control::Control;
use voyant_fuzz::h2::{Scripted, run, serve};

fuzz_target!(|input: &[u8]| {
    let Some((control, input)) = Control::split(input) else { return };
    run(serve(Scripted::new(control, input, true), control));
});
