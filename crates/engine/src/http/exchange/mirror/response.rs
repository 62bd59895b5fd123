//! The response to a copy, past the filters before its upstream where there are any.

use std::task::{Context, Poll};

use voyant_ir::format::TimePoint;

use super::copy::Copy;
use crate::codec::{Piece, ResponseEvent};
use crate::head::header_name::HeaderId;
use crate::http::exchange::connect::Stop;
use crate::http::exchange::filtered_upstream::Arrived;
use crate::http::exchange::sides::Upstream;
use crate::http::exchange::upgrade::TunnelAnswer;
use crate::rt::clock::now;
use crate::upstream::pool::HostPools;
use crate::upstream::worker_host::WorkerHost;

impl Copy<'_> {
    /// What has come from the upstream, and past its filters.
    pub(super) fn poll_response(
        &mut self,
        upstream: &mut Upstream,
        cx: &mut Context<'_>,
    ) -> Result<Poll<ResponseEvent>, Stop> {
        if !self.flow.on {
            let polled = upstream.poll_response(cx, &mut self.response);
            if let Poll::Ready(Ok(ResponseEvent::Head { .. })) = polled {
                self.measure_head(upstream);
            }
            return match polled {
                Poll::Ready(event) => event.map(Poll::Ready).map_err(Stop::Upstream),
                Poll::Pending => Ok(Poll::Pending),
            };
        }
        loop {
            let Self { flow, stream, response, .. } = self;
            let end = match flow.poll(stream, upstream, response, cx)? {
                Poll::Ready(Arrived::Head { end }) => end,
                Poll::Ready(Arrived::Passed(event)) => return Ok(Poll::Ready(event)),
                Poll::Pending => return Ok(Poll::Pending),
            };
            self.measure_head(upstream);
            let Self { flow, stream, response, .. } = self;
            if let Some(head) = flow.filter_head(stream, response, end)? {
                return Ok(Poll::Ready(head));
            }
        }
    }

    fn measure_head(&mut self, upstream: &Upstream) {
        upstream.measure_response(&self.response, &mut self.stream.info.upstream.bytes);
    }

    /// Takes what the upstream sends; true when that was all.
    pub(super) fn receive(
        &mut self,
        event: ResponseEvent,
        upstream: &Upstream,
        host: &WorkerHost<HostPools>,
    ) -> bool {
        match event {
            ResponseEvent::Informational => {
                self.informed();
                false
            }
            ResponseEvent::Head { end } => {
                self.receive_head(host);
                end
            }
            ResponseEvent::Body(Piece::Data(data)) => {
                let info = &mut self.stream.info;
                if info.point(TimePoint::UsRxBodyBeg).is_none() {
                    info.mark(TimePoint::UsRxBodyBeg, now());
                }
                info.upstream.bytes.body_received += data.len() as u64;
                self.flow.is_done(upstream)
            }
            ResponseEvent::Body(Piece::Trailers(trailers)) => {
                self.stream.trailers = Some(*trailers);
                true
            }
            ResponseEvent::Body(Piece::End) => true,
        }
    }

    /// Only the first interim response that Envoy knows counts.
    fn informed(&mut self) {
        let status = self.response.status();
        let informed = &mut self.stream.progress.informed;
        if matches!(status, 100 | 102 | 103) && !std::mem::replace(informed, true) {
            self.charge(status);
        }
    }

    fn receive_head(&mut self, host: &WorkerHost<HostPools>) {
        let status = self.response.status();
        self.response_started = true;
        self.stream.info.mark(TimePoint::UsRxBeg, now());
        self.stream.note_answer(&self.response);
        self.canary = self.response.get(HeaderId::XEnvoyUpstreamCanary) == Some(b"true");
        if status >= 500 {
            host.counters.failed();
        } else {
            host.counters.succeeded();
        }
        let refused = self.stream.is_websocket()
            && self.stream.tunnel_answer(&self.response) == TunnelAnswer::Failed;
        if !refused {
            self.charge(status);
        }
    }
}
