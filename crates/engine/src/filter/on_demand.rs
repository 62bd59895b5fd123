//! Waits for what is found on demand (Envoy's `envoy.filters.http.on_demand`): routes and
//! clusters that are all there already, so it lets everything pass.

use std::rc::Rc;
use std::sync::Arc;

use voyant_ir::filter::on_demand as ir;

use super::HttpFilter;
use crate::http::filter_chain::FilterScope;

/// The filter's configuration, or a route's.
#[derive(Debug)]
pub struct Config;

/// A route has nothing else.
pub type PerRoute = Config;

impl Config {
    pub fn new(config: &ir::OnDemand) -> Self {
        let ir::OnDemand {} = config;
        Self
    }
}

/// The filter on a worker.
#[derive(Debug)]
pub struct OnWorker;

impl OnWorker {
    pub fn new(_: Arc<Config>, _: &FilterScope<'_>) -> Self {
        Self
    }
}

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter;

impl Filter {
    pub fn new(_: Rc<OnWorker>) -> Self {
        Self
    }
}

impl HttpFilter for Filter {}
