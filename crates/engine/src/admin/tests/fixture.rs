//! An admin interface over a registry and a backend that remembers what it was told.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use voyant_ir::matcher::StringMatcher;
use voyant_ir::snapshot as ir;

use super::super::backend::*;
use super::super::request::Request;
use super::super::response::Response;
use super::super::server::answer;
use crate::lifecycle::Lifecycle;
use crate::observe::log_level::{Level, LogLevels};
use crate::observe::stats::{Registry, Settings};
use crate::runtime::{
    Runtime,
    loader::{Layers, RuntimeLoader},
};
use crate::snapshot::Snapshot;
use crate::upstream::cluster_set::ClusterSet;

/// Remembers controls.
#[derive(Debug, Default)]
pub struct FakeBackend {
    pub listeners: Vec<ListenerView>,
    pub clusters: Arc<ClusterSet>,
    pub controls: Mutex<Vec<Control>>,
}

impl Backend for FakeBackend {
    fn listeners(&self) -> Vec<ListenerView> {
        self.listeners.clone()
    }

    fn clusters(&self) -> Arc<ClusterSet> {
        Arc::clone(&self.clusters)
    }

    fn control(&self, control: Control) {
        self.controls.lock().expect("no panic").push(control);
    }
}

/// Answers with the path and parameters it was asked for.
#[derive(Debug)]
pub struct EchoDelegate;

impl Delegate for EchoDelegate {
    fn answer(&self, request: &Request) -> DelegateAnswer {
        let body = format!("{} {:?}", request.path, request.parameters).into_bytes();
        DelegateAnswer { status: 200, is_json: true, body }
    }

    fn quit(&self) {}

    fn warn(&self, _logger: &str, _text: &str) {}
}

pub fn stats_settings() -> ir::Stats {
    let rule =
        |name: &str, regex: &str| ir::StatsTagRule { name: name.into(), regex: regex.into() };
    ir::Stats {
        flush_interval_ms: 5_000,
        fixed_tags: vec![],
        tag_rules: vec![
            rule("envoy.response_code", r"_rq(_(\d{3}))$"),
            rule("envoy.response_code_class", r"_rq_(\d)xx$"),
            rule("envoy.cluster_name", r"^cluster\.(([^.]+)\.)"),
        ],
        matcher: None,
        histogram_buckets: vec![],
    }
}

pub fn state(backend: Arc<dyn Backend>, delegate: Option<Arc<dyn Delegate>>) -> AdminState {
    let layer = |name: &str, admin, values: &[(&str, &str)]| ir::RuntimeLayer {
        name: name.into(),
        admin,
        disk: false,
        values: values
            .iter()
            .map(|(key, value)| ir::RuntimeValue { key: (*key).into(), value: (*value).into() })
            .collect(),
    };
    let layers = vec![
        layer("base", false, &[("a.b", "5"), ("a.c", "x")]),
        layer("over", false, &[("a.b", "6")]),
        layer("adm", true, &[]),
    ];
    let registry = Arc::new(Registry::new());
    let values = Arc::new(Runtime::new(&layers));
    let lifecycle = Lifecycle::new(Duration::from_mins(10), ir::DrainStrategy::Gradual);
    lifecycle.set_live();
    AdminState {
        settings: Arc::new(Settings::new(&stats_settings()).expect("valid")),
        lifecycle: Arc::new(lifecycle),
        log_levels: Arc::new(LogLevels::new(Level::Info)),
        server: server(),
        runtime: RuntimeLoader::new(
            Layers { read: layers, unread: false },
            values,
            Weak::<Snapshot>::new(),
            &Registry::new(),
        )
        .into(),
        registry,
        backend,
        delegate,
        lookups_tracked: false.into(),
        sign: crate::guard_dog::Sign::default(),
    }
}

fn server() -> ir::Server {
    ir::Server {
        concurrency: 2,
        drain_time_ms: 600_000,
        drain_strategy: ir::DrainStrategy::Gradual,
        file_flush_interval_ms: 10_000,
        file_flush_min_size_bytes: 64 << 10,
        deprecated_features_used: 0,
        runtime_unread: false,
        header_prefix: "x-envoy".into(),
        version: "abc/1.2.3/Clean/RELEASE".into(),
        command_line_options_json: r#"{"concurrency":2,"stats_tag":[]}"#.into(),
        node_json: r#"{"id":"demo"}"#.into(),
        stats_server_version_override: Some(7),
        watchdogs: watchdogs(),
        local_ip: "192.0.2.2".into(),
    }
}

/// A state with nothing in it.
pub fn plain() -> Arc<AdminState> {
    Arc::new(state(Arc::new(FakeBackend::default()), Some(Arc::new(EchoDelegate))))
}

/// Asks for a target; status, content type and body.
pub fn ask(state: &Arc<AdminState>, method: &str, target: &str) -> (u16, &'static str, String) {
    ask_allowed(state, &[], method, target)
}

pub fn ask_allowed(
    state: &Arc<AdminState>,
    allowed: &[StringMatcher],
    method: &str,
    target: &str,
) -> (u16, &'static str, String) {
    let allowed: Vec<_> = allowed
        .iter()
        .map(|matcher| crate::string_matcher::StringMatcher::new(matcher).expect("valid"))
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let request = Request::new(method, target);
    let Response { status, content_type, body } =
        runtime.block_on(answer(state, &allowed, request));
    (status, content_type, String::from_utf8(body.into_whole()).expect("UTF-8"))
}

/// The body of a page that is there.
pub fn get(state: &Arc<AdminState>, target: &str) -> String {
    let (status, _, body) = ask(state, "GET", target);
    assert_eq!(status, 200, "{target}: {body}");
    body
}

fn watchdogs() -> ir::Watchdogs {
    let limits = ir::Watchdog { miss_timeout_ms: 200, megamiss_timeout_ms: 1_000 };
    ir::Watchdogs { main_thread: limits, workers: limits }
}
