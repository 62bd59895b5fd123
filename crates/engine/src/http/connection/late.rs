//! Requests whose head does not arrive in time: which timeout they run into, and what they are
//! answered.

use std::time::Duration;

use crate::failure::Failure;
use crate::http::connection_manager::config::Timeouts;
use crate::http::exchange::RequestFacts;
use crate::http::exchange::reply::LocalReply;
use crate::observe::stats::groups::http::HttpStats;

/// Which timeout a head that does not end runs into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Late {
    Headers,
    Request,
    Idle,
    MaxStreamDuration,
}

/// What is known of a request whose head was not read.
pub(super) const UNREAD: RequestFacts = RequestFacts {
    end: false,
    expect_continue: false,
    connect: false,
    upgrade: false,
    keep_alive: false,
};

/// How long a head may take from its first byte, by the shortest of the timeouts that run by then.
pub(super) fn head_limit(timeouts: &Timeouts) -> Option<(Duration, Late)> {
    [
        (timeouts.request_headers, Late::Headers),
        (timeouts.request, Late::Request),
        (timeouts.stream_idle, Late::Idle),
        (timeouts.max_stream_duration, Late::MaxStreamDuration),
    ]
    .into_iter()
    .filter_map(|(limit, late)| Some((limit?, late)))
    .min_by_key(|(limit, _)| *limit)
}

impl Late {
    /// Counts it; the answer.
    pub(super) fn reply(self, stats: &HttpStats) -> LocalReply {
        let (counter, failure) = match self {
            Self::Headers => (&stats.downstream_rq_header_timeout, Failure::RequestHeadersTimeout),
            Self::Request => (&stats.downstream_rq_timeout, Failure::RequestTimeout),
            Self::Idle => {
                (&stats.downstream_rq_idle_timeout, Failure::StreamIdle { request_done: false })
            }
            Self::MaxStreamDuration => (
                &stats.downstream_rq_max_duration_reached,
                Failure::MaxStreamDuration { request_done: false },
            ),
        };
        counter.inc();
        LocalReply::from(&failure)
    }
}
