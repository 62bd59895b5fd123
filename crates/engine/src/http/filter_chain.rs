//! The HTTP filters of one stream, between the connection manager and the router.
//!
//! A message's head goes from filter to filter until one waits or answers; the pieces of its body
//! follow as far as the head has come, and what they become is queued behind the last filter that
//! they passed. Requests go in the order of configuration, responses in the opposite order.

use std::task::{Context, Poll};

use crate::codec::Piece;
use crate::filter::StreamFilter;
use crate::head::Head;
use crate::http::exchange::reply::LocalReply;
use crate::http::exchange::stream::Stream;
use crate::route::RouteHandle;
use crate::route::filter_overrides::{FilterOverride, FilterOverrides};

mod compiled;
mod context;
mod pieces;

pub use compiled::{CompiledChain, WorkerChain};
pub use context::{FilterContext, FilterScope};
pub use pieces::Pieces;

/// What a filter wants after it has seen a head.
#[derive(Debug)]
pub enum HeadAction {
    Continue,
    /// The message goes no further until the filter is ready.
    Wait,
    Reply(Box<LocalReply>),
}

/// What a filter that waited wants.
#[derive(Debug)]
pub enum Resume {
    Continue,
    Reply(Box<LocalReply>),
}

/// How far a head has come.
#[derive(Debug)]
pub enum Step {
    /// Past all filters.
    Passed,
    /// To one that waits.
    Waiting,
    Reply(Box<LocalReply>),
}

fn override_of(overrides: Option<&FilterOverrides>, slot: Option<u16>) -> Option<&FilterOverride> {
    overrides?.get(slot?)
}

/// The filters of one stream.
#[derive(Debug)]
pub struct Chain {
    links: Vec<Link>,
    route: Option<RouteHandle>,
    weighted: Option<usize>,
    request: Flow,
    response: Flow,
}

#[derive(Debug)]
struct Link {
    filter: StreamFilter,
    slot: Option<u16>,
}

impl Link {
    /// Whether pieces of a body are to be given to it.
    fn watches(&self, way: Way) -> bool {
        let filter = self.filter.as_hooks();
        match way {
            Way::Request => filter.watches_request_body(),
            Way::Response => filter.watches_response_body(),
        }
    }
}

/// Which message a piece is of.
#[derive(Debug, Clone, Copy)]
enum Way {
    Request,
    Response,
}

/// How far a message has come.
#[derive(Debug, Default)]
struct Flow {
    /// How many filters its head has passed.
    passed: usize,
    /// The filter behind those waits with the head.
    waiting: bool,
    /// What those filters have let go of.
    out: Pieces,
}

/// One link's hooks with their context, out of a chain that is not borrowed otherwise.
macro_rules! hooks {
    ($chain:expr, $index:expr, $stream:expr) => {{
        let overrides = $chain.route.as_ref().and_then(|r| r.filter_overrides($chain.weighted));
        let link = &mut $chain.links[$index];
        let context = FilterContext {
            stream: $stream,
            override_: override_of(overrides, link.slot),
            last: false,
        };
        (link.filter.hooks(), context)
    }};
}

impl Chain {
    /// Asks all filters of an upstream whether the request may go to the host that was chosen.
    pub fn host_chosen(&mut self, stream: &mut Stream<'_>) -> Result<(), Box<LocalReply>> {
        for index in 0..self.links.len() {
            let (filter, mut cx) = hooks!(self, index, stream);
            if let HeadAction::Reply(reply) = filter.host_chosen(&mut cx) {
                return Err(reply);
            }
        }
        Ok(())
    }

    /// Takes the request's head on, from where it is.
    pub fn request_head(&mut self, stream: &mut Stream<'_>, end: bool) -> Step {
        while self.request.passed < self.links.len() {
            self.follow_route(stream);
            let (filter, mut cx) = hooks!(self, self.request.passed, stream);
            match filter.request_head(&mut cx, end) {
                HeadAction::Continue => {}
                HeadAction::Wait => {
                    self.request.waiting = true;
                    let fed = if filter.takes_request_body() {
                        self.feed_request(stream)
                    } else {
                        Ok(())
                    };
                    return fed.map_or_else(|reply| Step::Reply(reply.into()), |()| Step::Waiting);
                }
                HeadAction::Reply(reply) => return Step::Reply(reply),
            }
            if let Err(reply) = self.feed_request(stream) {
                return Step::Reply(reply.into());
            }
            self.request.passed += 1;
        }
        self.follow_route(stream);
        Step::Passed
    }

    /// Goes on with another route where a filter has asked for it to be found anew.
    fn follow_route(&mut self, stream: &mut Stream<'_>) {
        if stream.route_is_stale {
            stream.find_route_anew();
            let route = stream.info.route.as_ref();
            self.weighted =
                route.and_then(|route| route.drawn_entry(&stream.request, &stream.match_context()));
            self.route.clone_from(&stream.info.route);
        }
    }

    /// Asks the filter that waits with the request.
    pub fn poll_request(
        &mut self,
        stream: &mut Stream<'_>,
        task: &mut Context<'_>,
        end: bool,
    ) -> Poll<Step> {
        let (filter, mut cx) = hooks!(self, self.request.passed, stream);
        let takes_body = filter.takes_request_body();
        match filter.poll_request(&mut cx, task) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Resume::Reply(reply)) => return Poll::Ready(Step::Reply(reply)),
            Poll::Ready(Resume::Continue) => {}
        }
        self.request.waiting = false;
        // What it did not take while it waited it is given now.
        if !takes_body && let Err(reply) = self.feed_request(stream) {
            return Poll::Ready(Step::Reply(reply.into()));
        }
        self.request.passed += 1;
        Poll::Ready(self.request_head(stream, end))
    }

    /// Whether the request's body is to be read on.
    pub fn wants_request_body(&mut self) -> bool {
        if !self.request.waiting {
            return true;
        }
        let link = &mut self.links[self.request.passed];
        link.filter.hooks().takes_request_body()
    }

    /// A piece of the request's body has arrived. `ends`: nothing follows this piece of data.
    pub fn push_request(
        &mut self,
        stream: &mut Stream<'_>,
        piece: Piece,
        ends: bool,
    ) -> Result<(), LocalReply> {
        let last = self.request.passed + usize::from(self.request.waiting);
        let mut pieces = Pieces::of(piece, ends);
        for index in 0..last {
            if self.links[index].watches(Way::Request) {
                pieces = self.through(Way::Request, index, stream, pieces)?;
            }
        }
        self.request.out.0.append(&mut pieces.0);
        Ok(())
    }

    /// The next piece of the request's body for the router, and whether it is the last.
    pub fn pop_request(&mut self) -> Option<(Piece, bool)> {
        self.request.out.pop()
    }

    /// A request's body whose head is past all filters is theirs, too, or some of it is here.
    pub fn watches_request(&self) -> bool {
        self.has_request_pieces() || self.links.iter().any(|link| link.watches(Way::Request))
    }

    /// The same of a response.
    pub fn watches_response(&self) -> bool {
        !self.response.out.is_empty() || self.links.iter().any(|link| link.watches(Way::Response))
    }

    /// Pieces of the request's body wait for the router.
    pub fn has_request_pieces(&self) -> bool {
        !self.request.out.is_empty()
    }

    /// Gives what has come out so far to the filter that the head is at.
    fn feed_request(&mut self, stream: &mut Stream<'_>) -> Result<(), LocalReply> {
        let index = self.request.passed;
        if !self.request.out.is_empty() && self.links[index].watches(Way::Request) {
            let pieces = std::mem::take(&mut self.request.out);
            self.request.out = self.through(Way::Request, index, stream, pieces)?;
        }
        Ok(())
    }

    /// Takes a response's head on, from where it is.
    pub fn response_head(&mut self, stream: &mut Stream<'_>, head: &mut Head, end: bool) -> Step {
        while let Some(index) = self.response_index() {
            let (filter, mut cx) = hooks!(self, index, stream);
            match filter.response_head(&mut cx, head, end) {
                HeadAction::Continue => {}
                HeadAction::Wait => {
                    self.response.waiting = true;
                    let fed = if filter.takes_response_body() {
                        self.feed_response(index, stream)
                    } else {
                        Ok(())
                    };
                    return fed.map_or_else(|reply| Step::Reply(reply.into()), |()| Step::Waiting);
                }
                HeadAction::Reply(reply) => return Step::Reply(reply),
            }
            if let Err(reply) = self.feed_response(index, stream) {
                return Step::Reply(reply.into());
            }
            self.response.passed += 1;
        }
        Step::Passed
    }

    /// Asks the filter that waits with the response.
    pub fn poll_response(
        &mut self,
        stream: &mut Stream<'_>,
        head: &mut Head,
        task: &mut Context<'_>,
        end: bool,
    ) -> Poll<Step> {
        let Some(index) = self.response_index() else { return Poll::Ready(Step::Passed) };
        let (filter, mut cx) = hooks!(self, index, stream);
        let takes_body = filter.takes_response_body();
        match filter.poll_response(&mut cx, head, task) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Resume::Reply(reply)) => return Poll::Ready(Step::Reply(reply)),
            Poll::Ready(Resume::Continue) => {}
        }
        self.response.waiting = false;
        if !takes_body && let Err(reply) = self.feed_response(index, stream) {
            return Poll::Ready(Step::Reply(reply.into()));
        }
        self.response.passed += 1;
        Poll::Ready(self.response_head(stream, head, end))
    }

    /// Whether the response's body is to be read on.
    pub fn wants_response_body(&mut self) -> bool {
        let first = if self.response.waiting { self.response_index() } else { Some(0) };
        self.links[first.unwrap_or(0)..].iter_mut().all(|l| l.filter.hooks().takes_response_body())
    }

    /// A piece of the response's body has arrived. `ends`: nothing follows this piece of data.
    pub fn push_response(
        &mut self,
        stream: &mut Stream<'_>,
        piece: Piece,
        ends: bool,
    ) -> Result<(), LocalReply> {
        let last = self.response.passed + usize::from(self.response.waiting);
        self.response_onwards(0..last, stream, Pieces::of(piece, ends))
    }

    /// The next piece of the response's body for the client, and whether it is the last.
    pub fn pop_response(
        &mut self,
        stream: &mut Stream<'_>,
        task: &mut Context<'_>,
    ) -> Result<Option<(Piece, bool)>, LocalReply> {
        if self.response.out.is_empty() {
            self.release_response(stream, task)?;
        }
        Ok(self.response.out.pop())
    }

    fn release_response(
        &mut self,
        stream: &mut Stream<'_>,
        task: &mut Context<'_>,
    ) -> Result<(), LocalReply> {
        for position in 0..self.response.passed {
            let mut released = Pieces::default();
            let index = self.links.len() - 1 - position;
            let (filter, mut cx) = hooks!(self, index, stream);
            filter.release_response(&mut cx, task, &mut released);
            if !released.is_empty() {
                self.response_onwards(position + 1..self.response.passed, stream, released)?;
            }
        }
        Ok(())
    }

    /// The filter that the response's head is at.
    fn response_index(&self) -> Option<usize> {
        (self.links.len() - self.response.passed).checked_sub(1)
    }

    fn feed_response(&mut self, index: usize, stream: &mut Stream<'_>) -> Result<(), LocalReply> {
        if !self.response.out.is_empty() && self.links[index].watches(Way::Response) {
            let pieces = std::mem::take(&mut self.response.out);
            self.response.out = self.through(Way::Response, index, stream, pieces)?;
        }
        Ok(())
    }

    fn response_onwards(
        &mut self,
        positions: std::ops::Range<usize>,
        stream: &mut Stream<'_>,
        mut pieces: Pieces,
    ) -> Result<(), LocalReply> {
        for position in positions {
            let index = self.links.len() - 1 - position;
            if self.links[index].watches(Way::Response) {
                pieces = self.through(Way::Response, index, stream, pieces)?;
            }
        }
        self.response.out.0.append(&mut pieces.0);
        Ok(())
    }

    /// Gives pieces to one filter; what comes out of it.
    fn through(
        &mut self,
        way: Way,
        index: usize,
        stream: &mut Stream<'_>,
        mut pieces: Pieces,
    ) -> Result<Pieces, LocalReply> {
        let mut out = Pieces::default();
        while let Some(piece) = pieces.0.pop_front() {
            let (filter, mut cx) = hooks!(self, index, stream);
            cx.last = matches!(pieces.0.front(), Some(Piece::End));
            match way {
                Way::Request => filter.request_piece(&mut cx, piece, &mut out)?,
                Way::Response => filter.response_piece(&mut cx, piece, &mut out)?,
            }
        }
        Ok(out)
    }

    /// Tells all filters that the stream is over.
    pub fn done(&mut self, stream: &mut Stream<'_>) {
        for index in 0..self.links.len() {
            let (filter, mut cx) = hooks!(self, index, stream);
            filter.done(&mut cx);
        }
    }
}

#[cfg(test)]
mod tests;
