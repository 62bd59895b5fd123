//! Makes dynamic metadata of headers and cookies (Envoy's `envoy.filters.http.header_to_metadata`).
//!
//! A rule that a value does not fit (not a number, too long, empty) adds nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use voyant_ir::filter::header_to_metadata as ir;

use super::HttpFilter;
use crate::head::Head;
use crate::http::exchange::stream::Stream;
use crate::http::filter_chain::{FilterContext, FilterScope, HeadAction};
use crate::worker::Worker;
use rule::{Added, Rule};

mod protobuf_value;
mod rule;

crate::stats_group! {
    /// `http_filter_name.<stat_prefix>`
    pub struct Stats {
        base64_decode_failed: Counter,
        header_value_too_long: Counter,
        regex_substitution_failed: Counter,
        request_header_not_found: Counter,
        request_metadata_added: Counter,
        request_rules_processed: Counter,
        response_header_not_found: Counter,
        response_metadata_added: Counter,
        response_rules_processed: Counter,
    }
}

/// The filter's configuration, or a route's in its place.
#[derive(Debug)]
pub struct Config {
    request: Box<[Rule]>,
    response: Box<[Rule]>,
    stat_prefix: Box<str>,
}

/// A route's.
pub type PerRoute = Config;

impl Config {
    pub fn new(config: &ir::HeaderToMetadata) -> Self {
        let ir::HeaderToMetadata { request_rules, response_rules, stat_prefix } = config;
        Self {
            request: request_rules.iter().map(Rule::new).collect(),
            response: response_rules.iter().map(Rule::new).collect(),
            stat_prefix: stat_prefix.as_str().into(),
        }
    }
}

/// The filter on a worker.
#[derive(Debug)]
pub struct OnWorker {
    config: Arc<Config>,
    worker: Rc<Worker>,
    /// By their prefix: a route may have one of its own.
    stats: RefCell<BTreeMap<Box<str>, Arc<Stats>>>,
}

impl OnWorker {
    pub fn new(config: Arc<Config>, scope: &FilterScope<'_>) -> Self {
        let on_worker = Self { worker: Rc::clone(scope.worker), stats: RefCell::default(), config };
        on_worker.stats(&on_worker.config);
        on_worker
    }

    fn stats(&self, config: &Config) -> Option<Arc<Stats>> {
        if config.stat_prefix.is_empty() {
            return None;
        }
        let mut known = self.stats.borrow_mut();
        if let Some(stats) = known.get(&config.stat_prefix) {
            return Some(Arc::clone(stats));
        }
        let prefix = format!("http_filter_name.{}", config.stat_prefix);
        let stats: Arc<Stats> = self.worker.registry.shard(&prefix);
        known.insert(config.stat_prefix.clone(), Arc::clone(&stats));
        Some(stats)
    }
}

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter {
    on_worker: Rc<OnWorker>,
}

impl Filter {
    pub fn new(on_worker: Rc<OnWorker>) -> Self {
        Self { on_worker }
    }
}

impl HttpFilter for Filter {
    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, _: bool) -> HeadAction {
        let config = cx.per_route::<PerRoute>().unwrap_or(&self.on_worker.config);
        if config.request.is_empty() {
            return HeadAction::Continue;
        }
        let stats = self.on_worker.stats(config);
        let mut request = std::mem::take(&mut cx.stream.request);
        let added = apply(&config.request, cx.stream, &mut request);
        cx.stream.request = request;
        if let Some(stats) = stats {
            stats.request_rules_processed.add(config.request.len() as u64);
            for outcome in added {
                match outcome {
                    Added::Yes { missing } => {
                        stats.request_metadata_added.inc();
                        stats.request_header_not_found.add(missing.into());
                    }
                    other => stats.failed(other),
                }
            }
        }
        HeadAction::Continue
    }

    fn response_head(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        head: &mut Head,
        _: bool,
    ) -> HeadAction {
        let config = cx.per_route::<PerRoute>().unwrap_or(&self.on_worker.config);
        if config.response.is_empty() {
            return HeadAction::Continue;
        }
        let stats = self.on_worker.stats(config);
        let added = apply(&config.response, cx.stream, head);
        if let Some(stats) = stats {
            stats.response_rules_processed.add(config.response.len() as u64);
            for outcome in added {
                match outcome {
                    Added::Yes { missing } => {
                        stats.response_metadata_added.inc();
                        stats.response_header_not_found.add(missing.into());
                    }
                    other => stats.failed(other),
                }
            }
        }
        HeadAction::Continue
    }
}

impl Stats {
    fn failed(&self, outcome: Added) {
        match outcome {
            Added::TooLong => self.header_value_too_long.inc(),
            Added::NotBase64 => self.base64_decode_failed.inc(),
            Added::RewrittenToNothing => self.regex_substitution_failed.inc(),
            Added::Yes { .. } | Added::No => {}
        }
    }
}

fn apply(rules: &[Rule], stream: &mut Stream<'_>, head: &mut Head) -> Vec<Added> {
    let metadata = stream.info.dynamic_metadata_mut();
    rules.iter().map(|rule| rule.apply(head, metadata)).collect()
}
