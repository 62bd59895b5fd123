//! Compressors.

use std::fmt;
use std::io::{self, Write};

use brotli::CompressorWriter;
use brotli::enc::BrotliEncoderParams;
use brotli::enc::backward_references::BrotliEncoderMode;
use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress, Status};
use voyant_ir::compression as ir;

use crate::base64;
use zstd::stream::write::Encoder;
use zstd::zstd_safe::{CParameter, Strategy};

/// How much room a compressor has at a time.
const STEP: usize = 4096;

/// What makes compressors.
#[derive(Debug)]
pub struct CompressorLibrary {
    settings: ir::CompressorLibrary,
    dictionary: Box<[u8]>,
}

impl CompressorLibrary {
    pub fn new(settings: &ir::CompressorLibrary) -> Self {
        let dictionary = match settings {
            ir::CompressorLibrary::Zstd { dictionary, .. } => dictionary.as_str(),
            ir::CompressorLibrary::Gzip { .. } | ir::CompressorLibrary::Brotli { .. } => "",
        };
        let dictionary = base64::decode_padded(dictionary.as_bytes()).unwrap_or_default();
        Self { settings: settings.clone(), dictionary: dictionary.into() }
    }

    /// What `content-encoding` calls it.
    pub fn encoding(&self) -> &'static str {
        match self.settings {
            ir::CompressorLibrary::Gzip { .. } => "gzip",
            ir::CompressorLibrary::Brotli { .. } => "br",
            ir::CompressorLibrary::Zstd { .. } => "zstd",
        }
    }
}

/// A body on its way into a compressed form.
pub struct Compressor(Kind);

enum Kind {
    Gzip(Compress),
    Brotli(Box<CompressorWriter<Vec<u8>>>),
    Zstd(Box<Encoder<'static, Vec<u8>>>),
    Finished,
}

impl fmt::Debug for Compressor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Compressor").finish_non_exhaustive()
    }
}

impl Compressor {
    pub fn new(library: &CompressorLibrary) -> io::Result<Self> {
        Ok(Self(match &library.settings {
            ir::CompressorLibrary::Gzip { level, window_bits } => {
                Kind::Gzip(Compress::new_gzip(Compression::new(*level), *window_bits))
            }
            ir::CompressorLibrary::Brotli {
                quality,
                window_bits,
                input_block_bits,
                mode,
                literal_context_modeling,
            } => {
                let params = BrotliEncoderParams {
                    quality: quality.cast_signed(),
                    lgwin: window_bits.cast_signed(),
                    lgblock: input_block_bits.cast_signed(),
                    mode: match mode {
                        ir::BrotliMode::Generic => BrotliEncoderMode::BROTLI_MODE_GENERIC,
                        ir::BrotliMode::Text => BrotliEncoderMode::BROTLI_MODE_TEXT,
                        ir::BrotliMode::Font => BrotliEncoderMode::BROTLI_MODE_FONT,
                    },
                    disable_literal_context_modeling: i32::from(!literal_context_modeling),
                    ..BrotliEncoderParams::default()
                };
                Kind::Brotli(Box::new(CompressorWriter::with_params(Vec::new(), STEP, &params)))
            }
            ir::CompressorLibrary::Zstd { level, checksum, strategy, dictionary: _ } => {
                let level = level.cast_signed();
                let mut encoder = if library.dictionary.is_empty() {
                    Encoder::new(Vec::new(), level)?
                } else {
                    Encoder::with_dictionary(Vec::new(), level, &library.dictionary)?
                };
                encoder.include_checksum(*checksum)?;
                if let Some(strategy) = strategy {
                    encoder.set_parameter(CParameter::Strategy(strategy_of(*strategy)))?;
                }
                Kind::Zstd(Box::new(encoder))
            }
        }))
    }

    /// Compresses a piece, all of which can be read when what is answered has come.
    pub fn compress(&mut self, data: &[u8]) -> io::Result<Bytes> {
        let out = match &mut self.0 {
            Kind::Gzip(deflate) => run(deflate, data, FlushCompress::Sync)?,
            Kind::Brotli(writer) => {
                writer.write_all(data)?;
                writer.flush()?;
                std::mem::take(writer.get_mut())
            }
            Kind::Zstd(encoder) => {
                encoder.write_all(data)?;
                encoder.flush()?;
                std::mem::take(encoder.get_mut())
            }
            Kind::Finished => Vec::new(),
        };
        Ok(out.into())
    }

    /// What ends the body.
    pub fn finish(&mut self) -> io::Result<Bytes> {
        let out = match std::mem::replace(&mut self.0, Kind::Finished) {
            Kind::Gzip(mut deflate) => run(&mut deflate, &[], FlushCompress::Finish)?,
            Kind::Brotli(writer) => writer.into_inner(),
            Kind::Zstd(encoder) => encoder.finish()?,
            Kind::Finished => Vec::new(),
        };
        Ok(out.into())
    }
}

/// Until all is taken and nothing more comes.
fn run(deflate: &mut Compress, data: &[u8], flush: FlushCompress) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len() / 2 + 64);
    let begin = deflate.total_in();
    loop {
        let taken = (deflate.total_in() - begin) as usize;
        let status = deflate.compress_vec(&data[taken..], &mut out, flush)?;
        if status == Status::StreamEnd || out.len() < out.capacity() {
            return Ok(out);
        }
        out.reserve(STEP);
    }
}

/// By the library's number.
fn strategy_of(number: u8) -> Strategy {
    match number {
        1 => Strategy::ZSTD_fast,
        2 => Strategy::ZSTD_dfast,
        3 => Strategy::ZSTD_greedy,
        4 => Strategy::ZSTD_lazy,
        5 => Strategy::ZSTD_lazy2,
        6 => Strategy::ZSTD_btlazy2,
        7 => Strategy::ZSTD_btopt,
        8 => Strategy::ZSTD_btultra,
        _ => Strategy::ZSTD_btultra2,
    }
}
