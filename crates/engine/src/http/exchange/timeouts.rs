//! The timeouts that the router gives a request: the route's, as gRPC's header and the x-envoy
//! headers of a client inside change them (Envoy's `FilterUtility::finalTimeout`).

use std::time::Duration;

use crate::grpc::is_grpc;
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::route::entry::Forward;
use crate::route::timeouts::{GrpcTimeout, MaxStreamDuration, TimeoutOverride};

/// What `grpc-timeout` can say: eight digits.
const MOST: u128 = 99_999_999;

/// Timeouts of one request; what is absent is off.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct RequestTimeouts {
    /// Of the whole response.
    pub response: Option<Duration>,
    /// Of one try, when that is less.
    pub per_try: Option<Duration>,
    /// Of the stream to the upstream.
    pub upstream_stream: Option<Duration>,
    /// What comes too late is answered by 204.
    pub alternative: bool,
    /// A try that takes too long is no failure.
    hedged: bool,
}

impl RequestTimeouts {
    /// Those of a route for a request. The client's wishes hold if it is inside; the headers that
    /// tell them go.
    pub fn new(
        request: &mut Head,
        forward: &Forward,
        inside: bool,
        respect_expected: bool,
    ) -> Self {
        let mut timeouts = Self { response: forward.timeout, ..Self::default() };
        if let Some(timeout) = &forward.grpc_timeout
            && is_grpc(request)
        {
            timeouts.response = timeout.of(request);
        }
        if inside {
            timeouts.obey(request, respect_expected);
        }
        timeouts
    }

    fn obey(&mut self, request: &mut Head, respect_expected: bool) {
        let hedged = request.get(HeaderId::XEnvoyHedgeOnPerTryTimeout);
        self.hedged = hedged.is_some_and(|value| value == b"true");
        let expected = request.get(HeaderId::XEnvoyExpectedRqTimeoutMs);
        let wished = match expected.filter(|_| respect_expected) {
            Some(expected) => parse_ms(expected),
            None => take_ms(request, HeaderId::XEnvoyUpstreamRqTimeoutMs),
        };
        if let Some(wished) = wished {
            self.response = Some(wished).filter(|wished| !wished.is_zero());
        }
        let per_try = take_ms(request, HeaderId::XEnvoyUpstreamRqPerTryTimeoutMs);
        self.per_try = per_try.filter(|per_try| {
            !per_try.is_zero() && self.response.is_none_or(|response| *per_try < response)
        });
        self.upstream_stream = take_ms(request, HeaderId::XEnvoyUpstreamStreamDurationMs);
        self.alternative = request.remove(HeaderId::XEnvoyUpstreamRqTimeoutAltResponse);
        request.retain(|header| !header.id.is_some_and(is_for_the_router));
    }

    /// How long the upstream has to answer, and whether that is for one try only.
    pub fn of_attempt(&self) -> (Option<Duration>, bool) {
        match self.per_try.filter(|_| !self.hedged) {
            Some(per_try) => (Some(per_try), true),
            None => (self.response, false),
        }
    }

    /// Tells the upstream how long it has.
    pub fn tell(&self, request: &mut Head, forward: &Forward, suppress: bool) {
        let Some(expected) = self.of_attempt().0 else { return };
        if !suppress {
            let mut digits = itoa::Buffer::new();
            let text = digits.format(expected.as_millis() as u64);
            request.set(HeaderId::XEnvoyExpectedRqTimeoutMs, text.as_bytes());
        }
        if forward.grpc_timeout.is_some() && is_grpc(request) {
            set_grpc_timeout(request, expected);
        }
    }
}

/// Headers by which a request talks to this router, not to the next.
fn is_for_the_router(id: HeaderId) -> bool {
    matches!(
        id,
        HeaderId::XEnvoyRetryOn
            | HeaderId::XEnvoyRetryGrpcOn
            | HeaderId::XEnvoyMaxRetries
            | HeaderId::XEnvoyHedgeOnPerTryTimeout
            | HeaderId::XEnvoyRetriableHeaderNames
            | HeaderId::XEnvoyRetriableStatusCodes
            | HeaderId::XEnvoyUpstreamAltStatName
    )
}

impl GrpcTimeout {
    /// What a gRPC request asks for, within bounds; without an answer there is no limit.
    fn of(&self, request: &Head) -> Option<Duration> {
        let asked = asked_of(request).unwrap_or_default();
        let rest = asked.checked_sub(self.offset).filter(|rest| !rest.is_zero()).unwrap_or(asked);
        match self.max {
            Some(max) if rest.is_zero() || rest > max => Some(max),
            _ => Some(rest).filter(|rest| !rest.is_zero()),
        }
    }
}

/// How long a stream of a route may last: the route's limit, or what `grpc-timeout` asks for
/// within its bounds, which the upstream is told; else the connection manager's.
pub fn stream_limit(
    duration: &MaxStreamDuration,
    request: &mut Head,
    inherited: Option<Duration>,
) -> Option<Duration> {
    let asked = asked_of(request).and_then(|asked| match duration.grpc_timeout_header_max {
        TimeoutOverride::Inherit => None,
        TimeoutOverride::Off => Some(asked),
        TimeoutOverride::After(most) => Some(asked.min(most)),
    });
    let limit = match (asked, duration.limit) {
        (Some(asked), _) => asked.saturating_sub(duration.grpc_timeout_header_offset),
        (None, TimeoutOverride::After(limit)) => limit,
        (None, TimeoutOverride::Inherit) => return inherited,
        (None, TimeoutOverride::Off) => return None,
    };
    if is_grpc(request) {
        set_grpc_timeout(request, limit);
    }
    Some(limit)
}

fn take_ms(request: &mut Head, id: HeaderId) -> Option<Duration> {
    let asked = parse_ms(request.get(id)?);
    request.remove(id);
    asked
}

fn parse_ms(value: &[u8]) -> Option<Duration> {
    std::str::from_utf8(value).ok()?.parse().ok().map(Duration::from_millis)
}

/// `grpc-timeout`: up to eight digits and a unit (gRPC over HTTP/2, `Timeout`), in whole
/// milliseconds.
fn asked_of(request: &Head) -> Option<Duration> {
    let (unit, digits) = request.get(HeaderId::GrpcTimeout)?.split_last()?;
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.len() <= 8)?;
    let amount: u64 = digits.parse().ok()?;
    Some(Duration::from_millis(match unit {
        b'H' => amount * 3_600_000,
        b'M' => amount * 60_000,
        b'S' => amount * 1_000,
        b'm' => amount,
        b'u' => amount.div_ceil(1_000),
        b'n' => amount.div_ceil(1_000_000),
        _ => return None,
    }))
}

/// Milliseconds where they fit, else the smallest unit that does.
fn set_grpc_timeout(request: &mut Head, timeout: Duration) {
    let mut amount = timeout.as_millis();
    let mut unit = b'm';
    for (larger, factor) in [(b'S', 1_000), (b'M', 60), (b'H', 60)] {
        if amount > MOST {
            (amount, unit) = (amount / factor, larger);
        }
    }
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(amount.min(MOST)).as_bytes();
    let mut text = [unit; 9];
    text[..digits.len()].copy_from_slice(digits);
    request.set(HeaderId::GrpcTimeout, &text[..=digits.len()]);
}

#[cfg(test)]
mod tests;
