//! Responses that no upstream sent (Envoy's local replies).

use std::borrow::Cow;

use bytes::Bytes;

use super::Exchange;
use crate::codec::{ResetReason, h1};
use crate::failure::Failure;
use crate::failure::flags::ResponseFlag;
use crate::http::head::Head;
use crate::http::header_name::HeaderId;
use crate::rt::clock::now;

/// A response of the proxy's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalReply {
    pub status: u16,
    pub body: Cow<'static, str>,
    pub details: Cow<'static, str>,
    pub flag: Option<ResponseFlag>,
    pub headers: Vec<(HeaderId, Vec<u8>)>,
}

impl LocalReply {
    /// A reply with a status and nothing else.
    pub fn new(status: u16, details: &'static str) -> Self {
        Self { status, body: "".into(), details: details.into(), flag: None, headers: Vec::new() }
    }

    /// What Envoy answers to a head that its codec refuses.
    pub fn refused(error: h1::RequestError) -> Self {
        Self {
            status: error.status(),
            body: h1::reason_phrase(error.status()).into(),
            details: error.details().into(),
            flag: Some(ResponseFlag::DownstreamProtocolError),
            headers: Vec::new(),
        }
    }
}

impl From<&Failure> for LocalReply {
    fn from(failure: &Failure) -> Self {
        let outcome = failure.outcome();
        let headers = match failure {
            Failure::Reset(reset) if reset.reason == ResetReason::Overflow => {
                vec![(HeaderId::XEnvoyOverloaded, b"true".to_vec())]
            }
            _ => Vec::new(),
        };
        Self {
            status: outcome.status,
            body: outcome.body,
            details: outcome.details,
            flag: outcome.flag,
            headers,
        }
    }
}

impl Exchange<'_> {
    pub(super) async fn send_failure(&mut self, failure: &Failure) {
        let mut reply = LocalReply::from(failure);
        if self.stream.manager.config.suppress_envoy_headers {
            // Those of a failure are the router's own.
            reply.headers.clear();
        }
        self.send_reply(reply).await;
    }

    /// Sends a reply, or cuts the client off when a response has already begun.
    pub(super) async fn send_reply(&mut self, reply: LocalReply) {
        let info = &mut self.stream.info;
        if let Some(flag) = reply.flag {
            info.flags.insert(flag);
        }
        info.details = Some(reply.details.clone());
        if self.stream.progress.response_started {
            return self.abort(ResetReason::LocalReset);
        }
        self.response.clear();
        let body = self.write_reply(reply);
        self.send_own(body).await;
    }

    /// Sends the head in `response` and a body, as any response is sent.
    pub(super) async fn send_own(&mut self, body: Bytes) {
        let stream = &mut self.stream;
        let bad = self.response.status() == 400 && stream.manager.http1.closes_on_bad_request;
        // What is left of the request would be taken for the next one.
        if stream.is_h1() && (bad || !self.downstream.request_done()) {
            stream.close = true;
        }
        stream.dress(&mut self.response, now());
        let head_only = body.is_empty() || stream.request.method() == b"HEAD";
        self.downstream.send_head(&self.response, head_only);
        stream.info.bytes.header_sent = self.downstream.sent_header_bytes();
        stream.progress.response_started = true;
        if !head_only {
            stream.info.bytes.body_sent += body.len() as u64;
            self.downstream.send_data(body, true);
        }
        stream.progress.response_ended = true;
        self.write_rest().await;
    }

    fn write_reply(&mut self, reply: LocalReply) -> Bytes {
        let response = &mut self.response;
        if is_grpc(&self.stream.request) {
            write_grpc_reply(response, &reply);
            return Bytes::new();
        }
        let mut digits = itoa::Buffer::new();
        response.push(HeaderId::Status, digits.format(reply.status).as_bytes());
        for (id, value) in &reply.headers {
            response.push(*id, value);
        }
        if reply.body.is_empty() {
            return Bytes::new();
        }
        response.push(HeaderId::ContentLength, digits.format(reply.body.len()).as_bytes());
        response.push(HeaderId::ContentType, b"text/plain");
        match reply.body {
            Cow::Borrowed(text) => Bytes::from_static(text.as_bytes()),
            Cow::Owned(text) => Bytes::from(text),
        }
    }
}

fn write_grpc_reply(response: &mut Head, reply: &LocalReply) {
    let mut digits = itoa::Buffer::new();
    response.push(HeaderId::Status, b"200");
    for (id, value) in &reply.headers {
        response.push(*id, value);
    }
    response.push(HeaderId::ContentType, b"application/grpc");
    response.push(HeaderId::GrpcStatus, digits.format(grpc_status(reply.status)).as_bytes());
    if !reply.body.is_empty() {
        response.push(HeaderId::GrpcMessage, percent_encode(&reply.body).as_bytes());
    }
}

/// The request speaks gRPC (`application/grpc`, `application/grpc+proto`).
pub fn is_grpc(request: &Head) -> bool {
    let content_type = request.get(HeaderId::ContentType).unwrap_or_default();
    match content_type.strip_prefix(b"application/grpc") {
        Some(rest) => rest.is_empty() || rest[0] == b'+',
        None => false,
    }
}
/// The gRPC status of an HTTP status (Envoy's `httpToGrpcStatus`).
fn grpc_status(status: u16) -> u8 {
    match status {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502 | 503 | 504 => 14,
        _ => 2,
    }
}

/// As gRPC wants messages in headers: printable ASCII but `%`, the rest as `%XX`.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => encoded.push(byte as char),
            _ => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                encoded.push('%');
                encoded.push(HEX[usize::from(byte >> 4)] as char);
                encoded.push(HEX[usize::from(byte & 15)] as char);
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::StreamReset;

    #[test]
    fn grpc_messages_are_printable() {
        assert_eq!(percent_encode("100% é\n"), "100%25 %C3%A9%0A");
    }

    #[test]
    fn an_open_breaker_says_so() {
        let overflow = StreamReset::new(ResetReason::Overflow);
        let reply = LocalReply::from(&Failure::Reset(overflow));
        assert_eq!(reply.headers, [(HeaderId::XEnvoyOverloaded, b"true".to_vec())]);
        assert_eq!(reply.flag, Some(ResponseFlag::UpstreamOverflow));
    }
}
