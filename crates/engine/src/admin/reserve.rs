//! Descriptors that the admin interface keeps back, so that it can still be asked when the clients
//! of the listeners have taken all others.

use std::cell::RefCell;
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;

use socket2::Socket;

use crate::rt::stream::{Handle, Stream};

/// That many connections are taken then.
const KEPT: usize = 4;

/// Sockets that are there for nothing but their descriptors.
#[derive(Debug, Default)]
pub(super) struct Reserve(RefCell<Vec<OwnedFd>>);

impl Reserve {
    /// Keeps as many as there can be.
    pub(super) fn refill(&self) {
        let mut kept = self.0.borrow_mut();
        while kept.len() < KEPT {
            let Ok(socket) = UnixDatagram::unbound() else { return };
            kept.push(socket.into());
        }
    }

    /// Gives one back to the process; false when there is none.
    pub(super) fn give(&self) -> bool {
        self.0.borrow_mut().pop().is_some()
    }

    /// Ends a connection. Its descriptor stays here if one is missing: a worker that waits for one
    /// could be faster than a [`Self::refill`].
    pub(super) fn close(&self, stream: Stream) {
        if self.0.borrow().len() < KEPT
            && let Ok(handle) = stream.into_handle()
        {
            let socket: Socket = match handle {
                Handle::Tcp(stream) => stream.into(),
                Handle::Unix(stream) => stream.into(),
            };
            // The client may have closed it before.
            let _ = socket.shutdown(Shutdown::Both);
            self.0.borrow_mut().push(socket.into());
        }
        self.refill();
    }
}
