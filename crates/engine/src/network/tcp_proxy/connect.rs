//! Attempts at an upstream: how many, how far apart, and what ends them all.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use voyant_ir::route::RoutePriority;

use super::TcpProxy;
use super::deadlines::{Deadlines, Due};
use crate::codec::{ResetReason, StreamReset};
use crate::failure::flags::ResponseFlag;
use crate::http::connection_ending::{Ending, FailedAttempt, reasons};
use crate::http::stream_info::StreamInfo;
use crate::lb::PickContext;
use crate::rt::stream::Stream;
use crate::rt::timer::sleep;
use crate::upstream::UpstreamCluster;
use crate::upstream::pool::HostPools;
use crate::upstream::pool::tcp::{TcpConnection, connect_tcp};
use crate::upstream::worker_host::WorkerHost;

/// How an attempt ended.
pub(super) enum Attempt<T> {
    Connected(T),
    /// Another may be made.
    Failed,
    /// No other helps.
    Over,
}

/// What an attempt that waits is told.
pub(super) enum Waited<T> {
    Done(T),
    ClientGone,
    Due(Due),
}

impl TcpProxy {
    /// What the first attempt that succeeds gives; each is made on another pick.
    pub(super) async fn attempts<T>(
        &self,
        cluster: &UpstreamCluster,
        info: &mut StreamInfo,
        deadlines: &mut Deadlines,
        mut attempt: impl AsyncFnMut(
            &WorkerHost<HostPools>,
            &mut StreamInfo,
            &mut Deadlines,
        ) -> Attempt<T>,
    ) -> Option<T> {
        for number in 0..self.max_connect_attempts {
            if let Some(wait) = self.wait_before(number)
                && let Some(due) = self.back_off(wait, info, deadlines).await
            {
                self.ends(due, info);
                return None;
            }
            let Some(host) = cluster.pick(&PickContext { rng: &self.worker.rng }) else {
                cluster.traffic.upstream_cx_none_healthy.inc();
                info.flags.insert(ResponseFlag::NoHealthyUpstream);
                info.session_mut().downstream = Ending::by_us(Some(reasons::NO_HEALTHY_UPSTREAM));
                return None;
            };
            match attempt(&host, info, deadlines).await {
                Attempt::Connected(connected) => return Some(connected),
                Attempt::Failed => note_failure(info),
                Attempt::Over => return None,
            }
        }
        cluster.traffic.upstream_cx_connect_attempts_exceeded.inc();
        info.flags.insert(ResponseFlag::UpstreamRetryLimitExceeded);
        info.session_mut().downstream = Ending::by_us(Some(reasons::CONNECT_FAILED));
        None
    }

    /// A random part of an interval that doubles with each attempt.
    fn wait_before(&self, number: u32) -> Option<Duration> {
        let backoff = self.backoff.filter(|_| number > 0)?;
        let doubled = 1u64.checked_shl(number - 1).unwrap_or(u64::MAX);
        let interval = backoff.base_interval_ms.saturating_mul(doubled);
        let interval = interval.min(backoff.max_interval_ms).max(1);
        Some(Duration::from_millis(self.worker.rng.below(interval)))
    }

    /// A connection to a host.
    pub(super) async fn connect(
        &self,
        stream: &Stream,
        cluster: &UpstreamCluster,
        info: &mut StreamInfo,
        deadlines: &mut Deadlines,
    ) -> Option<TcpConnection> {
        self.attempts(cluster, info, deadlines, async |host, info, deadlines| {
            self.attempt(stream, cluster, host, info, deadlines).await
        })
        .await
    }

    async fn attempt(
        &self,
        stream: &Stream,
        cluster: &UpstreamCluster,
        host: &WorkerHost<HostPools>,
        info: &mut StreamInfo,
        deadlines: &mut Deadlines,
    ) -> Attempt<TcpConnection> {
        info.upstream.attempts += 1;
        note_host(info, host);
        let connecting = connect_tcp(cluster, host.shared(), RoutePriority::Default);
        match self.watched(stream, connecting, info, deadlines).await {
            Waited::Done(Ok(connection)) => {
                info.upstream.note_connection(connection.facts());
                Attempt::Connected(connection)
            }
            Waited::Done(Err(reset)) => {
                info.flags.insert(crate::failure::flag_of(reset.reason));
                info.upstream.transport_failure = reset.detail;
                if reset.reason == ResetReason::Overflow {
                    info.upstream.attempts -= 1;
                    info.upstream.remote = None;
                    info.session_mut().downstream = Ending::by_us(Some(reasons::OVERFLOW));
                    return Attempt::Over;
                }
                Attempt::Failed
            }
            Waited::ClientGone => {
                info.flags.insert(ResponseFlag::DownstreamConnectionTermination);
                Attempt::Over
            }
            Waited::Due(due) => {
                forget_host(info);
                self.ends(due, info);
                Attempt::Over
            }
        }
    }

    /// Waits for a connection while the client is there. A client that half-closes early still wants
    /// its answer, so only an error counts as leaving.
    async fn watched(
        &self,
        stream: &Stream,
        connecting: impl Future<Output = Result<TcpConnection, StreamReset>>,
        info: &mut StreamInfo,
        deadlines: &mut Deadlines,
    ) -> Waited<Result<TcpConnection, StreamReset>> {
        let mut connecting = std::pin::pin!(connecting);
        poll_fn(|cx| {
            if let Poll::Ready(done) = connecting.as_mut().poll(cx) {
                return Poll::Ready(Waited::Done(done));
            }
            if let Poll::Ready(Err(_)) = stream.poll_read_ready(cx) {
                return Poll::Ready(Waited::ClientGone);
            }
            self.poll_end(info, deadlines, cx).map(Waited::Due)
        })
        .await
    }

    /// Waits; answers early with what is due.
    async fn back_off(
        &self,
        wait: Duration,
        info: &mut StreamInfo,
        deadlines: &mut Deadlines,
    ) -> Option<Due> {
        let mut waiting = std::pin::pin!(sleep(wait));
        poll_fn(|cx| {
            if waiting.as_mut().poll(cx).is_ready() {
                return Poll::Ready(None);
            }
            self.poll_end(info, deadlines, cx).map(Some)
        })
        .await
    }
}

/// The log names a host from the moment that it is tried.
pub(super) fn note_host(info: &mut StreamInfo, host: &WorkerHost<HostPools>) {
    info.upstream.host = Some(host.for_streams());
    info.upstream.remote = Some(host.shared().addresses().first.clone());
}

/// An attempt came to nothing; the next is another's.
fn note_failure(info: &mut StreamInfo) {
    let upstream = &mut info.upstream;
    let connection_id = upstream.connection_id.take();
    if let (Some(address), Some(host)) = (upstream.remote.clone(), upstream.host.clone()) {
        let failed = FailedAttempt { address, host, connection_id };
        info.session_mut().failed_attempts.push(failed);
    }
}

/// There was no more than a pool to wait for.
pub(super) fn forget_host(info: &mut StreamInfo) {
    info.upstream.host = None;
    info.upstream.remote = None;
}
