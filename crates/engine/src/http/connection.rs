//! A downstream connection of a connection manager: which protocol it speaks, and its life.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use bytes::BytesMut;
use tokio_util::io::poll_read_buf;
use voyant_ir::http_connection_manager::CodecType;

use super::connection_manager::on_worker::Manager;
use super::stream_info::ConnectionInfo;
use crate::codec::h2::preface::{Sniffed, sniff};
use crate::rt::clock::now;
use crate::rt::stream::Stream;
use crate::rt::timer::LazyTimer;
use crate::worker::ConnectionEntry;

mod h1;
mod h2;

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
    let ended = run(&manager, stream, info).await;
    let stats = &manager.stats;
    stats.downstream_cx_active.dec();
    stats.downstream_cx_destroy.inc();
    match ended {
        Ended::Remote => stats.downstream_cx_destroy_remote.inc(),
        Ended::Local => stats.downstream_cx_destroy_local.inc(),
    }
    stats.downstream_cx_length_ms.record_ms(now() - opened);
}

/// Who ended a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Remote,
    Local,
}

async fn run(manager: &Rc<Manager>, mut stream: Stream, info: Rc<ConnectionInfo>) -> Ended {
    let mut input = BytesMut::new();
    let http2 = match manager.config.codec_type {
        CodecType::Http1 => false,
        CodecType::Http2 => true,
        CodecType::Auto => match detect(manager, &mut stream, &mut input).await {
            Some(http2) => http2,
            None => return Ended::Remote,
        },
    };
    if http2 {
        manager.stats.downstream_cx_http2_total.inc();
        manager.stats.downstream_cx_http2_active.inc();
        let ended = h2::serve(manager, stream, input, info).await;
        manager.stats.downstream_cx_http2_active.dec();
        ended
    } else {
        manager.stats.downstream_cx_http1_total.inc();
        manager.stats.downstream_cx_http1_active.inc();
        let ended = h1::serve(manager, stream, input, info).await;
        manager.stats.downstream_cx_http1_active.dec();
        ended
    }
}

/// Reads until the protocol is plain; nothing when the client leaves or waits too long before.
async fn detect(manager: &Manager, stream: &mut Stream, input: &mut BytesMut) -> Option<bool> {
    let mut timer = LazyTimer::default();
    let deadline = manager.config.timeouts.idle.map(|idle| now() + idle);
    poll_fn(|cx| {
        loop {
            match sniff(input) {
                Sniffed::Http1 => return Poll::Ready(Some(false)),
                Sniffed::Http2 => return Poll::Ready(Some(true)),
                Sniffed::NeedMore => {}
            }
            if input.is_empty() && stream.poll_read_ready(cx).is_pending() {
                if manager.worker.lifecycle.is_shutting_down() {
                    return Poll::Ready(None);
                }
                return timer.poll(cx, deadline).map(|()| None);
            }
            match poll_read_buf(std::pin::Pin::new(&mut *stream), cx, input) {
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(None),
                Poll::Ready(Ok(_)) => {}
                Poll::Pending => return timer.poll(cx, deadline).map(|()| None),
            }
        }
    })
    .await
}
