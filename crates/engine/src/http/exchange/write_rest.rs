//! The end of a response: what the client has yet to take of it.
//!
//! Nobody waits for it but the client: the upstream is free, the request is counted and logged as
//! done, as Envoy does, and its timeouts do not cut off a client that reads slowly.

use std::future::poll_fn;
use std::task::Poll;

use super::Exchange;
use crate::codec::ResetReason;
use crate::rt::clock::now;

/// How the writing ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    All,
    ClientGone,
    /// For as long as a connection or a stream may be idle, the client took nothing.
    Late,
}

impl Exchange<'_> {
    /// Writes all that is queued, unless the client is gone or does not read.
    pub(super) async fn write_rest(&mut self) {
        match poll_fn(|cx| Poll::Ready(self.downstream.poll_flush(cx))).await {
            Poll::Ready(Ok(())) => return,
            Poll::Ready(Err(reset)) => return self.client_gone(&reset),
            Poll::Pending => self.conclude(),
        }
        match self.written().await {
            Written::All => {}
            Written::ClientGone => self.abort(ResetReason::ConnectionTermination),
            Written::Late => {
                let manager = self.stream.manager;
                if self.stream.is_h1() {
                    manager.stats.downstream_cx_idle_timeout.inc();
                } else {
                    manager.http2_stats().tx_flush_timeout.inc();
                }
                self.abort(ResetReason::LocalReset);
            }
        }
    }

    async fn written(&mut self) -> Written {
        let request_ended = self.stream.progress.request_ended.is_some();
        let idle = self.stream.manager.config.timeouts.idle;
        self.deadlines.only_writing(idle, self.stream.is_h1(), now());
        let Self { downstream, deadlines, timer, .. } = self;
        let mut unwritten = downstream.unwritten();
        poll_fn(|cx| {
            match downstream.poll_flush(cx) {
                Poll::Ready(Ok(())) => return Poll::Ready(Written::All),
                Poll::Ready(Err(_)) => return Poll::Ready(Written::ClientGone),
                Poll::Pending => {}
            }
            if request_ended && downstream.poll_reset(cx).is_ready() {
                return Poll::Ready(Written::ClientGone);
            }
            if downstream.unwritten() != unwritten {
                unwritten = downstream.unwritten();
                deadlines.progress(now());
            }
            deadlines.poll(timer, cx).map(|_| Written::Late)
        })
        .await
    }
}
