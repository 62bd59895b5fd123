//! HTTP/2, the cluster's side, against an upstream that sends anything.

#![no_main]

use libfuzzer_sys::fuzz_target;
use voyant_fuzz::control::Control;
use voyant_fuzz::h2::{Scripted, ask, run};

fuzz_target!(|input: &[u8]| {
    let Some((control, input)) = Control::split(input) else { return };
    run(ask(Scripted::new(control, input, false), control));
});
