//! Decompression: bodies that are none, and bodies that would be too large.

use voyant_engine::compression::decompress::STEP;
use voyant_engine::compression::{Decompressor, DecompressorLibrary};
use voyant_ir::compression as ir;

/// The first byte chooses the library and the size of pieces, the rest is the body.
pub fn decompress(input: &[u8]) {
    let Some((choice, body)) = input.split_first() else { return };
    let library = match choice & 3 {
        0 => ir::DecompressorLibrary::Gzip { window_bits: 15, max_inflate_ratio: 100 },
        1 => ir::DecompressorLibrary::Gzip { window_bits: 9, max_inflate_ratio: 1 },
        2 => ir::DecompressorLibrary::Brotli {},
        _ => ir::DecompressorLibrary::Zstd { dictionaries: Vec::new() },
    };
    let Ok(mut decompressor) = Decompressor::new(&DecompressorLibrary::new(&library)) else {
        return;
    };
    let mut out = Vec::new();
    for piece in body.chunks(usize::from(choice >> 2) + 1) {
        if decompressor.decompress(piece, &mut out).is_err() {
            break;
        }
    }
    assert!(out.len() <= body.len() * 100 + STEP, "{} of {}", out.len(), body.len());
}
