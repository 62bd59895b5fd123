//! Who is at the ends of a connection.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// One end of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PeerAddress {
    Ip(SocketAddr),
    /// A Unix socket's path; empty for the unnamed end.
    Pipe(Arc<str>),
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(formatter),
            Self::Pipe(path) => formatter.write_str(path),
        }
    }
}
