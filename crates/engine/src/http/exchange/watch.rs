//! What an exchange does at the events of its relay.

use bytes::Bytes;
use voyant_ir::format::TimePoint;

use super::charging::Charging;
use super::deadlines::Deadlines;
use super::filtered_relay::Filters;
use super::relay::{Observer, Side, WireBytes};
use super::reply::LocalReply;
use super::stream::Stream;
use super::timeouts::RequestTimeouts;
use super::upgrade::TunnelAnswer;
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::http::stream_info::StreamInfo;
use crate::observe::format::AccessLogType;
use crate::observe::stats::groups::cluster::ClusterResponseStats;
use crate::observe::stats::groups::route::RouteStats;
use crate::route::Route;
use crate::route::entry::Forward;
use crate::rt::clock::now;
use crate::upstream::UpstreamCluster;
use crate::upstream::pool::HostPools;
use crate::upstream::worker_host::WorkerHost;

/// One upstream attempt of a stream.
#[derive(Debug)]
pub struct Watch<'s, 'a> {
    pub stream: &'s mut Stream<'a>,
    pub route: &'s Route,
    pub forward: &'s Forward,
    pub cluster: &'s UpstreamCluster,
    pub host: &'s WorkerHost<HostPools>,
    pub timeouts: RequestTimeouts,
    /// Where the response counts once more.
    pub alternative: Option<&'s ClusterResponseStats>,
    pub route_stats: [Option<&'s RouteStats>; 2],
    /// The response came from a canary.
    pub canary: bool,
}

impl Observer for Watch<'_, '_> {
    fn informational(&mut self, head: &Head) -> bool {
        let status = head.status();
        // Only the first one, and of those that Envoy knows, is more than dropped.
        if !matches!(status, 100 | 102 | 103)
            || std::mem::replace(&mut self.stream.progress.informed, true)
        {
            return false;
        }
        let manager = self.stream.manager;
        if self.stream.tells_codes() {
            self.charging().status(status);
        }
        if manager.config.proxy_100_continue && !self.stream.info.health_check {
            manager.count_status(status);
            self.stream.info.response_code = status;
        }
        manager.config.proxy_100_continue
    }

    fn redirects(&mut self, head: &Head) -> bool {
        self.stream.note_answer(head);
        let Some(policy) = self.forward.internal_redirect.as_deref() else { return false };
        if !policy.concerns(head.status()) {
            return false;
        }
        let traffic = &self.cluster.traffic;
        let followed = self.stream.redirect(self.route, policy, head);
        if followed {
            traffic.upstream_internal_redirect_succeeded_total.inc();
        } else {
            traffic.upstream_internal_redirect_failed_total.inc();
        }
        followed
    }

    fn tunnel_answer(&mut self, head: &mut Head, deadlines: &mut Deadlines) -> TunnelAnswer {
        let answer = self.stream.tunnel_answer(head);
        match answer {
            TunnelAnswer::Ordinary => {}
            // It lasts as long as its two ends want.
            TunnelAnswer::Opened => deadlines.response = None,
            TunnelAnswer::Failed => {
                let at = now();
                let info = &mut self.stream.info;
                info.mark(TimePoint::UsRxBeg, at);
                info.details = Some("websocket_handshake_unsuccessful".into());
                head.remove(HeaderId::ContentLength);
                head.remove(HeaderId::ContentType);
                self.stream.finalize_response(self.route, head, at);
                self.stream.info.response_code = head.status();
            }
        }
        answer
    }

    fn early_data(&mut self, bytes: usize) -> LocalReply {
        self.stream.info.bytes.body_received += bytes as u64;
        LocalReply::early_data()
    }

    fn response_head(&mut self, head: &mut Head, end: bool, deadlines: &mut Deadlines) {
        let at = now();
        let stream = &mut *self.stream;
        stream.progress.head_arrived = true;
        stream.info.mark(TimePoint::UsRxBeg, at);
        stream.info.details = Some("via_upstream".into());
        stream.info.response_code = head.status();
        if self.timeouts.of_attempt().1 {
            // The try has succeeded; what is left has the time of the whole.
            deadlines.response = self.stream.deadline_of(self.timeouts.response);
        }
        self.charge(head);
        let stream = &mut *self.stream;
        // The route's own changes come behind it: they may take it away or show it.
        if !stream.router.options.suppress_envoy_headers
            && let Some(took) = stream.since_request(at)
        {
            let mut digits = itoa::Buffer::new();
            let took = digits.format(took.as_millis() as u64).as_bytes();
            head.set(HeaderId::XEnvoyUpstreamServiceTime, took);
        }
        stream.finalize_response(self.route, head, at);
        stream.tell_attempts(self.route, head);
        if end {
            stream.info.mark(TimePoint::UsRxEnd, at);
        }
    }

    fn response_start(&mut self, head: &mut Head) {
        let stream = &mut *self.stream;
        stream.note_response_start();
        // What is left of the request would be taken for the next one.
        stream.close |= stream.is_h1() && stream.progress.request_ended.is_none();
        stream.dress(head, now());
    }

    fn upstream_answered(&mut self) {
        self.stream.info.details = Some("via_upstream".into());
    }

    fn filters(&mut self) -> Option<&mut dyn Filters> {
        let filtered = self.stream.chain.is_some() || self.stream.upstream_chain.is_some();
        filtered.then_some(self.stream as &mut dyn Filters)
    }

    fn response_body(&mut self, bytes: usize) {
        let info = &mut self.stream.info;
        if info.point(TimePoint::UsRxBodyBeg).is_none() {
            info.mark(TimePoint::UsRxBodyBeg, now());
        }
        info.upstream.bytes.body_received += bytes as u64;
    }

    fn response_sent(&mut self, bytes: usize) {
        self.stream.info.bytes.body_sent += bytes as u64;
    }

    fn measured(&mut self) -> Option<&mut StreamInfo> {
        self.stream.manager.measures_heads.then_some(&mut self.stream.info)
    }

    fn response_trailers(&mut self, trailers: &mut Head) {
        if self.stream.manager.logs {
            self.stream.trailers = Some(trailers.clone());
        }
    }

    fn response_end(&mut self) {
        let at = now();
        let stream = &mut *self.stream;
        stream.info.mark(TimePoint::UsRxEnd, at);
        stream.note_response_end();
        if let Some(took) = stream.since_request(at)
            && stream.tells_codes()
        {
            self.charging().time(took);
        }
    }

    fn request_body(&mut self, bytes: usize) {
        self.stream.info.bytes.body_received += bytes as u64;
    }

    fn upstream_sent(&mut self, bytes: usize) {
        self.stream.info.upstream.bytes.body_sent += bytes as u64;
    }

    fn request_sent(&mut self, data: &Bytes) {
        if self.stream.upstream_chain.is_none() {
            self.upstream_sent(data.len());
        }
        if self.forward.internal_redirect.is_some() {
            let limit = self.stream.body_limit(self.forward);
            if !self.stream.keep_body(data, limit) {
                self.cluster.traffic.retry_or_shadow_abandoned.inc();
            }
        }
        if !self.stream.shadows.is_empty() {
            let given_up = self.stream.mirror_data(data);
            self.cluster.traffic.retry_or_shadow_abandoned.add(given_up);
        }
    }

    fn request_trailers(&mut self, trailers: &Head) {
        self.stream.mirror_trailers(trailers);
    }

    fn goes_on(
        &mut self,
        kind: AccessLogType,
        response: &Head,
        (downstream, upstream): (WireBytes, WireBytes),
    ) {
        let info = &mut self.stream.info;
        (info.bytes.wire_received, info.bytes.wire_sent) = downstream;
        (info.upstream.bytes.wire_received, info.upstream.bytes.wire_sent) = upstream;
        self.stream.log_midway(kind, response);
    }

    fn flow(&mut self, side: Side, paused: bool) {
        let (traffic, http) = (&self.cluster.traffic, &self.stream.manager.stats);
        match (side, paused) {
            (Side::Upstream, true) => traffic.upstream_flow_control_paused_reading_total.inc(),
            (Side::Upstream, false) => traffic.upstream_flow_control_resumed_reading_total.inc(),
            (Side::Downstream, true) => {
                traffic.upstream_flow_control_backed_up_total.inc();
                http.downstream_flow_control_paused_reading_total.inc();
            }
            (Side::Downstream, false) => {
                traffic.upstream_flow_control_drained_total.inc();
                http.downstream_flow_control_resumed_reading_total.inc();
            }
        }
    }

    fn request_end(&mut self, deadlines: &mut Deadlines) {
        let at = now();
        if self.stream.progress.request_ended.is_none() {
            self.stream.note_request_end(at);
        }
        self.stream.info.mark(TimePoint::UsTxEnd, at);
        self.stream.mirror_end();
        deadlines.request = None;
        let started = self.stream.progress.response_started;
        let (timeout, _) = self.timeouts.of_attempt();
        let timeout = if started { self.timeouts.response } else { timeout };
        deadlines.response = timeout.map(|timeout| at + timeout);
    }
}

impl Watch<'_, '_> {
    fn charge(&mut self, head: &Head) {
        let status = head.status();
        let tells_codes = self.stream.tells_codes();
        if status < 500 {
            self.host.counters.succeeded();
        } else if tells_codes {
            self.host.counters.failed();
        }
        if tells_codes {
            self.canary = head.get(HeaderId::XEnvoyUpstreamCanary) == Some(b"true");
            self.charging().status(status);
        }
    }

    fn charging(&self) -> Charging<'_> {
        Charging {
            cluster: self.cluster,
            alternative: self.alternative,
            internal: self.stream.origin.internal,
            canary: self.canary,
            suppressed: self.stream.suppresses_codes(),
            route: self.route_stats,
        }
    }
}
