//! The admin interface: a small HTTP/1.1 server on a thread of its own, so that neither busy
//! workers nor a busy interpreter delay it. Paths, answers and words are Envoy's.
//!
//! What only the owner knows (the configuration as it was written) a [`Delegate`] answers, on yet
//! another thread.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::LocalSet;
use voyant_ir::admin as ir;
use voyant_ir::listener::{DrainType, Listener, ListenerAddress, TrafficDirection};

use crate::listener::limit::{ConnectionLimit, ConnectionLimits};
use crate::listener::socket::{BindError, BoundAddress, bind};
use crate::observe::access_log::AccessLogs;
use crate::pattern::PatternError;
use crate::rt::address::PeerAddress;
use crate::string_matcher::StringMatcher;

mod absent;
mod backend;
mod body;
mod clusters;
mod connection;
mod controls;
mod endpoint;
mod filter;
mod home;
mod info;
mod listeners;
mod logging;
mod number;
mod pretty;
mod process_stats;
mod request;
mod reserve;
mod response;
mod runtime;
mod server;
mod stats;

pub use backend::{AdminState, Backend, Control, Delegate, DelegateAnswer, ListenerView};
pub use request::Request;

/// The admin interface could not start.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error(transparent)]
    Pattern(#[from] PatternError),
    #[error("admin listener: {0}")]
    Io(#[from] io::Error),
}

/// The running admin interface; it ends when this is dropped.
#[derive(Debug)]
pub struct Admin {
    address: PeerAddress,
    unwritten: Option<io::Error>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

const BACKLOG: u32 = 1024;

impl Admin {
    /// Binds and starts the thread, which also flushes statistics at their interval.
    pub fn start(
        admin: &ir::Admin,
        state: AdminState,
        connection_limit: Arc<ConnectionLimit>,
        access_logs: Arc<AccessLogs>,
        flush_interval: Duration,
    ) -> Result<Self, AdminError> {
        let ir::Admin {
            address,
            socket_options,
            access_logs: logs,
            allow_paths,
            ignore_global_connection_limit,
            address_path,
        } = admin;
        let listener = listener(ListenerAddress {
            address: address.clone(),
            socket_options: socket_options.clone(),
            tcp_keepalive: None,
        });
        let bound: BoundAddress = bind(&listener, 1)?.remove(0);
        let address = bound.local.clone();
        let unwritten = write_address(address_path, &address).err();
        let allow_paths = allow_paths.iter().map(StringMatcher::new).collect::<Result<_, _>>()?;
        let sign = state.sign.clone();
        let settings = server::Settings {
            state: Arc::new(state),
            allow_paths,
            limits: ConnectionLimits {
                own: None,
                global: connection_limit,
                ignores_global: *ignore_global_connection_limit,
            },
            parser: Arc::new(connection::parser()?),
            access_logs,
            logs: logs.clone(),
            flush_interval,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("admin".to_owned()).spawn(move || {
            let local = LocalSet::new();
            let serving = local.run_until(server::serve(bound, settings, stopped));
            runtime.block_on(sign.watch(serving));
            drop(local);
            // A delegate that is still at work is not waited for.
            runtime.shutdown_background();
        })?;
        Ok(Self { address, unwritten, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> &PeerAddress {
        &self.address
    }

    /// Why the address could not be written to its file, which as in Envoy ends nothing.
    pub fn unwritten(&self) -> Option<&io::Error> {
        self.unwritten.as_ref()
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing more to say.
            let _ = thread.join();
        }
    }
}

fn write_address(path: &str, address: &PeerAddress) -> io::Result<()> {
    if path.is_empty() { Ok(()) } else { std::fs::write(path, address.to_string()) }
}

fn listener(address: ListenerAddress) -> Listener {
    Listener {
        name: "admin".to_owned(),
        addresses: vec![address],
        stat_prefix: "admin".to_owned(),
        bind_to_port: true,
        backlog: BACKLOG,
        reuse_port: false,
        exact_balance: false,
        freebind: false,
        transparent: false,
        mptcp: false,
        per_connection_buffer_limit_bytes: connection::BUFFER_LIMIT as u32,
        max_connections_to_accept_per_socket_event: 1,
        ignore_global_connection_limit: false,
        traffic_direction: TrafficDirection::Unspecified,
        drain_type: DrainType::Default,
        filter_chains: Vec::new(),
        default_filter_chain: None,
        access_logs: Vec::new(),
        metadata: None,
    }
}

#[cfg(test)]
mod tests;
