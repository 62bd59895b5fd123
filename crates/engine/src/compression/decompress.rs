//! Decompressors, whose output may not be much larger than their input.

use std::fmt;
use std::io;
use std::num::NonZeroU32;
use std::sync::Arc;

use brotli::{BrotliDecompressStream, BrotliResult, BrotliState, HeapAlloc, HuffmanCode};
use flate2::{Decompress, FlushDecompress, Status};
use voyant_ir::compression as ir;
use zstd::zstd_safe::{DCtx, InBuffer, OutBuffer, get_dict_id_from_dict, get_dict_id_from_frame};

use crate::base64;

/// How much is decompressed at a time, at most.
pub const STEP: usize = 8192;
/// How much of all but Brotli is.
const SMALL_STEP: usize = 4096;
/// How many times as large as its input the output may be, where nothing is said of that.
const MAX_RATIO: u64 = 100;

/// Why a body cannot be decompressed further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It is not of this form.
    Data,
    /// It would be too large.
    TooLarge,
    /// It goes on behind its end.
    Redundant,
    /// It was made with a dictionary that is not there.
    Dictionary,
    /// Its sum is another.
    Checksum,
    /// There is no memory for what it asks for.
    Memory,
}

/// What makes decompressors.
#[derive(Debug)]
pub struct DecompressorLibrary {
    settings: ir::DecompressorLibrary,
    dictionaries: Arc<[Dictionary]>,
}

#[derive(Debug)]
struct Dictionary {
    id: Option<NonZeroU32>,
    bytes: Vec<u8>,
}

impl DecompressorLibrary {
    pub fn new(settings: &ir::DecompressorLibrary) -> Self {
        let texts = match settings {
            ir::DecompressorLibrary::Zstd { dictionaries } => dictionaries.as_slice(),
            ir::DecompressorLibrary::Gzip { .. } | ir::DecompressorLibrary::Brotli {} => &[],
        };
        let dictionaries = texts.iter().map(|text| {
            let bytes = base64::decode_padded(text.as_bytes()).unwrap_or_default();
            Dictionary { id: get_dict_id_from_dict(&bytes), bytes }
        });
        Self { settings: settings.clone(), dictionaries: dictionaries.collect() }
    }

    /// What `content-encoding` calls it, and statistics do.
    pub fn names(&self) -> (&'static str, &'static str) {
        match self.settings {
            ir::DecompressorLibrary::Gzip { .. } => ("gzip", "gzip"),
            ir::DecompressorLibrary::Brotli {} => ("br", "brotli"),
            ir::DecompressorLibrary::Zstd { .. } => ("zstd", "zstd"),
        }
    }
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
    Zstd {
        context: Box<DCtx<'static>>,
        /// Until the first frame has said which of them it needs.
        dictionaries: Option<Arc<[Dictionary]>>,
    },
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
    pub fn new(library: &DecompressorLibrary) -> io::Result<Self> {
        let (kind, max_ratio) = match &library.settings {
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
            ir::DecompressorLibrary::Zstd { .. } => {
                let context = DCtx::try_create().ok_or(io::ErrorKind::OutOfMemory)?;
                let all = &library.dictionaries;
                let dictionaries = (!all.is_empty()).then(|| Arc::clone(all));
                (Kind::Zstd { context: Box::new(context), dictionaries }, MAX_RATIO)
            }
        };
        Ok(Self { kind, max_ratio, taken: 0, given: 0, ended: false })
    }

    /// Appends what a piece gives; what there is before trouble is given, too.
    pub fn decompress(&mut self, mut data: &[u8], out: &mut Vec<u8>) -> Result<(), Trouble> {
        self.kind.choose_dictionary(data)?;
        let is_brotli = matches!(self.kind, Kind::Brotli(_));
        // Of all that has come: how much of it is taken already is each library's own affair.
        let most = (self.taken + data.len() as u64) * self.max_ratio;
        let mut room = [0; STEP];
        let room = &mut room[..if is_brotli { STEP } else { SMALL_STEP }];
        while !self.ended {
            let step = self.kind.step(data, room)?;
            data = &data[step.taken..];
            self.taken += step.taken as u64;
            self.given += step.given as u64;
            out.extend_from_slice(&room[..step.given]);
            self.ended = step.ended;
            let too_large = self.given > most;
            if too_large && !(is_brotli && self.ended) {
                return Err(Trouble::TooLarge);
            }
            if step.given < room.len() && data.is_empty() || step.taken == 0 && step.given == 0 {
                break;
            }
        }
        let redundant = is_brotli && self.ended && !data.is_empty();
        if redundant { Err(Trouble::Redundant) } else { Ok(()) }
    }

    /// The body has ended: Brotli is asked once more for what it kept.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Trouble> {
        if matches!(self.kind, Kind::Brotli(_)) { self.decompress(&[], out) } else { Ok(()) }
    }
}

impl Kind {
    /// Takes the dictionary that the first frame names.
    fn choose_dictionary(&mut self, data: &[u8]) -> Result<(), Trouble> {
        let Self::Zstd { context, dictionaries } = self else { return Ok(()) };
        if data.is_empty() {
            return Ok(());
        }
        let Some(all) = dictionaries.take() else { return Ok(()) };
        let Some(id) = get_dict_id_from_frame(data) else { return Ok(()) };
        let found = all.iter().find(|dictionary| dictionary.id == Some(id));
        let found = found.ok_or(Trouble::Dictionary)?;
        context.load_dictionary(&found.bytes).map_err(trouble_of)?;
        Ok(())
    }

    fn step(&mut self, data: &[u8], room: &mut [u8]) -> Result<Step, Trouble> {
        match self {
            Self::Gzip(inflate) => {
                let (taken, given) = (inflate.total_in(), inflate.total_out());
                let status = inflate.decompress(data, room, FlushDecompress::None);
                let status = status.map_err(|_| Trouble::Data)?;
                Ok(Step {
                    taken: (inflate.total_in() - taken) as usize,
                    given: (inflate.total_out() - given) as usize,
                    ended: status == Status::StreamEnd,
                })
            }
            Self::Brotli(state) => {
                let (mut left, mut taken) = (data.len(), 0);
                let (mut free, mut given, mut total) = (room.len(), 0, 0);
                let result = BrotliDecompressStream(
                    &mut left, &mut taken, data, &mut free, &mut given, room, &mut total, state,
                );
                let ended = match result {
                    BrotliResult::ResultFailure => return Err(Trouble::Data),
                    BrotliResult::ResultSuccess => true,
                    BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => false,
                };
                Ok(Step { taken, given, ended })
            }
            Self::Zstd { context, .. } => {
                let mut input = InBuffer::around(data);
                let mut output = OutBuffer::around(room);
                context.decompress_stream(&mut output, &mut input).map_err(trouble_of)?;
                let (taken, given) = (input.pos(), output.pos());
                // A frame may follow a frame.
                Ok(Step { taken, given, ended: false })
            }
        }
    }
}

/// By the library's number, which is told as its negative.
fn trouble_of(code: usize) -> Trouble {
    match code.wrapping_neg() {
        22 => Trouble::Checksum,
        30 | 32 => Trouble::Dictionary,
        64 => Trouble::Memory,
        _ => Trouble::Data,
    }
}
