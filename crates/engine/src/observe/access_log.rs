//! Access logs. A worker formats a line into a buffer of its own; full buffers go to one thread
//! that writes them, so no worker waits for a disk and no line is torn by another.
//!
//! As in Envoy, the first line of a file is written at once, later ones when enough have gathered
//! (64 KiB by default), at each flush interval, when files are reopened, and at the end.

use std::rc::Rc;

use voyant_ir::access_log::AccessLog;

use super::format::{FormatContext, FormatString};
use crate::pattern::PatternError;

mod file;
pub mod filter;
mod sinks;
mod worker;
mod writer;

pub use sinks::{AccessLogs, Flush, LogError};
pub use worker::AccessLogWorker;

use filter::AccessLogFilter;
use worker::{Sampling, WorkerSink};

/// One access log as a worker writes it.
#[derive(Debug)]
pub struct AccessLogger {
    filter: Option<AccessLogFilter>,
    format: FormatString,
    sink: Rc<WorkerSink>,
    sampling: Rc<Sampling>,
}

impl AccessLogger {
    fn new(
        log: &AccessLog,
        sink: Rc<WorkerSink>,
        sampling: Rc<Sampling>,
    ) -> Result<Self, PatternError> {
        let AccessLog { sink: _, format, filter } = log;
        let format = FormatString::new(format);
        let filter = filter.as_ref().map(AccessLogFilter::new).transpose()?;
        Ok(Self { filter, format, sink, sampling })
    }

    /// Writes a line, unless the log's filter is against it.
    pub fn log(&self, cx: &FormatContext<'_>) {
        let Sampling { runtime, rng } = &*self.sampling;
        if self.filter.as_ref().is_some_and(|filter| !filter.matches(cx, runtime, rng)) {
            return;
        }
        self.sink.append(|out| self.format.write(cx, out));
    }
}

#[cfg(test)]
mod tests;
