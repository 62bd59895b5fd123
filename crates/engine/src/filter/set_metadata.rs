//! Gives each request dynamic metadata (Envoy's `envoy.filters.http.set_metadata`).

use std::rc::Rc;
use std::sync::Arc;

use voyant_ir::filter::set_metadata as ir;

use super::HttpFilter;
use crate::http::filter_chain::{FilterContext, FilterScope, HeadAction};

crate::stats_group! {
    /// `http.<stat_prefix>.set_metadata`
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
}

/// The filter on a worker.
#[derive(Debug)]
pub struct OnWorker {
    config: Arc<Config>,
    stats: Arc<Stats>,
}

impl OnWorker {
    pub fn new(config: Arc<Config>, scope: &FilterScope<'_>) -> Self {
        let stats = scope.registry.shard(&format!("{}.set_metadata", scope.stat_prefix));
        Self { config, stats }
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
        let info = &mut cx.stream.info;
        for entry in &self.on_worker.config.entries {
            let ir::SetMetadataEntry { namespace, value, allow_overwrite } = entry;
            if !allow_overwrite && info.dynamic_metadata(namespace, &WHOLE).is_some() {
                self.on_worker.stats.overwrite_denied.inc();
            } else {
                info.dynamic_metadata_mut().update(namespace, value.clone());
            }
        }
        HeadAction::Continue
    }
}
