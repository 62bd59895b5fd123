//! What the engine asks of its surroundings: time, randomness, sockets. The only place that may
//! read a clock or a source of randomness; everything else is handed the result.

pub mod address;
pub mod buffers;
pub mod clock;
pub mod date;
pub mod memory;
pub mod rng;
pub mod stream;
pub mod timer;
