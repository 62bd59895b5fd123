//! Addresses and socket options.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a socket listens or connects.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Address {
    /// An IP address in text form, without brackets.
    Socket { ip: String, port: u16, ipv4_compat: bool },
    /// A Unix socket; a path that begins with `@` is abstract.
    Pipe { path: String, mode: u32 },
}

/// An address range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CidrRange {
    pub ip: String,
    pub prefix_len: u8,
}

/// `setsockopt` arguments as given.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SocketOption {
    pub level: i32,
    pub name: i32,
    pub value: SocketOptionValue,
    pub state: SocketState,
    pub ip_version: SocketIpVersion,
}

/// The value of a socket option.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum SocketOptionValue {
    Int { value: i32 },
    Buf { hex: String },
}

/// When in a socket's life an option is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SocketState {
    Prebind,
    Bound,
    Listening,
}

/// On sockets of which addresses an option is set; a Unix socket is of neither version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SocketIpVersion {
    Any,
    V4,
    V6,
}

/// TCP keepalive; zero leaves the kernel's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TcpKeepalive {
    pub probes: u32,
    pub time_s: u32,
    pub interval_s: u32,
}
