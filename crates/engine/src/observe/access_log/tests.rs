use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use tokio::task::LocalSet;
use voyant_ir::access_log::AccessLogSink;
use voyant_ir::format as ir_format;
use voyant_ir::format::{JsonTemplate, Operator, Segment, StreamField};

use super::*;
use crate::head::Head;
use crate::http::stream_info::{ConnectionInfo, StreamInfo};
use crate::observe::format::AccessLogType;
use crate::observe::stats::Registry;
use crate::observe::stats::group::{Kind, StatsGroup};
use crate::observe::stats::groups::server::{FileAccessLogStats, FilesystemStats};
use crate::observe::stats::response_codes::Series;
use crate::rt::address::PeerAddress;
use crate::rt::clock;
use crate::runtime::Runtime;

const NEVER: Duration = Duration::from_hours(1);

/// A directory that goes with the test.
struct TempDir(PathBuf);

impl TempDir {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("voyant-log-{}-{}", std::process::id(), COUNT.fetch_add(1, Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).expect("a new directory");
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("UTF-8").to_owned()
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text_log(path: &str) -> AccessLog {
    let operator = Operator::RequestHeader { name: ":path".to_owned(), alternative: None };
    let segments = vec![
        Segment::Operator { operator, max_length: None },
        Segment::Text { text: "\n".to_owned() },
    ];
    AccessLog {
        sink: AccessLogSink::File { path: path.to_owned() },
        format: ir_format::FormatString::Text { segments, omit_empty_values: false },
        filter: None,
    }
}

fn stream() -> StreamInfo {
    let address = PeerAddress::Pipe("".into());
    let connection = ConnectionInfo::new(1, address.clone(), address, "".into());
    StreamInfo::new(connection.into(), 1, clock::now(), Duration::ZERO)
}

/// Logs a request for a path.
fn log(logger: &AccessLogger, info: &StreamInfo, path: &str) {
    let mut request = Head::new();
    request.push_received(b":path", path.as_bytes());
    logger.log(&FormatContext {
        request: &request,
        response: None,
        trailers: None,
        info,
        now: clock::now(),
        log_type: AccessLogType::DownstreamEnd,
        local_reply_body: b"",
    });
}

/// Runs a worker's life on this thread.
fn on_worker<F: Future<Output = ()>>(
    logs: &Arc<AccessLogs>,
    life: impl FnOnce(AccessLogWorker) -> F,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    LocalSet::new().block_on(&runtime, async { life(worker(logs, Runtime::default())).await });
}

fn worker(logs: &Arc<AccessLogs>, runtime: Runtime) -> AccessLogWorker {
    AccessLogWorker::new(Arc::clone(logs), Arc::new(runtime))
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = clock::now() + Duration::from_secs(20);
    while !holds() {
        assert!(clock::now() < deadline, "never {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn counter<G: StatsGroup>(registry: &Registry, prefix: &str, name: &str) -> u64 {
    let scope = registry.scope(prefix);
    let slots = scope.slots();
    let index = G::INFO.metrics.iter().position(|metric| metric.name == name).expect("a name");
    let slot = slots.iter().find(|slot| slot.info() == G::INFO).expect("a group");
    match G::INFO.metrics[index].kind {
        Kind::Gauge => slot.gauge(index).value,
        _ => slot.counter(index, Series::Only).value,
    }
}

fn filesystem(registry: &Registry, name: &str) -> u64 {
    counter::<FilesystemStats>(registry, "filesystem", name)
}

fn start(interval: Duration) -> (Arc<Registry>, Arc<AccessLogs>) {
    start_with(Flush { interval, bytes: 64 << 10 })
}

fn start_with(flush: Flush) -> (Arc<Registry>, Arc<AccessLogs>) {
    let registry = Arc::new(Registry::new());
    let logs = AccessLogs::start(Arc::clone(&registry), flush).expect("a thread");
    (registry, Arc::new(logs))
}

#[test]
fn two_workers_lose_and_tear_nothing() {
    const LINES: usize = 50_000;
    let dir = TempDir::new();
    let path = dir.path("access.log");
    let (registry, logs) = start(Duration::from_millis(5));
    thread::scope(|scope| {
        for worker in 0..2 {
            let (logs, path) = (&logs, &path);
            scope.spawn(move || {
                on_worker(logs, async |me| {
                    let logger = me.logger(&text_log(path)).expect("it opens");
                    let info = stream();
                    for line in 0..LINES {
                        log(&logger, &info, &format!("/{worker}/{line}/{}", "x".repeat(line % 50)));
                        if line % 1000 == 0 {
                            tokio::task::yield_now().await;
                        }
                    }
                });
            });
        }
    });
    logs.shutdown();
    let content = fs::read_to_string(&path).expect("it was written");
    let mut next = [0; 2];
    for line in content.lines() {
        let parts: Vec<_> = line.split('/').collect();
        let worker: usize = parts[1].parse().expect("a worker");
        assert_eq!(parts[2], next[worker].to_string(), "in order");
        assert_eq!(parts[3].len(), next[worker] % 50, "whole");
        next[worker] += 1;
    }
    assert_eq!(next, [LINES; 2]);
    assert_eq!(filesystem(&registry, "write_buffered"), 2 * LINES as u64);
    assert_eq!(filesystem(&registry, "write_total_buffered"), 0);
    assert!(filesystem(&registry, "write_completed") > 0);
}

#[test]
fn the_first_line_is_written_at_once_and_the_next_when_files_are_reopened() {
    let dir = TempDir::new();
    let path = dir.path("access.log");
    let (_registry, logs) = start(NEVER);
    on_worker(&logs, async |me| {
        let logger = me.logger(&text_log(&path)).expect("it opens");
        let info = stream();
        log(&logger, &info, "/first");
        let written = || fs::read_to_string(&path).unwrap_or_default();
        until("written", || written() == "/first\n").await;
        log(&logger, &info, "/second");
        fs::rename(&path, dir.path("old.log")).expect("it is there");
        logs.reopen();
        until("written", || written() == "/second\n").await;
    });
    assert_eq!(fs::read_to_string(dir.path("old.log")).expect("kept"), "/first\n");
}

#[test]
fn more_than_the_least_size_does_not_wait() {
    let dir = TempDir::new();
    let path = dir.path("access.log");
    let (_registry, logs) = start_with(Flush { interval: NEVER, bytes: "/first\n".len() });
    on_worker(&logs, async |me| {
        let logger = me.logger(&text_log(&path)).expect("it opens");
        let info = stream();
        let written = || fs::read_to_string(&path).unwrap_or_default();
        log(&logger, &info, "/first");
        until("the first is written", || written() == "/first\n").await;
        log(&logger, &info, "/2");
        log(&logger, &info, "/three");
        until("all is written", || written() == "/first\n/2\n/three\n").await;
    });
}

#[test]
fn what_waits_is_written_at_the_flush_interval() {
    let dir = TempDir::new();
    let path = dir.path("access.log");
    let (registry, logs) = start(Duration::from_millis(10));
    on_worker(&logs, async |me| {
        let logger = me.logger(&text_log(&path)).expect("it opens");
        let info = stream();
        log(&logger, &info, "/first");
        log(&logger, &info, "/second");
        let written = || fs::read_to_string(&path).unwrap_or_default();
        until("written", || written() == "/first\n/second\n").await;
    });
    assert!(filesystem(&registry, "flushed_by_timer") > 0);
}

#[test]
fn a_path_is_opened_once() {
    let dir = TempDir::new();
    let path = dir.path("access.log");
    let (_registry, logs) = start(NEVER);
    let target = AccessLogSink::File { path: path.clone() };
    let (one, two) = (logs.sink(&target).expect("it opens"), logs.sink(&target).expect("it opens"));
    assert!(Arc::ptr_eq(&one, &two));
    let missing = AccessLogSink::File { path: dir.path("none/access.log") };
    let error = logs.sink(&missing).expect_err("there is no such directory").to_string();
    assert!(
        error.starts_with("unable to open file '") && error.contains("No such file"),
        "{error}"
    );
}

fn dropped(registry: &Registry) -> u64 {
    counter::<FileAccessLogStats>(registry, "access_logs.file", "logs_dropped")
}

#[test]
fn a_full_disk_is_counted_and_does_not_stop_other_logs() {
    let dir = TempDir::new();
    let path = dir.path("access.log");
    let (registry, logs) = start(NEVER);
    on_worker(&logs, async |me| {
        let full = me.logger(&text_log("/dev/full")).expect("it opens");
        let good = me.logger(&text_log(&path)).expect("it opens");
        let info = stream();
        log(&full, &info, "/lost");
        until("counted", || filesystem(&registry, "write_failed") == 1).await;
        until("lost", || dropped(&registry) == 1).await;
        log(&good, &info, "/kept");
        until("written", || fs::read_to_string(&path).unwrap_or_default() == "/kept\n").await;
    });
}

#[test]
fn a_file_that_cannot_be_reopened_serves_on_until_it_can() {
    let dir = TempDir::new();
    let (home, away) = (dir.path("home"), dir.path("away"));
    fs::create_dir(&home).expect("a new directory");
    let path = format!("{home}/access.log");
    let (registry, logs) = start(NEVER);
    on_worker(&logs, async |me| {
        let logger = me.logger(&text_log(&path)).expect("it opens");
        let info = stream();
        log(&logger, &info, "/1");
        until("written", || filesystem(&registry, "write_completed") == 1).await;
        fs::rename(&home, &away).expect("it moves");
        log(&logger, &info, "/2");
        logs.reopen();
        until("written", || filesystem(&registry, "write_completed") == 2).await;
        assert!(filesystem(&registry, "reopen_failed") > 0);
        fs::create_dir(&home).expect("a new directory");
        log(&logger, &info, "/3");
        logs.reopen();
        until("written", || fs::read_to_string(&path).unwrap_or_default() == "/3\n").await;
    });
    assert_eq!(fs::read_to_string(format!("{away}/access.log")).expect("kept"), "/1\n/2\n");
}

#[test]
fn what_the_queue_cannot_take_is_dropped_and_counted() {
    let dir = TempDir::new();
    let registry = Arc::new(Registry::new());
    let flush = Flush { interval: NEVER, bytes: 64 << 10 };
    let logs = AccessLogs::with_limit(Arc::clone(&registry), flush, 3).expect("a thread");
    on_worker(&Arc::new(logs), async |me| {
        let logger = me.logger(&text_log(&dir.path("access.log"))).expect("it opens");
        log(&logger, &stream(), "/too-long");
    });
    assert_eq!(dropped(&registry), 1);
    assert_eq!(filesystem(&registry, "write_total_buffered"), 0);
}

#[test]
fn a_json_line_ends_in_a_newline() {
    let dir = TempDir::new();
    let path = dir.path("access.log");
    let field = Operator::Field { field: StreamField::RouteName };
    let template = JsonTemplate::Object {
        members: vec![voyant_ir::format::JsonMember {
            key: "route".to_owned(),
            value: JsonTemplate::Format {
                segments: vec![Segment::Operator { operator: field, max_length: None }],
            },
        }],
    };
    let json = AccessLog {
        sink: AccessLogSink::File { path: path.clone() },
        format: ir_format::FormatString::Json { template, omit_empty_values: false },
        filter: None,
    };
    let (_registry, logs) = start(NEVER);
    on_worker(&logs, async |me| {
        log(&me.logger(&json).expect("it opens"), &stream(), "/");
    });
    logs.shutdown();
    assert_eq!(fs::read_to_string(&path).expect("it was written"), "{\"route\":null}\n");
}
