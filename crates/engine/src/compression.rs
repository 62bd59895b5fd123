//! Compression of bodies, piece by piece: what has come so far goes on at once, so that no stream
//! stalls; what is decompressed has a bound.

pub mod compress;
pub mod decompress;

pub use compress::{Compressor, CompressorLibrary};
pub use decompress::{Decompressor, DecompressorLibrary, Trouble};

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use voyant_ir::compression as ir;

    use super::*;

    fn libraries() -> [(CompressorLibrary, DecompressorLibrary); 3] {
        let settings = [
            (
                ir::CompressorLibrary::Gzip { level: 6, window_bits: 12 },
                ir::DecompressorLibrary::Gzip { window_bits: 15, max_inflate_ratio: 100 },
            ),
            (
                ir::CompressorLibrary::Brotli {
                    quality: 3,
                    window_bits: 18,
                    input_block_bits: 24,
                    mode: ir::BrotliMode::Generic,
                    literal_context_modeling: true,
                },
                ir::DecompressorLibrary::Brotli {},
            ),
            (
                ir::CompressorLibrary::Zstd {
                    level: 3,
                    checksum: true,
                    strategy: Some(2),
                    dictionary: String::new(),
                },
                ir::DecompressorLibrary::Zstd { dictionaries: Vec::new() },
            ),
        ];
        settings.map(|(to, from)| (CompressorLibrary::new(&to), DecompressorLibrary::new(&from)))
    }

    #[test]
    fn each_piece_can_be_read_when_it_has_come() {
        let pieces: [&[u8]; 3] = [b"hello, ", &[b'x'; 9_000], b"bye"];
        for (library, reverse) in libraries() {
            let mut compressor = Compressor::new(&library).expect("it is made");
            let mut decompressor = Decompressor::new(&reverse).expect("it is made");
            for piece in pieces {
                // What cannot be made much smaller has no trouble with the bound.
                let noise: Vec<u8> = piece
                    .iter()
                    .zip(0u32..)
                    .map(|(byte, at)| byte ^ (at.wrapping_mul(2_654_435_761) >> 24) as u8)
                    .collect();
                let small = compressor.compress(&noise).expect("it is compressed");
                let mut out = Vec::new();
                decompressor.decompress(&small, &mut out).expect("it is decompressed");
                assert_eq!(out, noise, "{library:?}");
            }
            let end = compressor.finish().expect("it ends");
            let mut out = Vec::new();
            decompressor.decompress(&end, &mut out).expect("it ends");
            assert!(out.is_empty());
        }
    }

    #[test]
    fn a_bomb_is_not_blown_up() {
        for (library, reverse) in libraries() {
            let mut compressor = Compressor::new(&library).expect("it is made");
            let mut bomb = compressor.compress(&vec![0; 4 << 20]).expect("compressed").to_vec();
            bomb.extend_from_slice(&compressor.finish().expect("it ends"));
            let mut out = Vec::new();
            let mut decompressor = Decompressor::new(&reverse).expect("it is made");
            let trouble = decompressor.decompress(&Bytes::from(bomb.clone()), &mut out);
            assert_eq!(trouble, Err(Trouble::TooLarge), "{library:?}");
            assert!(out.len() <= bomb.len() * 100 + decompress::STEP, "{}", out.len());
        }
    }

    #[test]
    fn noise_is_no_compressed_body() {
        // To Brotli almost anything is the beginning of a body.
        for (_, reverse) in
            libraries().into_iter().filter(|(library, _)| library.encoding() != "br")
        {
            let mut decompressor = Decompressor::new(&reverse).expect("it is made");
            let noise: Vec<u8> = (0..99u8).map(|at| at.wrapping_mul(151) ^ 0x5a).collect();
            let trouble = decompressor.decompress(&noise, &mut Vec::new());
            assert_eq!(trouble, Err(Trouble::Data), "{reverse:?}");
        }
    }
}
