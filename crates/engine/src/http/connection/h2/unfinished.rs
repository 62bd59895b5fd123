//! A request whose head has begun and is not whole: Envoy counts it at once and gives it the
//! timeouts of any other.

use std::rc::Rc;
use std::task::{Context, Poll};

use super::super::late::{Late, head_limit};
use crate::codec::Protocol;
use crate::http::connection_manager::on_worker::Manager;
use crate::http::stream_info::{ConnectionInfo, StreamInfo};
use crate::rt::clock::{Instant, now};
use crate::rt::timer::LazyTimer;

/// At most one on a connection: nothing else may come between the parts of a head.
pub(super) struct UnfinishedHead {
    pub stream: u32,
    pub info: StreamInfo,
    deadline: Option<(Instant, Late)>,
    timer: LazyTimer,
    /// The head was given up for it.
    pub late: Option<Late>,
}

impl UnfinishedHead {
    /// Counts the request, which begins now.
    pub(super) fn begin(manager: &Manager, connection: &Rc<ConnectionInfo>, stream: u32) -> Self {
        manager.count_request(Protocol::Http2);
        let (began, worker) = (now(), &manager.worker);
        let id = worker.next_stream_id();
        let mut info = StreamInfo::new(Rc::clone(connection), id, began, worker.wall.at(began));
        info.protocol = Some(Protocol::Http2);
        info.counted = true;
        let limit = head_limit(&manager.config.timeouts);
        let deadline = limit.map(|(limit, late)| (began + limit, late));
        Self { stream, info, deadline, timer: LazyTimer::default(), late: None }
    }

    /// Ready when its time is over.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some((at, late)) = self.deadline.filter(|_| self.late.is_none()) else {
            return Poll::Pending;
        };
        self.timer.poll(cx, Some(at)).map(|()| self.late = Some(late))
    }
}
