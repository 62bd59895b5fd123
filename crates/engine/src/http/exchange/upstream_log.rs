//! The router's logs of its upstream requests (Envoy's `upstream_log`).
//!
//! A line tells of one attempt as of a stream of its own, which speaks the upstream's protocol,
//! receives the response's body and sends the request's. Its client is the connection's peer,
//! whatever headers say. Of the client's stream it has the route and the bytes on the wire, and
//! nothing that filters have left there.

use std::rc::Rc;
use std::time::Duration;

use voyant_ir::format::TimePoint;

use super::Exchange;
use super::connect::Stop;
use super::deadlines::Deadlines;
use super::stream::Stream;
use crate::failure::flag_of;
use crate::failure::flags::ResponseFlags;
use crate::head::Head;
use crate::http::stream_info::{ByteCounts, StreamInfo, UpstreamInfo};
use crate::observe::format::{AccessLogType, FormatContext};
use crate::route::RouteHandle;
use crate::rt::clock::{Instant, now};

/// What the logs tell of one attempt beside what the stream knows.
#[derive(Debug)]
pub struct AttemptLog {
    began: Instant,
    wall: Duration,
    /// Of this attempt: a redirect leads to another.
    route: Option<RouteHandle>,
    /// There is a stream to the host.
    pub connected: bool,
    response: Option<Head>,
    flags: ResponseFlags,
}

/// The moments of a request to an upstream.
const POINTS: [TimePoint; 5] = [
    TimePoint::UsTxBeg,
    TimePoint::UsTxEnd,
    TimePoint::UsRxBeg,
    TimePoint::UsRxBodyBeg,
    TimePoint::UsRxEnd,
];

impl Exchange<'_> {
    /// An attempt begins.
    pub(super) fn begin_attempt(&mut self) {
        if !self.stream.router.logs.is_empty() {
            self.stream.begin_attempt(&mut self.deadlines);
        }
    }

    /// There is a stream to the host, on which nothing was sent yet.
    pub(super) fn log_stream(&mut self) {
        if self.stream.attempt.is_some() {
            self.stream.log_connected(self.downstream.exchange_bytes());
        }
    }

    /// The attempt is over.
    pub(super) fn log_attempt(&mut self, stop: Option<&Stop>) {
        if self.stream.attempt.is_some() {
            self.downstream.measure_request_trailers(&mut self.stream.info.bytes);
            self.stream.log_attempt(stop, self.downstream.exchange_bytes());
            self.deadlines.log_upstream(None, now());
        }
    }
}

impl Stream<'_> {
    /// An attempt begins, of which there are logs.
    pub(super) fn begin_attempt(&mut self, deadlines: &mut Deadlines) {
        let manager = self.manager;
        let began = now();
        self.attempt = Some(Box::new(AttemptLog {
            began,
            wall: manager.worker.wall.at(began),
            route: self.info.route.clone(),
            connected: false,
            response: None,
            flags: ResponseFlags::default(),
        }));
        deadlines.log_upstream(self.router.options.log_interval, began);
    }

    /// There is a stream to the host. `bytes`: of the client's on the wire.
    pub(super) fn log_connected(&mut self, bytes: (u64, u64)) {
        let Some(attempt) = &mut self.attempt else { return };
        attempt.connected = true;
        (self.info.bytes.wire_received, self.info.bytes.wire_sent) = bytes;
        if self.router.options.logs_streams {
            self.log_upstream(AccessLogType::UpstreamPoolReady);
        }
    }

    /// The attempt is over.
    pub(super) fn log_attempt(&mut self, stop: Option<&Stop>, bytes: (u64, u64)) {
        let Some(attempt) = &mut self.attempt else { return };
        if let Some(Stop::Upstream(reset) | Stop::Refused(reset)) = stop {
            attempt.flags.insert(flag_of(reset.reason));
            self.info.upstream.transport_failure.clone_from(&reset.detail);
        }
        (self.info.bytes.wire_received, self.info.bytes.wire_sent) = bytes;
        self.log_upstream(AccessLogType::UpstreamEnd);
        self.attempt = None;
    }

    /// Notes the head of a response as it has come from the upstream and its filters.
    pub(super) fn note_answer(&mut self, head: &Head) {
        if let Some(attempt) = &mut self.attempt {
            attempt.response = Some(head.clone());
        }
    }

    /// Writes a line in the middle of the exchange.
    pub(super) fn log_midway(&self, kind: AccessLogType, response: &Head) {
        if kind == AccessLogType::UpstreamPeriodic {
            self.log_upstream(kind);
        } else {
            self.log(kind, response);
        }
    }

    fn log_upstream(&self, log_type: AccessLogType) {
        let Some(attempt) = &self.attempt else { return };
        let info = self.attempt_info(attempt);
        let context = FormatContext {
            now: now(),
            log_type,
            info: &info,
            ..self.format_context(attempt.response.as_ref())
        };
        for log in &self.router.logs {
            log.log(&context);
        }
    }

    fn attempt_info(&self, attempt: &AttemptLog) -> StreamInfo {
        let of_client = &self.info;
        let (began, wall) = (attempt.began, attempt.wall);
        let mut info = StreamInfo::new(Rc::clone(&of_client.connection), 0, began, wall);
        info.has_request = attempt.connected;
        info.protocol = of_client.upstream.protocol.filter(|_| attempt.connected);
        info.response_code = attempt.response.as_ref().map_or(0, Head::status);
        info.flags = attempt.flags;
        info.route.clone_from(&attempt.route);
        info.health_check = of_client.health_check;
        let upstream = &of_client.upstream;
        info.bytes = ByteCounts {
            body_received: upstream.bytes.body_received,
            body_sent: upstream.bytes.body_sent,
            ..if attempt.connected { of_client.bytes } else { ByteCounts::default() }
        };
        info.upstream = UpstreamInfo { attempts: 0, ..upstream.clone() };
        let points = POINTS.into_iter().filter_map(|point| Some((point, of_client.point(point)?)));
        for (point, at) in points.filter(|(_, at)| *at >= began) {
            info.mark(point, at);
        }
        info
    }
}
