//! Responses that no upstream sent (Envoy's local replies).

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::Exchange;
use super::stream::set_status;
use crate::codec::h1;
use crate::failure::flags::ResponseFlag;
use crate::failure::{Failure, reset_after_start};
use crate::grpc;
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::http::local_reply::{LocalReplies, ReplyBody};
use crate::route::Route;
use crate::route::mutation::{HeaderMutation, MutationContext};
use crate::rt::clock::now;

/// A response of the proxy's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalReply {
    pub status: u16,
    pub body: Cow<'static, str>,
    pub details: Cow<'static, str>,
    pub flag: Option<ResponseFlag>,
    /// Where it follows not from `status`.
    pub grpc_status: Option<u8>,
    /// An open breaker, or maintenance: `x-envoy-overloaded`.
    pub overloaded: bool,
    /// The router had tried an upstream: `x-envoy-attempt-count`.
    pub attempted: bool,
    /// Added to the response after what its route adds.
    pub headers: Vec<(HeaderKey, Box<[u8]>)>,
    /// Made to the response after that.
    pub mutation: Option<ReplyMutation>,
    /// A response that a filter made as a whole: no route changes it.
    pub plain: bool,
}

/// What configuration adds to a reply.
#[derive(Debug, Clone)]
pub struct ReplyMutation(Arc<HeaderMutation>);

impl ReplyMutation {
    pub fn new(mutation: HeaderMutation) -> Self {
        Self(Arc::new(mutation))
    }
}

impl PartialEq for ReplyMutation {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for ReplyMutation {}

impl LocalReply {
    /// A reply with a status and nothing else.
    pub fn new(status: u16, details: &'static str) -> Self {
        Self {
            status,
            body: "".into(),
            details: details.into(),
            flag: None,
            grpc_status: None,
            overloaded: false,
            attempted: false,
            headers: Vec::new(),
            mutation: None,
            plain: false,
        }
    }

    /// A body that a filter may not hold as a whole.
    pub fn payload_too_large() -> Self {
        Self { body: h1::reason_phrase(413).into(), ..Self::new(413, "request_payload_too_large") }
    }

    /// The body of an answer that a filter may not hold as a whole.
    pub fn response_too_large() -> Self {
        let body = h1::reason_phrase(500).into();
        Self { body, ..Self::new(500, "response_payload_too_large") }
    }

    /// What Envoy answers to a head that its codec refuses.
    pub fn refused(error: h1::RequestError) -> Self {
        Self {
            body: h1::reason_phrase(error.status()).into(),
            flag: Some(ResponseFlag::DownstreamProtocolError),
            ..Self::new(error.status(), error.details())
        }
    }
}

impl From<&Failure> for LocalReply {
    fn from(failure: &Failure) -> Self {
        let outcome = failure.outcome();
        Self {
            status: outcome.status,
            body: outcome.body,
            details: outcome.details,
            flag: outcome.flag,
            grpc_status: failure.grpc_status(),
            overloaded: failure.is_overload(),
            attempted: failure.follows_an_attempt(),
            headers: Vec::new(),
            mutation: None,
            plain: false,
        }
    }
}

impl Exchange<'_> {
    pub(super) async fn send_failure(&mut self, failure: &Failure, route: Option<&Route>) {
        let mut reply = LocalReply::from(failure);
        if let Failure::Reset(reset) = failure
            && (self.stream.progress.informed || self.stream.progress.head_arrived)
        {
            reply.details = reset_after_start(reset).into();
        }
        self.send_reply(reply, route).await;
    }

    /// Sends a reply, or cuts the client off when a response has already begun. A route that was
    /// to be forwarded changes the reply as it would a response.
    pub(super) async fn send_reply(&mut self, reply: LocalReply, route: Option<&Route>) {
        let info = &mut self.stream.info;
        // These are noted when the answer is made, which does not tell of them.
        let late = reply.flag.filter(|flag| {
            matches!(flag, ResponseFlag::DownstreamProtocolError | ResponseFlag::RateLimited)
        });
        if let Some(flag) = reply.flag.filter(|_| late.is_none()) {
            info.flags.insert(flag);
        }
        info.details = Some(reply.details.clone());
        if self.stream.progress.response_started {
            self.cut_off();
        } else {
            let body = self.write_reply(reply, route);
            self.stream.late_flag = late;
            self.send_own(body).await;
        }
        if let Some(flag) = late {
            self.stream.info.flags.insert(flag);
        }
    }

    /// Sends the head in `response` and a body, as any response is sent.
    pub(super) async fn send_own(&mut self, body: Bytes) {
        let stream = &mut self.stream;
        // What is left of the request would be taken for the next one.
        if stream.is_h1() && !self.downstream.request_done() {
            stream.close = true;
        }
        let head_only = body.is_empty() || stream.request.method() == b"HEAD";
        // Nothing of it comes from filters unless there are some.
        let Ok(unfiltered) = self.filter_own(body, head_only).await else { return };
        let stream = &mut self.stream;
        stream.dress(&mut self.response, now());
        // Before the answer's end, at which it may be logged.
        if let Some(flag) = stream.late_flag.take() {
            stream.info.flags.insert(flag);
        }
        self.downstream.send_head(&self.response, head_only);
        self.downstream.measure_response(&mut stream.info.bytes);
        stream.note_response_start();
        match unfiltered {
            _ if head_only => {}
            Some(body) => {
                stream.info.bytes.body_sent += body.len() as u64;
                self.downstream.send_data(body, true);
            }
            None => self.send_filtered_body().await,
        }
        self.stream.note_response_end();
        self.write_rest().await;
    }

    pub(super) fn write_reply(&mut self, reply: LocalReply, route: Option<&Route>) -> Bytes {
        self.begin_reply(reply.status);
        if let Some(route) = route.filter(|_| !reply.plain) {
            self.stream.finalize_response(route, &mut self.response, now());
        }
        if reply.overloaded && !self.stream.router.options.suppress_envoy_headers {
            self.response.push(HeaderId::XEnvoyOverloaded, b"true");
        }
        if let Some(route) = route.filter(|_| reply.attempted) {
            self.stream.tell_attempts(route, &mut self.response);
        }
        for (key, value) in &reply.headers {
            self.response.push_key(key, value);
        }
        if let Some(ReplyMutation(mutation)) = &reply.mutation {
            self.stream.mutate_response(mutation, &mut self.response);
        }
        let body = match reply.body {
            Cow::Borrowed(text) => Bytes::from_static(text.as_bytes()),
            Cow::Owned(text) => Bytes::from(text),
        };
        if reply.plain {
            return body;
        }
        self.finish_reply(reply.status, reply.grpc_status, body)
    }

    pub(super) fn begin_reply(&mut self, status: u16) {
        let bad = status == 400 && self.stream.manager.http1.closes_on_bad_request;
        self.stream.close |= bad && self.stream.is_h1();
        let mut digits = itoa::Buffer::new();
        self.response.clear();
        self.response.push(HeaderId::Status, digits.format(status).as_bytes());
    }

    /// Gives a reply the form that its client reads; answers what body there is then.
    pub(super) fn finish_reply(
        &mut self,
        status: u16,
        grpc_status: Option<u8>,
        body: Bytes,
    ) -> Bytes {
        let manager = self.stream.manager;
        // Filters of the response and their formats see it.
        self.stream.info.response_code = status;
        let (status, body) = match &manager.config.local_replies {
            Some(replies) => self.rewrite_reply(replies, status, &body),
            None => (status, ReplyBody::plain(body)),
        };
        if self.stream.speaks_grpc() {
            let code = grpc_status.unwrap_or_else(|| grpc::status_of(status));
            write_grpc_reply(&mut self.response, code, body.message());
            return Bytes::new();
        }
        if body.text.is_empty() {
            self.response.remove(HeaderId::ContentLength);
            self.response.remove(HeaderId::ContentType);
            return body.text;
        }
        let mut digits = itoa::Buffer::new();
        self.response.set(HeaderId::ContentLength, digits.format(body.text.len()).as_bytes());
        if body.decides_type || !self.response.contains(HeaderId::ContentType) {
            self.response.set(HeaderId::ContentType, body.content_type);
        }
        body.text
    }

    /// Does to a reply what the configuration wants of the proxy's own answers.
    fn rewrite_reply<'r>(
        &mut self,
        replies: &'r LocalReplies,
        status: u16,
        body: &Bytes,
    ) -> (u16, ReplyBody<'r>) {
        let Self { stream, response, .. } = self;
        let mapper = replies.mapper(&stream.format_context(Some(response)), &stream.manager.worker);
        let given_type = response.get(HeaderId::ContentType).map(<[u8]>::to_vec);
        let current = mapper.and_then(|mapper| mapper.body.clone()).unwrap_or_else(|| body.clone());
        if let Some(headers) = mapper.and_then(|mapper| mapper.headers.as_ref()) {
            let info = &stream.info;
            let context = MutationContext { request: Some(&stream.request), info, now: now() };
            let mut scratch = stream.manager.worker.mutation_scratch.borrow_mut();
            headers.apply(response, &context, &mut scratch);
        }
        let mapped = mapper.and_then(|mapper| mapper.status).unwrap_or(status);
        if mapped != status {
            stream.info.response_code = mapped;
            set_status(response, mapped);
        }
        let Some(format) = replies.body_format(mapper) else {
            return (mapped, ReplyBody::plain(current));
        };
        let mut context = stream.format_context(Some(response));
        context.local_reply_body = &current;
        let text = Bytes::from(format.body(&context));
        // A type that the mapper gave stays.
        let decides_type =
            text != *body && response.get(HeaderId::ContentType) == given_type.as_deref();
        (mapped, ReplyBody::formatted(text, &format.content_type, decides_type))
    }
}

fn write_grpc_reply(response: &mut Head, code: u8, message: &[u8]) {
    response.set(HeaderId::Status, b"200");
    response.set(HeaderId::ContentType, b"application/grpc");
    if !response.contains(HeaderId::GrpcStatus) {
        let mut digits = itoa::Buffer::new();
        response.push(HeaderId::GrpcStatus, digits.format(code).as_bytes());
    }
    if !message.is_empty() && !response.contains(HeaderId::GrpcMessage) {
        response.push(HeaderId::GrpcMessage, grpc::percent_encode(message).as_bytes());
    }
    response.remove(HeaderId::ContentLength);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{ResetReason, StreamReset};

    #[test]
    fn an_open_breaker_says_so() {
        let overflow = StreamReset::new(ResetReason::Overflow);
        let reply = LocalReply::from(&Failure::Reset(overflow));
        assert!(reply.overloaded && reply.attempted);
        assert_eq!(reply.flag, Some(ResponseFlag::UpstreamOverflow));
    }
}
