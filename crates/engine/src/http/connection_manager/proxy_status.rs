//! The `proxy-status` header (RFC 9209): what a proxy says of an answer in which something went
//! wrong, from the flags of the stream (Envoy's `proxy_status_utils`).

use voyant_ir::local_reply::{ProxyName, ProxyStatusConfig};

use crate::failure::flags::ResponseFlag;
use crate::http::stream_info::StreamInfo;

/// What is said.
#[derive(Debug)]
pub struct ProxyStatus {
    name: Box<str>,
    details: bool,
    connection_termination_details: bool,
    response_flags: bool,
    recommends: bool,
}

/// The flags that tell an error: its name and the status that it recommends, in the order in
/// which they are looked for.
const ERRORS: &[(ResponseFlag, &str, u16)] = {
    use ResponseFlag as F;
    &[
        (F::FailedLocalHealthCheck, "destination_unavailable", 503),
        (F::NoHealthyUpstream, "destination_unavailable", 503),
        (F::UpstreamRequestTimeout, "http_response_timeout", 504),
        (F::LocalReset, "connection_timeout", 504),
        (F::UpstreamRemoteReset, "connection_terminated", 502),
        (F::UpstreamConnectionFailure, "connection_refused", 502),
        (F::UpstreamConnectionTermination, "connection_terminated", 502),
        (F::UpstreamOverflow, "connection_limit_reached", 503),
        (F::NoRouteFound, "destination_not_found", 500),
        (F::RateLimited, "connection_limit_reached", 503),
        (F::RateLimitServiceError, "connection_limit_reached", 503),
        (F::UpstreamRetryLimitExceeded, "destination_unavailable", 503),
        (F::StreamIdleTimeout, "http_response_timeout", 504),
        (F::InvalidEnvoyRequestHeaders, "http_request_error", 400),
        (F::DownstreamProtocolError, "http_request_error", 400),
        (F::UpstreamMaxStreamDurationReached, "http_response_timeout", 504),
        (F::NoFilterConfigFound, "proxy_configuration_error", 500),
        (F::UpstreamProtocolError, "http_protocol_error", 502),
        (F::NoClusterFound, "destination_unavailable", 503),
        (F::DnsResolutionFailed, "dns_error", 502),
    ]
};

/// What is said of one answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Statement {
    pub text: String,
    /// The status that the answer gets.
    pub status: Option<u16>,
}

impl ProxyStatus {
    pub fn new(ir: &ProxyStatusConfig, server_name: &str, node_id: &str) -> Self {
        let ProxyStatusConfig {
            details,
            connection_termination_details,
            response_flags,
            set_recommended_response_code,
            proxy_name,
        } = ir;
        let name = match proxy_name {
            ProxyName::ServerName => server_name,
            ProxyName::NodeId => node_id,
            ProxyName::Literal { name } => name,
        };
        Self {
            name: name.into(),
            details: *details,
            connection_termination_details: *connection_termination_details,
            response_flags: *response_flags,
            recommends: *set_recommended_response_code,
        }
    }

    /// What is said of a stream's answer; nothing when all went well.
    pub fn of(&self, info: &StreamInfo) -> Option<Statement> {
        let (_, error, status) = ERRORS.iter().find(|(flag, _, _)| info.flags.contains(*flag))?;
        let mut text = format!("{}; error={error}", self.name);
        if self.details
            && let Some(details) = &info.details
        {
            text.push_str("; details=\"");
            escape(details, &mut text);
            let termination = info.connection_termination_details.as_ref();
            if let Some(termination) = termination.filter(|_| self.connection_termination_details) {
                text.push_str("; ");
                escape(termination, &mut text);
            }
            if self.response_flags {
                let flags: Vec<_> = info.flags.short().collect();
                text.push_str("; ");
                text.push_str(&flags.join(","));
            }
            text.push('"');
        }
        Some(Statement { text, status: self.recommends.then_some(*status) })
    }
}

/// Writes text as it stands between quotes.
fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            _ => out.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::time::Duration;

    use super::*;
    use crate::http::stream_info::ConnectionInfo;
    use crate::rt::address::PeerAddress;
    use crate::rt::clock::now;

    fn info() -> StreamInfo {
        let peer = PeerAddress::Pipe("".into());
        let connection = ConnectionInfo::new(1, peer.clone(), peer, "".into());
        StreamInfo::new(Rc::new(connection), 1, now(), Duration::ZERO)
    }

    fn config() -> ProxyStatusConfig {
        ProxyStatusConfig {
            details: true,
            connection_termination_details: true,
            response_flags: true,
            set_recommended_response_code: true,
            proxy_name: ProxyName::ServerName,
        }
    }

    #[test]
    fn an_answer_without_an_error_says_nothing() {
        let mut info = info();
        info.flags.insert(ResponseFlag::FaultInjected);
        assert_eq!(ProxyStatus::new(&config(), "envoy", "").of(&info), None);
    }

    #[test]
    fn all_that_is_known_is_said_in_quotes() {
        let mut info = info();
        info.flags.insert(ResponseFlag::UpstreamRetryLimitExceeded);
        info.flags.insert(ResponseFlag::UpstreamConnectionFailure);
        info.details = Some("a\"b\\".into());
        info.connection_termination_details = Some("c".into());
        let said = ProxyStatus::new(&config(), "envoy", "").of(&info).expect("an error");
        let expected = r#"envoy; error=connection_refused; details="a\"b\\; c; URX,UF""#;
        assert_eq!(said, Statement { text: expected.into(), status: Some(502) });
    }

    #[test]
    fn what_is_not_to_be_said_is_left_out() {
        let mut info = info();
        info.flags.insert(ResponseFlag::NoRouteFound);
        info.details = Some("d".into());
        info.connection_termination_details = Some("c".into());
        let mut ir = config();
        ir.set_recommended_response_code = false;
        ir.connection_termination_details = false;
        ir.response_flags = false;
        ir.proxy_name = ProxyName::NodeId;
        let said = |ir: &ProxyStatusConfig| {
            ProxyStatus::new(ir, "envoy", "node").of(&info).expect("an error")
        };
        let text = "node; error=destination_not_found; details=\"d\"".to_owned();
        assert_eq!(said(&ir), Statement { text, status: None });
        ir.details = false;
        ir.proxy_name = ProxyName::Literal { name: "lit".into() };
        assert_eq!(said(&ir).text, "lit; error=destination_not_found");
    }
}
