//! The end of a response: what the client has yet to take of it.
//!
//! Nobody waits for it but the client: the upstream is free, and the request's timeouts do not cut
//! off a client that reads slowly. As in Envoy, a request of HTTP/1 is counted and logged as done
//! before that, one of HTTP/2 when its last byte has left or its client has.

use std::future::poll_fn;
use std::task::Poll;

use super::Exchange;
use crate::codec::{ResetReason, StreamReset};
use crate::rt::clock::now;

/// How the writing ended.
#[derive(Debug)]
enum Written {
    All,
    ClientGone(StreamReset),
    /// For as long as a connection or a stream may be idle, the client took nothing.
    Late,
}

impl Exchange<'_> {
    /// Writes all that is queued, unless the client is gone or does not read.
    pub(super) async fn write_rest(&mut self) {
        match poll_fn(|cx| Poll::Ready(self.downstream.poll_flush(cx))).await {
            Poll::Ready(Ok(())) => return,
            Poll::Ready(Err(reset)) => return self.client_gone(&reset),
            Poll::Pending if self.stream.is_h1() => self.conclude(),
            Poll::Pending => {}
        }
        match self.written().await {
            Written::All => {}
            Written::ClientGone(_) if self.stream.is_h1() => {
                self.abort(ResetReason::ConnectionTermination);
            }
            Written::ClientGone(reset) => self.client_gone(&reset),
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
                Poll::Ready(Err(reset)) => return Poll::Ready(Written::ClientGone(reset)),
                Poll::Pending => {}
            }
            if request_ended && let Poll::Ready(reset) = downstream.poll_reset(cx) {
                return Poll::Ready(Written::ClientGone(reset));
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
