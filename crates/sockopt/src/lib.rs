//! `setsockopt` with options that are known only by number, and the one `getsockopt` that no
//! library has a safe call for.
//!
//! Envoy's `SocketOption` names level and option as integers, for which no library has a safe
//! call. This crate is these two calls and nothing else, so that every other crate can forbid
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

/// `TCP_LISTEN` of the kernel's `tcp_states.h`.
const LISTENS: u8 = 10;
/// Where `tcp_info` has its `tcpi_unacked`, and how far it must be read for that.
const UNACKED: std::ops::Range<usize> = 24..28;

/// How many connections a TCP socket that listens has ready to be accepted; nothing when it does
/// not listen.
#[allow(unsafe_code)]
pub fn acceptable(socket: impl AsFd) -> io::Result<Option<u32>> {
    let mut info = [0u8; UNACKED.end];
    let mut len = UNACKED.end as libc::socklen_t;
    // SAFETY: the descriptor is open while it is borrowed; the kernel writes at most `len` bytes
    // to the array, which has that many.
    let result = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            info.as_mut_ptr().cast::<libc::c_void>(),
            &raw mut len,
        )
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut unacked = [0; 4];
    unacked.copy_from_slice(&info[UNACKED]);
    Ok((info[0] == LISTENS).then(|| u32::from_ne_bytes(unacked)))
}

#[cfg(test)]
mod tests {
    use std::net::{Shutdown, TcpListener, TcpStream};

    use socket2::{Domain, SockRef, Socket, Type};

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
    #[test]
    fn connections_that_wait_are_counted_while_the_socket_listens() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        assert_eq!(super::acceptable(&listener).expect("known"), Some(0));
        let _clients = [(); 3].map(|()| TcpStream::connect(address).expect("connects"));
        assert_eq!(super::acceptable(&listener).expect("known"), Some(3));
        listener.accept().expect("one");
        assert_eq!(super::acceptable(&listener).expect("known"), Some(2));
        SockRef::from(&listener).shutdown(Shutdown::Both).expect("listens no more");
        assert_eq!(super::acceptable(&listener).expect("known"), None);
    }
}
