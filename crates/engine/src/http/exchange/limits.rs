//! The timeouts that a route gives its streams: they hold from where it is chosen, and those of
//! another one from where that is found in its place.

use std::time::Duration;

use super::deadlines::Deadlines;
use super::stream::Stream;
use super::timeouts::stream_limit;
use crate::grpc::is_grpc;
use crate::head::header_name::HeaderId;
use crate::route::entry::Forward;
use crate::route::timeouts::TimeoutOverride;
use crate::rt::clock::{Instant, now};

/// What a route says of the time of a stream.
#[derive(Debug, Clone, Copy)]
pub struct RouteLimits {
    idle: TimeoutOverride,
    flush: TimeoutOverride,
    /// With the connection manager's, where the route says nothing.
    duration: Option<Duration>,
}

impl Stream<'_> {
    /// Those of a route that is chosen now; the upstream is told what is left for it.
    pub(super) fn limits_of(&mut self, forward: &Forward) -> RouteLimits {
        let inherited = self.manager.config.timeouts.max_stream_duration;
        let mut duration = inherited;
        if let Some(limit) = &forward.max_stream_duration {
            duration = stream_limit(limit, &mut self.request, inherited);
            if duration.is_none() && self.is_limited && is_grpc(&self.request) {
                self.request.remove(HeaderId::GrpcTimeout);
            }
        }
        self.is_limited = duration.is_some();
        RouteLimits { idle: forward.idle_timeout, flush: forward.flush_timeout, duration }
    }

    /// Keeps those of a route that was found in place of another, until they hold.
    pub(super) fn note_limits(&mut self, forward: &Forward) {
        let mut limits = self.limits_of(forward);
        if let Some(before) = &self.limits_anew {
            limits.idle = limits.idle.or_override(before.idle);
            limits.flush = limits.flush.or_override(before.flush);
        }
        self.limits_anew = Some(Box::new(limits));
    }

    /// Gives the deadlines of this stream what another route than the first one says, if a filter
    /// had one found.
    pub(super) fn limit_anew(&mut self, deadlines: &mut Deadlines) {
        if let Some(limits) = self.limits_anew.take() {
            deadlines.follow(&limits, self.info.start);
        }
    }
}

impl Deadlines {
    /// A route was chosen for a stream that began at `start`. What it says nothing of stays: that
    /// is the connection manager's, or that of the route before.
    pub(super) fn follow(&mut self, limits: &RouteLimits, start: Instant) {
        self.max_duration = limits.duration.map(|limit| start + limit);
        self.flush = limits.flush.or(self.flush);
        if limits.idle != TimeoutOverride::Inherit {
            self.set_idle(limits.idle.or(None), now());
        }
    }
}
