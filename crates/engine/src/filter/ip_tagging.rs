//! Tells the upstream and the routes by tags where a request comes from (Envoy's
//! `envoy.filters.http.ip_tagging`). The route is found anew for a request that got tags.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use voyant_ir::filter::ip_tagging as ir;

use super::HttpFilter;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::http::filter_chain::{FilterContext, FilterScope, HeadAction};
use crate::ip_ranges::IpIndex;
use crate::rt::address::PeerAddress;
use crate::worker::Worker;

crate::stats_group! {
    /// `http.<stat_prefix>.ip_tagging`, from the first request on.
    pub struct Total {
        total: Counter,
    }
}

crate::stats_group! {
    /// Requests without a tag.
    pub struct NoHit {
        no_hit: Counter,
    }
}

crate::stats_group! {
    /// Requests with one: `<tag>`.
    pub struct Hit {
        hit: Counter,
    }
}

/// The filter's configuration.
#[derive(Debug)]
pub struct Config {
    request_type: ir::IpTaggingRequestType,
    names: Box<[Box<str>]>,
    index: IpIndex,
    header: Option<(HeaderKey, bool)>,
}

impl Config {
    pub fn new(config: &ir::IpTagging) -> Self {
        let ir::IpTagging { request_type, tags, header } = config;
        let ranges = tags
            .iter()
            .zip(0..)
            .flat_map(|(tag, number)| tag.ranges.iter().map(move |range| (range, number)));
        Self {
            request_type: *request_type,
            names: tags.iter().map(|tag| tag.name.as_str().into()).collect(),
            index: IpIndex::new(ranges),
            header: header
                .as_ref()
                .map(|header| (HeaderKey::of_request(&header.name), header.append)),
        }
    }

    fn concerns(&self, internal: bool) -> bool {
        match self.request_type {
            ir::IpTaggingRequestType::Both => true,
            ir::IpTaggingRequestType::Internal => internal,
            ir::IpTaggingRequestType::External => !internal,
        }
    }

    /// The tags of an address, each once.
    fn tags(&self, address: &PeerAddress) -> Vec<&str> {
        let PeerAddress::Ip(address) = address else { return Vec::new() };
        let found = self.index.find(address.ip());
        let mut tags: Vec<&str> = found.map(|number| &*self.names[number as usize]).collect();
        tags.sort_unstable();
        tags.dedup();
        tags
    }
}

/// The filter on a worker.
#[derive(Debug)]
pub struct OnWorker {
    config: Arc<Config>,
    worker: Rc<Worker>,
    prefix: Box<str>,
    counts: RefCell<Counts>,
}

/// What was counted so far.
#[derive(Debug, Default)]
struct Counts {
    total: Option<Arc<Total>>,
    no_hit: Option<Arc<NoHit>>,
    hits: BTreeMap<Box<str>, Arc<Hit>>,
}

impl OnWorker {
    pub fn new(config: Arc<Config>, scope: &FilterScope<'_>) -> Self {
        Self {
            config,
            worker: Rc::clone(scope.worker),
            prefix: format!("{}.ip_tagging", scope.stat_prefix).into(),
            counts: RefCell::default(),
        }
    }

    fn count(&self, tags: &[&str]) {
        let (registry, prefix) = (&self.worker.registry, &self.prefix);
        let counts = &mut *self.counts.borrow_mut();
        counts.total.get_or_insert_with(|| registry.shard(prefix)).total.inc();
        if tags.is_empty() {
            counts.no_hit.get_or_insert_with(|| registry.shard(prefix)).no_hit.inc();
        }
        for tag in tags {
            if !counts.hits.contains_key(*tag) {
                counts.hits.insert((*tag).into(), registry.shard(&format!("{prefix}.{tag}")));
            }
            counts.hits[*tag].hit.inc();
        }
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
        let config = &self.on_worker.config;
        if !config.concerns(cx.request().get(HeaderId::XEnvoyInternal) == Some(b"true")) {
            return HeadAction::Continue;
        }
        let tags = config.tags(&cx.stream.info.remote);
        self.on_worker.count(&tags);
        let joined = tags.join(",");
        let request = cx.request_mut();
        match &config.header {
            Some((key, false)) => {
                // A pseudo-header keeps its place before all others.
                let in_place = *key == HeaderKey::Known(HeaderId::Authority) && !joined.is_empty();
                let was_there = !in_place && request.remove_key(key);
                if in_place {
                    request.set_key(key, joined.as_bytes());
                } else if !joined.is_empty() {
                    request.push_key(key, joined.as_bytes());
                }
                cx.stream.route_is_stale |= was_there || !joined.is_empty();
            }
            _ if joined.is_empty() => {}
            Some((key, true)) => {
                request.append(key, b",", joined.as_bytes());
                cx.stream.route_is_stale = true;
            }
            None => {
                request.append(&HeaderKey::new("x-envoy-ip-tags"), b",", joined.as_bytes());
                cx.stream.route_is_stale = true;
            }
        }
        HeadAction::Continue
    }
}
