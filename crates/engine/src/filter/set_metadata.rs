//! Gives each request dynamic metadata (Envoy's `envoy.filters.http.set_metadata`).

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use voyant_ir::filter::set_metadata as ir;

use super::HttpFilter;
use crate::http::filter_chain::{FilterContext, FilterScope, HeadAction};
use crate::http::stream_info::StreamInfo;

crate::stats_group! {
    /// `http.<stat_prefix>.set_metadata`, and `set_metadata` for what routes say.
    pub struct Stats {
        overwrite_denied: Counter,
    }
}

/// The filter's configuration.
#[derive(Debug)]
pub struct Config {
    entries: Box<[ir::SetMetadataEntry]>,
}

impl Config {
    pub fn new(config: &ir::SetMetadata) -> Self {
        let ir::SetMetadata { entries } = config;
        Self { entries: entries.as_slice().into() }
    }

    fn set(&self, info: &mut StreamInfo, stats: &Stats) {
        for entry in &self.entries {
            let ir::SetMetadataEntry { namespace, value, allow_overwrite } = entry;
            if !allow_overwrite && info.dynamic_metadata(namespace, &WHOLE).is_some() {
                stats.overwrite_denied.inc();
            } else {
                info.dynamic_metadata_mut().update(namespace, value.clone());
            }
        }
    }
}

/// What a route adds behind the filter's own entries.
pub type PerRoute = Config;

/// The filter on a worker.
#[derive(Debug)]
pub struct OnWorker {
    config: Arc<Config>,
    stats: Arc<Stats>,
    stats_of_routes: OnceCell<Arc<Stats>>,
}

impl OnWorker {
    pub fn new(config: Arc<Config>, scope: &FilterScope<'_>) -> Self {
        let stats = scope.registry.shard(&format!("{}.set_metadata", scope.stat_prefix));
        Self { config, stats, stats_of_routes: OnceCell::new() }
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

const WHOLE: [&str; 0] = [];

impl HttpFilter for Filter {
    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, _: bool) -> HeadAction {
        let OnWorker { config, stats, stats_of_routes } = &*self.on_worker;
        config.set(&mut cx.stream.info, stats);
        if let Some(of_route) = cx.per_route::<PerRoute>() {
            let registry = &cx.stream.manager.worker.registry;
            let stats = stats_of_routes.get_or_init(|| registry.shard("set_metadata"));
            of_route.set(&mut cx.stream.info, stats);
        }
        HeadAction::Continue
    }
}
