//! The process's log files: each path is opened once, whoever asks for it.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::Notify;
use voyant_ir::access_log::AccessLogSink;

use super::file;
use super::writer::{Command, Writer};
use crate::observe::stats::Registry;
use crate::pattern::PatternError;

/// Bytes that may wait for the disk; what comes on top is dropped and counted.
const MAX_QUEUED_BYTES: usize = 16 << 20;

/// A log that cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("unable to open file '{path}': {source}")]
    Open { path: String, source: io::Error },
    #[error("the filter of an access log: {0}")]
    Filter(#[from] PatternError),
}

/// When lines that wait are written.
#[derive(Debug, Clone, Copy)]
pub struct Flush {
    pub interval: Duration,
    /// More than so much is written at once. Each worker gathers for itself.
    pub bytes: usize,
}

/// All access logs of the process. Workers come with [`AccessLogWorker`](super::AccessLogWorker).
#[derive(Debug)]
pub struct AccessLogs {
    commands: Sender<Command>,
    queued_bytes: Arc<AtomicUsize>,
    max_queued_bytes: usize,
    pub(super) flush_bytes: usize,
    shared: Mutex<Shared>,
    pub(super) registry: Arc<Registry>,
}

#[derive(Debug, Default)]
struct Shared {
    sinks: HashMap<AccessLogSink, Weak<Sink>>,
    next_id: u64,
    writer: Option<JoinHandle<()>>,
}

/// An open log file, seen from the workers.
#[derive(Debug)]
pub(super) struct Sink {
    pub(super) id: u64,
    /// Whether a line was handed over; the first one is not kept waiting.
    pub(super) begun: AtomicBool,
    commands: Sender<Command>,
}

impl AccessLogs {
    /// Starts the thread that writes.
    pub fn start(registry: Arc<Registry>, flush: Flush) -> io::Result<Self> {
        Self::with_limit(registry, flush, MAX_QUEUED_BYTES)
    }

    pub(super) fn with_limit(
        registry: Arc<Registry>,
        flush: Flush,
        max_queued_bytes: usize,
    ) -> io::Result<Self> {
        let (commands, queue) = mpsc::channel();
        let queued_bytes = Arc::new(AtomicUsize::new(0));
        let writer = Writer::new(queue, Arc::clone(&queued_bytes), &registry, flush.interval);
        let thread = std::thread::Builder::new().name("access_log".to_owned());
        let shared =
            Shared { writer: Some(thread.spawn(move || writer.run())?), ..Shared::default() };
        Ok(Self {
            commands,
            queued_bytes,
            max_queued_bytes,
            flush_bytes: flush.bytes,
            shared: shared.into(),
            registry,
        })
    }

    /// The sink, opened if nobody has it open.
    pub(super) fn sink(&self, target: &AccessLogSink) -> Result<Arc<Sink>, LogError> {
        let mut shared = self.lock();
        if let Some(sink) = shared.sinks.get(target).and_then(Weak::upgrade) {
            return Ok(sink);
        }
        let file =
            file::open(target).map_err(|source| LogError::Open { path: path(target), source })?;
        let id = shared.next_id;
        shared.next_id += 1;
        self.command(Command::Open { id, target: target.clone(), file });
        let sink = Sink { id, begun: AtomicBool::new(false), commands: self.commands.clone() };
        let sink = Arc::new(sink);
        shared.sinks.retain(|_, other| other.strong_count() > 0);
        shared.sinks.insert(target.clone(), Arc::downgrade(&sink));
        Ok(sink)
    }

    /// Writes what waits and opens every file anew (SIGUSR1, `/reopen_logs`).
    pub fn reopen(&self) {
        self.command(Command::Reopen);
    }

    /// Writes what was handed over, ends the thread and waits for it. To be called when the
    /// workers are gone; what they write later is lost.
    pub fn shutdown(&self) {
        self.command(Command::Stop);
        let writer = self.lock().writer.take();
        if let Some(writer) = writer {
            // A writer that panicked has nothing more to say.
            let _ = writer.join();
        }
    }

    /// `worker` is to be notified when it should hand over what it has.
    pub(super) fn add_worker(&self, worker: Weak<Notify>) {
        self.command(Command::AddWorker(worker));
    }

    /// Hands lines to the writer; false if too much waits for the disk already.
    pub(super) fn hand_over(&self, id: u64, lines: Vec<u8>) -> bool {
        let length = lines.len();
        if self.queued_bytes.load(Relaxed) + length > self.max_queued_bytes {
            return false;
        }
        self.queued_bytes.fetch_add(length, Relaxed);
        self.command(Command::Write { id, lines });
        true
    }

    fn command(&self, command: Command) {
        // The writer is gone only after a shutdown, and then nobody waits for an effect.
        let _ = self.commands.send(command);
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // No code panics between two states of what is shared.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for AccessLogs {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.commands.send(Command::Close { id: self.id });
    }
}

fn path(target: &AccessLogSink) -> String {
    match target {
        AccessLogSink::File { path } => path.clone(),
        AccessLogSink::Stdout => "/dev/stdout".to_owned(),
        AccessLogSink::Stderr => "/dev/stderr".to_owned(),
    }
}
