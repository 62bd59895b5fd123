//! Listeners: sockets bound before anything serves, and the loops that accept from them.

pub mod accept;
pub mod arrivals;
pub mod balance;
pub mod closing;
pub mod limit;
pub mod socket;
mod tcp_queue;
