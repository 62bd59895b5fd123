//! How a listening socket is closed so that nobody who has got through is lost: a close resets
//! whatever waits to be accepted, and whatever the kernel accepts in the meantime.
//!
//! First newcomers are kept out, then those are accepted whose handshake had begun, and only then
//! is the socket shut down.

use std::io;
use std::time::Duration;

use socket2::{SockFilter, SockRef};

/// How long a handshake may take that has begun: a round trip to another continent. A newcomer
/// notices nothing of it, for it tries again after a second at the earliest.
pub const HANDSHAKES: Duration = Duration::from_millis(100);

/// Drops the segments that begin a handshake and takes those that end one. A classic BPF program;
/// connections inherit it and never see such a segment.
const NO_NEW_HANDSHAKES: [SockFilter; 5] = [
    // The byte of the TCP header that holds the flags.
    SockFilter::new(LOAD_BYTE, 0, 0, 13),
    SockFilter::new(AND, 0, 0, SYN | ACK),
    SockFilter::new(JUMP_IF_EQUAL, 0, 1, SYN),
    SockFilter::new(RETURN, 0, 0, 0),
    SockFilter::new(RETURN, 0, 0, u32::MAX),
];
const LOAD_BYTE: u16 = 0x30;
const AND: u16 = 0x54;
const JUMP_IF_EQUAL: u16 = 0x15;
const RETURN: u16 = 0x06;
const SYN: u32 = 0x02;
const ACK: u32 = 0x10;

/// The kernel begins no handshake for this TCP socket any more. Where it cannot be told so (it is
/// no Linux, but passes for one), what arrives in the instant before the close is lost.
pub fn begin_no_handshake(socket: &SockRef<'_>) {
    let _ = socket.attach_filter(&NO_NEW_HANDSHAKES);
}

/// Ends listening: those who come are refused. The snapshot keeps the socket, and the kernel would
/// go on to take connections for one that merely nobody accepts from.
pub fn shut_down(socket: &SockRef<'_>) {
    // Another worker may have shut it down already, where all share one socket.
    let _ = socket.shutdown(std::net::Shutdown::Both);
}

/// Nobody waits to be accepted.
pub fn is_last(error: &io::Error) -> bool {
    !matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted)
}
