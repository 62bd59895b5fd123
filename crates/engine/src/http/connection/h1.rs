//! The life of a downstream HTTP/1 connection: requests one after another.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;

use super::late::{Late, UNREAD, head_limit};
use super::{By, Ended};
use crate::codec::h1::server::{HeadFailure, ServerConnection};
use crate::codec::h1::{RequestError, RequestHead};
use crate::head::Head;
use crate::http::connection_ending::{Ending, reasons};
use crate::http::connection_manager::on_worker::Manager;
use crate::http::exchange::reply::LocalReply;
use crate::http::exchange::sides::Downstream;
use crate::http::exchange::{Exchange, RequestFacts, Verdict};
use crate::http::stream_info::{ConnectionInfo, SoftDrain, StreamInfo};
use crate::rt::clock::{Instant, now};
use crate::rt::stream::Stream;
use crate::rt::timer::LazyTimer;

/// Why a connection has no further request.
enum NoRequest {
    Failed(HeadFailure),
    Idle,
    /// The head did not arrive in time.
    Late(Late),
    /// The connection was told to leave and its time is over.
    Retired,
}

/// What logs say of why this end closes the connection.
#[derive(Debug, Clone, Copy)]
struct Reason {
    /// There was nothing to wait for.
    at_once: Option<&'static str>,
    /// The client went before its time was over.
    before: Option<&'static str>,
}

impl NoRequest {
    fn reason(&self) -> Reason {
        let refused = matches!(self, Self::Failed(HeadFailure::Refused(_)));
        let at_once = if matches!(self, Self::Idle) { reasons::IDLE } else { reasons::DRAINED };
        Reason { at_once: Some(at_once), before: refused.then_some(reasons::CODEC_ERROR) }
    }
}

/// A connection and its timeouts.
struct Connection<'a> {
    manager: &'a Manager,
    codec: ServerConnection,
    timer: LazyTimer,
    info: Rc<ConnectionInfo>,
    /// It is told to leave then, if it was not before.
    retire_at: Option<Instant>,
    /// How long it is served after that.
    drain: Duration,
    /// It was told to leave; what comes until then is still served.
    leaves_at: Option<Instant>,
    requests: u32,
}

pub async fn serve(
    manager: &Rc<Manager>,
    stream: Stream,
    input: BytesMut,
    info: Rc<ConnectionInfo>,
    retire_at: Option<Instant>,
) -> Ended {
    let mut connection = Connection {
        manager,
        codec: ServerConnection::new(stream, input, Rc::clone(&manager.http1)),
        timer: LazyTimer::default(),
        info,
        retire_at,
        drain: manager.drain_time(),
        leaves_at: None,
        requests: 0,
    };
    let ended = connection.run().await;
    if ended.by == By::Remote {
        connection.info.note_ending(|| Ending::by_peer(connection.codec.is_reset()));
    }
    ended
}

impl Connection<'_> {
    async fn run(&mut self) -> Ended {
        let manager = self.manager;
        let reason = loop {
            let mut head = manager.worker.heads.take();
            match self.next(&mut head).await {
                Ok((parsed, began)) => match self.exchange(head, &parsed, began).await {
                    Verdict::Keep => {}
                    Verdict::Close => {
                        let drained = self.codec.is_answered().then_some(reasons::DRAINED);
                        break Reason { at_once: drained, before: None };
                    }
                    Verdict::Closed => return Ended { by: By::Remote, active: true },
                },
                Err(no_request) => {
                    manager.worker.heads.give(head);
                    let reason = no_request.reason();
                    let ended = self.end(no_request).await;
                    if ended.by == By::Remote {
                        return ended;
                    }
                    break reason;
                }
            }
        };
        self.close(reason).await;
        Ended::LOCAL
    }

    /// The next request and when its first byte was seen.
    async fn next(&mut self, head: &mut Head) -> Result<(RequestHead, Instant), NoRequest> {
        self.codec.rest();
        let idle_since = now();
        let mut began = self.codec.has_input().then_some(idle_since);
        poll_fn(|cx| self.poll_next(cx, head, idle_since, &mut began)).await
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        head: &mut Head,
        idle_since: Instant,
        began: &mut Option<Instant>,
    ) -> Poll<Result<(RequestHead, Instant), NoRequest>> {
        match self.codec.poll_head(cx, head) {
            Poll::Ready(Ok(parsed)) => {
                return Poll::Ready(Ok((parsed, began.unwrap_or_else(now))));
            }
            Poll::Ready(Err(failure)) => return Poll::Ready(Err(NoRequest::Failed(failure))),
            Poll::Pending => {}
        }
        let timeouts = &self.manager.config.timeouts;
        if self.codec.has_input() {
            let began = *began.get_or_insert_with(now);
            let Some((limit, late)) = head_limit(timeouts) else { return Poll::Pending };
            let deadline = Some(began + limit);
            return self.timer.poll(cx, deadline).map(|()| Err(NoRequest::Late(late)));
        }
        // The drain alone ends one that is told to leave.
        let idle = timeouts.idle.filter(|_| !self.info.leaving.get());
        let idle_at = idle.map(|idle| idle_since + idle);
        let leaves_at = self.leaves_at(idle_since);
        let leaves_first = match (leaves_at, idle_at) {
            (Some(leaves), Some(idle)) => leaves < idle,
            (leaves, _) => leaves.is_some(),
        };
        let (deadline, ended) =
            if leaves_first { (leaves_at, NoRequest::Retired) } else { (idle_at, NoRequest::Idle) };
        match self.timer.poll(cx, deadline) {
            // The kernel has told of it, or is about to.
            Poll::Ready(()) if self.codec.has_unread() => Poll::Pending,
            // One that was used may be about to be used again.
            Poll::Ready(()) if matches!(ended, NoRequest::Idle) && self.requests > 0 => {
                self.drain_idle();
                let leaves_at = self.leaves_at(idle_since);
                self.timer.poll(cx, leaves_at).map(|()| Err(NoRequest::Retired))
            }
            polled => polled.map(|()| Err(ended)),
        }
    }

    /// Serves what still comes until the drain is over; the answer tells the client to leave.
    fn drain_idle(&mut self) {
        self.manager.stats.downstream_cx_idle_timeout.inc();
        self.info.leaving.set(true);
        self.leaves_at = Some(now() + self.drain);
    }

    /// When it is closed if nothing comes. Who did not hear yet that the process ends gets the
    /// time to send one more request and to be told by its answer.
    fn leaves_at(&mut self, idle_since: Instant) -> Option<Instant> {
        let drain = self.drain;
        let told = self.info.leaving.get();
        if let Some(began) = self.manager.worker.lifecycle.shutdown_began() {
            return Some(if told { idle_since } else { began.max(idle_since) + drain });
        }
        if self.leaves_at.is_none() && told {
            self.leaves_at = Some(idle_since + drain);
        }
        // A connection that only a response ends waits for its next request.
        let softly = self.info.soft_drain.get() != SoftDrain::No;
        self.leaves_at.or_else(|| Some(self.retire_at.filter(|_| !softly)? + drain))
    }

    async fn exchange(&mut self, head: Head, parsed: &RequestHead, began: Instant) -> Verdict {
        let facts = RequestFacts {
            end: parsed.framing.is_empty(),
            expect_continue: parsed.expect_continue,
            connect: parsed.connect,
            upgrade: parsed.upgrade,
            keep_alive: parsed.keep_alive,
        };
        if parsed.dropped_underscores > 0 {
            let dropped = &self.manager.http1.stats.dropped_headers_with_underscores;
            dropped.add(parsed.dropped_underscores.into());
        }
        let last = self.is_last();
        let mut exchange = self.open(head, facts, began, last);
        exchange.run().await
    }

    /// This request is the last that the connection may carry.
    fn is_last(&mut self) -> bool {
        self.requests += 1;
        let last = self.manager.config.max_requests_per_connection == Some(self.requests);
        if last {
            self.manager.stats.downstream_cx_max_requests_reached.inc();
        }
        last
    }

    #[inline]
    fn open(
        &mut self,
        head: Head,
        facts: RequestFacts,
        began: Instant,
        close: bool,
    ) -> Exchange<'_> {
        let worker = &self.manager.worker;
        let info = StreamInfo::new(
            Rc::clone(&self.info),
            worker.next_stream_id(),
            began,
            worker.wall.at(began),
        );
        let downstream = Downstream::h1(&mut self.codec);
        Exchange::new(self.manager, downstream, &mut self.timer, info, head, facts, close)
    }

    async fn end(&mut self, no_request: NoRequest) -> Ended {
        let stats = &self.manager.stats;
        let reply = match no_request {
            NoRequest::Failed(HeadFailure::Refused(error)) => {
                stats.downstream_cx_protocol_error.inc();
                let dropped = &self.manager.http1.stats.dropped_headers_with_underscores;
                dropped.add(self.codec.dropped_of_refused().into());
                if error == RequestError::UnexpectedUnderscore {
                    let stats = &self.manager.http1.stats;
                    stats.requests_rejected_with_underscores_in_headers.inc();
                }
                LocalReply::refused(error)
            }
            NoRequest::Late(late) => {
                self.codec.refuse();
                late.reply(stats)
            }
            NoRequest::Idle => {
                stats.downstream_cx_idle_timeout.inc();
                return Ended::LOCAL;
            }
            NoRequest::Retired => return Ended::LOCAL,
            NoRequest::Failed(HeadFailure::ClosedEarly) => {
                self.codec.refuse();
                let head = self.manager.worker.heads.take();
                self.open(head, UNREAD, now(), true).run_abandoned();
                return Ended { by: By::Remote, active: true };
            }
            NoRequest::Failed(HeadFailure::Closed | HeadFailure::Io(_)) => return Ended::REMOTE,
        };
        let head = self.manager.worker.heads.take();
        let mut exchange = self.open(head, UNREAD, now(), true);
        exchange.run_refused(reply).await;
        drop(exchange);
        Ended::LOCAL
    }

    /// The client was told to go, or not even that, when it might have sent one more request: a
    /// close that meets it would destroy what the client has not read yet.
    fn may_be_writing(&self) -> bool {
        let leaves = self.info.leaving.get() || self.manager.worker.lifecycle.is_shutting_down();
        leaves && self.codec.wants_keep_alive()
    }

    /// Closes so that the client still gets what was written to it.
    async fn close(&mut self, reason: Reason) {
        if self.codec.is_drained() && !self.may_be_writing() {
            return self.info.note_ending(|| Ending::by_us(reason.at_once));
        }
        let limit = self.manager.config.timeouts.delayed_close.unwrap_or(Duration::ZERO);
        let deadline = now() + limit;
        let lingered = poll_fn(|cx| match self.codec.poll_linger(cx) {
            Poll::Ready(()) => Poll::Ready(true),
            Poll::Pending => self.timer.poll(cx, Some(deadline)).map(|()| false),
        })
        .await;
        if !lingered && !limit.is_zero() {
            self.manager.stats.downstream_cx_delayed_close_timeout.inc();
        }
        let local_reason = if lingered { reason.before } else { Some(reasons::DELAYED_CLOSE) };
        self.info.note_ending(|| Ending::by_us(local_reason));
    }
}
