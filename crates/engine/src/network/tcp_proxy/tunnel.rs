//! A tunnel through an HTTP proxy (Envoy's `TunnelingConfig`): the request that asks for it and
//! the answer that opens it. Until then the client is not read.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use voyant_ir::route::RoutePriority;

use super::TcpProxy;
use super::connect::{Attempt, forget_host, note_host};
use super::deadlines::{Deadlines, Due};
use crate::codec::{ResetReason, ResponseEvent, StreamReset};
use crate::failure::flags::ResponseFlag;
use crate::head::Head;
use crate::http::connection_ending::{Ending, reasons};
use crate::http::exchange::charging::count_reset;
use crate::http::exchange::connect::{Checkout, check_out};
use crate::http::exchange::sides::Upstream;
use crate::http::stream_info::StreamInfo;
use crate::observe::format::AccessLogType;
use crate::rt::stream::Stream;
use crate::upstream::UpstreamCluster;
use crate::upstream::circuit_breaker::Resource;
use crate::upstream::pool::HostPools;
use crate::upstream::worker_host::WorkerHost;
use relay::Relay;
pub(super) use request::Tunneling;

mod relay;
mod request;

/// Why there is no answer.
enum Silence {
    Reset(StreamReset),
    Due(Due),
}

/// Where an attempt happens.
struct Place<'a> {
    tunneling: &'a Tunneling,
    cluster: &'a UpstreamCluster,
}

impl TcpProxy {
    /// Carries a connection through a tunnel to its end.
    pub(super) async fn tunnel(
        self: &Rc<Self>,
        tunneling: &Tunneling,
        stream: Stream,
        cluster: &UpstreamCluster,
        info: &mut StreamInfo,
        deadlines: &mut Deadlines,
    ) {
        let place = Place { tunneling, cluster };
        let opened = self
            .attempts(cluster, info, deadlines, async |host, info, deadlines| {
                self.open(&place, host, info, deadlines).await
            })
            .await;
        let Some(upstream) = opened else { return };
        info.upstream.note_connection(upstream.facts());
        if self.log_on_connected {
            self.log(info, AccessLogType::TcpUpstreamConnected);
        }
        deadlines.moved();
        let relay = Relay::new(stream, upstream, &self.traffic, self.buffer_limit);
        self.relay(relay, &place, info, deadlines).await;
    }

    async fn open(
        &self,
        place: &Place<'_>,
        host: &WorkerHost<HostPools>,
        info: &mut StreamInfo,
        deadlines: &mut Deadlines,
    ) -> Attempt<Upstream> {
        let traffic = &place.cluster.traffic;
        let breaker = place.cluster.breaker(RoutePriority::Default);
        if breaker.thresholds().is_open(Resource::Connections) {
            traffic.upstream_cx_overflow.inc();
            info.flags.insert(ResponseFlag::UpstreamOverflow);
            info.session_mut().downstream = Ending::by_us(Some(reasons::OVERFLOW));
            return Attempt::Over;
        }
        info.upstream.attempts += 1;
        forget_host(info);
        let mut upstream = match self.check_out(place, host, info, deadlines).await {
            Ok(upstream) => upstream,
            Err(Silence::Due(due)) => {
                forget_host(info);
                self.ends(due, info);
                return Attempt::Over;
            }
            Err(Silence::Reset(reset)) => {
                if reset.reason != ResetReason::Overflow {
                    info.flags.insert(ResponseFlag::UpstreamConnectionFailure);
                    info.upstream.transport_failure = reset.detail;
                }
                return Attempt::Failed;
            }
        };
        info.upstream.connection_id = Some(upstream.facts().id);
        let answer = self.ask(place, &mut upstream, info, deadlines).await;
        match self.judge(place, &mut upstream, answer, info) {
            Attempt::Connected(()) => Attempt::Connected(upstream),
            Attempt::Failed => Attempt::Failed,
            Attempt::Over => Attempt::Over,
        }
    }

    /// A stream to a host, at once or when its pool has one.
    async fn check_out(
        &self,
        place: &Place<'_>,
        host: &WorkerHost<HostPools>,
        info: &mut StreamInfo,
        deadlines: &mut Deadlines,
    ) -> Result<Upstream, Silence> {
        let checkout = check_out(place.cluster, host, RoutePriority::Default, false);
        let checkout = checkout.map_err(|refusal| Silence::Reset(refusal.into()))?;
        note_host(info, host);
        let mut pending = match checkout {
            Checkout::Ready(upstream) => return Ok(upstream),
            Checkout::Waiting(pending) => pending,
        };
        poll_fn(|cx| {
            if let Poll::Ready(answer) = pending.poll(cx) {
                return Poll::Ready(answer.map_err(Silence::Reset));
            }
            self.poll_end(info, deadlines, cx).map(|due| Err(Silence::Due(due)))
        })
        .await
    }

    /// Asks for the tunnel. The answer's head, and whether nothing follows it.
    async fn ask(
        &self,
        place: &Place<'_>,
        upstream: &mut Upstream,
        info: &mut StreamInfo,
        deadlines: &mut Deadlines,
    ) -> Result<(Head, bool), Silence> {
        let head = place.tunneling.request(upstream, info, &self.worker);
        upstream.send_head(&head, false).map_err(Silence::Reset)?;
        upstream.measure_request(&mut info.upstream.bytes);
        let mut response = Head::new();
        let end = poll_fn(|cx| {
            if let Poll::Ready(answer) = poll_answer(upstream, cx, &mut response) {
                return Poll::Ready(answer.map_err(Silence::Reset));
            }
            self.poll_end(info, deadlines, cx).map(|due| Err(Silence::Due(due)))
        })
        .await?;
        upstream.measure_response(&response, &mut info.upstream.bytes);
        Ok((response, end))
    }

    /// What an answer comes to. Envoy takes any success over HTTP/1, and only 200 over HTTP/2.
    fn judge(
        &self,
        place: &Place<'_>,
        upstream: &mut Upstream,
        answer: Result<(Head, bool), Silence>,
        info: &mut StreamInfo,
    ) -> Attempt<()> {
        let http2 = matches!(upstream, Upstream::H2(_));
        let bytes = &mut info.upstream.bytes;
        (bytes.wire_received, bytes.wire_sent) = upstream.exchange_bytes();
        let (response, end) = match answer {
            Ok(answer) => answer,
            Err(Silence::Reset(reset)) => {
                info.flags.insert(ResponseFlag::UpstreamConnectionFailure);
                count_reset(place.cluster, http2, reset.reason);
                return Attempt::Failed;
            }
            Err(Silence::Due(due)) => {
                self.ends(due, info);
                info.flags.insert(ResponseFlag::UpstreamConnectionFailure);
                give_up(place.cluster, upstream);
                return Attempt::Over;
            }
        };
        place.tunneling.save_headers(&response, info);
        let status = response.status();
        let agrees = if http2 { status == 200 } else { (200..300).contains(&status) };
        if agrees && !end {
            return Attempt::Connected(());
        }
        info.flags.insert(ResponseFlag::UpstreamConnectionFailure);
        info.upstream.transport_failure = Some(format!("tunnel_response:{status}").into());
        give_up(place.cluster, upstream);
        Attempt::Failed
    }
}

fn poll_answer(
    upstream: &mut Upstream,
    cx: &mut Context<'_>,
    response: &mut Head,
) -> Poll<Result<bool, StreamReset>> {
    loop {
        match upstream.poll_response(cx, response) {
            Poll::Ready(Ok(ResponseEvent::Head { end })) => return Poll::Ready(Ok(end)),
            Poll::Ready(Ok(ResponseEvent::Informational)) => {}
            // A head comes first.
            Poll::Ready(Ok(ResponseEvent::Body(_))) => {
                return Poll::Ready(Err(StreamReset::new(ResetReason::ProtocolError)));
            }
            Poll::Ready(Err(reset)) => return Poll::Ready(Err(reset)),
            Poll::Pending => {
                ready!(upstream.poll_flush(cx))?;
                return Poll::Pending;
            }
        }
    }
}

/// Resets a stream that nobody wants any more.
fn give_up(cluster: &UpstreamCluster, upstream: &mut Upstream) {
    if matches!(upstream, Upstream::H2(_)) {
        cluster.traffic.upstream_rq_tx_reset.inc();
    }
    upstream.reset(ResetReason::LocalReset);
}
