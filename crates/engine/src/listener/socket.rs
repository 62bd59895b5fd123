//! Binding of listening sockets, with the options that a listener asks for.
//!
//! All sockets of all listeners are bound before any worker accepts, so that a port in use
//! refuses the whole snapshot and changes nothing.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, TcpKeepalive, Type};
use voyant_ir::address::{Address, SocketIpVersion, SocketOption, SocketOptionValue, SocketState};
use voyant_ir::listener::{Listener, ListenerAddress};

use crate::rt::address::PeerAddress;

/// A listening socket could not be had.
#[derive(Debug, thiserror::Error)]
#[error("listener {listener:?}: cannot {action} {address}: {source}")]
pub struct BindError {
    pub listener: String,
    pub action: &'static str,
    pub address: String,
    pub source: io::Error,
}

/// The sockets of one address of one listener: one a worker, or one for all.
#[derive(Debug)]
pub struct BoundAddress {
    /// As bound, port included.
    pub local: PeerAddress,
    pub sockets: Vec<Arc<Socket>>,
    transparent: bool,
}

impl BoundAddress {
    /// The socket that a worker accepts from.
    pub fn socket_of(&self, worker: usize) -> &Arc<Socket> {
        &self.sockets[worker % self.sockets.len()]
    }

    /// The local address of every connection; nothing where each has its own, so that the kernel
    /// must be asked.
    pub fn connection_local(&self) -> Option<&PeerAddress> {
        match &self.local {
            PeerAddress::Ip(address) if address.ip().is_unspecified() || self.transparent => None,
            local => Some(local),
        }
    }
}

/// Binds every address of a listener for so many workers.
pub fn bind(listener: &Listener, workers: usize) -> Result<Vec<BoundAddress>, BindError> {
    listener.addresses.iter().map(|address| bind_address(listener, address, workers)).collect()
}

fn bind_address(
    listener: &Listener,
    wanted: &ListenerAddress,
    workers: usize,
) -> Result<BoundAddress, BindError> {
    let fail = |action| {
        move |source| BindError {
            listener: listener.name.clone(),
            action,
            address: display(&wanted.address),
            source,
        }
    };
    let first = open(listener, wanted, None).map_err(fail("bind"))?;
    let local = local_address(&first).map_err(fail("read the address of"))?;
    let mut sockets = vec![Arc::new(first)];
    let shares_port = listener.reuse_port && matches!(local, PeerAddress::Ip(_));
    while shares_port && sockets.len() < workers {
        let socket = open(listener, wanted, Some(&local)).map_err(fail("bind"))?;
        sockets.push(Arc::new(socket));
    }
    for socket in &sockets {
        let backlog = i32::try_from(listener.backlog).unwrap_or(i32::MAX);
        socket.listen(backlog).map_err(fail("listen on"))?;
        apply(socket, &wanted.socket_options, SocketState::Listening)
            .map_err(fail("set a socket option on"))?;
    }
    Ok(BoundAddress { local, sockets, transparent: listener.transparent })
}

fn open(
    listener: &Listener,
    wanted: &ListenerAddress,
    bound: Option<&PeerAddress>,
) -> io::Result<Socket> {
    let (target, domain) = match (&wanted.address, bound) {
        (_, Some(PeerAddress::Ip(address))) => (SockAddr::from(*address), domain_of(address)),
        (Address::Socket { ip, port, .. }, _) => {
            let address = SocketAddr::new(parse_ip(ip)?, *port);
            (SockAddr::from(address), domain_of(&address))
        }
        (Address::Pipe { path, .. }, _) => (pipe_address(path)?, Domain::UNIX),
    };
    let protocol = listener.mptcp.then_some(Protocol::MPTCP);
    let socket = Socket::new(domain, Type::STREAM, protocol)?;
    socket.set_nonblocking(true)?;
    prepare(&socket, listener, wanted, domain)?;
    apply(&socket, &wanted.socket_options, SocketState::Prebind)?;
    if let Address::Pipe { path, .. } = &wanted.address {
        remove_stale_pipe(path);
    }
    socket.bind(&target)?;
    if let Address::Pipe { path, mode } = &wanted.address {
        set_mode(path, *mode)?;
    }
    apply(&socket, &wanted.socket_options, SocketState::Bound)?;
    Ok(socket)
}

fn prepare(
    socket: &Socket,
    listener: &Listener,
    wanted: &ListenerAddress,
    domain: Domain,
) -> io::Result<()> {
    if domain == Domain::UNIX {
        return Ok(());
    }
    socket.set_reuse_address(true)?;
    if listener.reuse_port {
        socket.set_reuse_port(true)?;
    }
    if let Address::Socket { ipv4_compat, .. } = &wanted.address
        && domain == Domain::IPV6
    {
        socket.set_only_v6(!ipv4_compat)?;
    }
    if listener.freebind {
        match domain {
            Domain::IPV6 => socket.set_freebind_v6(true)?,
            _ => socket.set_freebind_v4(true)?,
        }
    }
    if listener.transparent {
        socket.set_ip_transparent_v4(true)?;
    }
    if let Some(keepalive) = &wanted.tcp_keepalive {
        set_keepalive(&SockRef::from(socket), keepalive)?;
    }
    // Accepted sockets inherit it. Without it a small response waits for the client's delayed
    // acknowledgement of the one before.
    socket.set_tcp_nodelay(true)
}

/// Sets keepalive; what is zero keeps the kernel's value.
pub fn set_keepalive(
    socket: &SockRef<'_>,
    wanted: &voyant_ir::address::TcpKeepalive,
) -> io::Result<()> {
    let voyant_ir::address::TcpKeepalive { probes, time_s, interval_s } = *wanted;
    let mut keepalive = TcpKeepalive::new();
    if probes > 0 {
        keepalive = keepalive.with_retries(probes);
    }
    if time_s > 0 {
        keepalive = keepalive.with_time(Duration::from_secs(time_s.into()));
    }
    if interval_s > 0 {
        keepalive = keepalive.with_interval(Duration::from_secs(interval_s.into()));
    }
    socket.set_keepalive(true)?;
    socket.set_tcp_keepalive(&keepalive)
}

/// Sets the options of one state that are meant for a socket of this kind.
pub fn apply(
    socket: &impl std::os::fd::AsFd,
    options: &[SocketOption],
    state: SocketState,
) -> io::Result<()> {
    for option in options.iter().filter(|option| option.state == state) {
        if !is_meant(option.ip_version, socket)? {
            continue;
        }
        let SocketOption { level, name, value, state: _, ip_version: _ } = option;
        let bytes = match value {
            SocketOptionValue::Int { value } => value.to_ne_bytes().to_vec(),
            SocketOptionValue::Buf { hex } => from_hex(hex),
        };
        voyant_sockopt::set(socket, *level, *name, &bytes)?;
    }
    Ok(())
}

fn is_meant(version: SocketIpVersion, socket: &impl std::os::fd::AsFd) -> io::Result<bool> {
    let wanted = match version {
        SocketIpVersion::Any => return Ok(true),
        SocketIpVersion::V4 => Domain::IPV4,
        SocketIpVersion::V6 => Domain::IPV6,
    };
    Ok(SockRef::from(socket).domain()? == wanted)
}

fn from_hex(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap_or(0) as u8;
    hex.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn domain_of(address: &SocketAddr) -> Domain {
    Domain::for_address(*address)
}

fn parse_ip(ip: &str) -> io::Result<IpAddr> {
    ip.parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "not an IP address"))
}

/// The socket address of a pipe path; `@` begins an abstract one.
pub fn pipe_address(path: &str) -> io::Result<SockAddr> {
    match path.strip_prefix('@') {
        Some(name) => SockAddr::unix(format!("\0{name}")),
        None => SockAddr::unix(path),
    }
}

/// A socket file that nobody listens on is left over from an earlier run.
fn remove_stale_pipe(path: &str) {
    if !path.starts_with('@') && Path::new(path).exists() {
        let in_use = Socket::new(Domain::UNIX, Type::STREAM, None)
            .and_then(|probe| probe.connect(&pipe_address(path)?))
            .is_ok();
        if !in_use {
            // A file that cannot be removed shows as the bind error that follows.
            let _ = std::fs::remove_file(path);
        }
    }
}

fn set_mode(path: &str, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if mode == 0 || path.starts_with('@') {
        return Ok(());
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

fn local_address(socket: &Socket) -> io::Result<PeerAddress> {
    Ok(peer_address(&socket.local_addr()?))
}

/// An address as the engine keeps it.
pub fn peer_address(address: &SockAddr) -> PeerAddress {
    if let Some(ip) = address.as_socket() {
        return PeerAddress::Ip(ip);
    }
    let path = address.as_pathname().map(|path| path.to_string_lossy().into_owned());
    let path = path.or_else(|| {
        let name = address.as_abstract_namespace()?;
        Some(format!("@{}", String::from_utf8_lossy(name)))
    });
    PeerAddress::Pipe(path.unwrap_or_default().into())
}

/// An address as Envoy writes it.
pub fn display(address: &Address) -> String {
    match address {
        Address::Socket { ip, port, .. } if ip.contains(':') => format!("[{ip}]:{port}"),
        Address::Socket { ip, port, .. } => format!("{ip}:{port}"),
        Address::Pipe { path, .. } => path.clone(),
    }
}

/// Another handle on the same socket, for a runtime of its own.
pub fn duplicate(socket: &Socket) -> io::Result<OwnedFd> {
    Ok(socket.try_clone()?.into())
}

#[cfg(test)]
mod tests;
