//! An attempt that could not go on: what it counts, and what the client is told.

use std::future::poll_fn;
use std::task::Poll;

use super::Exchange;
use super::charging::Charging;
use super::connect::Stop;
use super::deadlines::Expired;
use super::forward::Way;
use crate::codec::{ResetReason, StreamReset};
use crate::failure::{Failure, flag_of, reset_after_start};
use crate::grpc::is_grpc;

impl Exchange<'_> {
    /// Takes what has arrived of a request's body that nobody waits for any more, so that the
    /// connection may carry another request.
    pub(super) async fn take_arrived(&mut self, stop: &Stop) {
        let progress = &self.stream.progress;
        if stop.is_at_once() || progress.response_started || progress.request_ended.is_some() {
            return;
        }
        let Self { stream, downstream, .. } = self;
        let taken =
            poll_fn(|cx| Poll::Ready(downstream.take_body(cx, |piece| stream.see_unasked(piece))));
        let taken = taken.await;
        self.stream.info.bytes.body_received += taken;
    }

    /// Counts what has arrived of a body that nobody waits for.
    pub(super) async fn note_unasked(&mut self) {
        let taken = poll_fn(|cx| Poll::Ready(self.downstream.take_body(cx, drop))).await;
        self.stream.info.bytes.body_received += taken;
    }

    /// Ends an exchange that could not go on: before the response by a failure to answer, after
    /// that by cutting the client off.
    pub(super) fn stopped(&mut self, way: &Way<'_>, stop: Stop) -> Result<(), Failure> {
        let failure = match stop {
            Stop::Downstream(reset) => return self.client_failed(&reset).map_or(Ok(()), Err),
            Stop::NoHost => Failure::NoHealthyHost,
            Stop::Upstream(reset) | Stop::Refused(reset) => {
                self.stream.info.upstream.transport_failure.clone_from(&reset.detail);
                Failure::Reset(reset)
            }
            Stop::Expired(expired) => self.expired(way, expired),
            // Its answer has been sent.
            Stop::Reply(_) => return Ok(()),
        };
        if !self.stream.progress.response_started {
            let informed = self.stream.progress.informed || self.stream.progress.head_arrived;
            if self.stream.tells_codes() && failure.is_of_the_upstream() && !informed {
                let status = failure.outcome().status;
                let charging = Charging {
                    cluster: &way.cluster,
                    alternative: way.alternative.as_deref(),
                    internal: self.stream.origin.internal,
                    canary: false,
                    suppressed: self.stream.suppresses_codes(),
                    route: way.stats,
                };
                charging.status(status);
            }
            return Err(failure);
        }
        if is_grpc(&self.stream.request) {
            // Only of gRPC, whose success shows at the end, does Envoy's router tell.
            let stats = &self.stream.manager.router_stats;
            stats.rq_reset_after_downstream_response_started.inc();
        }
        self.end_response(&failure);
        Ok(())
    }

    fn expired(&self, way: &Way<'_>, expired: Expired) -> Failure {
        let traffic = &way.cluster.traffic;
        match expired {
            Expired::Response => {
                let per_try = way.timeouts.of_attempt().1 && !self.stream.progress.head_arrived;
                if per_try {
                    traffic.upstream_rq_per_try_timeout.inc();
                } else {
                    traffic.upstream_rq_timeout.inc();
                    for stats in way.stats.into_iter().flatten() {
                        stats.upstream_rq_timeout.inc();
                    }
                }
                Failure::ResponseTimeout { per_try, alternative: way.timeouts.alternative }
            }
            Expired::UpstreamStream => {
                traffic.upstream_rq_max_duration_reached.inc();
                let request_done = self.stream.progress.request_ended.is_some();
                Failure::UpstreamMaxStreamDuration { request_done }
            }
            Expired::Idle | Expired::Request | Expired::MaxStreamDuration => {
                self.stream.late(expired)
            }
        }
    }

    /// The request does not go on: what is to be answered, unless the client is gone.
    pub(super) fn client_failed(&mut self, reset: &StreamReset) -> Option<Failure> {
        match self.downstream.body_error() {
            Some(error) if !self.stream.progress.response_started => {
                self.stream.manager.stats.downstream_cx_protocol_error.inc();
                Some(Failure::RequestBody(error))
            }
            _ => {
                self.client_gone(reset);
                None
            }
        }
    }

    pub(super) fn client_gone(&mut self, reset: &StreamReset) {
        let stats = &self.stream.manager.stats;
        stats.downstream_rq_rx_reset.inc();
        // HTTP/2 tells of a broken connection once, to the connection.
        if reset.reason == ResetReason::ProtocolError && self.stream.is_h1() {
            stats.downstream_cx_protocol_error.inc();
        }
        self.stream.info.note_client_reset(reset);
        self.stream.progress.client_gone = reset.reason == ResetReason::ConnectionTermination;
        self.stream.progress.aborted = true;
        self.stream.close = true;
    }

    /// The response has begun and cannot be finished.
    fn end_response(&mut self, failure: &Failure) {
        let info = &mut self.stream.info;
        let outcome = failure.outcome();
        if let Some(flag) = outcome.flag {
            info.flags.insert(flag);
        }
        info.details = Some(match failure {
            Failure::Reset(reset) => {
                info.flags.insert(flag_of(reset.reason));
                reset_after_start(reset).into()
            }
            _ => outcome.details,
        });
        self.cut_off();
    }
}
