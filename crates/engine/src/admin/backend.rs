//! What the admin interface needs of the engine and of its owner.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use voyant_ir::snapshot::Server;

use super::request::Request;
use crate::guard_dog::Sign;
use crate::lifecycle::Lifecycle;
use crate::observe::log_level::LogLevels;
use crate::observe::stats::{Registry, Settings};
use crate::rt::address::PeerAddress;
use crate::runtime::loader::RuntimeLoader;
use crate::upstream::cluster_set::ClusterSet;

/// A listener as `/listeners` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerView {
    pub name: String,
    /// As bound: the address, then the additional ones.
    pub addresses: Vec<PeerAddress>,
}

/// What an operator asks for by POST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    DrainListeners {
        /// Listeners close at the end of the drain time, not at once.
        graceful: bool,
        /// Connections drain, listeners stay.
        skip_exit: bool,
        inbound_only: bool,
    },
    Quit,
    ReopenLogs,
}

/// The engine, as it is at the moment it is asked. Called on the admin thread: answers at once.
pub trait Backend: Debug + Send + Sync {
    fn listeners(&self) -> Vec<ListenerView>;

    fn clusters(&self) -> Arc<ClusterSet>;

    fn control(&self, control: Control);
}

/// The engine's owner: knows what the engine does not, such as the configuration in its source's
/// form, and decides when the process ends. Called on a thread of its own; may take its time.
pub trait Delegate: Debug + Send + Sync {
    fn answer(&self, request: &Request) -> DelegateAnswer;

    /// An operator wants the process to end.
    fn quit(&self);

    /// Something for the operator's log, from one of the loggers.
    fn warn(&self, logger: &str, text: &str);
}

/// The delegate's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegateAnswer {
    pub status: u16,
    /// Otherwise it is text.
    pub is_json: bool,
    pub body: Vec<u8>,
}

/// All that the endpoints read.
#[derive(Debug)]
pub struct AdminState {
    pub registry: Arc<Registry>,
    pub settings: Arc<Settings>,
    pub lifecycle: Arc<Lifecycle>,
    pub log_levels: Arc<LogLevels>,
    pub server: Server,
    pub runtime: Arc<RuntimeLoader>,
    pub backend: Arc<dyn Backend>,
    /// Without one, what it would answer is not found.
    pub delegate: Option<Arc<dyn Delegate>>,
    /// As `/stats/recentlookups` was told.
    pub lookups_tracked: AtomicBool,
    /// That the admin thread comes round.
    pub sign: Sign,
}
