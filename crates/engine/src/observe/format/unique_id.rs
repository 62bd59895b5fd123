//! UUIDs for `%UNIQUE_ID%` and, where there is no request id, `%STREAM_ID%`.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::http::connection_manager::request_id;
use crate::rt::rng::Rng;

static SEED: OnceLock<u64> = OnceLock::new();
static COUNT: AtomicU64 = AtomicU64::new(0);

/// Another one each time.
pub(super) fn next() -> [u8; 36] {
    derived(COUNT.fetch_add(1, Relaxed) ^ (1 << 63))
}

/// The same for the same number, in this process.
pub(super) fn derived(number: u64) -> [u8; 36] {
    let seed = SEED.get_or_init(|| RandomState::new().hash_one(0u8));
    request_id::generate(&Rng::seeded(seed ^ number))
}
