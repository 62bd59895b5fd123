//! Frames of gRPC, whatever the body is.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| voyant_fuzz::grpc::frames(input));
