//! A worker's side of the access logs: a buffer for each sink, handed over in whole lines.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use voyant_ir::access_log::{AccessLog, AccessLogSink};

use super::AccessLogger;
use super::sinks::{AccessLogs, LogError, Sink};
use crate::observe::stats::groups::server::{FileAccessLogStats, FilesystemStats};
use crate::rt::rng::Rng;
use crate::runtime::Runtime;

/// A new buffer has room for so much at most before it must grow.
const ROOM_BYTES: usize = 64 << 10;
/// Room for the line that makes a buffer full.
const LAST_LINE_BYTES: usize = 4 << 10;

type WorkerSinks = RefCell<HashMap<AccessLogSink, Weak<WorkerSink>>>;

/// What one worker needs to write access logs. Made and used on the worker's thread, in its
/// `LocalSet`; when it goes, what its loggers have gathered goes to the writer with them.
#[derive(Debug)]
pub struct AccessLogWorker {
    logs: Arc<AccessLogs>,
    sinks: Rc<WorkerSinks>,
    stats: Rc<WorkerStats>,
    sampling: Rc<Sampling>,
    /// Kept for the writer, which has a weak one.
    _notify: Arc<Notify>,
    flusher: JoinHandle<()>,
}

/// What filters ask beside the stream.
#[derive(Debug)]
pub(super) struct Sampling {
    pub runtime: Arc<Runtime>,
    pub rng: Rng,
}

#[derive(Debug)]
struct WorkerStats {
    filesystem: Arc<FilesystemStats>,
    file: Arc<FileAccessLogStats>,
}

/// A sink's buffer.
#[derive(Debug)]
pub(super) struct WorkerSink {
    sink: Arc<Sink>,
    logs: Arc<AccessLogs>,
    buffer: RefCell<Vec<u8>>,
    lines: Cell<u64>,
    stats: Rc<WorkerStats>,
}

impl AccessLogWorker {
    /// Joins the process's access logs.
    pub fn new(logs: Arc<AccessLogs>, runtime: Arc<Runtime>) -> Self {
        let sinks: Rc<WorkerSinks> = Rc::default();
        let notify = Arc::new(Notify::new());
        let flusher =
            tokio::task::spawn_local(flush_when_asked(Rc::clone(&sinks), Arc::clone(&notify)));
        logs.add_worker(Arc::downgrade(&notify));
        let stats = WorkerStats {
            filesystem: logs.registry.shard("filesystem"),
            file: logs.registry.shard("access_logs.file"),
        };
        let sampling = Rc::new(Sampling { runtime, rng: Rng::from_entropy() });
        Self { logs, sinks, stats: Rc::new(stats), sampling, _notify: notify, flusher }
    }

    /// A logger for an access log of the configuration.
    pub fn logger(&self, log: &AccessLog) -> Result<AccessLogger, LogError> {
        let known = self.sinks.borrow().get(&log.sink).and_then(Weak::upgrade);
        let sink = match known {
            Some(sink) => sink,
            None => self.open(&log.sink)?,
        };
        Ok(AccessLogger::new(log, sink, Rc::clone(&self.sampling))?)
    }

    /// The same for each of several.
    pub fn loggers(&self, logs: &[AccessLog]) -> Result<Vec<AccessLogger>, LogError> {
        logs.iter().map(|log| self.logger(log)).collect()
    }

    fn open(&self, target: &AccessLogSink) -> Result<Rc<WorkerSink>, LogError> {
        let sink = Rc::new(WorkerSink {
            sink: self.logs.sink(target)?,
            logs: Arc::clone(&self.logs),
            buffer: RefCell::default(),
            lines: Cell::new(0),
            stats: Rc::clone(&self.stats),
        });
        let mut sinks = self.sinks.borrow_mut();
        sinks.retain(|_, sink| sink.strong_count() > 0);
        sinks.insert(target.clone(), Rc::downgrade(&sink));
        Ok(sink)
    }
}

impl Drop for AccessLogWorker {
    fn drop(&mut self) {
        self.flusher.abort();
    }
}

async fn flush_when_asked(sinks: Rc<WorkerSinks>, notify: Arc<Notify>) {
    loop {
        notify.notified().await;
        let live: Vec<_> = sinks.borrow().values().filter_map(Weak::upgrade).collect();
        for sink in live {
            sink.hand_over(Vec::new());
        }
    }
}

impl WorkerSink {
    /// Adds a line, which `write` appends to the buffer.
    pub(super) fn append(&self, write: impl FnOnce(&mut Vec<u8>)) {
        let (before, after) = {
            let mut buffer = self.buffer.borrow_mut();
            let before = buffer.len();
            write(&mut buffer);
            (before, buffer.len())
        };
        self.stats.filesystem.write_buffered.inc();
        self.stats.filesystem.write_total_buffered.raise(after - before);
        self.lines.set(self.lines.get() + 1);
        let full = self.logs.flush_bytes;
        if after > full {
            self.hand_over(Vec::with_capacity(full.min(ROOM_BYTES) + LAST_LINE_BYTES));
        } else if !self.sink.begun.load(Relaxed) && !self.sink.begun.swap(true, Relaxed) {
            self.hand_over(Vec::new());
        }
    }

    /// Gives the writer what is there, and goes on with another buffer.
    fn hand_over(&self, next: Vec<u8>) {
        if self.buffer.borrow().is_empty() {
            return;
        }
        let lines = self.buffer.replace(next);
        let (length, count) = (lines.len(), self.lines.take());
        if !self.logs.hand_over(self.sink.id, lines) {
            self.stats.filesystem.write_total_buffered.lower(length);
            self.stats.file.logs_dropped.add(count);
        }
    }
}

impl Drop for WorkerSink {
    fn drop(&mut self) {
        self.hand_over(Vec::new());
    }
}
