//! A connected byte stream of any transport.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use crate::rt::address::PeerAddress;

/// A connection; TLS joins the list as one more variant.
#[derive(Debug)]
pub enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

fn unnamed() -> PeerAddress {
    PeerAddress::Pipe("".into())
}

macro_rules! on_each {
    ($self:expr, $stream:ident => $call:expr) => {
        match $self {
            Stream::Tcp($stream) => $call,
            Stream::Unix($stream) => $call,
        }
    };
}

/// A connection on its way to another thread, registered with no runtime.
#[derive(Debug)]
pub enum Handle {
    Tcp(std::net::TcpStream),
    Unix(std::os::unix::net::UnixStream),
}

impl Handle {
    /// Registers the connection with the runtime of this thread.
    pub fn register(self) -> io::Result<Stream> {
        Ok(match self {
            Self::Tcp(stream) => Stream::Tcp(TcpStream::from_std(stream)?),
            Self::Unix(stream) => Stream::Unix(UnixStream::from_std(stream)?),
        })
    }
}

impl Stream {
    /// Takes the connection from the runtime of this thread.
    pub fn into_handle(self) -> io::Result<Handle> {
        Ok(match self {
            Self::Tcp(stream) => Handle::Tcp(stream.into_std()?),
            Self::Unix(stream) => Handle::Unix(stream.into_std()?),
        })
    }

    /// From now on, closing the connection resets it: the peer shall not take what it has got for
    /// all there was.
    pub fn reset_on_close(&self) {
        if let Self::Tcp(stream) = self {
            // One that is gone already needs no reset.
            let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
    }

    /// Whether the peer has reset the connection, rather than ended its half of it. Asked of one
    /// that this end has not closed.
    pub fn is_reset(&self) -> bool {
        // The kernel forgets the peer of a connection that is gone.
        matches!(self, Self::Tcp(stream) if stream.peer_addr().is_err())
    }

    /// This end's address.
    pub fn local_address(&self) -> PeerAddress {
        match self {
            Self::Tcp(stream) => stream.local_addr().map_or_else(|_| unnamed(), PeerAddress::Ip),
            Self::Unix(stream) => {
                let address = stream.local_addr().ok();
                let path = address.as_ref().and_then(|address| address.as_pathname());
                path.map_or_else(unnamed, |path| PeerAddress::Pipe(path.to_string_lossy().into()))
            }
        }
    }

    /// Whether a read would not wait, end of stream and errors included, as far as the kernel has
    /// told. Registers nobody; no system call.
    pub fn is_read_ready(&self) -> bool {
        on_each!(self, stream => stream.try_io(Interest::READABLE, || Ok(())).is_ok())
    }

    /// Whether a read would not wait, by the kernel's own word.
    pub fn has_unread(&self) -> bool {
        let mut byte = [MaybeUninit::uninit()];
        on_each!(self, stream => SockRef::from(stream).peek(&mut byte).is_ok())
    }

    /// Ready when a read would not wait, end of stream and errors included. No system call.
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_each!(self, stream => stream.poll_read_ready(cx))
    }
}

impl Stream {
    /// Reads what is there already.
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        on_each!(self, stream => stream.try_read(buffer))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        on_each!(self.get_mut(), stream => Pin::new(stream).poll_read(cx, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        on_each!(self.get_mut(), stream => Pin::new(stream).poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        on_each!(self.get_mut(), stream => Pin::new(stream).poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_each!(self.get_mut(), stream => Pin::new(stream).poll_shutdown(cx))
    }
}
