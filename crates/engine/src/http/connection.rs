//! A downstream connection of a connection manager: which protocol it speaks, and its life.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use bytes::BytesMut;
use tokio::task::JoinHandle;
use tokio_util::io::poll_read_buf;
use voyant_ir::http_connection_manager::CodecType;

use super::connection_ending::{Ending, reasons};
use super::connection_manager::on_worker::Manager;
use super::stream_info::{ConnectionInfo, SoftDrain};
use crate::codec::h2::preface::is_http2;
use crate::rt::buffers;
use crate::rt::clock::{Instant, now};
use crate::rt::stream::Stream;
use crate::rt::timer::{LazyTimer, sleep_until};
use crate::worker::ConnectionEntry;

mod h1;
mod h2;
mod late;

/// Serves a connection until it ends.
pub async fn serve(manager: Rc<Manager>, stream: Stream, info: Rc<ConnectionInfo>) {
    let entry = ConnectionEntry::new(&manager.worker);
    poll_fn(|cx| {
        entry.register(cx);
        Poll::Ready(())
    })
    .await;
    let opened = now();
    manager.stats.downstream_cx_total.inc();
    manager.stats.downstream_cx_active.inc();
    let retirement = Retirement::plan(&manager, &info, opened);
    let retire_at = retirement.as_ref().map(|retirement| retirement.at);
    let Ended { by, active } = run(&manager, stream, Rc::clone(&info), retire_at).await;
    drop(retirement);
    let stats = &manager.stats;
    stats.downstream_cx_active.dec();
    stats.downstream_cx_destroy.inc();
    let (ended, ended_active) = match by {
        By::Remote => {
            (&stats.downstream_cx_destroy_remote, &stats.downstream_cx_destroy_remote_active_rq)
        }
        By::Local => {
            (&stats.downstream_cx_destroy_local, &stats.downstream_cx_destroy_local_active_rq)
        }
    };
    ended.inc();
    if active {
        stats.downstream_cx_destroy_active_rq.inc();
        ended_active.inc();
    }
    let lasted = now() - opened;
    stats.downstream_cx_length_ms.record_ms(lasted);
    let left = active && by == By::Remote;
    manager.user_agents.count_end(info.user_agent.get(), left, lasted);
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ended {
    by: By,
    /// There was a request on it.
    active: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Remote,
    Local,
}

impl Ended {
    const REMOTE: Self = Self { by: By::Remote, active: false };
    const LOCAL: Self = Self { by: By::Local, active: false };
}

/// The end of the time that a connection may last: told to its responses even while its task
/// waits for one of them.
struct Retirement {
    at: Instant,
    task: JoinHandle<()>,
}

impl Retirement {
    fn plan(manager: &Rc<Manager>, info: &Rc<ConnectionInfo>, opened: Instant) -> Option<Self> {
        let timeouts = &manager.config.timeouts;
        let limit = timeouts.max_connection_duration?;
        let jitter_ms = timeouts.max_connection_duration_jitter_ms;
        let at = opened + manager.worker.rng.extended(limit, jitter_ms);
        let (manager, info) = (Rc::clone(manager), Rc::clone(info));
        let task = tokio::task::spawn_local(async move {
            sleep_until(at).await;
            retire(&manager, &info);
        });
        Some(Self { at, task })
    }
}

fn retire(manager: &Manager, info: &ConnectionInfo) {
    if info.leaving.get() {
        return;
    }
    manager.stats.downstream_cx_max_duration_reached.inc();
    if info.soft_drain.get() == SoftDrain::Planned {
        info.soft_drain.set(SoftDrain::Begun);
        manager.stats.downstream_cx_http1_soft_drain.inc();
    } else {
        info.leaving.set(true);
    }
}

impl Drop for Retirement {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(
    manager: &Rc<Manager>,
    mut stream: Stream,
    info: Rc<ConnectionInfo>,
    retire_at: Option<Instant>,
) -> Ended {
    let mut input = BytesMut::new();
    let http2 = match manager.config.codec_type {
        CodecType::Http1 => false,
        CodecType::Http2 => true,
        CodecType::Auto => match detect(manager, &mut stream, &mut input, &info, retire_at).await {
            Ok(http2) => http2,
            Err(ended) => return ended,
        },
    };
    if http2 {
        manager.stats.downstream_cx_http2_total.inc();
        manager.stats.downstream_cx_http2_active.inc();
        let ended = h2::serve(manager, stream, input, info, retire_at).await;
        manager.stats.downstream_cx_http2_active.dec();
        ended
    } else {
        manager.stats.downstream_cx_http1_total.inc();
        manager.stats.downstream_cx_http1_active.inc();
        if manager.config.timeouts.http1_safe_max_connection_duration {
            info.soft_drain.set(SoftDrain::Planned);
        }
        let ended = h1::serve(manager, stream, input, Rc::clone(&info), retire_at).await;
        if info.soft_drain.get() == SoftDrain::Begun {
            manager.stats.downstream_cx_http1_soft_drain.dec();
        }
        manager.stats.downstream_cx_http1_active.dec();
        ended
    }
}

/// Reads once, which tells the protocol; the end when the client leaves or waits too long before.
async fn detect(
    manager: &Manager,
    stream: &mut Stream,
    input: &mut BytesMut,
    info: &ConnectionInfo,
    retire_at: Option<Instant>,
) -> Result<bool, Ended> {
    let mut timer = LazyTimer::default();
    let idle_at = manager.config.timeouts.idle.map(|idle| now() + idle);
    let ends_at = [idle_at, retire_at].into_iter().flatten().min();
    let opened = now();
    let late = || {
        let at = now();
        if idle_at.is_some_and(|idle_at| idle_at <= at) {
            manager.stats.downstream_cx_idle_timeout.inc();
            info.note_ending(|| Ending::by_us(Some(reasons::IDLE)));
        } else if retire_at.is_some_and(|retire_at| retire_at <= at) {
            // Its own task may not have run yet.
            retire(manager, info);
        }
        Err(Ended::LOCAL)
    };
    poll_fn(|cx| {
        let began = manager.worker.lifecycle.shutdown_began();
        // As for a connection that waits for another request.
        let leaves_at = began.map(|began| began.max(opened) + manager.config.timeouts.drain);
        let deadline = [ends_at, leaves_at].into_iter().flatten().min();
        if stream.poll_read_ready(cx).is_pending() {
            return match timer.poll(cx, deadline) {
                // The kernel has told of it, or is about to.
                Poll::Ready(()) if stream.has_unread() => Poll::Pending,
                polled => polled.map(|()| late()),
            };
        }
        *input = buffers::take_input();
        match poll_read_buf(std::pin::Pin::new(&mut *stream), cx, input) {
            Poll::Ready(Ok(0) | Err(_)) => {
                info.note_ending(|| Ending::by_peer(stream.is_reset()));
                Poll::Ready(Err(Ended::REMOTE))
            }
            Poll::Ready(Ok(_)) => Poll::Ready(Ok(is_http2(input))),
            Poll::Pending => {
                buffers::give_input(std::mem::take(input));
                timer.poll(cx, deadline).map(|()| late())
            }
        }
    })
    .await
}
