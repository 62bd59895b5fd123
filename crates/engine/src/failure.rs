//! The one map from what failed to what is seen of it: status, body, flag, details.
//!
//! A [`Failure`] says whose fault it is; the retry policy of a later attempt asks it, the local
//! reply and the access log are made from it.

use std::borrow::Cow;

use crate::codec::h1::{BodyError, reason_phrase};
use crate::codec::{ResetReason, StreamReset};
use flags::ResponseFlag;

pub mod flags;

/// Why the router has no upstream response to forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    NoRoute,
    NoCluster {
        status: u16,
    },
    /// A header to the router that it does not understand, and must.
    StrictCheck {
        header: String,
        value: String,
    },
    /// The runtime takes requests to the cluster away.
    Maintenance,
    NoHealthyHost,
    /// The stream to the upstream ended early.
    Reset(StreamReset),
    /// The route's timeout, or that of one try. `alternative`: the client wants 204 for it.
    ResponseTimeout {
        per_try: bool,
        alternative: bool,
    },
    /// The stream made no progress.
    StreamIdle {
        request_done: bool,
    },
    MaxStreamDuration {
        request_done: bool,
    },
    /// The stream to the upstream lasted too long.
    UpstreamMaxStreamDuration {
        request_done: bool,
    },
    /// The request's body did not arrive in time.
    RequestTimeout,
    RequestHeadersTimeout,
    /// What followed the request's head is no body.
    RequestBody(BodyError),
}

/// What is seen of a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub status: u16,
    pub body: Cow<'static, str>,
    pub flag: Option<ResponseFlag>,
    pub details: Cow<'static, str>,
}

impl Failure {
    /// The local reply of a failure before any response was sent.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::NoRoute => plain(404, "", Some(ResponseFlag::NoRouteFound), "route_not_found"),
            Self::NoCluster { status } => {
                plain(*status, "", Some(ResponseFlag::NoClusterFound), "cluster_not_found")
            }
            Self::StrictCheck { header, value } => Outcome {
                status: 400,
                body: format!("invalid header '{header}' with value '{value}'").into(),
                flag: Some(ResponseFlag::InvalidEnvoyRequestHeaders),
                details: format!("request_headers_failed_strict_check{{{header}}}").into(),
            },
            Self::Maintenance => plain(
                503,
                "maintenance mode",
                Some(ResponseFlag::UpstreamOverflow),
                "maintenance_mode",
            ),
            Self::NoHealthyHost => plain(
                503,
                "no healthy upstream",
                Some(ResponseFlag::NoHealthyUpstream),
                "no_healthy_upstream",
            ),
            Self::Reset(stream_reset) => reset(stream_reset),
            Self::ResponseTimeout { per_try, alternative } => plain(
                if *alternative { 204 } else { 504 },
                if *alternative { "" } else { "upstream request timeout" },
                Some(ResponseFlag::UpstreamRequestTimeout),
                if *per_try { "upstream_per_try_timeout" } else { "response_timeout" },
            ),
            Self::StreamIdle { request_done } => plain(
                owed(*request_done),
                "stream timeout",
                Some(ResponseFlag::StreamIdleTimeout),
                "stream_idle_timeout",
            ),
            Self::MaxStreamDuration { request_done } => plain(
                owed(*request_done),
                "downstream duration timeout",
                None,
                "max_duration_timeout",
            ),
            Self::UpstreamMaxStreamDuration { request_done } => plain(
                owed(*request_done),
                "upstream max stream duration reached",
                Some(ResponseFlag::UpstreamMaxStreamDurationReached),
                "upstream_max_stream_duration_reached",
            ),
            Self::RequestTimeout => plain(408, "request timeout", None, "request_overall_timeout"),
            Self::RequestHeadersTimeout => {
                plain(408, "request header timeout", None, "request_header_timeout")
            }
            Self::RequestBody(error) => plain(
                error.status(),
                reason_phrase(error.status()),
                Some(ResponseFlag::DownstreamProtocolError),
                error.details(),
            ),
        }
    }
}

impl Failure {
    /// The router's own failures, which count under the cluster; the others are the connection
    /// manager's.
    pub fn is_of_the_upstream(&self) -> bool {
        matches!(self, Self::NoHealthyHost | Self::Reset(_) | Self::ResponseTimeout { .. })
    }

    /// A circuit breaker is open, or the cluster in maintenance.
    pub fn is_overload(&self) -> bool {
        match self {
            Self::Reset(stream_reset) => stream_reset.reason == ResetReason::Overflow,
            Self::Maintenance => true,
            _ => false,
        }
    }

    /// The router had chosen a cluster and tried it.
    pub fn follows_an_attempt(&self) -> bool {
        self.is_of_the_upstream() || matches!(self, Self::UpstreamMaxStreamDuration { .. })
    }

    /// What a gRPC client is told, where its status follows not from the HTTP status.
    pub fn grpc_status(&self) -> Option<u8> {
        const DEADLINE_EXCEEDED: u8 = 4;
        matches!(self, Self::MaxStreamDuration { .. }).then_some(DEADLINE_EXCEEDED)
    }
}

/// The status of a timeout, by the side that owes something.
fn owed(request_done: bool) -> u16 {
    if request_done { 504 } else { 408 }
}

fn plain(
    status: u16,
    body: &'static str,
    flag: Option<ResponseFlag>,
    details: &'static str,
) -> Outcome {
    Outcome { status, body: body.into(), flag, details: details.into() }
}

fn reset(stream_reset: &StreamReset) -> Outcome {
    let StreamReset { reason, detail } = stream_reset;
    let words = reason.as_str().replace('_', " ");
    let status = if *reason == ResetReason::ProtocolError { 502 } else { 503 };
    let mut details = format!("upstream_reset_before_response_started{{{}", reason.as_str());
    if let Some(detail) = detail {
        details.push('|');
        details.extend(detail.chars().map(|c| if c == ' ' { '_' } else { c }));
    }
    details.push('}');
    Outcome {
        status,
        body: format!(
            "upstream connect error or disconnect/reset before headers. reset reason: {words}"
        )
        .into(),
        flag: Some(flag_of(*reason)),
        details: details.into(),
    }
}

/// The details of an upstream stream that ended after it had begun to answer.
pub fn reset_after_start(reset: &StreamReset) -> String {
    format!("upstream_reset_after_response_started{{{}}}", reset.reason.as_str())
}

/// The flag of an upstream stream that ended early.
pub fn flag_of(reason: ResetReason) -> ResponseFlag {
    match reason {
        ResetReason::LocalConnectionFailure
        | ResetReason::RemoteConnectionFailure
        | ResetReason::ConnectionTimeout
        | ResetReason::ConnectError => ResponseFlag::UpstreamConnectionFailure,
        ResetReason::ConnectionTermination => ResponseFlag::UpstreamConnectionTermination,
        ResetReason::LocalReset | ResetReason::LocalRefusedStreamReset => ResponseFlag::LocalReset,
        ResetReason::RemoteReset | ResetReason::RemoteRefusedStreamReset => {
            ResponseFlag::UpstreamRemoteReset
        }
        ResetReason::Overflow => ResponseFlag::UpstreamOverflow,
        ResetReason::ProtocolError => ResponseFlag::UpstreamProtocolError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_connection_reads_as_in_envoy() {
        let refused = StreamReset::with_detail(
            ResetReason::RemoteConnectionFailure,
            "delayed connect error: Connection refused",
        );
        let outcome = Failure::Reset(refused).outcome();
        assert_eq!(outcome.status, 503);
        assert!(outcome.body.ends_with("reset reason: remote connection failure"));
        assert_eq!(
            outcome.details,
            "upstream_reset_before_response_started{remote_connection_failure|\
             delayed_connect_error:_Connection_refused}"
        );
        assert_eq!(outcome.flag, Some(ResponseFlag::UpstreamConnectionFailure));
    }

    #[test]
    fn garbage_from_the_upstream_is_a_bad_gateway() {
        let outcome = Failure::Reset(StreamReset::new(ResetReason::ProtocolError)).outcome();
        assert_eq!(
            (outcome.status, outcome.flag),
            (502, Some(ResponseFlag::UpstreamProtocolError))
        );
    }

    #[test]
    fn a_client_may_want_another_answer_to_a_timeout() {
        let outcome = Failure::ResponseTimeout { per_try: true, alternative: true }.outcome();
        assert_eq!((outcome.status, &*outcome.body), (204, ""));
        assert_eq!(outcome.details, "upstream_per_try_timeout");
    }

    #[test]
    fn a_stream_that_ends_late_blames_the_side_that_owes() {
        assert_eq!(Failure::StreamIdle { request_done: true }.outcome().status, 504);
        assert_eq!(Failure::StreamIdle { request_done: false }.outcome().status, 408);
        assert_eq!(Failure::MaxStreamDuration { request_done: true }.outcome().status, 504);
        assert_eq!(Failure::MaxStreamDuration { request_done: false }.outcome().status, 408);
    }
}
