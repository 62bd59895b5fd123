//! The thread that writes log files. It owns them, so nothing here needs a lock.

use std::collections::HashMap;
use std::fs::File;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use voyant_ir::access_log::AccessLogSink;

use super::file::{self, LineWriter, Outcome};
use crate::observe::stats::Registry;
use crate::observe::stats::groups::server::{FileAccessLogStats, FilesystemStats};
use crate::rt::clock;

/// What the writer is told.
#[derive(Debug)]
pub(super) enum Command {
    Open {
        id: u64,
        target: AccessLogSink,
        file: File,
    },
    /// Nobody writes to it any more; all it was given came before.
    Close {
        id: u64,
    },
    Write {
        id: u64,
        lines: Vec<u8>,
    },
    AddWorker(Weak<Notify>),
    Reopen,
    Stop,
}

#[derive(Debug)]
struct LogFile {
    target: AccessLogSink,
    lines: LineWriter<File>,
    /// Its flush timer runs from its first line on.
    begun: bool,
    /// The file could not be opened anew; the old one serves until it can.
    reopen: bool,
}

/// The thread's state.
#[derive(Debug)]
pub(super) struct Writer {
    commands: Receiver<Command>,
    queued_bytes: Arc<AtomicUsize>,
    files: HashMap<u64, LogFile>,
    workers: Vec<Weak<Notify>>,
    stats: Arc<FilesystemStats>,
    file_stats: Arc<FileAccessLogStats>,
    flush_interval: Duration,
}

impl Writer {
    pub(super) fn new(
        commands: Receiver<Command>,
        queued_bytes: Arc<AtomicUsize>,
        registry: &Registry,
        flush_interval: Duration,
    ) -> Self {
        Self {
            commands,
            queued_bytes,
            files: HashMap::new(),
            workers: Vec::new(),
            stats: registry.shard("filesystem"),
            file_stats: registry.shard("access_logs.file"),
            flush_interval: flush_interval.max(Duration::from_millis(1)),
        }
    }

    /// Writes until it is told to stop.
    pub(super) fn run(mut self) {
        let mut next_flush = clock::now() + self.flush_interval;
        loop {
            let wait = next_flush.saturating_duration_since(clock::now());
            match self.commands.recv_timeout(wait) {
                Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(command) => self.obey(command),
                Err(RecvTimeoutError::Timeout) => {}
            }
            // Also asked while commands keep coming, or a busy log would never be flushed.
            if clock::now() >= next_flush {
                next_flush = clock::now() + self.flush_interval;
                self.flush();
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Open { id, target, file } => {
                let lines = LineWriter::new(file);
                self.files.insert(id, LogFile { target, lines, begun: false, reopen: false });
            }
            Command::Close { id } => {
                self.files.remove(&id);
            }
            Command::Write { id, lines } => self.write(id, &lines),
            Command::AddWorker(worker) => {
                self.workers.retain(|worker| worker.strong_count() > 0);
                self.workers.push(worker);
            }
            Command::Reopen => {
                for file in self.files.values_mut() {
                    file.reopen = true;
                    reopen(file, &self.stats);
                }
                self.notify_workers();
            }
            Command::Stop => {}
        }
    }

    fn write(&mut self, id: u64, lines: &[u8]) {
        self.queued_bytes.fetch_sub(lines.len(), Relaxed);
        self.stats.write_total_buffered.lower(lines.len());
        let Some(file) = self.files.get_mut(&id) else { return };
        file.begun = true;
        reopen(file, &self.stats);
        let Outcome { whole, lost } = file.lines.write(lines);
        if whole {
            self.stats.write_completed.inc();
        } else {
            self.stats.write_failed.inc();
        }
        self.file_stats.logs_dropped.add(lost);
    }

    fn flush(&mut self) {
        let begun = self.files.values().filter(|file| file.begun).count();
        if begun > 0 {
            self.stats.flushed_by_timer.add(begun as u64);
            self.notify_workers();
        }
    }

    fn notify_workers(&self) {
        for worker in self.workers.iter().filter_map(Weak::upgrade) {
            worker.notify_one();
        }
    }
}

fn reopen(file: &mut LogFile, stats: &FilesystemStats) {
    if !file.reopen {
        return;
    }
    match file::open(&file.target) {
        Ok(opened) => {
            file.lines.replace(opened);
            file.reopen = false;
        }
        Err(_) => stats.reopen_failed.inc(),
    }
}
