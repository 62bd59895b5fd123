//! Opening connections to hosts.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpSocket, UnixStream};
use voyant_ir::address::{Address, SocketOption, SocketState, TcpKeepalive};
use voyant_ir::cluster::Cluster;

use crate::codec::{ResetReason, StreamReset};
use crate::descriptors::FAILURES;
use crate::listener::socket::{apply, set_keepalive};
use crate::rt::address::PeerAddress;
use crate::rt::stream::Stream;

/// How a cluster's connections are opened.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    pub timeout: Duration,
    keepalive: Option<TcpKeepalive>,
    socket_options: Box<[SocketOption]>,
    source: Option<SocketAddr>,
}

/// Why there is no connection.
#[derive(Debug)]
pub enum ConnectError {
    Timeout,
    /// The local side could not even try.
    Local(io::Error),
    Remote(io::Error),
}

impl ConnectOptions {
    pub fn new(cluster: &Cluster) -> Self {
        let source = match &cluster.source_address {
            Some(Address::Socket { ip, port, .. }) => {
                ip.parse().ok().map(|ip| SocketAddr::new(ip, *port))
            }
            Some(Address::Pipe { .. }) | None => None,
        };
        Self {
            timeout: Duration::from_millis(cluster.connect_timeout_ms),
            keepalive: cluster.tcp_keepalive,
            socket_options: cluster.socket_options.clone().into(),
            source,
        }
    }

    /// Opens a connection within the timeout.
    pub async fn connect(&self, address: &PeerAddress) -> Result<Stream, ConnectError> {
        let opened = async {
            match address {
                PeerAddress::Ip(address) => self.connect_tcp(*address).await,
                PeerAddress::Pipe(path) => connect_pipe(path).await,
            }
        };
        match tokio::time::timeout(self.timeout, opened).await {
            Ok(result) => {
                if let Err(ConnectError::Local(error) | ConnectError::Remote(error)) = &result {
                    FAILURES.connect(error);
                }
                result
            }
            Err(_) => Err(ConnectError::Timeout),
        }
    }

    async fn connect_tcp(&self, address: SocketAddr) -> Result<Stream, ConnectError> {
        let socket = self.prepare(address).map_err(ConnectError::Local)?;
        let stream = socket.connect(address).await.map_err(ConnectError::Remote)?;
        Ok(Stream::Tcp(stream))
    }

    fn prepare(&self, address: SocketAddr) -> io::Result<TcpSocket> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_nodelay(true)?;
        if let Some(keepalive) = &self.keepalive {
            set_keepalive(&SockRef::from(&socket), keepalive)?;
        }
        apply(&socket, &self.socket_options, SocketState::Prebind)?;
        if let Some(source) = self.source
            && source.is_ipv4() == address.is_ipv4()
        {
            socket.bind(source)?;
            apply(&socket, &self.socket_options, SocketState::Bound)?;
        }
        Ok(socket)
    }
}

async fn connect_pipe(path: &str) -> Result<Stream, ConnectError> {
    // tokio takes a leading NUL as an abstract name.
    let abstract_name = path.strip_prefix('@').map(|name| format!("\0{name}"));
    let path = abstract_name.as_deref().unwrap_or(path);
    UnixStream::connect(path).await.map(Stream::Unix).map_err(ConnectError::Remote)
}

impl From<&ConnectError> for StreamReset {
    fn from(error: &ConnectError) -> Self {
        match error {
            ConnectError::Timeout => Self::new(ResetReason::ConnectionTimeout),
            ConnectError::Local(error) => {
                Self::with_detail(ResetReason::LocalConnectionFailure, reason(error))
            }
            ConnectError::Remote(error) => Self::with_detail(
                ResetReason::RemoteConnectionFailure,
                format!("delayed connect error: {}", reason(error)),
            ),
        }
    }
}

/// The operating system's words without Rust's number behind them.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.into(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(timeout_ms: u64) -> ConnectOptions {
        ConnectOptions {
            timeout: Duration::from_millis(timeout_ms),
            keepalive: None,
            socket_options: Box::default(),
            source: Some("127.0.0.1:0".parse().expect("an address")),
        }
    }

    #[tokio::test]
    async fn a_refused_connection_says_so_in_the_systems_words() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("binds");
        let address = PeerAddress::Ip(taken.local_addr().expect("bound"));
        drop(taken);
        let error = options(5_000).connect(&address).await.expect_err("nobody listens");
        let reset = StreamReset::from(&error);
        assert_eq!(reset.reason, ResetReason::RemoteConnectionFailure);
        assert_eq!(reset.detail.as_deref(), Some("delayed connect error: Connection refused"));
    }

    #[tokio::test]
    async fn a_pipe_that_is_missing_is_the_remote_sides_fault() {
        let missing = PeerAddress::Pipe("/nonexistent/voyant.sock".into());
        let error = options(5_000).connect(&missing).await.expect_err("no such file");
        assert!(matches!(error, ConnectError::Remote(_)), "{error:?}");
    }
}
