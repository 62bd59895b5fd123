//! HTTP filters: one file a filter, one line in each list below.
//!
//! A filter is three types. `Config` is compiled from the IR, once, and is shared by all workers.
//! `OnWorker` is made from it for each worker and has that worker's statistics. `Filter` is made
//! by `OnWorker::stream` for each request and implements [`HttpFilter`]. What a route says is
//! `PerRoute`, compiled with the route table.

use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use voyant_ir::filter as ir;

use crate::codec::Piece;
use crate::head::Head;
use crate::http::exchange::reply::LocalReply;
use crate::http::filter_chain::{FilterContext, FilterScope, HeadAction, Pieces, Resume};

pub mod buffer;
pub mod compressor;
pub mod cors;
pub mod csrf;
pub mod decompressor;
pub mod extension_with_matcher;
pub mod fault;
pub mod grpc_http1_bridge;
pub mod grpc_stats;
pub mod grpc_web;
pub mod header_mutation;
pub mod header_to_metadata;
pub mod health_check;
pub mod ip_tagging;
pub mod local_ratelimit;
pub mod matchers;
pub mod on_demand;
pub mod rbac;
#[cfg(test)]
pub(crate) mod scripted;
pub mod set_filter_state;
pub mod set_metadata;

/// The hooks of a filter on one stream; what is not overridden lets everything pass.
///
/// A request meets the filters in the order of configuration, a response in the opposite order.
/// A head hook may answer [`HeadAction::Wait`]: then the `poll_` method of that direction is asked
/// until it is ready, and the message goes no further. What a filter must not do is to wait
/// without having the waker of the poll wake it, unless it waits for a piece of the body.
pub trait HttpFilter {
    /// Asked between the router and an upstream only, when a host has been chosen and none of the
    /// filters has seen the request; waiting is not an answer.
    fn host_chosen(&mut self, cx: &mut FilterContext<'_, '_>) -> HeadAction {
        let _ = cx;
        HeadAction::Continue
    }

    /// The request's head is in `cx`. `end`: no body follows.
    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, end: bool) -> HeadAction {
        let _ = (cx, end);
        HeadAction::Continue
    }

    /// Whether it is given the request's body, told after it has seen the head. A body that no
    /// filter is given goes past all of them.
    fn watches_request_body(&self) -> bool {
        false
    }

    /// A piece of the request's body; what is to go on is put to `out`.
    fn request_piece(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        let _ = cx;
        out.push(piece);
        Ok(())
    }

    /// While this filter waits with the head: whether it is given the body meanwhile. A body that
    /// nobody takes is left in the codec, which then holds the client back.
    fn takes_request_body(&self) -> bool {
        false
    }

    /// Asked while this filter waits with the head.
    fn poll_request(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        task: &mut Context<'_>,
    ) -> Poll<Resume> {
        let _ = (cx, task);
        Poll::Ready(Resume::Continue)
    }

    /// The response's head; [`FilterContext::request`] has the request's.
    fn response_head(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        head: &mut Head,
        end: bool,
    ) -> HeadAction {
        let _ = (cx, head, end);
        HeadAction::Continue
    }

    /// Whether it is given the response's body, told after it has seen the head.
    fn watches_response_body(&self) -> bool {
        false
    }

    /// A piece of the response's body; what is to go on is put to `out`.
    fn response_piece(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        let _ = cx;
        out.push(piece);
        Ok(())
    }

    /// Whether this filter is given the body while it waits with the head, and more of it while
    /// it holds some back.
    fn takes_response_body(&self) -> bool {
        true
    }

    /// Asked while this filter waits with the head; it may still change it.
    fn poll_response(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        head: &mut Head,
        task: &mut Context<'_>,
    ) -> Poll<Resume> {
        let _ = (cx, head, task);
        Poll::Ready(Resume::Continue)
    }

    /// Lets go of pieces that this filter holds back until a time or an event.
    fn release_response(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        task: &mut Context<'_>,
        out: &mut Pieces,
    ) {
        let _ = (cx, task, out);
    }

    /// The stream is over, however it ended; access logs come after this.
    fn done(&mut self, cx: &mut FilterContext<'_, '_>) {
        let _ = cx;
    }
}

/// What a filter without statistics has on a worker.
#[derive(Debug)]
pub struct ConfigOnWorker<C> {
    config: Arc<C>,
}

impl<C> ConfigOnWorker<C> {
    pub fn new(config: Arc<C>, _: &FilterScope<'_>) -> Self {
        Self { config }
    }
}

/// The per-route configuration of one filter.
pub trait OfFilter: Sized {
    /// The same out of those of all filters, where it is of this one.
    fn of(per_route: &PerRoute) -> Option<&Self>;
}

macro_rules! http_filters {
    ($($stem:ident => $Name:ident),* $(,)?) => {
        /// A filter as compiled, for all workers.
        #[derive(Debug)]
        pub enum FilterConfig {
            $($Name(Arc<$stem::Config>),)*
        }

        /// A filter on one worker.
        #[derive(Debug)]
        pub enum WorkerFilter {
            $($Name(Rc<$stem::OnWorker>),)*
            #[cfg(test)]
            Scripted(scripted::Script),
        }

        /// A filter on one stream.
        #[derive(Debug)]
        pub enum StreamFilter {
            $($Name($stem::Filter),)*
            #[cfg(test)]
            Scripted(scripted::Filter),
        }

        impl FilterConfig {
            /// Compiles a filter; nothing for the router, which is no filter of the chain.
            pub fn new(kind: &ir::HttpFilterKind) -> Option<Self> {
                match kind {
                    $(ir::HttpFilterKind::$Name(config) => {
                        Some(Self::$Name(Arc::new($stem::Config::new(config))))
                    })*
                    ir::HttpFilterKind::Router(_) => None,
                }
            }

            pub fn on_worker(&self, scope: &FilterScope<'_>) -> WorkerFilter {
                match self {
                    $(Self::$Name(config) => {
                        let on_worker = $stem::OnWorker::new(Arc::clone(config), scope);
                        WorkerFilter::$Name(Rc::new(on_worker))
                    })*
                }
            }
        }

        impl WorkerFilter {
            pub fn stream(&self) -> StreamFilter {
                match self {
                    $(Self::$Name(on_worker) => {
                        StreamFilter::$Name($stem::Filter::new(Rc::clone(on_worker)))
                    })*
                    #[cfg(test)]
                    Self::Scripted(script) => StreamFilter::Scripted(script.stream()),
                }
            }
        }

        impl StreamFilter {
            /// The hooks of whichever filter it is.
            pub fn hooks(&mut self) -> &mut dyn HttpFilter {
                match self {
                    $(Self::$Name(filter) => filter,)*
                    #[cfg(test)]
                    Self::Scripted(filter) => filter,
                }
            }

            /// The same, to ask only.
            pub fn as_hooks(&self) -> &dyn HttpFilter {
                match self {
                    $(Self::$Name(filter) => filter,)*
                    #[cfg(test)]
                    Self::Scripted(filter) => filter,
                }
            }
        }
    };
}

macro_rules! per_route {
    ($($stem:ident => $Name:ident),* $(,)?) => {
        /// What a route says of a filter, compiled.
        #[derive(Debug)]
        #[allow(clippy::large_enum_variant, reason = "there are few, and they are made once")]
        pub enum PerRoute {
            $($Name($stem::PerRoute),)*
        }

        impl PerRoute {
            /// Compiles what a route says.
            pub fn new(kind: &ir::PerRouteKind) -> Self {
                match kind {
                    $(ir::PerRouteKind::$Name(config) => {
                        Self::$Name($stem::PerRoute::new(config))
                    })*
                }
            }
        }

        $(impl OfFilter for $stem::PerRoute {
            fn of(per_route: &PerRoute) -> Option<&Self> {
                if let PerRoute::$Name(config) = per_route { Some(config) } else { None }
            }
        })*
    };
}

http_filters! {
    buffer => Buffer,
    compressor => Compressor,
    cors => Cors,
    csrf => Csrf,
    decompressor => Decompressor,
    extension_with_matcher => ExtensionWithMatcher,
    fault => Fault,
    grpc_http1_bridge => GrpcHttp1Bridge,
    grpc_stats => GrpcStats,
    grpc_web => GrpcWeb,
    header_mutation => HeaderMutation,
    header_to_metadata => HeaderToMetadata,
    health_check => HealthCheck,
    ip_tagging => IpTagging,
    local_ratelimit => LocalRatelimit,
    on_demand => OnDemand,
    rbac => Rbac,
    set_filter_state => SetFilterState,
    set_metadata => SetMetadata,
}

per_route! {
    buffer => Buffer,
    compressor => Compressor,
    cors => Cors,
    csrf => Csrf,
    extension_with_matcher => ExtensionWithMatcher,
    fault => Fault,
    header_mutation => HeaderMutation,
    header_to_metadata => HeaderToMetadata,
    local_ratelimit => LocalRatelimit,
    on_demand => OnDemand,
    rbac => Rbac,
    set_filter_state => SetFilterState,
    set_metadata => SetMetadata,
}
