//! What a filter sees: where its part on a worker is made, and the stream that it works on.

use std::rc::Rc;

use crate::filter::OfFilter;
use crate::head::Head;
use crate::http::exchange::stream::Stream;
use crate::matcher::MatchData;
use crate::observe::stats::Registry;
use crate::route::filter_overrides::FilterOverride;
use crate::worker::Worker;

/// Where a worker's part of a filter is made.
#[derive(Debug, Clone, Copy)]
pub struct FilterScope<'a> {
    pub registry: &'a Registry,
    /// `http.<stat_prefix>`, or `cluster.<name>`.
    pub stat_prefix: &'a str,
    /// The same with the dot behind it, which Envoy leaves out for compressors of a router.
    pub dotted_prefix: &'a str,
    pub worker: &'a Rc<Worker>,
    /// What the configuration calls the filter.
    pub name: &'a str,
}

impl<'a> FilterScope<'a> {
    /// Where all statistics begin with the same, a dot at its end.
    pub fn new(registry: &'a Registry, dotted_prefix: &'a str, worker: &'a Rc<Worker>) -> Self {
        let stat_prefix = dotted_prefix.trim_end_matches('.');
        Self { registry, stat_prefix, dotted_prefix, worker, name: "" }
    }
}

/// What a filter sees of its stream.
#[derive(Debug)]
pub struct FilterContext<'c, 'a> {
    pub stream: &'c mut Stream<'a>,
    /// What the route says of this filter.
    pub(super) override_: Option<&'c FilterOverride>,
    /// The piece of data that a hook is given came with the end of its message.
    pub last: bool,
}

impl<'c> FilterContext<'c, '_> {
    pub fn request(&self) -> &Head {
        &self.stream.request
    }

    /// What matching trees may ask about while the request goes through the filters.
    pub fn match_data(&self) -> MatchData<'_> {
        MatchData {
            info: Some(&self.stream.info),
            request: Some(&self.stream.request),
            request_trailers: None,
            response: None,
            response_trailers: None,
            runtime: &self.stream.manager.worker.runtime,
        }
    }

    pub fn request_mut(&mut self) -> &mut Head {
        &mut self.stream.request
    }

    /// The configuration of the most specific level that has one.
    pub fn per_route<P: OfFilter + 'c>(&self) -> Option<&'c P> {
        self.per_routes().next_back()
    }

    /// The configurations of all levels, the least specific first.
    pub fn per_routes<P: OfFilter + 'c>(
        &self,
    ) -> impl DoubleEndedIterator<Item = &'c P> + use<'c, P> {
        let levels = self.override_.map_or(&[][..], |found| &found.levels[..]);
        levels.iter().filter_map(|config| P::of(config))
    }
}
