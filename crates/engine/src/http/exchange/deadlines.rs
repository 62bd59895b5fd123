//! The timeouts of one stream, as instants. Pure but for the timer that wakes.

use std::task::{Context, Poll};
use std::time::Duration;

use crate::http::connection_manager::config::Config;
use crate::observe::format::AccessLogType;
use crate::rt::clock::{Instant, now};
use crate::rt::timer::LazyTimer;

/// Which timeout has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expired {
    /// The route's timeout for the whole response.
    Response,
    /// No byte moved either way.
    Idle,
    /// The request did not arrive as a whole.
    Request,
    MaxStreamDuration,
    /// The stream to the upstream lasted too long.
    UpstreamStream,
}

/// When a stream that goes on is logged.
#[derive(Debug, Clone, Copy)]
struct PeriodicLog {
    next: Instant,
    interval: Duration,
}

/// Timeouts of a stream; what is absent is off.
#[derive(Debug, Default, Clone, Copy)]
pub struct Deadlines {
    pub response: Option<Instant>,
    pub request: Option<Instant>,
    pub max_duration: Option<Instant>,
    pub upstream_stream: Option<Instant>,
    /// In place of the idle timeout once the response has ended.
    pub flush: Option<Duration>,
    idle_timeout: Option<Duration>,
    idle: Option<Instant>,
    log: Option<PeriodicLog>,
    upstream_log: Option<PeriodicLog>,
}

impl Deadlines {
    /// Those of the connection manager, for a stream that began at `start`.
    pub fn at_start(config: &Config, start: Instant, request_ended: bool) -> Self {
        let Config { timeouts, logging, .. } = config;
        let mut deadlines = Self {
            response: None,
            request: timeouts.request.filter(|_| !request_ended).map(|limit| start + limit),
            max_duration: timeouts.max_stream_duration.map(|limit| start + limit),
            flush: timeouts.stream_flush.or(timeouts.stream_idle),
            log: logging.interval.map(|interval| PeriodicLog { next: start + interval, interval }),
            upstream_log: None,
            ..Self::default()
        };
        deadlines.set_idle(timeouts.stream_idle, start);
        deadlines
    }

    /// Sets the idle timeout, counted from `at`.
    pub fn set_idle(&mut self, timeout: Option<Duration>, at: Instant) {
        self.idle_timeout = timeout;
        self.progress(at);
    }

    /// Something moved: the idle timeout begins anew.
    pub fn progress(&mut self, at: Instant) {
        self.idle = self.idle_timeout.map(|timeout| at + timeout);
    }

    /// The response has ended: only a client that does not take it can be late now. HTTP/1 allows
    /// it what an idle connection is allowed, HTTP/2 what its flush timeout says.
    pub fn only_writing(&mut self, connection_idle: Option<Duration>, http1: bool, at: Instant) {
        let idle_timeout = if http1 { connection_idle } else { self.flush };
        *self = Self::default();
        self.set_idle(idle_timeout, at);
    }

    /// When an attempt that began `at` is logged while it goes on.
    pub fn log_upstream(&mut self, interval: Option<Duration>, at: Instant) {
        self.upstream_log = interval.map(|interval| PeriodicLog { next: at + interval, interval });
    }

    /// As [`Self::poll`]; `log` is called whenever it is time for a line, with its type.
    pub fn poll_logging(
        &mut self,
        timer: &mut LazyTimer,
        cx: &mut Context<'_>,
        mut log: impl FnMut(AccessLogType),
    ) -> Poll<Expired> {
        while let Some((until, kind)) = self.next_log() {
            if self.next().is_some_and(|(next, _)| next <= until) {
                break;
            }
            if timer.poll(cx, Some(until)).is_pending() {
                return Poll::Pending;
            }
            log(kind);
            let due = match kind {
                AccessLogType::UpstreamPeriodic => &mut self.upstream_log,
                _ => &mut self.log,
            };
            if let Some(PeriodicLog { next, interval }) = due {
                *next = now() + *interval;
            }
        }
        self.poll(timer, cx)
    }

    fn next_log(&self) -> Option<(Instant, AccessLogType)> {
        let own = self.log.map(|log| (log.next, AccessLogType::DownstreamPeriodic));
        let upstream = self.upstream_log.map(|log| (log.next, AccessLogType::UpstreamPeriodic));
        own.into_iter().chain(upstream).min_by_key(|(next, _)| *next)
    }

    /// Ready with the timeout that has passed, the earliest first.
    pub fn poll(&self, timer: &mut LazyTimer, cx: &mut Context<'_>) -> Poll<Expired> {
        let Some((next, expired)) = self.next() else { return Poll::Pending };
        match timer.poll(cx, Some(next)) {
            Poll::Ready(()) => Poll::Ready(expired),
            Poll::Pending => Poll::Pending,
        }
    }

    /// What has passed at this moment, for places that cannot wait.
    pub fn passed(&self) -> Option<Expired> {
        let (next, expired) = self.next()?;
        (next <= now()).then_some(expired)
    }

    fn next(&self) -> Option<(Instant, Expired)> {
        [
            (self.response, Expired::Response),
            (self.max_duration, Expired::MaxStreamDuration),
            (self.upstream_stream, Expired::UpstreamStream),
            (self.request, Expired::Request),
            (self.idle, Expired::Idle),
        ]
        .into_iter()
        .filter_map(|(deadline, expired)| Some((deadline?, expired)))
        .min_by_key(|(deadline, _)| *deadline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_earliest_deadline_is_told() {
        let start = now();
        let mut deadlines = Deadlines {
            response: Some(start + Duration::from_secs(3)),
            max_duration: Some(start + Duration::from_secs(9)),
            ..Deadlines::default()
        };
        deadlines.set_idle(Some(Duration::from_secs(2)), start);
        let mut timer = LazyTimer::default();
        let expired = std::future::poll_fn(|cx| deadlines.poll(&mut timer, cx)).await;
        assert_eq!((expired, now() - start), (Expired::Idle, Duration::from_secs(2)));
        deadlines.progress(now());
        let expired = std::future::poll_fn(|cx| deadlines.poll(&mut timer, cx)).await;
        assert_eq!((expired, now() - start), (Expired::Response, Duration::from_secs(3)));
    }

    #[test]
    fn of_a_response_that_has_ended_only_idleness_is_left() {
        let start = now();
        let hour = Duration::from_hours(1);
        for (http1, limit) in [(true, hour), (false, Duration::from_secs(2))] {
            let mut deadlines = Deadlines {
                response: Some(start),
                max_duration: Some(start),
                flush: Some(Duration::from_secs(2)),
                ..Deadlines::default()
            };
            deadlines.set_idle(Some(Duration::from_secs(1)), start);
            deadlines.only_writing(Some(hour), http1, start);
            assert_eq!(deadlines.next(), Some((start + limit, Expired::Idle)));
        }
    }

    #[test]
    fn without_a_deadline_nothing_passes() {
        assert_eq!(Deadlines::default().passed(), None);
    }
}
