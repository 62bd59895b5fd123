//! The task of one copy: it sends a request to a host and throws the response away.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use voyant_ir::route::RoutePriority;

use super::SharedQueue;
use crate::codec::{Piece, ResetReason, ResponseEvent, StreamReset};
use crate::failure::Failure;
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::http::exchange::charging::{Charging, count_reset};
use crate::http::exchange::connect::{Checkout, ClusterHandle, Pending, check_out};
use crate::http::exchange::sides::Upstream;
use crate::lb::PickContext;
use crate::rt::clock::{Instant, now};
use crate::rt::timer::LazyTimer;
use crate::upstream::pool::HostPools;
use crate::upstream::worker_host::WorkerHost;
use crate::worker::Worker;

/// How often one poll may go round, so that a fast pair of peers leaves the worker to others.
const MAX_ROUNDS: u32 = 64;
/// What a request that took too long counts as.
const TIMED_OUT: u16 = 504;

/// Everything that a copy needs when its request is gone.
#[derive(Debug)]
pub(super) struct CopyTask {
    pub worker: Rc<Worker>,
    pub cluster: ClusterHandle,
    pub head: Head,
    pub queue: SharedQueue,
    /// From the end of the request to that of the response.
    pub timeout: Option<Duration>,
    pub http2_downstream: bool,
    pub dynamic_stats: bool,
    /// Failures of gRPC count without their codes.
    pub suppressed: bool,
}

/// Why a copy ended early.
enum Stop {
    GivenUp,
    Late,
    Upstream(StreamReset),
}

/// How far a copy has come.
#[derive(Default)]
struct Progress {
    timer: LazyTimer,
    request_sent: bool,
    request_ended: Option<Instant>,
    response: Head,
    response_started: bool,
    canary: bool,
}

impl CopyTask {
    pub(super) async fn run(self) {
        let context = PickContext { rng: &self.worker.rng };
        let Some(host) = self.cluster.pick(&context) else {
            self.cluster.traffic.upstream_cx_none_healthy.inc();
            return self.charge(503, false);
        };
        let mut progress = Progress::default();
        match self.check_out(&host, &mut progress).await {
            Ok(mut upstream) => self.exchange(&mut upstream, &host, &mut progress).await,
            Err(stop) => self.stopped(&stop, &host, &progress),
        }
    }

    async fn check_out(
        &self,
        host: &WorkerHost<HostPools>,
        progress: &mut Progress,
    ) -> Result<Upstream, Stop> {
        let checkout =
            check_out(&self.cluster, host, RoutePriority::Default, self.http2_downstream);
        let mut pending: Pending =
            match checkout.map_err(|refusal| Stop::Upstream(refusal.into()))? {
                Checkout::Ready(upstream) => return Ok(upstream),
                Checkout::Waiting(pending) => pending,
            };
        poll_fn(|cx| {
            if let Poll::Ready(answer) = pending.poll(cx) {
                return Poll::Ready(answer.map_err(Stop::Upstream));
            }
            self.poll_end(progress, cx).map(Err)
        })
        .await
    }

    async fn exchange(
        &self,
        upstream: &mut Upstream,
        host: &WorkerHost<HostPools>,
        progress: &mut Progress,
    ) {
        let end = {
            let queue = self.queue.borrow();
            queue.ended && queue.pieces.is_empty()
        };
        progress.request_sent = end;
        let sent = upstream.send_head(&self.head, end).map_err(Stop::Upstream);
        let done = match sent {
            Ok(()) => poll_fn(|cx| self.poll(upstream, host, progress, cx)).await,
            Err(stop) => Err(stop),
        };
        let Err(stop) = done else {
            if let Some(ended) = progress.request_ended.filter(|_| self.dynamic_stats) {
                self.charging(progress.canary).time(now() - ended);
            }
            return;
        };
        let http2 = matches!(upstream, Upstream::H2(_));
        if let Stop::Upstream(reset) = &stop {
            host.counters.failed();
            count_reset(&self.cluster, http2, reset.reason);
        } else {
            if http2 {
                self.cluster.traffic.upstream_rq_tx_reset.inc();
            }
            upstream.reset(ResetReason::LocalReset);
        }
        self.stopped(&stop, host, progress);
    }

    fn poll(
        &self,
        upstream: &mut Upstream,
        host: &WorkerHost<HostPools>,
        progress: &mut Progress,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Stop>> {
        for _ in 0..MAX_ROUNDS {
            let sent = self.send(upstream, progress, cx).map_err(Stop::Upstream)?;
            match upstream.poll_response(cx, &mut progress.response) {
                Poll::Ready(Ok(event)) => {
                    if self.receive(&event, upstream, host, progress) {
                        return Poll::Ready(Ok(()));
                    }
                }
                Poll::Ready(Err(reset)) => return Poll::Ready(Err(Stop::Upstream(reset))),
                Poll::Pending if sent => {}
                Poll::Pending => {
                    if let Poll::Ready(Err(reset)) = upstream.poll_flush(cx) {
                        return Poll::Ready(Err(Stop::Upstream(reset)));
                    }
                    return self.poll_end(progress, cx).map(Err);
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Sends a piece, if there is one and the upstream takes it.
    fn send(
        &self,
        upstream: &mut Upstream,
        progress: &mut Progress,
        cx: &mut Context<'_>,
    ) -> Result<bool, StreamReset> {
        if progress.request_sent {
            return Ok(false);
        }
        match upstream.poll_ready(cx) {
            Poll::Ready(ready) => ready?,
            Poll::Pending => return Ok(false),
        }
        let mut queue = self.queue.borrow_mut();
        let next = queue.pieces.pop_front();
        let end = queue.ended && queue.pieces.is_empty();
        match next {
            Some(Piece::Data(data)) => {
                queue.bytes -= data.len();
                upstream.send_data(data, end);
            }
            Some(Piece::Trailers(trailers)) => upstream.send_trailers(&trailers),
            Some(Piece::End) => {}
            None if end => upstream.send_data(Bytes::new(), true),
            None => return Ok(false),
        }
        progress.request_sent = end;
        Ok(true)
    }

    /// Takes what the upstream sends; true when that was all.
    fn receive(
        &self,
        event: &ResponseEvent,
        upstream: &Upstream,
        host: &WorkerHost<HostPools>,
        progress: &mut Progress,
    ) -> bool {
        match event {
            ResponseEvent::Informational => false,
            &ResponseEvent::Head { end } => {
                let status = progress.response.status();
                progress.response_started = true;
                progress.canary =
                    progress.response.get(HeaderId::XEnvoyUpstreamCanary) == Some(b"true");
                if status >= 500 {
                    host.counters.failed();
                } else {
                    host.counters.succeeded();
                }
                self.charge(status, progress.canary);
                end
            }
            ResponseEvent::Body(Piece::Data(_)) => upstream.response_done(),
            ResponseEvent::Body(Piece::Trailers(_) | Piece::End) => true,
        }
    }

    /// Ready when nobody wants the copy any more, or it has taken too long.
    fn poll_end(&self, progress: &mut Progress, cx: &mut Context<'_>) -> Poll<Stop> {
        let mut queue = self.queue.borrow_mut();
        if queue.given_up {
            return Poll::Ready(Stop::GivenUp);
        }
        queue.waker = Some(cx.waker().clone());
        if !queue.ended {
            return Poll::Pending;
        }
        let ended = *progress.request_ended.get_or_insert_with(now);
        let deadline = self.timeout.map(|timeout| ended + timeout);
        progress.timer.poll(cx, deadline).map(|()| Stop::Late)
    }

    fn stopped(&self, stop: &Stop, host: &WorkerHost<HostPools>, progress: &Progress) {
        let status = match stop {
            Stop::GivenUp => return,
            Stop::Late => {
                self.cluster.traffic.upstream_rq_timeout.inc();
                host.counters.timed_out();
                TIMED_OUT
            }
            Stop::Upstream(reset) => Failure::Reset(reset.clone()).outcome().status,
        };
        if !progress.response_started {
            self.charge(status, false);
        }
    }

    fn charge(&self, status: u16, canary: bool) {
        if self.dynamic_stats {
            self.charging(canary).status(status);
        }
    }

    fn charging(&self, canary: bool) -> Charging<'_> {
        Charging {
            cluster: &self.cluster,
            alternative: None,
            internal: true,
            canary,
            suppressed: self.suppressed,
            route: [None, None],
        }
    }
}
