//! `setsockopt` with options that are known only by number.
//!
//! Envoy's `SocketOption` names level and option as integers, for which no library has a safe
//! call. This crate is that call and nothing else, so that every other crate can forbid
//! `unsafe`.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// Sets one option from its raw bytes.
#[allow(unsafe_code)]
pub fn set(socket: impl AsFd, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
    let len = libc::socklen_t::try_from(value.len())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "the value is too long"))?;
    // SAFETY: the descriptor is open while it is borrowed; pointer and length are those of one
    // live slice, which the kernel only reads.
    let result = unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            level,
            name,
            value.as_ptr().cast::<libc::c_void>(),
            len,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use socket2::{Domain, Socket, Type};

    #[test]
    fn an_option_set_by_number_is_seen_by_name() {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        super::set(&socket, libc::SOL_SOCKET, libc::SO_KEEPALIVE, &1i32.to_ne_bytes())
            .expect("keepalive is known");
        assert!(socket.keepalive().expect("readable"));
    }

    #[test]
    fn an_unknown_option_is_an_error() {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        assert!(super::set(&socket, 9999, 9999, &[0; 4]).is_err());
    }
}
