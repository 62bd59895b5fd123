//! What an upstream has yet to take when its client is done and gone (Envoy's
//! `UpstreamDrainManager`).

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use super::TcpProxy;
use super::backlog::Backlog;
use crate::observe::stats::traffic::ByteMeter;
use crate::rt::clock::now;
use crate::rt::timer::LazyTimer;
use crate::upstream::pool::tcp::TcpConnection;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flushed {
    All,
    Broken,
    /// For as long as a session may be idle, the upstream took nothing.
    Idle,
}

impl TcpProxy {
    /// Writes the rest, then closes the connection.
    pub(super) async fn flush(
        self: Rc<Self>,
        mut upstream: TcpConnection,
        mut rest: Backlog,
        mut meter: ByteMeter,
    ) {
        self.stats.upstream_flush_total.inc();
        self.stats.upstream_flush_active.inc();
        let mut timer = LazyTimer::default();
        let mut last_moved = now();
        let flushed = poll_fn(|cx| {
            let before = rest.len();
            let written = rest.poll_write(cx, upstream.stream());
            if before != rest.len() {
                last_moved = now();
                meter.written(before - rest.len());
                meter.waits(rest.len());
            }
            match written {
                Poll::Ready(Ok(())) => Poll::Ready(Flushed::All),
                Poll::Ready(Err(_)) => Poll::Ready(Flushed::Broken),
                Poll::Pending => {
                    let idle_at = self.idle_timeout.map(|limit| last_moved + limit);
                    timer.poll(cx, idle_at).map(|()| Flushed::Idle)
                }
            }
        })
        .await;
        if flushed == Flushed::Idle {
            self.stats.idle_timeout.inc();
        }
        drop(meter);
        upstream.finished(flushed == Flushed::Broken);
        self.stats.upstream_flush_active.dec();
    }
}
