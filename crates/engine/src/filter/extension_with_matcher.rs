//! A filter that a matching tree may pass over (`ExtensionWithMatcher` with `SkipFilter`).
//!
//! The tree is asked whenever more of the stream is known, until it leads to the action or cannot
//! lead anywhere else; from then on the filter is passed over, or there for good. Without any tree
//! it is passed over, and with a route's configuration that has none it is there, as in Envoy.

use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use voyant_ir::filter::extension_with_matcher as ir;

use super::{FilterConfig, HttpFilter, StreamFilter, WorkerFilter};
use crate::codec::Piece;
use crate::head::Head;
use crate::http::exchange::reply::LocalReply;
use crate::http::filter_chain::{FilterContext, FilterScope, HeadAction, Pieces, Resume};
use crate::matcher::{Found, MatchData, Matcher};

/// The filter's configuration.
#[derive(Debug)]
pub struct Config {
    filter: FilterConfig,
    matcher: Option<Matcher>,
}

fn compiled(matcher: Option<&voyant_ir::xds_matcher::XdsMatcher>) -> Option<Matcher> {
    // Python has compiled each expression before, and refuses what does not compile.
    matcher.map(|matcher| Matcher::new(matcher).expect("expressions that compile"))
}

impl Config {
    pub fn new(config: &ir::ExtensionWithMatcher) -> Self {
        let ir::ExtensionWithMatcher { filter, matcher } = config;
        // Python refuses a router here.
        let filter = FilterConfig::new(filter).expect("a filter that is not the router");
        Self { filter, matcher: compiled(matcher.as_ref()) }
    }
}

/// What a route has in place of the tree.
#[derive(Debug)]
pub struct PerRoute(Option<Matcher>);

impl PerRoute {
    pub fn new(config: &ir::ExtensionWithMatcherPerRoute) -> Self {
        let ir::ExtensionWithMatcherPerRoute { matcher } = config;
        Self(compiled(matcher.as_ref()))
    }
}

/// The filter on a worker.
#[derive(Debug)]
pub struct OnWorker {
    config: Arc<Config>,
    filter: WorkerFilter,
}

impl OnWorker {
    pub fn new(config: Arc<Config>, scope: &FilterScope<'_>) -> Self {
        let filter = config.filter.on_worker(scope);
        Self { config, filter }
    }
}

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter {
    on_worker: Rc<OnWorker>,
    inner: Box<StreamFilter>,
    /// The tree cannot tell any more than it has told.
    settled: bool,
    skipped: bool,
}

impl Filter {
    pub fn new(on_worker: Rc<OnWorker>) -> Self {
        let inner = Box::new(on_worker.filter.stream());
        Self { on_worker, inner, settled: false, skipped: false }
    }

    fn hooks(&mut self) -> &mut dyn HttpFilter {
        self.inner.hooks()
    }

    /// Asks the tree about what is known by now.
    fn settle(&mut self, cx: &FilterContext<'_, '_>, response: Option<&Head>) {
        if self.settled {
            return;
        }
        let matcher = match cx.per_route::<PerRoute>() {
            Some(PerRoute(matcher)) => matcher.as_ref().ok_or(false),
            None => self.on_worker.config.matcher.as_ref().ok_or(true),
        };
        let matcher = match matcher {
            Ok(matcher) => matcher,
            Err(skipped) => {
                self.skipped = skipped;
                self.settled = true;
                return;
            }
        };
        let found = matcher.find(&MatchData { response, ..cx.match_data() });
        self.skipped = matches!(found, Found::Action(_));
        self.settled = found != Found::Unknown;
    }
}

impl HttpFilter for Filter {
    /// As in Envoy the tree has no say yet.
    fn host_chosen(&mut self, cx: &mut FilterContext<'_, '_>) -> HeadAction {
        self.hooks().host_chosen(cx)
    }

    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, end: bool) -> HeadAction {
        self.settle(cx, None);
        if self.skipped { HeadAction::Continue } else { self.hooks().request_head(cx, end) }
    }

    fn watches_request_body(&self) -> bool {
        !self.skipped && self.inner.as_hooks().watches_request_body()
    }

    fn request_piece(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        if self.skipped {
            out.push(piece);
            return Ok(());
        }
        self.hooks().request_piece(cx, piece, out)
    }

    fn takes_request_body(&self) -> bool {
        self.inner.as_hooks().takes_request_body()
    }

    fn poll_request(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        task: &mut Context<'_>,
    ) -> Poll<Resume> {
        self.hooks().poll_request(cx, task)
    }

    fn response_head(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        head: &mut Head,
        end: bool,
    ) -> HeadAction {
        self.settle(cx, Some(head));
        if self.skipped { HeadAction::Continue } else { self.hooks().response_head(cx, head, end) }
    }

    fn watches_response_body(&self) -> bool {
        !self.skipped && self.inner.as_hooks().watches_response_body()
    }

    fn response_piece(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        if self.skipped {
            out.push(piece);
            return Ok(());
        }
        self.hooks().response_piece(cx, piece, out)
    }

    fn takes_response_body(&self) -> bool {
        self.skipped || self.inner.as_hooks().takes_response_body()
    }

    fn poll_response(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        head: &mut Head,
        task: &mut Context<'_>,
    ) -> Poll<Resume> {
        self.hooks().poll_response(cx, head, task)
    }

    fn release_response(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        task: &mut Context<'_>,
        out: &mut Pieces,
    ) {
        if !self.skipped {
            self.hooks().release_response(cx, task, out);
        }
    }

    fn done(&mut self, cx: &mut FilterContext<'_, '_>) {
        self.hooks().done(cx);
    }
}
