//! Decompressors, whose output may not be much larger than their input.

use std::fmt;
use std::io;

use brotli::{BrotliDecompressStream, BrotliResult, BrotliState, HeapAlloc, HuffmanCode};
use flate2::{Decompress, FlushDecompress, Status};
use voyant_ir::compression as ir;
use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

/// How much is decompressed at a time.
pub const STEP: usize = 4096;
/// How many times as large as its input the output may be, where nothing is said of that.
const MAX_RATIO: u64 = 100;

/// Why a body cannot be decompressed further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It is not of this form.
    Data,
    /// It would be too large.
    TooLarge,
}

/// A body on its way out of a compressed form.
pub struct Decompressor {
    kind: Kind,
    max_ratio: u64,
    taken: u64,
    given: u64,
    ended: bool,
}

type Brotli = BrotliState<HeapAlloc<u8>, HeapAlloc<u32>, HeapAlloc<HuffmanCode>>;

enum Kind {
    Gzip(Decompress),
    Brotli(Box<Brotli>),
    Zstd(Box<Decoder<'static>>),
}

/// What one step did.
struct Step {
    taken: usize,
    given: usize,
    ended: bool,
}

impl fmt::Debug for Decompressor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { taken, given, .. } = self;
        let mut debug = formatter.debug_struct("Decompressor");
        debug.field("taken", taken).field("given", given).finish_non_exhaustive()
    }
}

impl Decompressor {
    pub fn new(library: &ir::DecompressorLibrary) -> io::Result<Self> {
        let (kind, max_ratio) = match library {
            ir::DecompressorLibrary::Gzip { window_bits, max_inflate_ratio } => {
                (Kind::Gzip(Decompress::new_gzip(*window_bits)), u64::from(*max_inflate_ratio))
            }
            ir::DecompressorLibrary::Brotli {} => {
                let state = BrotliState::new(
                    HeapAlloc::default(),
                    HeapAlloc::default(),
                    HeapAlloc::default(),
                );
                (Kind::Brotli(Box::new(state)), MAX_RATIO)
            }
            ir::DecompressorLibrary::Zstd {} => (Kind::Zstd(Box::new(Decoder::new()?)), MAX_RATIO),
        };
        Ok(Self { kind, max_ratio, taken: 0, given: 0, ended: false })
    }

    /// Appends what a piece gives; what there is before trouble is given, too.
    pub fn decompress(&mut self, mut data: &[u8], out: &mut Vec<u8>) -> Result<(), Trouble> {
        let mut room = [0; STEP];
        while !self.ended {
            let step = self.kind.step(data, &mut room).ok_or(Trouble::Data)?;
            data = &data[step.taken..];
            self.taken += step.taken as u64;
            self.given += step.given as u64;
            out.extend_from_slice(&room[..step.given]);
            if self.given > self.taken * self.max_ratio {
                return Err(Trouble::TooLarge);
            }
            self.ended = step.ended;
            if step.given < STEP && data.is_empty() || step.taken == 0 && step.given == 0 {
                break;
            }
        }
        Ok(())
    }
}

impl Kind {
    /// Nothing when the data are not of this form.
    fn step(&mut self, data: &[u8], room: &mut [u8; STEP]) -> Option<Step> {
        match self {
            Self::Gzip(inflate) => {
                let (taken, given) = (inflate.total_in(), inflate.total_out());
                let status = inflate.decompress(data, room, FlushDecompress::None).ok()?;
                Some(Step {
                    taken: (inflate.total_in() - taken) as usize,
                    given: (inflate.total_out() - given) as usize,
                    ended: status == Status::StreamEnd,
                })
            }
            Self::Brotli(state) => {
                let (mut left, mut taken) = (data.len(), 0);
                let (mut free, mut given, mut total) = (STEP, 0, 0);
                let result = BrotliDecompressStream(
                    &mut left, &mut taken, data, &mut free, &mut given, room, &mut total, state,
                );
                let ended = match result {
                    BrotliResult::ResultFailure => return None,
                    BrotliResult::ResultSuccess => true,
                    BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => false,
                };
                Some(Step { taken, given, ended })
            }
            Self::Zstd(decoder) => {
                let mut input = InBuffer::around(data);
                let mut output = OutBuffer::around(&mut room[..]);
                decoder.run(&mut input, &mut output).ok()?;
                let (taken, given) = (input.pos(), output.pos());
                // A frame may follow a frame.
                Some(Step { taken, given, ended: false })
            }
        }
    }
}
